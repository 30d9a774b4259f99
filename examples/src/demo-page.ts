/** The demo page and its two servers, until Ctrl-C: `npm run demo:page` prints the address to open. */
import { DemoServer } from "@mlserver-auth/dev-server"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { fileURLToPath } from "node:url"

/** Built by `packages/browser/demo/build.mjs`. */
const directory = fileURLToPath(new URL("../../packages/browser/dist/demo/", import.meta.url))

const program = Effect.gen(function* () {
  const { url } = yield* DemoServer.make({ directory, port: Number(process.env["PORT"] ?? 0) })
  yield* Console.log(`The demo page: ${url}\nCtrl-C ends it.`)
  return yield* Effect.never
}).pipe(Effect.scoped)

const running = Effect.runFork(Effect.catchAll(program, ({ message }) => Console.error(message)))
process.once("SIGINT", () => running.unsafeInterruptAsFork(running.id()))
