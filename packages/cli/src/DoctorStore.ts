/**
 * The looks of `mls doctor` at where the tokens rest and at the stored session. The store repairs what it reads (modes,
 * broken records), so it is only opened where there is nothing to repair.
 */
import type { AuthError } from "@mlserver-auth/core/AuthError"
import * as TimeLimit from "@mlserver-auth/core/TimeLimit"
import type * as Token from "@mlserver-auth/core/Token"
import * as Inspection from "@mlserver-auth/node/Inspection"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { constants, type Stats } from "node:fs"
import * as Fs from "node:fs/promises"
import * as Connection from "./Connection.js"
import { type Check, fail, ok, skip, skipAll } from "./DoctorCheck.js"
import * as DoctorLock from "./DoctorLock.js"
import { ofFailure } from "./DoctorSettings.js"
import { refuseRedirected } from "./EnvironmentCredential.js"
import { ExitCode } from "./ExitCode.js"
import * as Instants from "./Instants.js"
import type { Invocation } from "./Invocation.js"
import type { Output } from "./Output.js"
import * as RecordPlace from "./RecordPlace.js"
import { quoted } from "./SameCommand.js"
import type { ServerSettings } from "./ServerSettings.js"
import { type Held, held, until } from "./SessionReport.js"
import * as Shadowing from "./Shadowing.js"

/** What was seen of a session. */
export interface Seen {
  readonly checks: ReadonlyArray<Check>
  /** Whether there is a session that can be used. */
  readonly alive: boolean
  /** Who is signed in: not for others' eyes. */
  readonly user: string | undefined
  /** The access token, if it has not ended as far as is known here. */
  readonly token: Usable | undefined
}

/** An access token to try. */
export interface Usable {
  /** The value of the header. */
  readonly authorization: Token.Token["authorization"]
  readonly renewable: boolean
  /** The variable that has it; `undefined` where it is stored. */
  readonly heldBy: Connection.Connection["heldBy"]
}

/** No session. */
const NOBODY = { alive: false, user: undefined, token: undefined } as const

const broken = (message: string, fix: string): Check => fail("store", ExitCode.configuration, message, fix)

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "unknown error"

const whyNot = (path: string, stats: Stats, kind: "directory" | "file"): Check | undefined => {
  const mode = kind === "directory" ? "700" : "600"
  const own = process.geteuid?.()
  if (kind === "directory" ? !stats.isDirectory() : !stats.isFile()) {
    return broken(`${path} is no plain ${kind}`, `Move it away, and sign in again: mls login`)
  }
  if (own === undefined) return undefined
  if (stats.uid !== own) {
    return broken(`${path} belongs to another user (number ${stats.uid})`, `sudo chown -R "$(id -u)" ${quoted(path)}`)
  }
  return (stats.mode & 0o077) === 0
    ? undefined
    : broken(
        `${path} is open to other users (mode ${(stats.mode & 0o777).toString(8)})`,
        `chmod ${mode} ${quoted(path)}`
      )
}

/** A directory that root made a link of is what it leads to, as the store has it. */
const statsOf = async (path: string, kind: "directory" | "file"): Promise<Stats> => {
  const stats = await Fs.lstat(path)
  const byRoot = stats.isSymbolicLink() && stats.uid === 0 && process.geteuid?.() !== 0
  return kind === "directory" && byRoot ? await Fs.stat(path) : stats
}

/** `absent`, what is wrong with it, or `undefined`. */
const inspected = (path: string, kind: "directory" | "file"): Effect.Effect<Check | "absent" | undefined> =>
  Effect.promise(async () => {
    try {
      const found = whyNot(path, await statsOf(path, kind), kind)
      if (found !== undefined) return found
      const enter = kind === "directory" ? constants.X_OK : 0
      await Fs.access(path, constants.R_OK | constants.W_OK | enter)
      return undefined
    } catch (error) {
      const code = codeOf(error)
      if (code === "ENOENT") return "absent"
      if (code === "EROFS")
        return broken(`${path} cannot be written (${code})`, "Set MLS_CONFIG_DIR to a directory that can be.")
      const mode = kind === "directory" ? "u+rwx" : "u+rw"
      return code === "ENOTDIR"
        ? broken(`${path} cannot be: a part of that path is a file`, "Move that file away, or set MLS_CONFIG_DIR.")
        : broken(`${path} cannot be used (${code})`, `chmod ${mode} ${quoted(path)}`)
    }
  })

const protectionOf = (directory: string, found: Inspection.StoredRecord) =>
  Effect.gen(function* () {
    const place = RecordPlace.fromRecord(directory, found)
    if (found._tag === "Newer") return broken(`a newer version of mls wrote ${found.path}`, "Update mls.")
    if (place.protection === "unknown") {
      return broken(`${found.path} is no record of this version of mls`, "Sign in again: mls login")
    }
    const sealed = ok("store", RecordPlace.words(place))
    if (place.keyFile === undefined) return sealed
    const key = yield* inspected(place.keyFile, "file")
    if (key !== "absent") return key ?? sealed
    return broken(`the key that seals the tokens is gone (${place.keyFile})`, "mls login")
  })

interface Place {
  readonly check: Check
  readonly hasRecord: boolean
}

