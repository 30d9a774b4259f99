/** `mls status`: who is signed in, where, until when. Without the network unless told. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import { CredentialRequired, SessionExpired } from "@mlserver-auth/core/AuthError"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ApiRefused, isPage, leadsAway } from "../ApiRefused.js"
import { short } from "../Cloud.js"
import * as Connection from "../Connection.js"
import type { Origin } from "../Selection.js"
import * as Shadowing from "../Shadowing.js"
import * as RecordPlace from "../RecordPlace.js"
import * as EveryProfile from "../EveryProfile.js"
import { usage } from "../Usage.js"
import * as Instants from "../Instants.js"
import * as Invocation from "../Invocation.js"
import { Output } from "../Output.js"
import * as ServerSettings from "../ServerSettings.js"
import { type Held, held, until } from "../SessionReport.js"

const config = {
  check: Options.boolean("check").pipe(Options.withDescription("Ask the server too, with one call.")),
  all: Options.boolean("all").pipe(Options.withDescription("Tell of every profile, one line each.")),
  watch: Options.boolean("watch").pipe(
    Options.withDescription(
      "Go on, with a line for each change that any program makes. Ctrl-C ends it, with exit code 0."
    )
  ),
  ...Invocation.serverOption,
  ...Invocation.remoteOptions
}

type Given = ServerSettings.Given & {
  readonly all: boolean
  readonly check: boolean
  readonly watch: boolean
  readonly ignoreEnv: boolean
  readonly profile: Option.Option<string>
  readonly server: Option.Option<string>
}

/** One call: the token is renewed if it must be, so that the answer is about the session and not about an hour. */
const checked = (connection: Connection.Connection) =>
  Effect.gen(function* () {
    const startedAt = yield* Clock.currentTimeMillis
    const response = yield* connection.client.get("/status")
    const milliseconds = (yield* Clock.currentTimeMillis) - startedAt
    const page = isPage(response)
    const known = (response.status < 400 && !leadsAway(response) && !page) || response.status === 403
    if (known) return { status: response.status, milliseconds }
    const server = connection.endpoint.origin
    const url = `${connection.endpoint.base}/status`
    return yield* new ApiRefused({ method: "GET", url, server, status: response.status, page })
  }).pipe(Effect.scoped)

interface Check {
  readonly status: number
  readonly milliseconds: number
}

const line = (label: string, value: string) => `${label.padEnd(14)}${value}`

const WORDS = {
  password: "password",
  "aad-device": "device code, at Azure",
  "aad-browser": "in the browser, at Azure",
  "aad-password": "password, at Azure"
} as const

/** Where the tokens come from, if not from the server itself. */
const issuedBy = ({ json }: Held, { cloud }: ServerSettings.ServerSettings): ReadonlyArray<string> =>
  cloud === undefined
    ? []
    : [
        ...(json.method === null ? [] : [line("Method", WORDS[json.method])]),
        line("Tenant", `${short(cloud.authority.tenant)} at ${cloud.authority.origin}`),
        line("Application", `client ${short(cloud.clientid)}, resource ${short(cloud.resource)}`)
      ]

/** What chose the profile, in words. */
const chosenBy = ({ by, what }: Origin): string => (by === "configuration" ? `the default of ${what}` : `by ${what}`)

const forPeople = (found: Held, connection: Connection.Connection, check: Check | undefined, now: number) => {
  const { state } = found
  const { settings, shadow } = connection
  const held =
    shadow === undefined
      ? []
      : [line("Held by", `${shadow.variable} in the environment${Shadowing.mark(shadow)}, which beats what is stored`)]
  const inCloud = connection.settings.cloud !== undefined
  const documented = `documented by ${inCloud ? "Azure" : "the server"}`
  const renews = state.renewable ? "yes, by itself" : "no"
  const ends = (end: number | undefined, why: string) =>
    end === undefined ? [] : [`${Instants.forPeople(end, now)}, ${why}`]
  return [
    ...held,
    line(
      "Signed in as",
      found.user ?? `(unknown: ${state.renewable ? "the issuer did not say" : "an access token was given"})`
    ),
    ...(settings.profile === undefined ? [] : [line("Profile", `${settings.name}, ${chosenBy(settings.origin)}`)]),
    line("Server", settings.profile === undefined ? `${found.server}, ${chosenBy(settings.origin)}` : found.server),
    ...issuedBy(found, connection.settings),
    line("Access token", until(state.expiresAt, now)),
    line("Renewable", renews),
    ...ends(state.idleEndsAt, `if not used before (${documented})`).map((end) => line("Idle end", end)),
    ...ends(state.chainEndsAt, `whatever happens (${documented})`).map((end) => line("Session end", end)),
    ...(inCloud && state.renewable ? [line("Sign-out", "only here: Azure cannot be told")] : []),
    line("Stored in", RecordPlace.words(found.place)),
    ...(check === undefined ? [] : [line("Checked", `the server answered ${check.status} in ${check.milliseconds} ms`)])
  ]
}

