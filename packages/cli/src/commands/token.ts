/** `mls token`: an access token that is good now, for other programs. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Token from "@mlserver-auth/core/Token"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Connection from "../Connection.js"
import * as Durations from "../Durations.js"
import * as ForcedRenewal from "../ForcedRenewal.js"
import * as Instants from "../Instants.js"
import * as Invocation from "../Invocation.js"
import { Output } from "../Output.js"
import * as ServerSettings from "../ServerSettings.js"
import { assignments, type Shell, SHELLS } from "../ShellVariables.js"
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
  forceRefresh: Options.boolean("force-refresh").pipe(
    Options.withDescription("Renew it first, whatever life it has left; as `mls refresh`.")
  ),
  envFormat: Options.choice("env-format", SHELLS).pipe(
    Options.withDescription("Print MLS_HOST and MLS_ACCESS_TOKEN as lines for a shell to evaluate."),
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
  readonly envFormat: Option.Option<Shell>
  readonly forceRefresh: boolean
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

/**
 * What a command needs to have the token: of a stored one that lives long enough nothing is sent, so that the HTTP client,
 * which is most of the program, need not be loaded.
 */
const open = (options: Given, minTtl: number) =>
  Effect.gen(function* () {
    const settings = yield* ServerSettings.resolve(options)
    const from = { storedOnly: options.ignoreEnv, sealedOnly: true }
    if (options.forceRefresh || options.verify) return yield* Connection.open(settings, from)
    const offline = yield* Connection.open(settings, { ...from, offline: true })
    const stored = Option.getOrUndefined(yield* offline.store.read(offline.session.key))
    const now = yield* Clock.currentTimeMillis
    const isTold = stored !== undefined && now >= Token.tellableFrom(stored)
    const life = isTold ? (stored.expiresAt ?? 0) - now : 0
    return life > Math.max(minTtl, Duration.toMillis(DEFAULT_MIN_TTL))
      ? offline
      : yield* Connection.open(settings, from)
  })

const jsonOf = ({ endpoint, settings }: Connection.Connection, token: Token.Token) => ({
  accessToken: Redacted.value(token.accessToken),
  tokenType: "Bearer",
  expires: Instants.forPrograms(token.expiresAt),
  profile: settings.profile?.name ?? null,
  server: endpoint.base,
  user: token.principal ?? null
})

const minTtlOf = (given: Option.Option<string>) =>
  Option.isNone(given) ? Effect.succeed(DEFAULT_MIN_TTL) : Durations.decode("--min-ttl", given.value)

/** The ways to print it that were asked for, by the options that say so. */
const formats = (options: Given, json: boolean): ReadonlyArray<string> =>
  [
    { name: "--header", given: options.header },
    { name: "--env-format", given: Option.isSome(options.envFormat) },
    // What is written in a token may be told as JSON.
    options.inspect || options.verify
      ? { name: options.inspect ? "--inspect" : "--verify", given: true }
      : { name: "--json", given: json }
  ].flatMap(({ given, name }) => (given ? [name] : []))

/** The token, in the form that was asked for. */
const print = (connection: Connection.Connection, token: Token.Token, options: Given) =>
  Effect.gen(function* () {
    const { answer, answerJson } = yield* Output
    if (options.inspect || options.verify) return yield* TokenInspection.show(connection, token, options.verify)
    if ((yield* Invocation.Invocation).json) return yield* answerJson(jsonOf(connection, token))
    if (options.header) return yield* answer(`Authorization: ${Redacted.value(token.authorization)}`)
    const accessToken = Redacted.value(token.accessToken)
    if (Option.isNone(options.envFormat)) return yield* answer(accessToken)
    // With the server that it is for: the next program may be set up for another one.
    const variables = { MLS_HOST: connection.endpoint.base, MLS_ACCESS_TOKEN: accessToken }
    yield* answer(assignments(options.envFormat.value, variables))
  })

const run = (options: Given) =>
  Effect.gen(function* () {
    const output = yield* Output
    const [one, other] = formats(options, (yield* Invocation.Invocation).json)
    if (other !== undefined) return yield* usage(`${one} and ${other} exclude each other`, "mls token --help")
    const minTtl = Duration.toMillis(yield* minTtlOf(options.minTtl))
    const connection = yield* open(options, minTtl)
    const token = yield* options.forceRefresh ? ForcedRenewal.renew(connection) : lasting(connection, minTtl)
    const life = token.expiresAt === undefined ? Infinity : token.expiresAt - (yield* Clock.currentTimeMillis)
    if (Option.isSome(options.minTtl) && life < minTtl) {
      yield* output.marked("!", `The token lives ${Durations.words(life)} only: the server gives no longer ones.`)
    }
    yield* print(connection, token, options)
  }).pipe(Effect.scoped)

/** The command. */
export const token = Command.make("token", config, (options) => Invocation.run(options, run(options))).pipe(
  Command.withDescription("Print an access token that is good now; it is renewed first if it must be.")
)
