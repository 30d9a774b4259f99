/** What others on the machine can learn of a sign-in in the browser: the arguments of the program that opens the page. */
import { AuthorizationCode } from "@mlserver-auth/core"
import { LoopbackRedirect } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { vi } from "vitest"
import * as Authority from "./authority.js"
import * as Visitor from "./visitor.js"

describe.skipIf(process.platform === "win32")("a browser that is started (a shell script stands in for it)", () => {
  it.scopedLive("is told an address of the port, which leads to the sign-in once and says nothing of it", () =>
    Effect.gen(function* () {
      yield* Visitor.allowed
      const directory = yield* Authority.directory
      const [program, record] = [Path.join(directory, "browser"), Path.join(directory, "record")]
      const script = `#!/bin/sh\nprintf '%s' "$*" > ${record}.new && mv ${record}.new ${record}\n`
      yield* Effect.promise(() => Fs.writeFile(program, script, { mode: 0o700 }))
      vi.stubEnv("BROWSER", program)
      const shown = yield* Deferred.make<LoopbackRedirect.Visit>()
      const signIn = Effect.gen(function* () {
        const way = yield* LoopbackRedirect.make({
          show: (visit) => Effect.asVoid(Deferred.succeed(shown, visit))
        })
        const request = yield* AuthorizationCode.begin(
          { endpoint: "https://login.example.com/authorize", parameters: {} },
          way
        )
        return [request, yield* way.visit(request)] as const
      })
      const fiber = yield* Effect.fork(Effect.scoped(signIn))
      const { opened, url } = yield* Deferred.await(shown)
      assert.isTrue(opened)
      // The person who is shown it by their own terminal gets the whole.
      const state = new URL(url).searchParams.get("state") ?? "none"
      const told = yield* Effect.promise(() => Fs.readFile(record, "utf8"))
      assert.match(told, /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}$/)
      assert.notInclude(told, state)
      const other = yield* Visitor.open(`${told}x`)
      const first = yield* Visitor.open(told)
      const second = yield* Visitor.open(told)
      assert.deepStrictEqual([other.status, first.status, second.status], [404, 302, 404])
      assert.strictEqual(first.headers.get("location"), url)
      assert.strictEqual(first.headers.get("referrer-policy"), "no-referrer")
      assert.notInclude(JSON.stringify([...second.headers]) + second.text, state)
      // What led there is no answer, and the answer is heard as ever.
      const answer = `${new URL(told).origin}/?code=the-code&state=${state}`
      assert.strictEqual((yield* Visitor.open(answer)).status, 200)
      const [request, back] = yield* Fiber.join(fiber)
      assert.strictEqual(Redacted.value(back), answer)
      assert.strictEqual(request.state, state)
    })
  )
})
