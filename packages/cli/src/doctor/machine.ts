/**
 * The checks of this machine: configuration, profile, store, lock, session, proxy. The store repairs what it reads (modes,
 * broken records), so the session is only opened where there is nothing to repair.
 */
import * as Diagnostics from "@mlserver-auth/node/Diagnostics"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Connection from "../auth/connection.js"
import { endsOf, type Held, held } from "../auth/sessionReport.js"
import * as EnvironmentOverride from "../config/environmentOverride.js"
import * as ConfigFile from "../config/files/file.js"
import * as ConfigOwner from "../config/files/owner.js"
import * as Selection from "../config/selection.js"
import type { ServerSettings } from "../config/settings.js"
import * as TokenLocation from "../config/tokenLocation.js"
import * as Durations from "../text/duration.js"
import * as Shell from "../text/shellQuote.js"
import { type Finding, locked, ok, signedOut, skip, wrong } from "./check.js"
import { type Look, signIn, type World } from "./world.js"

/** The file of profiles. */
export const config = Effect.gen(function* () {
  const path = yield* ConfigFile.file
  const { profiles } = yield* ConfigFile.load
  const open = ConfigOwner.openToOthers(path)
  if (open !== undefined) {
    const message = `others can write ${open}, and so decide where passwords go`
    return wrong(message, `chmod go-w ${Shell.quoted(open)}`)
  }
  const count = profiles.length
  return ok(`${path}: ${count === 0 ? "no profile yet" : count === 1 ? "one profile" : `${count} profiles`}`)
})

/** Which profile, and what chose it. */
export const profile = ({ endpoint, method, name, origin, profile }: ServerSettings): Finding => {
  const what = profile === undefined ? `no profile, but ${endpoint.base}` : `${name}: ${endpoint.base}`
  return ok(`${what}, ${Selection.chosenBy(origin)}; sign-in by ${method}`)
}

const MODES = { directory: ["700", "u+rwx"], file: ["600", "u+rw"] } as const

/** What is wrong with a file or a directory, if anything is. */
const wrongWith = (found: Diagnostics.Access): Finding | undefined => {
  const { path } = found
  switch (found._tag) {
    case "Usable":
    case "Absent":
      return undefined
    case "WrongKind":
      return wrong(`${path} is no plain ${found.kind}`, "Move it away, and sign in again: mls login")
    case "Foreign":
      return wrong(
        `${path} belongs to another user (number ${found.uid})`,
        `sudo chown -R "$(id -u)" ${Shell.quoted(path)}`
      )
    case "Open": {
      const [mode] = MODES[found.kind]
      return wrong(
        `${path} is open to other users (mode ${found.mode.toString(8)})`,
        `chmod ${mode} ${Shell.quoted(path)}`
      )
    }
    case "Unusable":
      if (found.code === "EROFS") {
        return wrong(`${path} cannot be written (EROFS)`, "Set MLS_CONFIG_DIR to a directory that can be.")
      }
      return found.code === "ENOTDIR"
        ? wrong(`${path} cannot be: a part of that path is a file`, "Move that file away, or set MLS_CONFIG_DIR.")
        : wrong(`${path} cannot be used (${found.code})`, Shell.opened(path, MODES[found.kind][1]))
  }
}

/** The record, as it describes itself. */
const ofRecord = (directory: string, { keyFile, record }: Diagnostics.Store): Finding => {
  const place = TokenLocation.fromRecord(directory, record)
  if (record._tag === "Newer") return wrong(`a newer version of mls wrote ${record.path}`, "Update mls.")
  if (place.protection === "unknown") {
    return wrong(`${record.path} is no record of this version of mls`, "Sign in again: mls login")
  }
  if (keyFile?._tag === "Absent") {
    return wrong(`the key that seals the tokens is gone (${keyFile.path})`, "mls login")
  }
  return (keyFile === undefined ? undefined : wrongWith(keyFile)) ?? ok(TokenLocation.words(place))
}

