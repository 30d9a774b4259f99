/** What the configuration says: profiles, and which is the default. No Effect: the direct paths of `mls` read it too. */
import * as Path from "node:path"
import { Profile } from "../profile.js"
import * as Shape from "../shape.js"

/** The version that is written. */
export const VERSION = 2

/** The file's contents. */
export interface File {
  readonly version: typeof VERSION
  /** The name of the profile that is used where none is named. */
  readonly default?: string | undefined
  readonly profiles: ReadonlyArray<Profile>
}

const { fields, list, oneOf, optional, text } = Shape

const File = fields<File>({ version: oneOf(VERSION), default: optional(text), profiles: list(Profile) })

/** `undefined` where it is no configuration of ours. */
export const decode = (json: unknown): File | undefined => Shape.decode(File, json)

/** The name of our folder where each program has one. */
export const PROGRAM = "mls"

/** The configuration in its folder. */
export const fileIn = (directory: string): string => Path.join(directory, "config.json")

/** The tokens below the folder that MLS_CONFIG_DIR names. */
export const stateIn = (directory: string): string => Path.join(directory, "state")
