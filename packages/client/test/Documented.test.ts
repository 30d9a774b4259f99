/** The programs of README and of docs/how-to/promises.md as they stand, with another server. */
import { assert, describe, it } from "@effect/vitest"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import { build } from "esbuild"
import { randomUUID } from "node:crypto"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { vi } from "vitest"

const { password, username } = Accounts.ada
const root = Path.join(import.meta.dirname, "../../..")

/** The block that has this text in its first line, with what it exports. */
const program = <A>(name: string, server: string, more = "", page = "docs/how-to/promises.md") =>
  Effect.gen(function* () {
    const text = yield* Effect.promise(() => Fs.readFile(Path.join(root, page), "utf8"))
    const blocks = [...text.matchAll(/^```ts\n(.*\n[\s\S]*?)^```$/gm)].map(([, code = ""]) => code)
    const code = blocks.find((each) => each.split("\n", 1)[0]?.includes(name)) ?? ""
    assert.include(code, "https://mlserver.contoso.com:12800", name)
    const outfile = Path.join(import.meta.dirname, `../dist/test/${randomUUID()}.mjs`)
    yield* Effect.addFinalizer(() => Effect.promise(() => Fs.rm(outfile, { force: true })))
    yield* Effect.promise(() =>
      build({
        stdin: {
          contents: code.replaceAll("https://mlserver.contoso.com:12800", server) + more,
          resolveDir: import.meta.dirname,
          loader: "ts"
        },
        outfile,
        bundle: true,
        platform: "node",
        format: "esm",
        conditions: ["@mlserver-auth/source"],
        // As it is installed: what is bundled has its own Effect.
        plugins: [
          {
            name: "the caller's Effect",
            setup: (bundle) =>
              bundle.onResolve({ filter: /^effect(\/http)?$/ }, ({ importer, path }) =>
                importer === "" || importer.includes("<stdin>")
                  ? bundle.resolve(path.replace("effect", "effect-4"), {
                      kind: "import-statement",
                      resolveDir: import.meta.dirname
                    })
                  : undefined
              )
          }
        ],
        logLevel: "silent"
      })
    )
    return (yield* Effect.promise(() => import(outfile))) as A
  })

const signedInByEnvironment = Effect.acquireRelease(
  Effect.sync(() => {
    vi.stubEnv("MLS_USERNAME", username)
    vi.stubEnv("MLS_PASSWORD", password)
  }),
  () => Effect.sync(() => vi.unstubAllEnvs())
)

type Predict = (hp: number, wt: number) => Promise<number | undefined>

describe("docs/how-to/promises.md", () => {
  it.scopedLive("Node.js", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      yield* signedInByEnvironment
      const { client, predict, whatToDo } = yield* program<{
        readonly client: { readonly close: () => Promise<void>; readonly fetch: typeof fetch }
        readonly predict: Predict
        readonly whatToDo: (error: unknown) => string
      }>("node.ts", server.url)
      assert.approximately((yield* Effect.promise(() => predict(120, 2.8))) ?? 0, 0.6418, 0.0001)
      yield* server.control.failNext({ on: "refresh", status: 503, retryAfter: "7" })
      yield* server.control.revokeAccessTokens()
      const error = yield* Effect.promise(() => client.fetch("/services").catch((caught: unknown) => caught))
      assert.strictEqual(whatToDo(error), "try again in 7 s")
      assert.strictEqual(whatToDo(new Error("another")), "not ours")
      yield* Effect.promise(() => client.close())
    })
  )

  it.scopedLive("a route handler of Next.js", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      type Handler = (request: Request) => Promise<Response>
      const { GET, POST } = yield* program<{ readonly GET: Handler; readonly POST: Handler }>(
        "app/services/route.ts",
        server.url
      )
      yield* Effect.addFinalizer(() => Effect.sync(() => Reflect.deleteProperty(globalThis, "mlserver")))
      const at = "https://app.contoso.com/services"
      const asAda = new Request(at, { headers: { cookie: "__Host-id=ada" } })
      const post = (given: object) => POST(new Request(at, { method: "POST", body: JSON.stringify(given) }))
      const statuses = yield* Effect.promise(async () => [
        (await GET(asAda.clone())).status,
        (await post({ username, password: "wr0ng" })).status,
        (await post({ username, password })).status,
        (await GET(asAda.clone())).status,
        (await GET(new Request(at))).status
      ])
      assert.deepStrictEqual(statuses, [401, 401, 204, 200, 401])
      const answer = yield* Effect.promise(() => GET(asAda).then((response) => response.json()))
      assert.isArray(answer)
    })
  )

  it.scopedLive("a handler of Hono", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      interface App {
        readonly request: (path: string, init?: RequestInit) => Promise<Response>
      }
      const { app } = yield* program<{ readonly app: App }>("hono.ts", server.url)
      const cookie = { headers: { cookie: "__Host-id=ada" } }
      const body = JSON.stringify({ username, password })
      const answers = yield* Effect.promise(async () => [
        (await app.request("/services")).status,
        (await app.request("/services", cookie)).status,
        (await app.request("/session", { method: "POST", body })).status,
        (await app.request("/services", cookie)).status
      ])
      assert.deepStrictEqual(answers, [401, 401, 204, 200])
    })
  )

  it.scopedLive("Effect 4", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const more = "\nexport const run = () => Effect.runPromise(services)\n"
      const { run } = yield* program<{ readonly run: () => Promise<unknown> }>("effect4.ts", server.url, more)
      assert.strictEqual(yield* Effect.promise(run), "Sign in.")
      yield* signedInByEnvironment
      assert.isArray(yield* Effect.promise(run))
      assert.strictEqual((yield* server.control.counts).logins, 1)
    })
  )

  it.scopedLive("openapi-fetch", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      yield* signedInByEnvironment
      const { close, predict } = yield* program<{ readonly close: () => Promise<void>; readonly predict: Predict }>(
        "openapi.ts",
        server.url
      )
      yield* Effect.promise(() => predict(120, 2.8))
      yield* server.control.revokeAccessTokens()
      assert.approximately((yield* Effect.promise(() => predict(120, 2.8))) ?? 0, 0.6418, 0.0001)
      assert.deepInclude(yield* server.control.counts, { refreshes: 1 })
      yield* Effect.promise(close)
    })
  )
})

describe("README.md", () => {
  it.scopedLive("plain TypeScript: the first call", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      yield* signedInByEnvironment
      const printed: Array<unknown> = []
      vi.stubGlobal("console", { log: (...words: ReadonlyArray<unknown>) => printed.push(...words) })
      yield* Effect.addFinalizer(() => Effect.sync(() => vi.unstubAllGlobals()))
      yield* program("connect, MlServerAuthError", server.url, "", "README.md")
      const [status, services] = printed
      assert.strictEqual(status, 200)
      assert.isArray(services)
    })
  )
})
