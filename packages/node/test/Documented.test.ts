/** The programs of README and of the how-to guides for Effect on Node.js as they stand, with another server; and the names they tell. */
import { assert, describe, it } from "@effect/vitest"
import { AuthHttpClient, Credential, Session } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { NodeAuth } from "@mlserver-auth/node"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as Tracer from "effect/Tracer"
import { build } from "esbuild"
import { randomUUID } from "node:crypto"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { vi } from "vitest"

const { password, username } = Accounts.ada
const root = Path.join(import.meta.dirname, "../../..")
const read = (page: string) => Effect.promise(() => Fs.readFile(Path.join(root, page), "utf8"))

/** What the block of a page that has this text in it exports. */
const program = <A>(page: string, mark: string, server: string, adapt = (code: string) => code) =>
  Effect.gen(function* () {
    const blocks = [...(yield* read(page)).matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code)
    const [code = "", ...more] = blocks.filter((each) => each.includes(mark))
    assert.deepStrictEqual([code !== "", more], [true, []], `one block of ${page} with ${mark}`)
    const outfile = Path.join(import.meta.dirname, `../dist/test/${randomUUID()}.mjs`)
    yield* Effect.addFinalizer(() => Effect.promise(() => Fs.rm(outfile, { force: true })))
    yield* Effect.promise(() =>
      build({
        stdin: {
          contents: adapt(code).replaceAll("https://mlserver.contoso.com:12800", server),
          resolveDir: import.meta.dirname,
          loader: "ts"
        },
        outfile,
        bundle: true,
        platform: "node",
        format: "esm",
        conditions: ["@mlserver-auth/source"],
        external: ["effect", "@effect/platform"],
        logLevel: "silent"
      })
    )
    return (yield* Effect.promise(() => import(outfile))) as A
  })

const environment = (variables: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => Object.entries(variables).forEach(([name, value]) => vi.stubEnv(name, value))),
    () => Effect.sync(() => vi.unstubAllEnvs())
  )

/** An effect of a program that needs nothing more. */
type Runs<A> = Effect.Effect<A, unknown>

describe("documentation for Effect on Node.js", () => {
  it.scopedLive("README: the first call", () =>
    Effect.gen(function* () {
      const { url } = yield* DevServer.make()
      yield* environment({ MLS_HOST: url, MLS_USERNAME: username, MLS_PASSWORD: password })
      const { ran } = yield* program<{ readonly ran: Promise<unknown> }>(
        "README.md",
        "NodeAuth.layerConfig",
        url,
        (code) =>
          code.replace(
            "Effect.runPromise(services).then(console.log)",
            "export const ran = Effect.runPromise(services)"
          )
      )
      assert.isArray(yield* Effect.promise(() => ran))
    })
  )

  it.scopedLive("settings.md: names of one's own, and a missing one is named", () =>
    Effect.gen(function* () {
      const { url } = yield* DevServer.make()
      const { status } = yield* program<{ readonly status: Runs<number> }>(
        "docs/how-to/settings.md",
        "SCORING_URL",
        url
      )
      yield* environment({ SCORING_USER: username, SCORING_PASSWORD: password })
      const error = yield* Effect.flip(status)
      assert.include(error, { _tag: "ConfigurationInvalid" })
      assert.include(String(error), "SCORING_URL")
      yield* environment({ SCORING_URL: url })
      assert.strictEqual(yield* status, 200)
    })
  )

  it.scopedLive("settings.md: the usual names below a prefix, and not without it", () =>
    Effect.gen(function* () {
      const { url } = yield* DevServer.make()
      const { status } = yield* program<{ readonly status: Runs<number> }>("docs/how-to/settings.md", "fromEnv", url)
      yield* environment({ MLS_HOST: url, MLS_USERNAME: username, MLS_PASSWORD: password })
      assert.include(yield* Effect.flip(status), { _tag: "ConfigurationInvalid" })
      yield* environment({
        SCORING_MLS_HOST: url,
        SCORING_MLS_USERNAME: username,
        SCORING_MLS_PASSWORD: password
      })
      assert.strictEqual(yield* status, 200)
    })
  )

  it.scopedLive("http-api.md: a typed client whose calls are signed and renewed", () =>
    Effect.gen(function* () {
      const { control, url } = yield* DevServer.make()
      yield* environment({ MLS_USERNAME: username, MLS_PASSWORD: password })
      const { score } = yield* program<{ readonly score: (hp: number, wt: number) => Runs<number> }>(
        "docs/how-to/http-api.md",
        "HttpApiClient.makeWith",
        url
      )
      assert.approximately(yield* score(120, 2.8), 0.6418, 0.0001)
      assert.deepInclude(yield* control.counts, { logins: 1, unauthorized: 0, api: 1 })
    })
  )

  it.scopedLive("observability.md: the program counts", () =>
    Effect.gen(function* () {
      const { url } = yield* DevServer.make()
      yield* environment({ MLS_USERNAME: username, MLS_PASSWORD: password })
      const { counted } = yield* program<{ readonly counted: Runs<ReadonlyArray<string>> }>(
        "docs/how-to/observability.md",
        "Metric.snapshot",
        url
      )
      // It prints debug lines, which are no part of the tests' output.
      const quiet = Logger.replace(Logger.defaultLogger, Logger.none)
      assert.include(yield* Effect.provide(counted, quiet), "mlserver_auth_renewals_total")
    })
  )
})

