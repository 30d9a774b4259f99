/**
 * A program among several that share a store, as Wine can run it: what it is asked for and what it answers are files, since
 * Node has no pipes there. `node windowsProgram.mjs TASK SERVER DIRECTORY ROUNDS NUMBER SIGNALS`
 */
import * as AuthHttpClient from "@mlserver-auth/core/AuthHttpClient"
import type * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import * as FileTokenStore from "../src/FileTokenStore.js"
import * as NodeAuth from "../src/NodeAuth.js"
import { key, numberIn, token } from "./sealed.js"

const [task = "", server = "", directory = "", rounds = "1", number = "0", signals = ""] = process.argv.slice(2)

const said = (name: string, text: string) =>
  Effect.promise(async () => {
    const path = Path.join(signals, `${name}-${number}`)
    await Fs.writeFile(`${path}.new`, text)
    await Fs.rename(`${path}.new`, path)
  })

/** Until the one that starts the programs says that the round begins. */
const begun = (round: number) =>
  Effect.promise(() =>
    Fs.access(Path.join(signals, `go-${round}`)).then(
      () => true,
      () => false
    )
  ).pipe(Effect.delay("5 millis"), Effect.repeat({ until: (there) => there }))

const eachRound = <R>(work: Effect.Effect<string, never, R>) =>
  Effect.gen(function* () {
    yield* said("ready", JSON.stringify({ pid: process.pid, host: Os.hostname() }))
    for (let round = 1; round <= Number(rounds); round++) {
      yield* begun(round)
      yield* said(`done-${round}`, yield* work)
    }
  })

/** A new session each time: the record is read. */
const request = Effect.flatMap(AuthHttpClient.AuthHttpClient, (http) => http.get("/services")).pipe(
  Effect.flatMap((response) => Effect.as(response.text, String(response.status))),
  Effect.provide(NodeAuth.layer({ server, store: { directory, lockTimeout: "2 minutes" }, http: { proxy: "none" } })),
  Effect.catchAllCause((cause) => Effect.succeed(Cause.pretty(cause).slice(0, 300)))
)

/** Adds one to the number in the record over what was read, as many times as there are rounds. */
const add = Effect.gen(function* () {
  const store = yield* FileTokenStore.make({ directory })
  const once = Effect.flatMap(store.read(key), (found) =>
    store.write(key, token(String(numberIn(found) + 1)), Option.isNone(found) ? Option.none() : found)
  )
  yield* said("ready", "")
  yield* begun(1)
  // What a failure says that may pass: a machine with too much to do lets a program wait for its turn for too long.
  const patient = Effect.retry(once, { while: ({ retryable }) => retryable })
  yield* Effect.repeatN(Effect.repeat(patient, { until: (written) => written }), Number(rounds) - 1)
}).pipe(
  Effect.as("added"),
  Effect.catchAllCause((cause) => Effect.succeed(Cause.pretty(cause).slice(0, 300))),
  Effect.flatMap((text) => said("done-1", text))
)

/** Sections of one store one after another, as a long-lived program has them. */
const sections = Effect.gen(function* () {
  const store: TokenStore.Service = yield* FileTokenStore.make({ directory, lockTimeout: "30 seconds" })
  const section = store
    .exclusive(key)(Effect.succeed("200"))
    .pipe(Effect.catchAll((error) => Effect.succeed(error.message)))
  yield* eachRound(section)
})

const tasks: Readonly<Record<string, Effect.Effect<void, unknown>>> = { request: eachRound(request), add, sections }

await Effect.runPromise(tasks[task] ?? Effect.die("no such task"))
