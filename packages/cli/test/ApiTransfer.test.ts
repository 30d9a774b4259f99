import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as Sandbox from "./Sandbox.js"

/** A server that takes any token, and answers as it is told. */
const answering = (handler: Http.RequestListener) =>
  Effect.gen(function* () {
    const sandbox = yield* Sandbox.make
    const server = Http.createServer(handler)
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
      () => Effect.sync(() => server.closeAllConnections())
    )
    yield* Effect.addFinalizer(() => Effect.sync(() => void server.close()))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const env = { MLS_HOST: url, MLS_ACCESS_TOKEN: "a-token-that-is-taken", MLS_LOG: "none" }
    return { ...sandbox, env, url }
  })

const MIB = 1024 * 1024

/** Answers with this many MiB. */
const long =
  (mebibytes: number): Http.RequestListener =>
  (_, response) => {
    const piece = Buffer.alloc(MIB, "x")
    let left = mebibytes
    const more = (): void => {
      while (left > 0 && !response.destroyed) if ((left--, !response.write(piece))) return
      response.end()
    }
    response.on("drain", more)
    more()
  }

describe("mls api: what comes and goes", () => {
  it.scopedLive("an answer beyond 256 MiB is passed on whole", () =>
    Effect.gen(function* () {
      const { env, shell } = yield* answering(long(300))
      const { ended } = yield* shell("mls api big | wc -c", { env })
      const { code, stdout, stderr } = yield* ended
      assert.deepStrictEqual([code, stdout.trim(), stderr], [0, String(300 * MIB), ""])
    })
  )

  it.scopedLive("of which no part can be picked: told, and no outage", () =>
    Effect.gen(function* () {
      const { env, mls } = yield* answering(long(300))
      const ended = yield* mls(["api", "big", "--field", "x"], { env })
      assert.strictEqual(ended.code, 3, ended.stderr)
      assert.include(ended.stderr, "larger than 268435456 bytes")
    })
  )

  it.scopedLive("a redirect to a log-in page, and a portal's page: exit 6, for api and status --check", () =>
    Effect.gen(function* () {
      const { env, mls } = yield* answering((request, response) => {
        const page = { "content-type": "text/html; charset=utf-8" }
        if (request.url === "/status" || request.url === "/page")
          response.writeHead(200, page).end("<html>log in</html>")
        else response.writeHead(302, { location: "https://portal.test/" }).end()
      })
      const page = yield* mls(["api", "page"], { env })
      assert.deepStrictEqual([page.code, page.stdout], [6, "<html>log in</html>"])
      assert.match(page.stderr, /200 OK with a web page[\s\S]*log-in page/)
      assert.strictEqual((yield* mls(["api", "page", "-H", "accept:text/html"], { env })).code, 0)
      assert.strictEqual((yield* mls(["api", "services"], { env })).code, 6)
      assert.strictEqual((yield* mls(["status", "--check"], { env })).code, 6)
    })
  )

  it.scopedLive("-H transfer-encoding: a mistake of the command line, and the header is named", () =>
    Effect.gen(function* () {
      const { env, mls } = yield* answering((_, response) => void response.end())
      const ended = yield* mls(["api", "services", "-H", "transfer-encoding: chunked"], { env })
      assert.strictEqual(ended.code, 2)
      assert.include(ended.stderr, "the header transfer-encoding belongs to the connection")
    })
  )
})
