/**
 * The key of a store's records in the keyring of the desktop.
 *
 * A keyring that was restarted says "nothing there" of what it has, so that answer never counts as leave to write: every
 * key goes into an entry of its own, named by its fingerprint, and `store.keyring` in the directory says which one is
 * the key. That file is made once, by whoever is first, when the entry was read back.
 */
import * as TimeLimit from "@mlserver-auth/core/TimeLimit"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { spawn } from "node:child_process"
import * as NodeModule from "node:module"
import * as Path from "node:path"
import { pathToFileURL } from "node:url"
import { createOnly } from "./createOnly.js"
import * as KeyFile from "./keyFile.js"
import { PROGRAM } from "./keyringProgram.js"
import * as Files from "./privateFiles.js"
import { keyIdOf } from "./sealedRecord.js"

/** Why the key cannot be had, as `RecordKeyUnavailable` tells it. */
export interface Trouble {
  readonly reason: KeyFile.Trouble["reason"] | "NotInstalled" | "NoKeyring" | "Locked" | "TimedOut" | "NotThere"
  readonly problem: string
  readonly fix: string
  readonly retryable: boolean
  readonly code?: string
}

export interface Options {
  readonly module?: string | undefined
  readonly patience?: number | undefined
}

type Key = Redacted.Redacted<Uint8Array>

const SERVICE = "mlserver-auth"
const MODULE = "@napi-rs/keyring"
const PATIENCE = 3000
/** For Node to start and load the package, on a machine that is busy: no fault of the keyring's. */
const START_PATIENCE = 15_000

const Marker = Schema.parseJson(Schema.Struct({ version: Schema.Literal(1), entry: Schema.String }))
const decodeMarker = Schema.decodeOption(Marker)
const encodeMarker = Schema.encodeSync(Marker)

const markerIn = (directory: string): string => Path.join(directory, "store.keyring")

/** `None` where no key was made for this directory. */
export const find = (directory: string, options: Options): Effect.Effect<Option.Option<Key>, Trouble> =>
  Effect.gen(function* () {
    const path = markerIn(directory)
    const contents = yield* KeyFile.attempt(directory, () => Files.read(path))
    if (contents === undefined) return Option.none()
    const marker = Option.getOrUndefined(decodeMarker(contents.text))
    if (marker === undefined) {
      return yield* told({
        reason: "Damaged",
        problem: `${path} names no entry of the keyring`,
        fix: "Restore it from a backup, or remove it and sign in again.",
        retryable: false
      })
    }
    const text = yield* ask(options, { action: "get", account: accountOf(marker.entry) })
    const key = text === null ? undefined : KeyFile.decode(text)
    if (key !== undefined && keyIdOf(Redacted.value(key)) === marker.entry) return Option.some(key)
    return yield* told({
      reason: "NotThere",
      problem: `the keyring does not give the key that ${path} names`,
      fix: "Unlock it and try again. If its entry was deleted for good: remove that file and sign in again.",
      retryable: true
    })
  })

/** The key there is, or a new one. Whoever comes second to making it takes the first one's. */
export const obtain = (directory: string, options: Options): Effect.Effect<Key, Trouble> =>
  Effect.flatMap(
    find(directory, options),
    Option.match({ onSome: Effect.succeed, onNone: () => make(directory, options) })
  )

/**
 * The key that the marker names now. Where the marker or its entry is gone, the former key is put back; where a keyring
 * does not answer, it is kept to: a renewed token must be saved, and the keyring gave this key before.
 */
export const again = (directory: string, options: Options, former: Key): Effect.Effect<Key, Trouble> =>
  Effect.gen(function* () {
    const entry = keyIdOf(Redacted.value(former))
    const path = markerIn(directory)
    const contents = yield* KeyFile.attempt(directory, async () => {
      await Files.prepareDirectory(directory)
      const there = await Files.read(path)
      if (there !== undefined) return there
      await createOnly(path, encodeMarker({ version: 1, entry }))
      return await Files.read(path)
    })
    const marker = Option.getOrUndefined(decodeMarker(contents?.text ?? ""))
    if (marker !== undefined && marker.entry !== entry) return yield* obtain(directory, options)
    const account = accountOf(entry)
    const kept = yield* Effect.option(ask(options, { action: "get", account }))
    const isGone = Option.isSome(kept) && kept.value === null
    if (isGone) yield* Effect.ignore(ask(options, { action: "set", account, secret: KeyFile.encode(former) }))
    return former
  })

