/**
 * A process for the program that is none: what a run of it reads and changes of its process is its own, in the process of
 * the tests. The program is the bundle that people run, which is CommonJS, and so takes `process`, `require` and
 * `globalThis` as what it is called with; it is evaluated anew for each run, so that no run finds anything of another one.
 *
 * What a process alone has stays with processes: exit codes as a shell has them, signals, pipes, terminals, Node's own
 * options and variables.
 */
import * as Console from "node:console"
import { EventEmitter } from "node:events"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { PassThrough, type Readable } from "node:stream"
import * as Vm from "node:vm"
import * as Modules from "./HostModules.js"
import { type Fate, Sink } from "./HostSink.js"

/** How a run is called. */
export interface Call {
  /** The program's entry file; its chunks are beside it. */
  readonly entry: string
  readonly args: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** What is typed or piped in; `undefined` is at its end at once. */
  readonly stdin: Readable | undefined
  /** Stands where a terminal does: its width. */
  readonly terminal?: number | undefined
  /** What becomes of what is written. Default: it is kept. */
  readonly fates?: { readonly stdout?: Fate; readonly stderr?: Fate } | undefined
  /** What is printed, as it comes. */
  readonly printed: (stream: "stdout" | "stderr", chunk: Buffer) => void
  /** What is about to be sealed. */
  readonly sealed: (text: string) => void
}

/** A run: how it ends, and a signal for it. */
export interface Run {
  /** `null` where a signal ended it that it did not listen for. */
  readonly code: Promise<number | null>
  readonly signal: (signal: NodeJS.Signals) => void
}

/** Node reads these when it starts, and V8 the zone and the language: in a run they would change nothing. */
const OF_A_PROCESS = /^(?:NODE_(?!DISABLE_COMPILE_CACHE).*|TZ|LANG|LANGUAGE|LC_.*|SSL_CERT_.*)$/

const PARAMETERS = ["exports", "require", "module", "__filename", "__dirname", "process", "globalThis", "console"]

type Program = (...context: ReadonlyArray<unknown>) => void

const scripts = new Map<string, Vm.Script>()

/** Compiled once for all runs in this process. */
const scriptOf = (file: string): Vm.Script => {
  const known = scripts.get(Path.basename(file))
  if (known !== undefined) return known
  const text = `(function (${PARAMETERS.join(", ")}) {${Fs.readFileSync(file, "latin1")}\n})`
  const script = new Vm.Script(text, { filename: file })
  // By its name, which has a hash of the contents: a copy elsewhere is the same program.
  scripts.set(Path.basename(file), script)
  return script
}

const programBeside = (entry: string): string => {
  const directory = Path.dirname(entry)
  const name = Fs.readdirSync(directory).find((file) => /^chunk-program-\w+\.cjs$/.test(file))
  if (name === undefined) throw new Error(`there is no program beside ${entry}`)
  return Path.join(directory, name)
}

/** The global object, without what modules leave there for each other. */
const freshGlobal = (process: object): object => {
  const own = new Map<PropertyKey, unknown>([
    ["process", process],
    ["effect/GlobalValue", undefined]
  ])
  return new Proxy(globalThis, {
    get: (target, key) => (own.has(key) ? own.get(key) : (Reflect.get(target, key) as unknown)),
    has: (target, key) => own.has(key) || Reflect.has(target, key),
    set: (_, key, value) => Boolean(own.set(key, value))
  })
}

const inputOf = ({ stdin, terminal }: Call): Readable => {
  const input = stdin ?? new PassThrough().end()
  if (terminal !== undefined) {
    const setRawMode = (isRaw: boolean) => Object.assign(input, { isRaw })
    Object.assign(input, { isTTY: true, isRaw: false, setRawMode })
  }
  return input
}

/** Starts the program. */
export const start = (call: Call): Run => {
  for (const name of Object.keys(call.env)) {
    if (OF_A_PROCESS.test(name)) throw new Error(`${name} counts when a process starts: start one`)
  }
  const events = new EventEmitter()
  const sink = (name: "stdout" | "stderr") =>
    new Sink((chunk) => call.printed(name, chunk), call.fates?.[name], call.terminal)
  const [stdout, stderr] = [sink("stdout"), sink("stderr")]
  let end: (code: number | null) => void = () => undefined
  const code = new Promise<number | null>((resolve) => (end = resolve))
  const exit = (value: number | null) => {
    events.emit("exit", value)
    end(value)
  }
  const signal = (name: NodeJS.Signals) => void (events.emit(name, name) || exit(null))
  const bound = (name: "on" | "once" | "off" | "emit" | "listenerCount" | "rawListeners" | "removeAllListeners") =>
    events[name].bind(events) as unknown
  const own: Readonly<Record<string, unknown>> = {
    argv: [process.execPath, call.entry, ...call.args],
    env: { ...call.env },
    cwd: () => call.cwd,
    getBuiltinModule: (name: string) => require(name),
    stdin: inputOf(call),
    stdout,
    stderr,
    exit,
    kill: (pid: number, name: NodeJS.Signals | 0) =>
      pid === process.pid && name !== 0 ? signal(name) : process.kill(pid, name),
    emitWarning: (warning: unknown) => void stderr.write(`(node) ${String(warning)}\n`),
    on: bound("on"),
    once: bound("once"),
    off: bound("off"),
    emit: bound("emit"),
    listenerCount: bound("listenerCount"),
    rawListeners: bound("rawListeners"),
    removeAllListeners: bound("removeAllListeners")
  }
  const host = Object.create(
    process,
    Object.fromEntries(Object.entries(own).map(([name, value]) => [name, { value, writable: true, enumerable: true }]))
  ) as NodeJS.Process
  const file = programBeside(call.entry)
  const require = Modules.requireOf(file, {
    host,
    env: call.env,
    cwd: call.cwd,
    isTerminal: call.terminal !== undefined,
    sealed: call.sealed
  })
  const [console, global] = [new Console.Console(stdout, stderr), freshGlobal(host)]
  const chunks = new Map<string, { readonly exports: object }>()
  // What is beside the program is of the same run.
  const load = (path: string): object => {
    const known = chunks.get(path)
    if (known !== undefined) return known.exports
    const module = { exports: {} }
    chunks.set(path, module)
    const inner = (name: string) => (name.startsWith("./") ? load(Path.resolve(path, "..", name)) : require(name))
    const run = scriptOf(path).runInThisContext() as Program
    run(module.exports, inner, module, path, Path.dirname(path), host, global, console)
    return module.exports
  }
  load(file)
  return { code, signal }
}
