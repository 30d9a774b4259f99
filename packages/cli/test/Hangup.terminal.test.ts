import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { hasTerminals, session } from "./PseudoTerminal.js"
import * as Servers from "./Servers.js"

describe.runIf(hasTerminals)("a terminal that is hung up", () => {
  it.scopedLive("ends whatever waits at it with 129, and nothing aborts", () =>
    Effect.gen(function* () {
      const server = yield* Servers.makeSignedIn()
      const cloud = yield* Servers.makeCloud({ pollInterval: "10 minutes" })
      const gate = yield* server.control.hold("api")
      yield* Effect.forEach(
        [
          [["login", server.url, "--force"], "User name for"],
          [["login", server.url, "--force", "--user", "grace", "--password-stdin"], "Reading the password"],
          [["login"], "Sign in anew?"],
          [["api", "POST", "x", "--input", "-"], "Reading the body"],
          [["api", "x", "-v"], "server chosen"],
          [["dev-server", "--port", "0"], "Ctrl-C ends it."],
          [cloud.login, "Waiting…"]
        ] as const,
        ([args, awaited]) =>
          Effect.gen(function* () {
            // The shell outlives its terminal, to tell how the program ended: at once, since its own signal may come later.
            const running = yield* session(server, [{ args, prefix: "trap : HUP;", suffix: "; echo $? >&5; exit" }])
            yield* running.awaitPrinted(awaited)
            if (awaited === "server chosen") yield* gate.awaitWaiting()
            yield* running.signal("SIGKILL")
            assert.strictEqual((yield* running.ended).stderr, "129\n", args.join(" "))
          }).pipe(Effect.scoped),
        { concurrency: 3 }
      )
    })
  )
})