/** The environment's credential as a session: nothing may have been got with it yet. */
const find = (connection: Connection.Connection) =>
  Effect.gen(function* () {
    const found = yield* held(connection)
    if (found !== undefined || connection.heldBy !== "MLS_ACCESS_TOKEN") return found
    yield* connection.session.token
    return yield* held(connection)
  })

/** Programs get an answer also where nobody is signed in; the exit code says it too. */
const absent = (connection: Connection.Connection | undefined) =>
  Effect.gen(function* () {
    const { answerJson } = yield* Output
    if (!(yield* Invocation.Invocation).json) return
    yield* answerJson({
      signedIn: false,
      usable: false,
      profile: connection?.settings.profile?.name ?? null,
      chosenBy: connection?.settings.origin ?? null,
      server: connection?.endpoint.base ?? null,
      source: connection?.heldBy ?? "stored"
    })
  })

const notSignedIn = (connection: Connection.Connection) => {
  const { endpoint, heldBy } = connection
  return Effect.zipRight(
    absent(connection),
    new CredentialRequired({
      reason: "NotSignedIn",
      detail: heldBy === undefined ? endpoint.base : `${endpoint.base} (the first call will, with ${heldBy})`
    })
  )
}

const watched = (options: Given) =>
  Effect.gen(function* () {
    if (options.check || options.all) return yield* usage("--watch is about one session", "mls status --watch")
    const StatusWatch = yield* Effect.promise(() => import("../StatusWatch.js"))
    yield* StatusWatch.run(yield* ServerSettings.resolve(options), options.ignoreEnv)
  })

const run = (options: Given) => {
  if (options.watch) return watched(options)
  if (!options.all) return single(options)
  if (options.check || Option.isSome(options.profile) || Option.isSome(options.server)) {
    return usage("--all tells of every profile, and asks no server", "mls status --all")
  }
  return EveryProfile.tell(options, options.ignoreEnv)
}

const single = (options: Given) =>
  Effect.gen(function* () {
    const output = yield* Output
    const { json } = yield* Invocation.Invocation
    const settings = Effect.tapErrorTag(ServerSettings.resolve(options), "ServerUnknown", () => absent(undefined))
    const connection = yield* Connection.open(yield* settings, {
      offline: !options.check,
      storedOnly: options.ignoreEnv
    })
    const check = options.check ? yield* checked(connection) : undefined
    const found = yield* find(connection)
    if (found === undefined) return yield* notSignedIn(connection)
    const now = yield* Clock.currentTimeMillis
    if (json) yield* output.answerJson({ ...found.json, usable: found.alive, check: check ?? null })
    else yield* output.answerText(forPeople(found, connection, check, now).join("\n"))
    if (found.alive) return
    return yield* new SessionExpired({ reason: endOf(found, now), server: connection.endpoint.origin })
  }).pipe(Effect.scoped)

const endOf = ({ state }: Held, now: number): SessionExpired["reason"] => {
  if (!state.renewable) return "NotRenewable"
  return state.chainEndsAt !== undefined && state.chainEndsAt <= now ? "ChainEnded" : "Idle"
}

const DESCRIPTION = "Tell who is signed in, where, and until when. Exit code 4 when nobody is."

/** The command. */
export const status = Command.make("status", config, (options) => Invocation.run(options, run(options))).pipe(
  Command.withDescription(DESCRIPTION)
)

/** The same, by the name that others give it. */
export const whoami = Command.make("whoami", config, (options) => Invocation.run(options, run(options))).pipe(
  Command.withDescription("The same as `mls status`.")
)
