/** A PostgreSQL of a test's own, as a distribution packs it. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process"
import { createHash, randomUUID } from "node:crypto"
import { once } from "node:events"
import { appendFileSync, existsSync, readdirSync } from "node:fs"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import type * as Engine from "../../core/test/engines/engine.js"

/** Debian keeps the programs of each version in a folder of its own. */
const found = existsSync("/usr/lib/postgresql")
  ? readdirSync("/usr/lib/postgresql")
      .map((version) => `/usr/lib/postgresql/${version}/bin`)
      .filter((folder) => existsSync(`${folder}/initdb`))
      .at(-1)
  : undefined
const programs = found === undefined ? "" : `${found}/`

/** It refuses to be run by root. */
const idOf = (option: string) => Number(spawnSync("id", [option, "postgres"], { encoding: "utf8" }).stdout.trim())
const isRoot = process.getuid?.() === 0
const person = isRoot ? { uid: idOf("-u"), gid: idOf("-g") } : {}

/** What is not here, if something is not; the name of what is skipped says it. */
export const missing = spawnSync(`${programs}postgres`, ["--version"]).error === undefined ? "" : "no postgres"

/** The same for one that follows another. */
export const missingStandby =
  missing === "" && spawnSync(`${programs}pg_basebackup`, ["--version"]).error !== undefined
    ? "no pg_basebackup"
    : missing

/** What a server has logged: every statement, and its values. */
export const logged = (host: string): Effect.Effect<string> =>
  Effect.promise(() => Fs.readFile(Path.join(host, "log"), "utf8"))

const started = async (directory: string): Promise<ChildProcess> => {
  const settings = [
    "fsync=off",
    "listen_addresses=",
    `unix_socket_directories=${directory}`,
    "max_connections=400",
    "log_statement=all"
  ]
  const args = ["-D", Path.join(directory, "data"), ...settings.flatMap((setting) => ["-c", setting])]
  const child = spawn(`${programs}postgres`, args, { ...person, cwd: directory, stdio: ["ignore", "ignore", "pipe"] })
  await new Promise<void>((resolve, reject) => {
    let out = ""
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      appendFileSync(Path.join(directory, "log"), chunk)
      out += chunk
      if (/ready to accept (read-only )?connections/.test(out)) resolve()
    })
    child.once("exit", (code) => reject(new Error(`postgres ended with ${code}\n${out}`)))
  })
  return child
}

const ended = async (child: ChildProcess | undefined): Promise<void> => {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  // Not its exit: what it logged last is written too.
  const closed = once(child, "close")
  child.kill("SIGQUIT")
  await closed
}

const familyOf = (pid: number): ReadonlyArray<number> => [
  pid,
  ...execFileSync("pgrep", ["-P", String(pid)], { encoding: "utf8" })
    .split("\n")
    .filter(Boolean)
    .map(Number)
]

const INITDB = ["-U", "test", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"]

/** Fills the folder of a new server. */
type Fill = (directory: string) => Promise<void>

const owned = async (): Promise<string> => {
  const made = await Fs.mkdtemp(Path.join(Os.tmpdir(), "postgresql-"))
  if (person.uid !== undefined) await Fs.chown(made, person.uid, person.gid)
  return made
}

const filled =
  (program: string, ...args: ReadonlyArray<string>): Fill =>
  async (directory) => {
    const child = spawn(`${programs}${program}`, ["-D", Path.join(directory, "data"), ...args], {
      ...person,
      cwd: directory,
      stdio: "ignore"
    })
    const [code] = (await once(child, "close")) as [number | null]
    if (code !== 0) throw new Error(`${program} ended with ${code}`)
  }

/** Where a folder is kept in which no server has begun yet: copied, it costs a tenth of a new one. */
const kept = (): string => {
  const version = execFileSync(`${programs}postgres`, ["--version"], { encoding: "utf8" }).trim()
  const name = createHash("sha256")
    .update(JSON.stringify([version, person, INITDB]))
    .digest("hex")
    .slice(0, 16)
  return new URL(`../../../node_modules/.cache/postgresql-${name}`, import.meta.url).pathname
}

/** Copies with owners and rights, without which no server starts. */
const copy = async (from: string, to: string): Promise<void> => {
  const [code] = (await once(spawn("cp", ["-a", from, to], { stdio: "ignore" }), "close")) as [number | null]
  if (code !== 0) throw new Error(`cp ended with ${code}`)
}

/** Made by the first who wants it; made whole beside its place, since others may look for it meanwhile. */
const template = async (): Promise<string> => {
  const place = kept()
  if (existsSync(place)) return place
  const made = await owned()
  await filled("initdb", ...INITDB)(made)
  const own = `${place}-${randomUUID()}`
  await Fs.mkdir(Path.dirname(place), { recursive: true })
  await copy(Path.join(made, "data"), own)
  await Fs.rm(made, { recursive: true, force: true })
  // Another one was quicker.
  await Fs.rename(own, place).catch(() => Fs.rm(own, { recursive: true, force: true }))
  return place
}

const copied: Fill = async (directory) => copy(await template(), Path.join(directory, "data"))

/** Gone after the scope. */
export const make: Effect.Effect<Engine.Server, never, Scope.Scope> = Effect.suspend(() => madeBy(copied))

/** One that follows another, and takes no writes until it is promoted. */
export const standbyOf = (primary: Engine.Server): Effect.Effect<Engine.Server, never, Scope.Scope> =>
  madeBy(filled("pg_basebackup", "-h", primary.at, "-U", "test", "-X", "stream", "-c", "fast", "--no-sync", "-R"))

const madeBy = Effect.fnUntraced(function* (fill: Fill) {
  const directory = yield* Effect.acquireRelease(
    Effect.promise(async () => {
      const made = await owned()
      await fill(made)
      return made
    }),
    (made) => Effect.promise(() => Fs.rm(made, { recursive: true, force: true }))
  )
  let child: ChildProcess | undefined
  const kill = Effect.promise(() => ended(child))
  const start = Effect.promise(async () => void (child = await started(directory)))
  yield* Effect.acquireRelease(start, () => kill)
  return {
    at: directory,
    signal: (signal: NodeJS.Signals) =>
      Effect.sync(() => {
        for (const pid of familyOf(child?.pid ?? 0)) process.kill(pid, signal)
      }),
    kill,
    start
  }
})
