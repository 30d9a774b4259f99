/**
 * A program with a sealed store. Its argument says where, what seals, and what to do with the one token: `fill` writes
 * many tokens; `key` says that it is ready, waits for the end of stdin, makes the key and prints its fingerprint; `write`
 * and `read` print what came of it.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { once } from "node:events"
import * as FileTokenStore from "../src/FileTokenStore.js"
import { keyIdOf } from "../src/internal/key/sealedRecord.js"
import * as RecordKey from "../src/RecordKey.js"
import { accessOf, key, token } from "./sealed.js"
import { sized } from "./size.js"

export interface Order {
  readonly directory: string
  readonly sealing: "none" | "keyFile" | "keyring" | "best"
  readonly keyring?: RecordKey.KeyringOptions
  readonly action: "key" | "fill" | "write" | "read"
  readonly name?: string
}

/** What the program prints. */
export interface Report {
  readonly done?: string
  readonly failed?: string
  readonly millis: number
}

const FILLED = sized(60, 200)

const order = JSON.parse(process.argv[2] ?? "") as Order

const fingerprint = Effect.suspend(() =>
  order.sealing === "keyring"
    ? RecordKey.keyring(order.directory, order.keyring).obtain
    : RecordKey.keyFile(order.directory).obtain
).pipe(Effect.map((found) => keyIdOf(Redacted.value(found))))

const done = Effect.gen(function* () {
  if (order.action === "key") {
    process.stdout.write("ready\n")
    yield* Effect.promise(() => once(process.stdin.resume(), "end"))
    return yield* fingerprint
  }
  const store = yield* FileTokenStore.make(order)
  if (order.action === "read") return accessOf(yield* store.read(key)) ?? "nothing"
  const names = Array.from({ length: order.action === "fill" ? FILLED : 1 }, (_, at) => order.name ?? String(at))
  yield* Effect.forEach(names, (name) => store.write(key, token(name)), { discard: true })
  return Option.isSome(yield* store.read(key)) ? "written" : "lost"
})

const begun = performance.now()
const report = await Effect.runPromise(
  Effect.match(done, {
    onSuccess: (text): Report => ({ done: text, millis: performance.now() - begun }),
    onFailure: (error): Report => ({ failed: error.message, millis: performance.now() - begun })
  })
)
process.stdout.write(`${JSON.stringify(report)}\n`)
