/** `mls status`: who is signed in, where, until when. Without the network unless told. */
import { CredentialRequired, SessionExpired } from "@mlserver-auth/core/AuthError"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { isOfServer } from "../api/kind.js"
import { ApiRefused } from "../api/refused.js"
import { short } from "../config/cloud.js"
import * as Connection from "../auth/connection.js"
import * as Selection from "../config/selection.js"
import * as EnvironmentOverride from "../config/environmentOverride.js"
import * as TokenLocation from "../config/tokenLocation.js"
import * as EveryProfile from "../auth/statusAll.js"
import { usage } from "../cli/usage.js"
import { type Fact, facts } from "../text/table.js"
import * as Instants from "../text/instant.js"
import * as Invocation from "../cli/invocation.js"
import type { Given as CommandGiven } from "../cli/table/commandTable.js"
import { Output } from "../cli/output.js"
import * as ServerSettings from "../config/settings.js"
import { type Held, held, nobodyOf, until } from "../auth/sessionReport.js"

type Given = CommandGiven<"status">

/** One call: the token is renewed if it must be, so that the answer is about the session and not about an hour. */
const checked = (connection: Connection.Connection) =>
  Effect.gen(function* () {
    const startedAt = yield* Clock.currentTimeMillis
    const response = yield* connection.client.get("/status")
    const milliseconds = (yield* Clock.currentTimeMillis) - startedAt
    const { status } = response
    if (status === 403 || (status < 400 && isOfServer(response))) return { status, milliseconds }
    return yield* ApiRefused.ofStatus(connection.endpoint, response)
  }).pipe(Effect.scoped)

const WORDS = {
  password: "password",
  "aad-device": "device code, at Azure",
  "aad-browser": "in the browser, at Azure",
  "aad-password": "password, at Azure"
} as const

/** Where the tokens come from, if not from the server itself. */
const issuedBy = ({ json }: Held, { cloud }: ServerSettings.ServerSettings): ReadonlyArray<Fact> =>
  cloud === undefined
    ? []
    : [
        ["Method", json.method === null ? null : WORDS[json.method]],
        ["Tenant", `${short(cloud.authority.tenant)} at ${cloud.authority.origin}`],
        ["Application", `client ${short(cloud.clientid)}, resource ${short(cloud.resource)}`]
      ]

const toText = (
  found: Held,
  connection: Connection.Connection,
  check: Effect.Effect.Success<ReturnType<typeof checked>> | undefined,
  now: number
): string => {
  const { renewable, chainEndsAt, expiresAt, idleEndsAt } = found.state
  const { override, settings } = connection
  const inCloud = settings.cloud !== undefined
  const documented = `documented by ${inCloud ? "Azure" : "the server"}`
  const unknown = `(unknown: ${renewable ? "the issuer did not say" : "an access token was given"})`
  const origin = Selection.chosenBy(settings.origin)
  const beaten =
    override &&
    `${override.variable} in the environment${EnvironmentOverride.mark(override)}, which wins over the stored session`
  const idle =
    idleEndsAt === undefined ? null : `${Instants.toText(idleEndsAt, now)}, if not used before (${documented})`
  const end =
    chainEndsAt === undefined ? null : `${Instants.toText(chainEndsAt, now)}, whatever happens (${documented})`
  return facts([
    ["Overridden by", beaten],
    ["Signed in as", found.user ?? unknown],
    ["Profile", settings.profile && `${settings.name}, ${origin}`],
    ["Server", settings.profile === undefined ? `${found.server}, ${origin}` : found.server],
    ...issuedBy(found, settings),
    ["Access token", until(expiresAt, now)],
    ["Renewable", renewable ? "yes, by itself" : "no"],
    ["Idle end", idle],
    ["Session end", end],
    ["Sign-out", inCloud && renewable ? "only here: Azure accepts no sign-out from a program" : null],
    ["Stored in", TokenLocation.words(found.place)],
    ["Checked", check && `the server answered ${check.status} in ${check.milliseconds} ms`]
  ])
}

/** The environment's credential as a session: nothing may have been got with it yet. */
const find = (connection: Connection.Connection) =>
  Effect.gen(function* () {
    const found = yield* held(connection)
    if (found !== undefined || connection.override?.variable !== "MLS_ACCESS_TOKEN") return found
    yield* connection.session.token
    return yield* held(connection)
  })

/** Programs get an answer also where no user is signed in; the exit code says it too. */
const absent = (connection: Connection.Connection | undefined) =>
  Effect.gen(function* () {
    if (!(yield* Invocation.Invocation).json) return
    const { settings } = connection ?? {}
    const where = { chosenBy: settings?.origin ?? null, server: settings?.endpoint.base ?? null }
    yield* (yield* Output).answerJson("status", { ...nobodyOf(connection), ...where })
  })

const notSignedIn = (connection: Connection.Connection) => {
  const { endpoint, override } = connection
  return Effect.zipRight(
    absent(connection),
    new CredentialRequired({
      reason: "NotSignedIn",
      detail:
        override === undefined ? endpoint.base : `${endpoint.base} (the first call will, with ${override.variable})`
    })
  )
}

/** The command. */
export const run = (options: Given) => {
  if (!options.allProfiles) return single(options)
  if (options.check || options.profile !== undefined || options.server !== undefined) {
    return usage("--all reports every profile, and asks no server", "mls status --all")
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
    if (json) yield* output.answerJson("status", { ...found.json, usable: found.alive, check: check ?? null })
    else yield* output.answerText(toText(found, connection, check, now))
    if (found.alive) return
    return yield* new SessionExpired({ reason: endOf(found, now), server: connection.endpoint.origin })
  }).pipe(Effect.scoped)

const endOf = ({ state }: Held, now: number): SessionExpired["reason"] => {
  if (!state.renewable) return "NotRenewable"
  return state.chainEndsAt !== undefined && state.chainEndsAt <= now ? "ChainEnded" : "Idle"
}
