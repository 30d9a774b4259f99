/** The keys a person presses, one by one, at a terminal in raw mode. */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { firstKey, isBegun } from "../key/keys.js"
import * as RawMode from "./rawMode.js"

/** A terminal that is listened to. */
export interface Keyboard {
  /** Keys as they are pressed; `Gone` is the last one, when the terminal was hung up. */
  readonly keys: Queue.Dequeue<string>
  /** Gives the terminal back before the scope does. */
  readonly release: Effect.Effect<void>
}

/** What takes the place of a key when there is no terminal any more. */
export const GONE = ""

/** Listens to stdin, which must be a terminal, until the scope closes. The terminal is as before then. */
export const open: Effect.Effect<Keyboard, never, Scope.Scope> = Effect.gen(function* () {
  const keys = yield* Queue.unbounded<string>()
  const release = yield* Effect.acquireRelease(
    Effect.sync(() => listen((key) => Queue.unsafeOffer(keys, key))),
    (release) => release
  )
  return { keys, release }
})

const listen = (press: (key: string) => void): Effect.Effect<void> => {
  const { stdin } = process
  let begun = ""
  let listening = true
  const leave = (): void => {
    listening = false
    stdin.off("data", onData).off("end", onEnd).off("error", onEnd)
  }
  const onData = (chunk: Buffer | string): void => {
    // Only ASCII keys mean anything here; what a character of several bytes is does not matter.
    let text = begun + chunk.toString("latin1")
    begun = ""
    while (text !== "" && !isBegun(text)) {
      const key = firstKey(text)
      text = text.slice(key.length)
      press(key)
    }
    begun = text
  }
  // Hung up: there is nothing any more to give back.
  const onEnd = (): void => {
    leave()
    raw.forget()
    press(GONE)
  }
  // What is shown is drawn anew every second.
  const raw = RawMode.take(() => {})
  stdin.on("data", onData).on("end", onEnd).on("error", onEnd)
  stdin.resume()
  return Effect.sync(() => {
    if (!listening) return
    leave()
    stdin.pause()
    raw.giveBack()
  })
}
