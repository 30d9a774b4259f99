import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Http from "node:http"
import { answering, MIB } from "./Answering.js"

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
      assert.match(page.stderr, /200 OK with a web page[\s\S]*sign-in page/)
      assert.include(page.stderr, "-H accept:text/html")
      for (const accept of ["text/html", "text/*;q=0.5", "*/*"]) {
        assert.strictEqual((yield* mls(["api", "page", "-H", `accept:${accept}`], { env })).code, 0, accept)
      }
      assert.strictEqual((yield* mls(["api", "page", "-H", "accept:application/json"], { env })).code, 6)
      assert.strictEqual((yield* mls(["api", "services"], { env })).code, 6)
      assert.strictEqual((yield* mls(["status", "--check"], { env })).code, 6)
    })
  )

  it.scopedLive("a page that is a file, of a session or a batch or to be saved, is an answer as others are", () =>
    Effect.gen(function* () {
      const { env, mls } = yield* answering((request, response) => {
        response.setHeader("content-type", "text/html")
        if (request.url === "/report") response.setHeader("content-disposition", "attachment; filename=report.html")
        response.end("<html>a plot</html>")
      })
      for (const path of ["sessions/1/files/plot.html", "api/add/1.0.0/batch/1/0/files/plot.html", "report"]) {
        const { code, stdout } = yield* mls(["api", path], { env })
        assert.deepStrictEqual([code, stdout], [0, "<html>a plot</html>"], path)
      }
      assert.strictEqual((yield* mls(["api", "services?from=/files/"], { env })).code, 6)
    })
  )

  it.scopedLive("a portal deletes no service, lists none, and takes no token", () =>
    Effect.gen(function* () {
      for (const [status, type] of [
        [200, "text/html"],
        [302, "text/plain"]
      ] as const) {
        const { env, mls } = yield* answering((_, response) => {
          response.writeHead(status, { "content-type": type, location: "https://portal.test/" }).end("<html>")
        })
        for (const args of [["delete", "add", "1.0.0", "--yes"], ["list"]]) {
          const ended = yield* mls(["services", ...args], { env })
          assert.strictEqual(ended.code, 6, ended.stderr)
          assert.match(ended.stderr, /Another program answered|did not answer as Machine Learning Server/)
        }
        const login = ["login", env.MLS_HOST, "--token-stdin", "--store", "encrypted"]
        const token = yield* mls(login, { env: { MLS_LOG: "none" }, stdin: "another-token-of-mine" })
        assert.strictEqual(token.code, 6, token.stderr)
      }
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