const make = (directory: string, options: Options): Effect.Effect<Key, Trouble> =>
  Effect.gen(function* () {
    const key = KeyFile.generate()
    const [entry, secret] = [keyIdOf(Redacted.value(key)), KeyFile.encode(key)]
    const account = accountOf(entry)
    const dropped = Effect.ignore(ask(options, { action: "delete", account }))
    yield* ask(options, { action: "set", account, secret })
    const first = yield* Effect.gen(function* () {
      // Another process reads it: what was only remembered by the one that wrote it does not count.
      if ((yield* ask(options, { action: "get", account })) !== secret) return yield* told(FORGETFUL)
      return yield* KeyFile.attempt(directory, async () => {
        await Files.prepareDirectory(directory)
        return await createOnly(markerIn(directory), encodeMarker({ version: 1, entry }))
      })
    }).pipe(Effect.onError(() => dropped))
    if (first) return key
    yield* dropped
    return yield* Effect.flatMap(
      find(directory, options),
      Option.match({ onSome: Effect.succeed, onNone: () => told(FORGETFUL) })
    )
  }).pipe(Effect.uninterruptible)

const FORGETFUL: Trouble = {
  reason: "NotThere",
  problem: "the keyring does not keep what it is given",
  fix: 'Look at it with its own program, or keep the key in a file: store "encrypted".',
  retryable: true
}

const accountOf = (entry: string): string => `key of token records ${entry}`

const told = (trouble: Trouble): Effect.Effect<never, Trouble> => Effect.fail(trouble)

interface Question {
  readonly action: "get" | "set" | "delete"
  readonly account: string
  readonly secret?: string
}

const Answer = Schema.parseJson(
  Schema.Union(
    Schema.Struct({ value: Schema.NullOr(Schema.String) }),
    Schema.Struct({ refused: Schema.Literal("NotInstalled", "Locked", "NoKeyring", "TimedOut") })
  )
)
const decodeAnswer = Schema.decodeOption(Answer)

const ask = (options: Options, question: Question): Effect.Effect<string | null, Trouble> =>
  Effect.gen(function* () {
    const module = yield* resolved(options.module ?? MODULE)
    const text = yield* Effect.promise(() =>
      run(JSON.stringify({ module, service: SERVICE, ...question }), options.patience ?? PATIENCE)
    )
    if (text === undefined) return yield* told(troubles("TimedOut"))
    const answer = Option.getOrUndefined(decodeAnswer(text))
    if (answer === undefined) return yield* told(troubles("NoKeyring"))
    return "refused" in answer ? yield* told(troubles(answer.refused)) : answer.value
  })

/** Where the package is, seen from here: the process that loads it stands elsewhere. */
const resolved = (module: string): Effect.Effect<string, Trouble> =>
  Effect.try({
    try: () => pathToFileURL(NodeModule.createRequire(import.meta.url).resolve(module)).href,
    catch: () => troubles("NotInstalled")
  })

/** The answer's text, or `undefined` where the time was over. By a timer of its own: this runs where nothing can be interrupted. */
const run = (input: string, patience: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    // Nothing that was meant for this program is loaded beside the secret.
    const { NODE_OPTIONS: _, ...env } = process.env
    const child = spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM], {
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
    let callOff = TimeLimit.start(START_PATIENCE, giveUp)
    const heard = (chunk: string) => {
      callOff()
      callOff = TimeLimit.start(patience, giveUp)
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

const FILE_INSTEAD = 'or keep the key in a file: store "encrypted"'

const troubles = (reason: "NotInstalled" | "NoKeyring" | "Locked" | "TimedOut"): Trouble => ({
  reason,
  ...{
    NotInstalled: {
      problem: `the package ${MODULE} is not installed, or not for this machine`,
      fix: `Install it beside this one, ${FILE_INSTEAD}.`,
      retryable: false
    },
    NoKeyring: {
      problem: "this session has no keyring that keeps anything",
      fix: `Start it in a desktop session (DBUS_SESSION_BUS_ADDRESS), ${FILE_INSTEAD}.`,
      retryable: false
    },
    Locked: { problem: "the keyring is locked", fix: `Unlock it and try again, ${FILE_INSTEAD}.`, retryable: true },
    TimedOut: {
      problem: "the keyring did not answer in time",
      fix: `See whether it waits for a password, and try again, ${FILE_INSTEAD}.`,
      retryable: true
    }
  }[reason]
})
