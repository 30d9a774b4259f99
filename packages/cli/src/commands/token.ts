/** `mls token`: an access token that is good now, for other programs. */
import type * as Token from "@mlserver-auth/core/Token"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Connection from "../auth/connection.js"
import * as Durations from "../text/duration.js"
import * as ForcedRenewal from "../auth/forcedRenewal.js"
import * as Instants from "../text/instant.js"
import * as Lasting from "../auth/lasting.js"
import * as Invocation from "../cli/invocation.js"
import { Output } from "../cli/output.js"
import * as ServerSettings from "../config/settings.js"
import { assignments } from "../text/shellQuote.js"
import * as TokenInspection from "../auth/tokenInspection.js"
import type { Given as CommandGiven } from "../cli/table/commandTable.js"
import { duration, usage } from "../cli/usage.js"

type Given = CommandGiven<"token">

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
    return stored !== undefined && Lasting.isLasting(stored, now, minTtl)
      ? offline
      : yield* Connection.open(settings, from)
  })

const jsonOf = ({ endpoint, settings }: Connection.Connection, token: Token.Token) => ({
  accessToken: Redacted.value(token.accessToken),
  tokenType: "Bearer" as const,
  expires: Instants.orNull(token.expiresAt),
  profile: settings.profile?.name ?? null,
  server: endpoint.base,
  user: token.principal ?? null
})

const minTtlOf = (given: string | undefined) =>
  given === undefined ? Effect.succeed(Duration.millis(Lasting.DEFAULT_MIN_TTL)) : duration("--min-ttl", given)

/** The ways to print it that were asked for, by the options that say so. */
const formats = (options: Given, json: boolean): ReadonlyArray<string> =>
  [
    { name: "--header", given: options.bearer },
    { name: "--env-format", given: options.envFormat !== undefined },
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
    if ((yield* Invocation.Invocation).json) return yield* answerJson("token", jsonOf(connection, token))
    if (options.bearer) return yield* answer(`Authorization: ${Redacted.value(token.authorization)}`)
    const accessToken = Redacted.value(token.accessToken)
    if (options.envFormat === undefined) return yield* answer(accessToken)
    // With the server that it is for: the next program may be set up for another one.
    const variables = { MLS_HOST: connection.endpoint.base, MLS_ACCESS_TOKEN: accessToken }
    yield* answer(assignments(options.envFormat, variables))
  })

/** The command. */
export const run = (options: Given) =>
  Effect.gen(function* () {
    const output = yield* Output
    const [one, other] = formats(options, (yield* Invocation.Invocation).json)
    if (other !== undefined) return yield* usage(`${one} and ${other} exclude each other`, "mls token --help")
    const minTtl = Duration.toMillis(yield* minTtlOf(options.minTtl))
    const connection = yield* open(options, minTtl)
    const token = yield* options.forceRefresh ? ForcedRenewal.renew(connection) : lasting(connection, minTtl)
    const life = token.expiresAt === undefined ? Infinity : token.expiresAt - (yield* Clock.currentTimeMillis)
    if (options.minTtl !== undefined && life < minTtl) {
      yield* output.marked("!", `The token lives ${Durations.words(life)} only: the server issues no longer ones.`)
    }
    yield* print(connection, token, options)
  }).pipe(Effect.scoped)
