/** The entry file of `mls` in the process of the tests: what it prints without the program, or that it asks for the program. */
import { EventEmitter } from "node:events"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as Vm from "node:vm"
import type * as Host from "./Host.js"
import * as Modules from "./HostModules.js"

/** What came of it: the program is asked for where nothing else was done. */
export interface Direct {
  readonly stdout: string
  readonly asksForProgram: boolean
  readonly code: number
  readonly stderr: string
}

/** What becomes of what is written. */
export interface Fate {
  /** The bytes that stdout takes at first. Default: all. */
  readonly room?: number
  /** What it says then; after `EAGAIN` the rest goes through Node's stream, which fails with `later` if that is said. */
  readonly then?: string
  readonly later?: string
}

/** Node's stream, as far as the entry file uses it. */
const streamOf = (printed: Array<Buffer>, later: string | undefined) => {
  const events = new EventEmitter()
  const write = (bytes: Buffer) => {
    if (later === undefined) return void printed.push(bytes)
    process.nextTick(() => events.emit("error", Object.assign(new Error(later), { code: later })))
  }
  return Object.assign(events, { write })
}

type Main = (require: unknown, process: unknown, module: object) => void

/** Runs it. */
export const run = (
  { args, cwd, entry, env }: Pick<Host.Call, "args" | "cwd" | "entry" | "env">,
  { later, room: first = Infinity, then = "EAGAIN" }: Fate = {}
) => {
  const printed: Array<Buffer> = []
  const told: Array<string> = []
  let room = first
  const writeSync = (fd: number, data: string | Buffer, at = 0) => {
    if (fd !== 1) throw new Error(`writes to ${fd}`)
    const bytes = Buffer.from(data).subarray(at).subarray(0, room)
    if (bytes.length === 0) throw Object.assign(new Error(then), { code: then })
    room -= bytes.length
    printed.push(bytes)
    return bytes.length
  }
  const modules: Record<string, unknown> = { "node:fs": { ...Fs, writeSync } }
  const process = Object.create(globalThis.process, {
    argv: { value: [globalThis.process.execPath, entry, ...args] },
    env: { value: { ...env } },
    cwd: { value: () => cwd },
    stdout: { value: streamOf(printed, later) },
    stderr: { value: { write: (text: string) => told.push(text) } },
    exitCode: { value: 0, writable: true },
    getBuiltinModule: { value: (name: string) => modules[name] ?? globalThis.process.getBuiltinModule(name) }
  }) as NodeJS.Process
  const own = Modules.requireOf(entry, { host: process, env, cwd, isTerminal: false, sealed: () => undefined })
  const text = Fs.readFileSync(entry, "utf8").replace(/^#!.*/, "")
  const main = new Vm.Script(`(function (require, process, module) {${text}\n})`, { filename: entry })
  return new Promise<Direct>((resolve) => {
    const end = (asksForProgram: boolean) =>
      resolve({
        stdout: Buffer.concat(printed).toString("utf8"),
        asksForProgram,
        code: Number(process.exitCode),
        stderr: told.join("")
      })
    const require = (name: string) => {
      if (name.includes("chunk-program")) return end(true)
      return own(name)
    }
    const module = { exports: {}, filename: entry, paths: [Path.dirname(entry)] }
    ;(main.runInThisContext() as Main)(require, process, module)
    // It has no timers: what it does is done when its promises and one turn of the loop are over.
    setImmediate(() => setImmediate(() => end(false)))
  })
}
