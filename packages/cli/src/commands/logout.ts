/** `mls logout`: end the session here, and at the server if it can be told. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type { SignOut } from "@mlserver-auth/core/SessionState"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ConfigFile from "../ConfigFile.js"
import * as Connection from "../Connection.js"
import * as Invocation from "../Invocation.js"
import { Output } from "../Output.js"
import * as Revocation from "../Revocation.js"
import * as Shadowing from "../Shadowing.js"
import * as ServerSettings from "../ServerSettings.js"
import * as SigningOut from "../SigningOut.js"
import { usage } from "../Usage.js"

type Given = ServerSettings.Given & { readonly all: boolean; readonly forget: boolean; readonly ignoreEnv: boolean }

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

/** The answer. `forgotten`: the profile that was removed too, where that was asked for. */
const told = (server: string, end: SignOut, forgotten: string | null | undefined) =>
  Effect.gen(function* () {
    const { answerJson, notice } = yield* Output
    if ((yield* Invocation.Invocation).json) {
      const revocation = Revocation.forPrograms(end.revocation)
      return yield* answerJson({ server, wasSignedIn: end.wasSignedIn, revocation, forgotten: forgotten ?? null })
    }
    yield* SigningOut.say(server, end)
    if (typeof forgotten === "string") yield* notice(`The profile ${forgotten} is removed.`)
  })

const nobody = Effect.gen(function* () {
  const { answerJson, notice } = yield* Output
  if ((yield* Invocation.Invocation).json) {
    return yield* answerJson({
      server: null,
      wasSignedIn: false,
      revocation: Revocation.forPrograms("NothingToRevoke"),
      forgotten: null
    })
  }
  yield* notice("Nobody was signed in to any server.")
})

const single = (options: Given) =>
  Effect.gen(function* () {
    const settings = yield* ServerSettings.resolve(options)
    const connection = yield* Connection.open(settings, { storedOnly: true, keyLater: true })
    const end = yield* SigningOut.end(connection)
    const name = settings.profile?.name
    if (options.forget && name !== undefined) yield* ConfigFile.forget([name])
    yield* told(settings.endpoint.base, end, options.forget ? (name ?? null) : undefined)
  }).pipe(Effect.catchTag("ServerUnknown", () => nobody))

const every = (options: Given) =>
  Option.isSome(options.profile ?? Option.none()) || Option.isSome(options.server ?? Option.none())
    ? usage("--all is about every profile", "mls logout --all")
    : Effect.flatMap(
        Effect.promise(() => import("../LogoutEverywhere.js")),
        (LogoutEverywhere) => LogoutEverywhere.run(options.forget)
      )

const run = (options: Given) =>
  (options.all ? every(options) : single(options)).pipe(
    Effect.zipRight(options.ignoreEnv ? Effect.void : warned),
    Effect.scoped
  )

const config = {
  all: Options.boolean("all").pipe(
    Options.withDescription("Sign out of every profile; one that fails does not keep the others signed in.")
  ),
  forget: Options.boolean("forget").pipe(Options.withDescription("Remove the profile too.")),
  ...Invocation.serverOption,
  ...Invocation.remoteOptions
}

/** The command. */
export const logout = Command.make("logout", config, (options) => Invocation.run(options, run(options))).pipe(
  Command.withDescription("Sign out: delete the tokens here, and have the session revoked at the server.")
)
