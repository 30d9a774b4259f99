/** A worker that checks a server: the address comes as a message, and what was found goes back as one. */
import { ServerCheck } from "@mlserver-auth/browser"
import * as Effect from "effect/Effect"

addEventListener("message", ({ data }: MessageEvent<string>) => {
  void Effect.runPromise(ServerCheck.checkServer(data)).then((report) => postMessage(report))
})
