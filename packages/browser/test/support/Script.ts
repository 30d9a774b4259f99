/** The script for a script tag, built as it is published. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { script } from "../../bundle.mjs"

/** Minifying is most of the work, so that it is left out at a desk. */
const minified = process.env["MLS_TEST_ALL"] === "1"

/** Its text. */
export class Script extends Context.Tag("test/Script")<Script, string>() {}

/** One build for all files of a worker. */
let building: Promise<string> | undefined

export const layer: Layer.Layer<Script> = Layer.effect(
  Script,
  Effect.promise(() => (building ??= script(minified ? {} : { minify: false }).then(({ code }) => code)))
)
