/** A redis-server and a PostgreSQL of the benchmark's own; `undefined` where one is not installed. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, chownSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface Server {
  /** A port, or the folder of a socket. */
  readonly at: string
  /** Milliseconds of processor time of all its processes, those that ended too. */
  readonly processor: () => number
  readonly end: () => Promise<void>
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  return typeof address === "object" && address !== null ? address.port : 0
}

const isThere = (command: string): boolean => spawnSync(command, ["--version"]).error === undefined

const ready = (child: ChildProcess, text: RegExp): Promise<void> =>
  new Promise((resolve, reject) => {
    const look = (chunk: Buffer) => text.test(String(chunk)) && resolve()
    child.stdout?.on("data", look)
    child.stderr?.on("data", look)
    child.once("exit", () => reject(new Error("an engine ended while it was started")))
  })

/** Of /proc: user and system time, and those of children that ended, in hundredths of a second. */
const ticksOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? []
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0)
}

const processorOf = (pid: number) => () => {
  const children = spawnSync("pgrep", ["-P", String(pid)], { encoding: "utf8" })
    .stdout.split("\n")
    .filter(Boolean)
  return [pid, ...children.map(Number)].reduce((sum, each) => sum + 10 * ticksOf(each), 0)
}

const serverOf = (child: ChildProcess, at: string, signal: NodeJS.Signals, folder: string): Server => ({
  at,
  processor: processorOf(child.pid ?? 0),
  end: async () => {
    const exit = once(child, "exit")
    child.kill(signal)
    await exit
    rmSync(folder, { recursive: true, force: true })
  }
})

export const redis = async (): Promise<Server | undefined> => {
  if (!isThere("redis-server")) return undefined
  const [port, folder] = [await freePort(), mkdtempSync(join(tmpdir(), "bench-redis-"))]
  const child = spawn("redis-server", ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--save", ""])
  await ready(child, /Ready to accept connections/)
  return serverOf(child, String(port), "SIGTERM", folder)
}

export const postgres = async (): Promise<Server | undefined> => {
  const versions = existsSync("/usr/lib/postgresql") ? readdirSync("/usr/lib/postgresql") : []
  const bin = versions
    .map((version) => `/usr/lib/postgresql/${version}/bin/`)
    .filter((path) => isThere(`${path}postgres`))
    .at(-1)
  if (bin === undefined && !isThere("postgres")) return undefined
  const folder = mkdtempSync(join(tmpdir(), "bench-postgresql-"))
  const id = (option: string) => Number(execFileSync("id", [option, "postgres"], { encoding: "utf8" }))
  // It refuses to be run by root.
  const person = process.getuid?.() === 0 ? { uid: id("-u"), gid: id("-g") } : {}
  if (person.uid !== undefined) chownSync(folder, person.uid, person.gid)
  const data = join(folder, "data")
  execFileSync(`${bin ?? ""}initdb`, ["-D", data, "-U", "bench", "--auth=trust"], {
    ...person,
    cwd: folder,
    stdio: "ignore"
  })
  const settings = ["listen_addresses=", `unix_socket_directories=${folder}`, "max_connections=400"]
  const args = ["-D", data, ...settings.flatMap((setting) => ["-c", setting])]
  const child = spawn(`${bin ?? ""}postgres`, args, { ...person, cwd: folder })
  await ready(child, /ready to accept connections/)
  return serverOf(child, folder, "SIGQUIT", folder)
}
