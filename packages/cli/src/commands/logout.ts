/** `mls logout`: end the session here, and at the server if it can be told. */
import * as Command from "@effect/cli/Command"
import type { SignOut } from "@mlserver-auth/core/SessionState"
import * as Effect from "effect/Effect"
import * as Connection from "../Connection.js"
import * as Invocation from "../Invocation.js"
import { Output } from "../Output.js"
import { fromFailure } from "../Problem.js"
import * as RecordPlace from "../RecordPlace.js"
import * as Revocation from "../Revocation.js"
import * as Shadowing from "../Shadowing.js"
import * as ServerSettings from "../ServerSettings.js"

const config = { ...Invocation.serverOption, ...Invocation.remoteOptions }

/** What a sign-out cannot reach, in the words of Azure's documentation of refresh tokens. */
const REMAINS =
  "Azure cannot be told: its refresh token stays valid until it is unused for 90 days, or an administrator revokes it."

const told = (server: string, end: SignOut) =>
  Effect.gen(function* () {
    const { answerJson, marked, notice } = yield* Output
    if ((yield* Invocation.Invocation).json) {
      const revocation = Revocation.forPrograms(end.revocation)
      return yield* answerJson({ server, wasSignedIn: end.wasSignedIn, revocation })
    }
    if (!end.wasSignedIn) return yield* notice(`Nobody was signed in to ${server}.`)
    if (end.revocation === "NotSupported") {
      yield* marked("✓", `Signed out of ${server} here: the tokens are deleted.`)
      return yield* notice(`  ${REMAINS}`)
    }
    if (end.revocation !== "NotTold") {
      const revoked =
        end.revocation === "Revoked" ? "the session is revoked at the server" : "there was nothing to revoke"
      return yield* marked("✓", `Signed out of ${server}: ${revoked}, and the tokens are deleted here.`)
    }
    yield* marked("!", `Signed out of ${server} here; the server could not be told. Its session dies within 14 days.`)
    if (end.error !== undefined) yield* notice(`  ${fromFailure(end.error).message}.`)
  })

/** Tokens whose key cannot be had now are deleted too, and nobody can show them to the server. */
const ended = ({ directory, session, settings }: Connection.Connection) =>
  Effect.gen(function* () {
    const { protection } = yield* RecordPlace.of(directory, session.key)
    const end = yield* session.signOut
    if (end.wasSignedIn || (protection !== "keyring" && protection !== "encrypted")) return end
    const revocation = settings.cloud === undefined ? ("NotTold" as const) : ("NotSupported" as const)
    return { ...end, wasSignedIn: true, revocation }
  })

/** A variable goes on signing in whatever is deleted. */
const warned = Effect.gen(function* () {
  const shadow = yield* Shadowing.shadow
  if (shadow === undefined) return
  const { marked } = yield* Output
  yield* marked(
    "!",
    `${shadow.variable} is still set${Shadowing.mark(shadow)}: commands go on using it until it is unset, or with --ignore-env.`
  )
})

const nobody = Effect.gen(function* () {
  const { answerJson, notice } = yield* Output
  if ((yield* Invocation.Invocation).json) {
    return yield* answerJson({
      server: null,
      wasSignedIn: false,
      revocation: Revocation.forPrograms("NothingToRevoke")
    })
  }
  yield* notice("Nobody was signed in to any server.")
})

const run = (options: ServerSettings.Given & { readonly ignoreEnv: boolean }) =>
  Effect.gen(function* () {
    const settings = yield* ServerSettings.resolve(options)
    const connection = yield* Connection.open(settings, { storedOnly: true, keyLater: true })
    yield* told(settings.endpoint.base, yield* ended(connection))
  }).pipe(
    Effect.catchTag("ServerUnknown", () => nobody),
    Effect.zipRight(options.ignoreEnv ? Effect.void : warned),
    Effect.scoped
  )

/** The command. */
export const logout = Command.make("logout", config, (options) => Invocation.run(options, run(options))).pipe(
  Command.withDescription("Sign out: delete the tokens here, and have the session revoked at the server.")
)
