/** `mls help --json`: what a program must know to use this one. */
import { commands } from "../table/commandTable.js"
import type * as Outputs from "../../outputs/outputs.js"
import { VERSION } from "../version.js"
import { variables } from "./environment.js"
import { meanings } from "./exitCodes.js"
import { describe } from "./parameters.js"

/** A change that a reader would misread needs the next number. */
const SHAPE = 1

/** Of every command, or of one and those that it has; nothing where there is no such command. */
export const of = (words: ReadonlyArray<string>): Outputs.Of<"help"> | undefined => {
  const path = words.join(" ")
  const names = commands.map(([name]) => name)
  const chosen = path === "" ? names : names.filter((name) => name === path || name.startsWith(`${path} `))
  if (chosen.length === 0) return undefined
  return {
    helpVersion: SHAPE,
    version: VERSION,
    commands: chosen.map(describe),
    exitCodes: meanings.flatMap(({ codes, mayPass, meaning }) => codes.map((code) => ({ code, meaning, mayPass }))),
    environment: variables
  }
}
