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

/** In bytes. */
const DIGEST = 32

/** Whole or not at all: another start may read it at this moment. */
const save = (file: string, data: Uint8Array): void => {
  const written = `${file}.${process.pid}`
  try {
    Fs.writeFileSync(written, Buffer.concat([digestOf(data), data]), { mode: 0o600, flag: "wx" })
    Fs.renameSync(written, file)
  } catch {
    Fs.rmSync(written, { force: true })
  }
}

/** What was kept, if it is what was kept: V8 runs whatever it is given, and damaged it ends the process. */
const read = (file: string): Buffer | undefined => {
  try {
    const kept = Fs.readFileSync(file)
    const data = kept.subarray(DIGEST)
    return digestOf(data).equals(kept.subarray(0, DIGEST)) ? data : undefined
  } catch {
    return undefined
  }
}

/** Since Node 22.1, which is later than the types that are compiled against. */
interface Caching {
  readonly enableCompileCache?: (directory: string) => unknown
}

interface Compiling {
  _compile: (this: NodeJS.Module, text: string, filename: string) => unknown
}

/**
 * For a Node that keeps no compiled code by itself (before 22.1): as its loader does it, for the chunks of this program.
 * V8 knows a source by its length only, so that the name of the file, which has a hash of the contents, must tell it.
 */
const keepChunks = (directory: string): void => {
  const loader = Module.Module.prototype as unknown as Compiling
  const compile = loader._compile
  const fresh: Array<() => void> = []
  loader._compile = function (text, filename) {
    const name = Path.basename(filename)
    if (Path.dirname(filename) !== import.meta.dirname || !name.startsWith("chunk-"))
      return compile.call(this, text, filename)
    const file = Path.join(directory, `${name}-${process.versions.v8}`)
    const cachedData = read(file)
    const script = new Vm.Script(Module.Module.wrap(text), { filename, ...(cachedData && { cachedData }) })
    // At the end, when all that this start needed has been compiled.
    if (script.cachedDataRejected !== false) fresh.push(() => save(file, script.createCachedData()))
    const run = script.runInThisContext() as (...context: ReadonlyArray<unknown>) => unknown
    return run.call(this.exports, this.exports, (id: string) => this.require(id), this, filename, import.meta.dirname)
  }
  process.once("exit", () => fresh.forEach((keep) => keep()))
}

/** From here on what is loaded is loaded as it was compiled before. Never fails: it is only slower. */
export const enable = (): void => {
  if (process.env["NODE_DISABLE_COMPILE_CACHE"] !== undefined) return
  try {
    const directory = ownDirectory()
    if (directory === undefined) return
    const { enableCompileCache } = Module.Module as Caching
    if (enableCompileCache !== undefined) enableCompileCache(directory)
    // As ES modules, without having been bundled, the program has no chunks.
    else if (typeof __dirname === "string") keepChunks(directory)
  } catch {
    // No home directory, a full disk, a place that cannot be written: no cache.
  }
}
