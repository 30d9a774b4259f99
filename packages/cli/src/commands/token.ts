/** `mls token`: an access token that is good now, for other programs. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type * as Token from "@mlserver-auth/core/Token"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Connection from "../Connection.js"
import * as Durations from "../Durations.js"
import * as Invocation from "../Invocation.js"
import { Output } from "../Output.js"
import * as ServerSettings from "../ServerSettings.js"
import * as TokenInspection from "../TokenInspection.js"
import { usage } from "../Usage.js"

const config = {
  header: Options.boolean("header").pipe(
    Options.withDescription("Print the header, for `mls token --header | curl -H @- URL`.")
  ),
  minTtl: Options.text("min-ttl").pipe(
    Options.withPseudoName("duration"),
    Options.withDescription("How long the token must live at least; 5m unless said otherwise."),
    Options.optional
  ),
  inspect: Options.boolean("inspect").pipe(
    Options.withDescription("Print what is written in the token instead, for a person's eye: nobody has verified it.")
  ),
  verify: Options.boolean("verify").pipe(
    Options.withDescription("The same, verified with the keys of the Azure tenant.")
  ),
  ...Invocation.serverOption,
  ...Invocation.remoteOptions
}

interface Given extends ServerSettings.Given {
  readonly header: boolean
  readonly ignoreEnv: boolean
  readonly inspect: boolean
  readonly verify: boolean
  readonly minTtl: Option.Option<string>
}

const DEFAULT_MIN_TTL = Duration.minutes(5)

/** A token that lives long enough, or else the longest-lived that the server gives. */
const lasting = (connection: Connection.Connection, minTtl: number) =>
  Effect.gen(function* () {
    const first = yield* connection.session.token
    const now = yield* Clock.currentTimeMillis
    const { expiresAt, obtainedAt } = first
    if (expiresAt === undefined || expiresAt - now >= minTtl) return first
    const couldLastLonger = first.refreshToken !== undefined && expiresAt - obtainedAt >= minTtl
    return couldLastLonger ? yield* connection.session.renew(first) : first
  })

const jsonOf = ({ endpoint, settings }: Connection.Connection, token: Token.Token) => ({
  accessToken: Redacted.value(token.accessToken),
  tokenType: "Bearer",
  expiresAt: token.expiresAt === undefined ? null : new Date(token.expiresAt).toISOString(),
  expiresOn: token.expiresAt === undefined ? null : Math.floor(token.expiresAt / 1000),
  profile: settings.profile?.name ?? null,
  server: endpoint.base,
  user: token.principal ?? null
})

const minTtlOf = (given: Option.Option<string>) =>
  Option.isNone(given) ? Effect.succeed(DEFAULT_MIN_TTL) : Durations.decode("--min-ttl", given.value)

const run = (options: Given) =>
  Effect.gen(function* () {
    const output = yield* Output
    const { json } = yield* Invocation.Invocation
    const inspects = options.inspect || options.verify
    if (options.header && (json || inspects)) {
      return yield* usage(`--header and ${json ? "--json" : "--inspect"} exclude each other`, "mls token --help")
    }
    const minTtl = Duration.toMillis(yield* minTtlOf(options.minTtl))
    const connection = yield* Connection.open(yield* ServerSettings.resolve(options), {
      storedOnly: options.ignoreEnv
    })
    const token = yield* lasting(connection, minTtl)
    const life = token.expiresAt === undefined ? Infinity : token.expiresAt - (yield* Clock.currentTimeMillis)
    if (Option.isSome(options.minTtl) && life < minTtl) {
      yield* output.marked("!", `The token lives ${Durations.words(life)} only: the server gives no longer ones.`)
    }
    if (inspects) return yield* TokenInspection.show(connection, token, options.verify)
    if (json) return yield* output.answerJson(jsonOf(connection, token))
    if (options.header) return yield* output.answer(`Authorization: ${Redacted.value(token.authorization)}`)
    yield* output.answer(Redacted.value(token.accessToken))
  }).pipe(Effect.scoped)

/** The command. */
export const token = Command.make("token", config, (options) => Invocation.run(options, run(options))).pipe(
  Command.withDescription("Print an access token that is good now; it is renewed first if it must be.")
)
