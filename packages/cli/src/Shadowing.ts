/**
 * A credential of the environment beats what is stored, silently as variables are: so it is said aloud wherever somebody
 * could be misled. A token is told by its fingerprint, by which people can compare tokens without showing them.
 */
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { environmentCredential } from "./EnvironmentCredential.js"
import { variable } from "./Invocation.js"

/** Eight digits of its SHA-256. */
export const fingerprint = (token: string): string => createHash("sha256").update(token).digest("hex").slice(0, 8)

/** What beats what is stored. */
export interface Shadow {
  readonly variable: "MLS_ACCESS_TOKEN" | "MLS_PASSWORD"
  /** Of the token; a password has none, since a short one could be found by it. */
  readonly fingerprint: string | undefined
}

const none: Shadow | undefined = undefined

/** `undefined` where the environment has no credential, or none that could be used. */
export const shadow: Effect.Effect<Shadow | undefined> = Effect.gen(function* () {
  const found = yield* environmentCredential
  if (found.variable === undefined) return none
  const token = found.variable === "MLS_ACCESS_TOKEN" ? yield* variable(found.variable) : undefined
  return { variable: found.variable, fingerprint: token === undefined ? undefined : fingerprint(token) }
}).pipe(Effect.orElseSucceed(() => none))

/** For programs. */
export const forPrograms = ({ fingerprint, variable }: Shadow) => ({ variable, fingerprint: fingerprint ?? null })

/** ` (fingerprint 9c01f3aa)`, where there is one. */
export const mark = ({ fingerprint }: Shadow): string =>
  fingerprint === undefined ? "" : ` (fingerprint ${fingerprint})`

/** For those who look at what is stored. */
export const sentence = (shadow: Shadow): string =>
  `${shadow.variable} is set and beats every profile${mark(shadow)}. Unset it, or pass --ignore-env.`
