/** The script for a script tag, built as it is published. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { script } from "../../bundle.mjs"

/** Minifying is most of the work, so that it is left out at a desk. */
const minified = process.env["MLS_TEST_ALL"] === "1"

/** Its text. */
export class Script extends Context.Tag("test/Script")<Script, string>() {}

type Name = "mlserver-auth" | "mlserver-auth-azure"

/** One build of each for all files of a worker. */
const building = new Map<Name, Promise<string>>()

const built = (name: Name): Promise<string> => {
  const found = building.get(name) ?? script(minified ? {} : { minify: false }, name).then(({ code }) => code)
  building.set(name, found)
  return found
}

const layerOf = (name: Name): Layer.Layer<Script> =>
  Layer.effect(
    Script,
    Effect.promise(() => built(name))
  )

export const layer = layerOf("mlserver-auth")

/** The one with sign-ins at Azure. */
export const layerAzure = layerOf("mlserver-auth-azure")