/** Where the tokens rest. */
export const store: Look = (world) =>
  Effect.gen(function* () {
    const { settings } = world
    const connection = yield* Connection.open(settings, { offline: true, storedOnly: world.ignoreEnv })
    const { directory, override } = connection
    world.connection = connection
    if (override !== undefined) yield* EnvironmentOverride.refuseRedirected(settings, override.variable)
    if (directory === undefined) return ok("memory: nothing is kept, or read")
    const found = yield* Diagnostics.store(directory, connection.session.key)
    const { by, store } = settings.store
    const chosen = `${directory} (${store ?? "encrypted"}${by === undefined ? "" : `, by ${by}`})`
    if (found.directory._tag === "Absent") return ok(`${chosen}: not there yet; a sign-in makes it`)
    const failure = wrongWith(found.directory) ?? wrongWith(found.file)
    if (failure !== undefined) return failure
    if (found.file._tag === "Absent") return ok(`${chosen}: no tokens of this profile in it`)
    world.hasRecord = true
    return ofRecord(directory, found)
  })

/** Milliseconds: a renewal is over long before. */
const LONG = 120_000

/** Who holds the lock of the session. */
export const lock: Look = ({ connection }) =>
  Effect.gen(function* () {
    if (connection?.directory === undefined) return skip("none in memory")
    const found = yield* Diagnostics.lock(connection.directory, connection.session.key)
    const removal = Shell.removal(found.path)
    if (found._tag === "Free") return ok("free")
    if (found._tag === "Nameless") {
      return locked(`held by a program that does not say who it is: ${found.path}`, removal)
    }
    const { host, pid, runs, since } = found
    const who = `process ${pid} on ${host}`
    if (runs === false) {
      return ok(`left by ${who}, which has ended or is silent: the next command takes it over`)
    }
    const time = (yield* Clock.currentTimeMillis) - since
    const message = `held by ${who} for ${Durations.words(time)}`
    if (time < LONG) return ok(`${message}: others wait for it`)
    if (runs === true) return locked(`${message}, longer than any renewal takes`, Shell.killing(pid))
    // By its number alone it may be another one by now, and innocent.
    return locked(`${message}; whether it is that process cannot be seen from here`, `Find out, end it, or: ${removal}`)
  })

const out = (settings: ServerSettings, message: string): Finding => signedOut(message, signIn(settings))

const signedIn = (
  { alive, state, user }: Held,
  { override, settings }: Connection.Connection,
  now: number
): Finding => {
  const holder =
    override === undefined
      ? ""
      : `; overridden by ${override.variable}${EnvironmentOverride.mark(override)}, which wins over the stored session`
  const message = [
    `signed in${user === undefined ? "" : ` as ${user}`}`,
    state.renewable ? "renewed by itself" : "cannot be renewed",
    ...endsOf(state, now)
  ].join(", ")
  return alive ? ok(message + holder) : out(settings, message + holder)
}

/** The store sets it aside for every command that reads. */
const UNOPENED = "no user is signed in: mls could not decrypt the record with its key, and set it aside"

/** As it is stored, or was given: nothing is renewed. */
const unended = (
  { override, session, store }: Connection.Connection,
  { expiresAt, renewable }: Held["state"],
  now: number
) =>
  Effect.gen(function* () {
    if (expiresAt !== undefined && expiresAt <= now) return undefined
    const stored = Effect.map(store.read(session.key), Option.getOrUndefined)
    const token = yield* override?.variable === "MLS_ACCESS_TOKEN" ? session.token : stored
    return token === undefined ? undefined : { authorization: token.authorization, renewable, override }
  })

/** The session. */
export const token: Look = (world) =>
  Effect.gen(function* () {
    const { connection, hasRecord, settings } = world
    if (connection === undefined) return skip("needs the store")
    const { override, session } = connection
    // Taken as it is, without a call.
    if (override?.variable === "MLS_ACCESS_TOKEN") yield* session.token
    const found = yield* held(connection)
    const now = yield* Clock.currentTimeMillis
    if (found === undefined) {
      if (override !== undefined) return ok(`${override.variable} signs in with the first call`)
      return out(settings, hasRecord === true ? UNOPENED : "no user is signed in")
    }
    world.alive = found.alive
    world.user = found.user
    world.token = yield* unended(connection, found.state, now)
    return signedIn(found, connection, now)
  })

/** Which proxy is named, and whether the server is reached through it. */
export const proxy: Look = (world: World) =>
  Effect.gen(function* () {
    world.route = yield* Diagnostics.route(new URL(world.settings.endpoint.base))
    const { proxy } = world.route
    if (proxy === undefined) return ok("none is set for this server")
    const what = `${proxy.variable ?? "the program"} names ${proxy.origin}`
    if (world.offline) return skip(`${what}; offline, so it is not tried`)
    return ok(
      proxy.used
        ? `${what}; it is used for this server`
        : `${what}; this server is reached directly (loopback, or by NO_PROXY)`
    )
  })