/** What a life of a session shows: names of spans with their attributes, of metrics, and messages with their annotations. */
const shown = Effect.gen(function* () {
  const { control, url } = yield* DevServer.make()
  const names = new Set<string>()
  const tracer = Tracer.make({
    context: (run) => run(),
    span: (name, parent, context, links, startTime, kind) => {
      if (!name.startsWith("http")) names.add(name)
      const told = (key: string) => (name.startsWith("Session") ? void names.add(key) : undefined)
      const status: Tracer.SpanStatus = { _tag: "Started", startTime }
      const ids = { spanId: randomUUID(), traceId: "0", sampled: true, attributes: new Map<string, unknown>() }
      return {
        _tag: "Span",
        name,
        parent,
        context,
        links: [...links],
        kind,
        status,
        ...ids,
        end: () => {},
        attribute: told,
        event: () => {},
        addLinks: () => {}
      }
    }
  })
  const logger = Logger.make(({ annotations, logLevel, message }) => {
    if (logLevel === LogLevel.Debug)
      [...[message].flat().map(String), ...[...annotations].map(([key]) => key)].forEach((each) => names.add(each))
  })
  yield* Effect.gen(function* () {
    const http = yield* AuthHttpClient.AuthHttpClient
    const session = yield* Session.Session
    yield* session.signIn(Credential.usernamePassword({ username, password }))
    yield* control.revokeAccessTokens()
    yield* http.get("/services")
    yield* session.signOut
    for (const { metricKey } of yield* Metric.snapshot)
      if (metricKey.name.startsWith("mlserver")) names.add(metricKey.name)
  }).pipe(
    Effect.provide(NodeAuth.layer({ server: url })),
    Effect.withTracer(tracer),
    Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
    Logger.withMinimumLogLevel(LogLevel.Debug)
  )
  return names
})

describe("docs/how-to/observability.md", () => {
  it.scopedLive("names each span, metric, message and annotation that a session's life shows, and none besides", () =>
    Effect.gen(function* () {
      const names = yield* shown
      const text = yield* read("docs/how-to/observability.md")
      const told = (heading: string) =>
        [...(text.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "").matchAll(/^\| `([^`]+)` \|/gm)].map(
          ([, name = ""]) => name
        )
      const messages = [...text.matchAll(/^\| debug \| `([^`]+)` \|/gm)].map(([, name = ""]) => name)
      const isAttribute = (name: string) => /^(?:[a-z]+|server\.address)$/.test(name)
      const expected = [...told("Spans"), ...told("Metrics"), ...messages]
      assert.deepStrictEqual(expected.sort(), [...names].filter((name) => !isAttribute(name)).sort())
      for (const name of names) assert.include(text, `\`${name}\``)
    })
  )
})
