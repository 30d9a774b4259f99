import { NodeHttp } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { vi } from "vitest"
import * as Authority from "./authority.js"
import { bundled } from "./bundled.js"
import * as Loopback from "./loopback.js"

const served = (names: string, tls: { readonly maxVersion?: "TLSv1.1" | "TLSv1.2" } = {}) =>
  Effect.gen(function* () {
    const authority = yield* Authority.make
    const identity = yield* authority.issue(names)
    const weak = tls.maxVersion === "TLSv1.1" ? { minVersion: "TLSv1" as const, ciphers: "DEFAULT@SECLEVEL=0" } : {}
    const server = yield* Loopback.https(
      { ...identity, ...tls, ...weak },
      (_, response) => void response.end("private")
    )
    return { ...authority, server }
  })

/** Sets the variable for a test; Node's own warning of it is left out, since it is meant. */
const trustingAll = Effect.acquireRelease(
  Effect.sync(() => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0")
    const emit = process.emitWarning.bind(process)
    const quieter = (warning: string | Error) =>
      String(warning).includes("NODE_TLS_REJECT_UNAUTHORIZED") ? undefined : emit(warning)
    return vi.spyOn(process, "emitWarning").mockImplementation(quieter)
  }),
  (emitted) =>
    Effect.sync(() => {
      emitted.mockRestore()
      vi.unstubAllEnvs()
    })
)

const codeOf = (error: { readonly cause?: unknown }) => (error.cause as { readonly code?: string }).code

describe.skipIf(!Authority.available)("TLS (certificates need openssl)", () => {
  it.scopedLive("a stranger's certificate is refused, with Node's code", () =>
    Effect.gen(function* () {
      const { server } = yield* served("IP:127.0.0.1")
      const client = yield* NodeHttp.make()
      const error = yield* Effect.flip(client.get(server.url))
      assert.strictEqual(error.reason, "Transport")
      assert.strictEqual(codeOf(error), "UNABLE_TO_VERIFY_LEAF_SIGNATURE")
    })
  )

  it.scopedLive("NODE_TLS_REJECT_UNAUTHORIZED=0 changes nothing", () =>
    Effect.gen(function* () {
      yield* trustingAll
      const { server } = yield* served("IP:127.0.0.1")
      const client = yield* NodeHttp.make()
      assert.strictEqual(codeOf(yield* Effect.flip(client.get(server.url))), "UNABLE_TO_VERIFY_LEAF_SIGNATURE")
    })
  )

  it.scopedLive("the authority in caFile is believed", () =>
    Effect.gen(function* () {
      const { caFile, server } = yield* served("IP:127.0.0.1")
      const client = yield* NodeHttp.make({ caFile })
      assert.strictEqual(yield* Effect.flatMap(client.get(server.url), (response) => response.text), "private")
    })
  )

  it.scopedLive("but not for a name that the certificate does not carry", () =>
    Effect.gen(function* () {
      const { caFile, server } = yield* served("DNS:elsewhere.test")
      const client = yield* NodeHttp.make({ caFile })
      assert.strictEqual(codeOf(yield* Effect.flip(client.get(server.url))), "ERR_TLS_CERT_ALTNAME_INVALID")
    })
  )

  it.scopedLive("a server that speaks at most TLS 1.1 is refused", () =>
    Effect.gen(function* () {
      const { caFile, server } = yield* served("IP:127.0.0.1", { maxVersion: "TLSv1.1" })
      const client = yield* NodeHttp.make({ caFile })
      const error = yield* Effect.flip(client.get(server.url))
      assert.strictEqual(error.reason, "Transport")
      assert.match(codeOf(error) ?? "", /PROTOCOL|ECONNRESET/)
    })
  )

  it.scopedLive("caFile is believed beside what OpenSSL believes (--use-openssl-ca)", () =>
    Effect.gen(function* () {
      const first = yield* served("IP:127.0.0.1")
      const second = yield* served("IP:127.0.0.1")
      const script = `
        import * as Effect from "effect/Effect"
        const { make } = await import(process.argv[1])
        const [first, second, caFile] = process.argv.slice(2)
        const get = (url) => Effect.runPromise(Effect.scoped(make({ caFile }).pipe(
          Effect.flatMap((client) => client.get(url)), Effect.flatMap((response) => response.text),
          Effect.catchAll((error) => Effect.succeed(error.cause.code)))))
        console.log([await get(first), await get(second)].join())`
      const module = yield* bundled("NodeHttp")
      const args = ["--use-openssl-ca", "--input-type=module", "-e", script, module]
      const printed = yield* Effect.async<string>((resume) => {
        execFile(
          process.execPath,
          [...args, first.server.url, second.server.url, second.caFile],
          { cwd: import.meta.dirname, env: { ...process.env, SSL_CERT_FILE: first.caFile } },
          (error, stdout, stderr) => resume(Effect.succeed(error === null ? stdout.trim() : stderr))
        )
      })
      assert.strictEqual(printed, "private,private")
    })
  )

  it.scopedLive("NODE_EXTRA_CA_CERTS is believed, alone and beside caFile", () =>
    Effect.gen(function* () {
      const first = yield* served("IP:127.0.0.1")
      const second = yield* served("IP:127.0.0.1")
      const script = `
        import * as Effect from "effect/Effect"
        import { fileURLToPath } from "node:url"
        const { make } = await import(process.argv[1])
        const get = (url, options) => Effect.runPromise(Effect.scoped(make(options).pipe(
          Effect.flatMap((client) => client.get(url)), Effect.flatMap((response) => response.text),
          Effect.catchAll((error) => Effect.succeed(error.cause.code)))))
        const [first, second, caFile] = process.argv.slice(2)
        console.log([await get(first), await get(first, { caFile }), await get(second, { caFile }), await get(second)].join())`
      const module = yield* bundled("NodeHttp")
      const printed = yield* Effect.async<string>((resume) => {
        execFile(
          process.execPath,
          ["--input-type=module", "-e", script, module, first.server.url, second.server.url, second.caFile],
          { cwd: import.meta.dirname, env: { ...process.env, NODE_EXTRA_CA_CERTS: first.caFile } },
          (error, stdout, stderr) => resume(Effect.succeed(error === null ? stdout.trim() : stderr))
        )
      })
      assert.strictEqual(printed, "private,private,private,UNABLE_TO_VERIFY_LEAF_SIGNATURE")
    })
  )

  it.scopedLive("a caFile that is missing, empty or garbage is named", () =>
    Effect.gen(function* () {
      const path = yield* Authority.directory
      const garbage = Path.join(path, "garbage.pem")
      yield* Effect.promise(() =>
        Fs.writeFile(garbage, "-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n")
      )
      const empty = Path.join(path, "empty.pem")
      yield* Effect.promise(() => Fs.writeFile(empty, ""))
      for (const caFile of [garbage, empty, Path.join(path, "missing.pem")]) {
        const error = yield* Effect.flip(NodeHttp.make({ caFile }))
        assert.strictEqual(error._tag, "ConfigurationInvalid")
        assert.strictEqual(error.setting, "caFile")
        assert.include(error.message, caFile)
      }
    })
  )
})