const looked = (directory: string, { session, settings }: Connection.Connection) =>
  Effect.gen(function* () {
    const without = (check: Check): Place => ({ check, hasRecord: false })
    const chosen = `${settings.store.store ?? "encrypted"}${settings.store.by === undefined ? "" : `, by ${settings.store.by}`}`
    const found = yield* inspected(directory, "directory")
    if (found === "absent") return without(ok("store", `${directory} (${chosen}): not there yet; a sign-in makes it`))
    if (found !== undefined) return without(found)
    const record = yield* Inspection.record(directory, session.key)
    const file = yield* inspected(record.path, "file")
    if (file === "absent") return without(ok("store", `${directory} (${chosen}): no tokens of this profile in it`))
    return file === undefined ? { check: yield* protectionOf(directory, record), hasRecord: true } : without(file)
  })

const signIn = ({ endpoint, name, profile }: ServerSettings): string =>
  profile === undefined ? `mls login ${endpoint.base}` : `mls login ${name}`

const out = (settings: ServerSettings, message: string): Check =>
  fail("token", ExitCode.signInRequired, message, signIn(settings))

const signedIn = ({ alive, state, user }: Held, { settings, shadow }: Connection.Connection, now: number): Check => {
  const holder =
    shadow === undefined ? "" : `; held by ${shadow.variable}${Shadowing.mark(shadow)}, which beats what is stored`
  const who = user === undefined ? "" : ` as ${user}`
  const ends = [
    ...(state.idleEndsAt === undefined ? [] : [`idle end ${Instants.forPeople(state.idleEndsAt, now)}`]),
    ...(state.chainEndsAt === undefined ? [] : [`session end ${Instants.forPeople(state.chainEndsAt, now)}`])
  ]
  const renewal = state.renewable ? "renewed by itself" : "cannot be renewed"
  const all = [`signed in${who}`, `access token ${until(state.expiresAt, now)}`, renewal, ...ends].join(", ")
  return alive ? ok("token", all + holder) : out(settings, all + holder)
}

/** The store does that whoever reads. */
const UNOPENED =
  "nobody is signed in: the record could not be opened with its key, and is set aside as by every command"

/** As it is stored, or was given: nothing is renewed. */
const unended = (
  { heldBy, session, store }: Connection.Connection,
  { expiresAt, renewable }: Held["state"],
  now: number
) =>
  Effect.gen(function* () {
    if (expiresAt !== undefined && expiresAt <= now) return undefined
    const stored = Effect.map(store.read(session.key), Option.getOrUndefined)
    const token = yield* heldBy === "MLS_ACCESS_TOKEN" ? session.token : stored
    return token === undefined ? undefined : { authorization: token.authorization, renewable, heldBy }
  })

const session = (connection: Connection.Connection, hasRecord: boolean) =>
  Effect.gen(function* () {
    const { heldBy, settings } = connection
    // Taken as it is, without a call.
    if (heldBy === "MLS_ACCESS_TOKEN") yield* connection.session.token
    const found = yield* held(connection)
    const now = yield* Clock.currentTimeMillis
    if (found !== undefined) {
      const { alive, user } = found
      return {
        check: signedIn(found, connection, now),
        alive,
        user,
        token: yield* unended(connection, found.state, now)
      }
    }
    if (heldBy !== undefined) return { ...NOBODY, check: ok("token", `${heldBy} signs in with the first call`) }
    return { ...NOBODY, check: out(settings, hasRecord ? UNOPENED : "nobody is signed in") }
  })

const all = (settings: ServerSettings, ignoreEnv: boolean): Effect.Effect<Seen, AuthError, Invocation | Output> =>
  Effect.gen(function* () {
    const connection = yield* Connection.open(settings, { offline: true, storedOnly: ignoreEnv })
    const { directory, heldBy } = connection
    if (heldBy !== undefined) yield* refuseRedirected(settings, heldBy)
    const place =
      directory === undefined
        ? { check: ok("store", "memory: nothing is kept, or read"), hasRecord: false }
        : yield* looked(directory, connection)
    if (place.check.verdict === "FAIL") {
      const rest = skipAll(["lock", "token"], "needs the store")
      return { ...NOBODY, checks: [place.check, ...rest] }
    }
    const lock =
      directory === undefined
        ? skip("lock", "none in memory")
        : yield* DoctorLock.look(directory, connection.session.key)
    const { check, ...seen } = yield* session(connection, place.hasRecord)
    return { ...seen, checks: [place.check, lock, check] }
  }).pipe(Effect.scoped)

/** All three looks; `token` is bounded too, since a keyring may not answer. */
export const look = (settings: ServerSettings, ignoreEnv: boolean): Effect.Effect<Seen, never, Invocation | Output> =>
  all(settings, ignoreEnv).pipe(
    TimeLimit.timeoutOption("15 seconds"),
    Effect.map((seen): Seen => {
      if (seen._tag === "Some") return seen.value
      const check = broken("the keyring does not answer", "Unlock it, or: mls login --force --store encrypted")
      return { ...NOBODY, checks: [check, ...skipAll(["lock", "token"], "needs the store")] }
    }),
    Effect.catchAll((error) =>
      Effect.succeed<Seen>({
        ...NOBODY,
        checks: [ofFailure("store", error), ...skipAll(["lock", "token"], "needs the store")]
      })
    )
  )
