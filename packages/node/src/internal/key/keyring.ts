/**
 * The key of a store's records in the keyring of the desktop.
 *
 * A keyring that was restarted says "nothing there" of what it has, so that answer never counts as leave to write: every
 * key goes into an entry of its own, named by its fingerprint, and `store.keyring` in the directory says which one is
 * the key. That file is made once, by the first program, when the entry was read back.
 */
import * as TimeLimit from "@mlserver-auth/core/TimeLimit"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Path from "node:path"
import { createOnly } from "../store/createOnly.js"
import * as KeyFile from "./keyFile.js"
import * as KeyringProcess from "./keyringProcess.js"
import * as KeyText from "./keyText.js"
import * as Files from "../store/privateFiles.js"
import { keyIdOf } from "./sealedRecord.js"

/** Why the key cannot be had, as `RecordKeyUnavailable` tells it. */
export interface KeyError {
  readonly reason: KeyFile.KeyError["reason"] | "NotInstalled" | "NoKeyring" | "Locked" | "TimedOut" | "NotThere"
  readonly problem: string
  readonly fix: string
  readonly retryable: boolean
  readonly code?: string
}

export type Options = KeyringProcess.Options

type Key = Redacted.Redacted<Uint8Array>

const { accountOf } = KeyringProcess

const markerIn = (directory: string): string => Path.join(directory, KeyText.MARKER)

/** `None` where no key was made for this directory. */
export const find = (directory: string, options: Options): Effect.Effect<Option.Option<Key>, KeyError> =>
  Effect.gen(function* () {
    const path = markerIn(directory)
    const contents = yield* KeyFile.attempt(directory, () => Files.read(path))
    if (contents === undefined) return Option.none()
    const entry = KeyText.entryIn(contents.text)
    if (entry === undefined) {
      return yield* Effect.fail<KeyError>({
        reason: "Damaged",
        problem: `${path} names no entry of the keyring`,
        fix: "Restore it from a backup, or remove it and sign in again.",
        retryable: false
      })
    }
    const text = yield* ask(options, { action: "get", account: accountOf(entry) })
    const key = text === null ? undefined : KeyText.decode(text)
    if (key !== undefined && keyIdOf(key) === entry) return Option.some(Redacted.make(key))
    return yield* Effect.fail<KeyError>({
      reason: "NotThere",
      problem: `the keyring does not return the key that ${path} names`,
      fix: "Unlock it and try again. If its entry was deleted for good: remove that file and sign in again.",
      retryable: true
    })
  })

/** The key there is, or a new one. The second program to make it takes the first one's. */
export const obtain = (directory: string, options: Options): Effect.Effect<Key, KeyError> =>
  Effect.flatMap(
    find(directory, options),
    Option.match({ onSome: Effect.succeed, onNone: () => make(directory, options) })
  )

/**
 * The key that the marker names now. Where the marker or its entry is gone, the former key is put back; where a keyring
 * does not answer, it is kept to: a renewed token must be saved, and the keyring gave this key before.
 */
export const again = (directory: string, options: Options, former: Key): Effect.Effect<Key, KeyError> =>
  Effect.gen(function* () {
    const entry = keyIdOf(Redacted.value(former))
    const path = markerIn(directory)
    const contents = yield* KeyFile.attempt(directory, async () => {
      await Files.prepareDirectory(directory)
      const there = await Files.read(path)
      if (there !== undefined) return there
      await createOnly(path, KeyText.marker(entry))
      return await Files.read(path)
    })
    const named = KeyText.entryIn(contents?.text ?? "")
    if (named !== undefined && named !== entry) return yield* obtain(directory, options)
    const account = accountOf(entry)
    const kept = yield* Effect.option(ask(options, { action: "get", account }))
    const isGone = Option.isSome(kept) && kept.value === null
    if (isGone)
      yield* Effect.ignore(ask(options, { action: "set", account, secret: KeyText.encode(Redacted.value(former)) }))
    return former
  })

const make = (directory: string, options: Options): Effect.Effect<Key, KeyError> =>
  Effect.gen(function* () {
    const key = KeyFile.generate()
    const [entry, secret] = [keyIdOf(Redacted.value(key)), KeyText.encode(Redacted.value(key))]
    const account = accountOf(entry)
    const dropped = Effect.ignore(ask(options, { action: "delete", account }))
    yield* ask(options, { action: "set", account, secret })
    const first = yield* Effect.gen(function* () {
      // Another process reads it: what was only remembered by the one that wrote it does not count.
      if ((yield* ask(options, { action: "get", account })) !== secret) return yield* Effect.fail(FORGETFUL)
      return yield* KeyFile.attempt(directory, async () => {
        await Files.prepareDirectory(directory)
        return await createOnly(markerIn(directory), KeyText.marker(entry))
      })
    }).pipe(Effect.onError(() => dropped))
    if (first) return key
    yield* dropped
    return yield* Effect.flatMap(
      find(directory, options),
      Option.match({ onSome: Effect.succeed, onNone: () => Effect.fail(FORGETFUL) })
    )
  }).pipe(Effect.uninterruptible)

const FORGETFUL: KeyError = {
  reason: "NotThere",
  problem: "the keyring does not store keys",
  fix: 'Look at it with its own program, or keep the key in a file: `store: "encrypted"`.',
  retryable: true
}

const ask = (options: Options, question: KeyringProcess.Question): Effect.Effect<string | null, KeyError> =>
  Effect.flatMap(
    // A timer of its own: this runs where nothing can be interrupted.
    Effect.promise(() => KeyringProcess.ask(options, question, TimeLimit.start)),
    (answer) => ("refused" in answer ? Effect.fail(keyErrors(answer.refused)) : Effect.succeed(answer.value))
  )

const FILE_INSTEAD = 'or keep the key in a file: `store: "encrypted"`'

const keyErrors = (reason: "NotInstalled" | "NoKeyring" | "Locked" | "TimedOut"): KeyError => ({
  reason,
  ...{
    NotInstalled: {
      problem: `the package ${KeyringProcess.MODULE} is not installed, or not for this machine`,
      fix: `Install it beside this one, ${FILE_INSTEAD}.`,
      retryable: false
    },
    NoKeyring: {
      problem: "this session has no keyring that stores keys",
      fix: `Start it in a desktop session${process.platform === "linux" ? " (DBUS_SESSION_BUS_ADDRESS)" : ""}, ${FILE_INSTEAD}.`,
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
