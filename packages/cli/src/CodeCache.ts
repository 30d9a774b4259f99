/**
 * Keeps what V8 compiled of the program from one start to the next: compiling it anew takes about as long as Node itself
 * takes to start. Without a place of its own, or with `NODE_DISABLE_COMPILE_CACHE` set, the program starts without.
 */
import * as Crypto from "node:crypto"
import * as Fs from "node:fs"
import * as Module from "node:module"
import * as Os from "node:os"
import * as Path from "node:path"
import * as Vm from "node:vm"
import { ExitCode } from "./ExitCode.js"

/** `$XDG_CACHE_HOME/mls`, `~/.cache/mls`, `~/Library/Caches/mls` on macOS, `%LOCALAPPDATA%\mls\cache` on Windows. */
const place = (): string => {
  const { LOCALAPPDATA: local, XDG_CACHE_HOME: cache } = process.env
  if (cache !== undefined && Path.isAbsolute(cache)) return Path.join(cache, "mls")
  if (process.platform === "win32" && local !== undefined) return Path.join(local, "mls", "cache")
  return Path.join(Os.homedir(), process.platform === "darwin" ? "Library/Caches" : ".cache", "mls")
}

/**
 * The directory, where nobody else can write: what is kept there is run. The temporary directory, which Node would take,
 * is everybody's.
 */
const ownDirectory = (): string | undefined => {
  const directory = place()
  Fs.mkdirSync(directory, { recursive: true, mode: 0o700 })
  const { mode, uid } = Fs.statSync(directory)
  const own = process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0)
  return own ? directory : undefined
}

const digestOf = (data: Uint8Array): Buffer => Crypto.createHash("sha256").update(data).digest()

/** In bytes: the digest of what follows, the commands that ran with it, what V8 compiled. */
const DIGEST = 32
const COMMANDS = 224

interface Kept {
  /** First words of command lines. */
  readonly commands: ReadonlyArray<string>
  readonly compiled: Uint8Array
}

/** Days: what was kept before may be of a version that is gone; of one that is not, it is kept once more. */
const OUTDATED = 30

/** Nothing but what was kept by some version of this program is removed. */
const removeOutdated = (directory: string): void => {
  const since = Date.now() - OUTDATED * 86_400_000
  for (const name of Fs.readdirSync(directory)) {
    const file = Path.join(directory, name)
    if (/^chunk-\w+-\w+\.cjs-/.test(name) && Fs.lstatSync(file).mtimeMs < since) Fs.rmSync(file)
  }
}

/** Whole or not at all: another start may read it at this moment. */
const save = (file: string, { commands, compiled }: Kept): void => {
  const named = Buffer.alloc(COMMANDS)
  // More than have room are not remembered, and not waited for.
  if (named.write(commands.join(" ")) === COMMANDS) return
  const data = Buffer.concat([named, compiled])
  const written = `${file}.${process.pid}`
  try {
    Fs.writeFileSync(written, Buffer.concat([digestOf(data), data]), { mode: 0o600, flag: "wx" })
    Fs.renameSync(written, file)
    removeOutdated(Path.dirname(file))
  } catch {
    Fs.rmSync(written, { force: true })
  }
}

/** What was kept, if it is what was kept: V8 runs whatever it is given, and damaged it ends the process. */
const read = (file: string): Kept | undefined => {
  try {
    const kept = Fs.readFileSync(file)
    const data = kept.subarray(DIGEST)
    if (!digestOf(data).equals(kept.subarray(0, DIGEST))) return undefined
    const commands = data.toString("latin1", 0, COMMANDS).replace(/\0.*$/s, "").split(" ")
    return { commands, compiled: data.subarray(COMMANDS) }
  } catch {
    return undefined
  }
}

type Handler = (module: NodeJS.Module, filename: string) => unknown

/**
 * Loads the chunks of this program as Node's loader does. Node's own compile cache (since 22.1) keeps what is compiled
 * when a file is loaded, and not the functions that are compiled when they are first called: with it a start took 1.4
 * times as long.
 * V8 knows a source by its length only, so that the name of the file, which has a hash of the contents, must tell it.
 */
const keepChunks = (directory: string): void => {
  const [word = ""] = process.argv.slice(2)
  const command = /^[a-z-]{1,20}$/.test(word) ? word : "-"
  const fresh: Array<() => void> = []
  const load: Handler = (module, filename) => {
    const name = Path.basename(filename)
    const file = Path.join(directory, `${name}-${process.versions.v8}`)
    const kept = read(file)
    // The bundler writes ASCII, which is read and kept fastest as this.
    const text = Fs.readFileSync(filename, "latin1")
    const script = new Vm.Script(Module.Module.wrap(text), { filename, ...(kept && { cachedData: kept.compiled }) })
    const { commands = [] } = script.cachedDataRejected === false ? { ...kept } : {}
    // At the end, when all that this start needed has been compiled. Each command adds what it alone runs, once.
    if (!commands.includes(command)) {
      fresh.push(() => save(file, { commands: [...commands, command], compiled: script.createCachedData() }))
    }
    const run = script.runInThisContext() as (...context: ReadonlyArray<unknown>) => unknown
    run.call(module.exports, module.exports, (id: string) => module.require(id), module, filename, import.meta.dirname)
  }
  const { extensions } = Module.createRequire(import.meta.url)
  extensions[".cjs"] = (module, filename) => {
    const isChunk = Path.dirname(filename) === import.meta.dirname && Path.basename(filename).startsWith("chunk-")
    return isChunk ? load(module, filename) : extensions[".js"](module, filename)
  }
  // Of a command line that was not understood the first word may be anything.
  process.once("exit", (code) => {
    if (code !== ExitCode.usage) fresh.forEach((keep) => keep())
  })
}

/** From here on what is loaded is loaded as it was compiled before. Never fails: it is only slower. */
export const enable = (): void => {
  if (process.env["NODE_DISABLE_COMPILE_CACHE"] !== undefined) return
  try {
    const directory = ownDirectory()
    // As ES modules, without having been bundled, the program has no chunks.
    if (directory !== undefined && typeof __dirname === "string") keepChunks(directory)
  } catch {
    // No home directory, a full disk, a place that cannot be written: no cache.
  }
}
