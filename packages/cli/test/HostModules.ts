/** Node's modules as a run sees them: where they would ask the process, they ask the run. */
import * as ChildProcess from "node:child_process"
import * as Crypto from "node:crypto"
import * as Fs from "node:fs"
import * as NodeModule from "node:module"
import * as Os from "node:os"
import * as Path from "node:path"

/** What modules ask for. */
export interface Run {
  readonly host: NodeJS.Process
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly isTerminal: boolean
  readonly sealed: (text: string) => void
}

type Call = (...args: ReadonlyArray<unknown>) => unknown
type Module = Readonly<Record<string, unknown>>

/** Those whose second path is one as well. */
const TWO_PATHS = /^(?:rename|copyFile|cp|link)(?:Sync)?$/

/** File operations whose relative paths are under the run's directory. */
const anchored = (module: object, cwd: string): Module => {
  const absolute = (path: unknown) => (typeof path === "string" ? Path.resolve(cwd, path) : path)
  const placed =
    (name: string, operation: Call): Call =>
    (first, ...rest) =>
      operation(absolute(first), ...(TWO_PATHS.test(name) ? [absolute(rest[0]), ...rest.slice(1)] : rest))
  const entries = Object.entries(module).map(([name, value]): readonly [string, unknown] => {
    if (name === "promises") return [name, anchored(value as object, cwd)]
    return [name, typeof value === "function" && /^[a-z]/.test(name) ? placed(name, value as Call) : value]
  })
  return Object.fromEntries(entries)
}

/** Says what is about to be sealed: afterwards it cannot be read, and a watch that does not know the tokens sees none. */
const tapped =
  (sealed: Run["sealed"]): Call =>
  (...args) => {
    const cipher = (Crypto.createCipheriv as Call)(...args) as Crypto.Cipher
    const update = cipher.update.bind(cipher) as Call
    return Object.assign(cipher, {
      update: (text: unknown, ...more: ReadonlyArray<unknown>) => {
        if (typeof text !== "string") throw new Error("something else than text is sealed")
        sealed(text)
        return update(text, ...more)
      }
    })
  }

const spawning =
  ({ cwd, env }: Run): Call =>
  (command, args, options) =>
    ChildProcess.spawn(command as string, args as ReadonlyArray<string>, { cwd, env, ...(options as object) })

/** `require` for the program that is in a file. */
export const requireOf = (file: string, run: Run): Call => {
  const real = NodeModule.createRequire(file)
  const { cwd, env, host, isTerminal, sealed } = run
  const own: Readonly<Record<string, () => unknown>> = {
    "node:process": () => host,
    "node:child_process": () => ({ ...ChildProcess, spawn: spawning(run) }),
    "node:crypto": () => ({ ...Crypto, createCipheriv: tapped(sealed) }),
    "node:fs": () => anchored(real("node:fs") as typeof Fs, cwd),
    "node:fs/promises": () => anchored(Fs.promises, cwd),
    "node:os": () => ({ ...Os, homedir: () => env["HOME"] ?? Os.homedir() }),
    "node:path": () => ({ ...Path, resolve: (...parts: ReadonlyArray<string>) => Path.resolve(cwd, ...parts) }),
    "node:tty": () => ({ ...(real("node:tty") as object), isatty: (fd: number) => isTerminal && fd < 3 })
  }
  const loaded = new Map<string, unknown>()
  return (name) => {
    const id = String(name)
    if (!loaded.has(id)) loaded.set(id, own[id]?.() ?? real(id))
    return loaded.get(id)
  }
}
