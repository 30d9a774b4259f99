/** Asks a keyring by a process of its own: a bus that hangs stops the thread that asks it. No Effect. */
import { spawn } from "node:child_process"
import { createRequire } from "node:module"
import { PROGRAM } from "./keyringProgram.js"

/** Options of the keyring. */
export interface Options {
  readonly module?: string | undefined
  /** Milliseconds. */
  readonly patience?: number | undefined
}

/** What the keyring is asked. */
export interface Question {
  readonly action: "get" | "set" | "delete"
  readonly account: string
  readonly secret?: string
}

const REFUSALS = ["NotInstalled", "Locked", "NoKeyring", "TimedOut"] as const

/** What it said: `null` where it has nothing, or nothing to say. */
export type Answer =
  | { readonly value: string | null }
  | { readonly refused: (typeof REFUSALS)[number]; readonly value?: never }

/** Calls back when a time is over, unless it was called off by what it returns. */
export type Timer = (millis: number, onPassed: () => void) => () => void

const SERVICE = "mlserver-auth"
/** The package that is asked unless the caller names another one. */
export const MODULE = "@napi-rs/keyring"
const TIMEOUT = 3000
/** For Node to start and load the package, on a machine that is busy: no fault of the keyring's. */
const START_PATIENCE = 15_000

/** The entry of a key, by its fingerprint. */
export const accountOf = (entry: string): string => `key of token records ${entry}`

const HANDED = Symbol.for("@mlserver-auth/node/keyring/handed")

interface Handed {
  readonly account: string
  readonly answer: Answer
}

const shared = globalThis as { [HANDED]?: Handed | undefined }

/**
 * Keeps an answer for the program that goes on in this process, which is asked the same at once and takes it, once: a person
 * who was asked to unlock a keyring is not asked again.
 */
export const handOver = (handed: Handed): void => void (shared[HANDED] = handed)

const taken = ({ account, action }: Question): Answer | undefined => {
  const handed = shared[HANDED]
  if (action !== "get" || handed?.account !== account) return undefined
  shared[HANDED] = undefined
  return handed.answer
}

/** What the keyring answers. */
export const ask = async (options: Options, question: Question, timer: Timer): Promise<Answer> => {
  const handed = taken(question)
  if (handed !== undefined) return handed
  const module = resolved(options.module ?? MODULE)
  if (module === undefined) return { refused: "NotInstalled" }
  const input = JSON.stringify({ module, service: SERVICE, ...question })
  const text = await run(input, options.patience ?? TIMEOUT, timer)
  return text === undefined ? { refused: "TimedOut" } : (decode(text) ?? { refused: "NoKeyring" })
}

/** Where the package is, seen from here: the process that loads it stands elsewhere. */
const resolved = (module: string): string | undefined => {
  try {
    return createRequire(import.meta.url).resolve(module)
  } catch {
    return undefined
  }
}

const decode = (text: string): Answer | undefined => {
  try {
    const { refused, value } = JSON.parse(text) as Readonly<Record<string, unknown>>
    if (value === null || typeof value === "string") return { value }
    const known = REFUSALS.find((reason) => reason === refused)
    return known === undefined ? undefined : { refused: known }
  } catch {
    return undefined
  }
}

/** The answer's text, or `undefined` where the time was over. */
const run = (input: string, patience: number, timer: Timer): Promise<string | undefined> =>
  new Promise((resolve) => {
    // Nothing that was meant for this program is loaded beside the secret; and certificates take longer than the rest.
    const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...env } = process.env
    const child = spawn(process.execPath, ["--input-type=commonjs", "--eval", PROGRAM], {
      env,
      stdio: ["pipe", "pipe", "ignore"],
      windowsHide: true
    })
    let output = ""
    let late = false
    const giveUp = () => {
      late = true
      child.kill("SIGKILL")
    }
    // What it said while this program was stopped is still to be read.
    let callOff = timer(START_PATIENCE, giveUp)
    const heard = (chunk: string) => {
      callOff()
      callOff = timer(patience, giveUp)
      output += chunk
    }
    const end = () => {
      callOff()
      resolve(late ? undefined : output.replace(/^\./, ""))
    }
    child.on("error", end)
    child.on("close", end)
    child.stdin.on("error", () => undefined)
    child.stdout.setEncoding("utf8").on("data", heard)
    child.stdin.end(input)
  })
