import { Diagnostics, FileTokenStore, NodeHttp, RecordKey } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { randomBytes } from "node:crypto"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { inspect } from "node:util"
import { vi } from "vitest"
import * as Authority from "./authority.js"
import * as Loopback from "./loopback.js"
import { key, token } from "./sealed.js"

const run = <A>(action: () => Promise<A>) => Effect.promise(action)

const environment = (variables: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      for (const name of ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"]) {
        vi.stubEnv(name, variables[name])
      }
      vi.stubEnv("REQUEST_METHOD", variables["REQUEST_METHOD"])
    }),
    () => Effect.sync(() => vi.unstubAllEnvs())
  )

describe("access to files", () => {
  it.scopedLive("says what stands in the way, and repairs nothing", () =>
    Effect.gen(function* () {
      const root = yield* Authority.directory
      const [directory, file] = [Path.join(root, "state"), Path.join(root, "state", "record")]
      assert.strictEqual((yield* Diagnostics.access(directory, "directory"))._tag, "Absent")
      yield* run(() => Fs.mkdir(directory, { mode: 0o700 }).then(() => Fs.writeFile(file, "", { mode: 0o600 })))
      assert.strictEqual((yield* Diagnostics.access(directory, "directory"))._tag, "Usable")
      assert.strictEqual((yield* Diagnostics.access(file, "file"))._tag, "Usable")
      assert.strictEqual((yield* Diagnostics.access(file, "directory"))._tag, "WrongKind")
      assert.strictEqual((yield* Diagnostics.access(directory, "file"))._tag, "WrongKind")
      assert.deepInclude(yield* Diagnostics.access(Path.join(file, "below"), "file"), {
        _tag: "Unusable",
        code: "ENOTDIR"
      })
      if (process.platform === "win32") return
      yield* run(() => Fs.chmod(file, 0o640))
      assert.deepInclude(yield* Diagnostics.access(file, "file"), { _tag: "Open", kind: "file", mode: 0o640 })
      assert.strictEqual((yield* run(() => Fs.stat(file))).mode & 0o777, 0o640)
    })
  )

  it.scopedLive.skipIf(process.platform === "win32")("a directory that another user has", () =>
    Effect.gen(function* () {
      vi.spyOn(process as { geteuid: () => number }, "geteuid").mockReturnValue(12345)
      yield* Effect.addFinalizer(() => Effect.sync(() => vi.restoreAllMocks()))
      const directory = yield* Authority.directory
      const { uid } = yield* run(() => Fs.stat(directory))
      assert.deepInclude(yield* Diagnostics.access(directory, "directory"), { _tag: "Foreign", uid })
    })
  )
})

describe("the place of a key's tokens", () => {
  it.scopedLive("directory, record and key file in one look", () =>
    Effect.gen(function* () {
      const directory = Path.join(yield* Authority.directory, "state")
      const nothing = yield* Diagnostics.store(directory, key)
      assert.deepStrictEqual(
        [nothing.directory._tag, nothing.file._tag, nothing.record._tag, nothing.keyFile],
        ["Absent", "Absent", "Absent", undefined]
      )
      const store = yield* FileTokenStore.make({ directory, sealing: "keyFile" })
      yield* store.write(key, token("first"))
      const kept = yield* Diagnostics.store(directory, key)
      assert.deepStrictEqual(
        [kept.directory._tag, kept.file._tag, kept.record._tag, kept.keyFile?._tag],
        ["Usable", "Usable", "Sealed", "Usable"]
      )
      yield* run(() => Fs.rm(Path.join(directory, "store.key")))
      assert.strictEqual((yield* Diagnostics.store(directory, key)).keyFile?._tag, "Absent")
    })
  )

  it.scopedLive("the key that seals: there, not there, or not to be had; never shown", () =>
    Effect.gen(function* () {
      const bytes = new Uint8Array(randomBytes(32))
      const given = yield* Diagnostics.key(RecordKey.given(Redacted.make(bytes)))
      assert.deepStrictEqual({ ...given }, { _tag: "Present", place: "application" })
      const unusable = yield* Diagnostics.key(RecordKey.given(Redacted.make(bytes.slice(0, 5))))
      assert.strictEqual(unusable._tag, "Unavailable")
      assert.notInclude(inspect(unusable, { depth: 9 }), String(bytes.slice(0, 5)))
      const directory = Path.join(yield* Authority.directory, "state")
      assert.strictEqual((yield* Diagnostics.key(RecordKey.keyFile(directory)))._tag, "Absent")
      assert.isFalse(yield* Effect.isSuccess(Effect.tryPromise(() => Fs.stat(directory))))
    })
  )
})

/** Whether a request of a client of the environment's comes to the proxy that listens here. */
const isAsked = (url: string, variables: (port: number) => Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const asked = yield* Deferred.make<boolean>()
    const proxy = yield* Loopback.tcp((socket) => {
      Deferred.unsafeDone(asked, Effect.succeed(true))
      socket.destroy()
    })
    yield* environment(variables(proxy.port))
    const found = yield* Diagnostics.route(new URL(url))
    const client = yield* NodeHttp.make({ connectTimeout: "2 seconds" })
    yield* Effect.ignore(client.get(url))
    return { found, asked: Option.isSome(yield* Deferred.poll(asked)), port: proxy.port }
  })

describe("the way to a server", () => {
  it.scopedLive("is the way that a client goes", () =>
    Effect.gen(function* () {
      const closed = yield* Loopback.closedPort
      const rows = [
        ["http://mls.invalid:12800/status", {}, "http_proxy", true],
        ["https://mls.invalid:12800/status", {}, "HTTPS_PROXY", true],
        ["http://mls.invalid:12800/status", { NO_PROXY: ".invalid" }, "http_proxy", false],
        [`http://127.0.0.1:${closed}/status`, {}, "http_proxy", false]
      ] as const
      for (const [url, more, variable, used] of rows) {
        const { asked, found, port } = yield* isAsked(url, (own) => ({
          [variable]: `http://jo:secret@127.0.0.1:${own}`,
          ...more
        }))
        assert.strictEqual(asked, used, url)
        assert.deepStrictEqual(found.proxy, { origin: `http://127.0.0.1:${port}`, variable, used })
        const { hostname, port: own } = new URL(url)
        assert.deepInclude(found, used ? { host: "127.0.0.1", port } : { host: hostname, port: Number(own) })
        assert.notInclude(inspect(found, { depth: 9 }), "secret")
      }
    })
  )

  it.scopedLive("without a proxy, with one of the program's own, and with one that is none", () =>
    Effect.gen(function* () {
      yield* environment({ HTTP_PROXY: "http://proxy.test", REQUEST_METHOD: "GET" })
      const direct = { host: "::1", port: 80, proxy: undefined }
      assert.deepStrictEqual(yield* Diagnostics.route(new URL("http://[::1]/status")), direct)
      const own = yield* Diagnostics.route(new URL("https://mls.test"), { https: "proxy.test:8080" })
      const proxy = { origin: "http://proxy.test:8080", variable: undefined, used: true }
      assert.deepStrictEqual(own, { host: "proxy.test", port: 8080, proxy })
      yield* environment({ https_proxy: "socks://jo:secret@proxy" })
      const error = yield* Effect.flip(Diagnostics.route(new URL("https://mls.test")))
      assert.strictEqual(error.setting, "HTTPS_PROXY")
      assert.notInclude(error.message, "secret")
      assert.strictEqual((yield* Diagnostics.route(new URL("https://mls.test"), "none")).host, "mls.test")
    })
  )

  it.scopedLive("names and connections", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Diagnostics.addresses("127.0.0.1"), ["127.0.0.1"])
      const unknown = yield* Effect.flip(Diagnostics.addresses("mls.invalid", { timeout: "20 seconds" }))
      assert.deepInclude(unknown, { step: "name", host: "mls.invalid" })
      const server = yield* Loopback.http((_, response) => void response.end())
      assert.isTrue(Duration.isDuration(yield* Diagnostics.connection({ host: "127.0.0.1", port: server.port })))
      const port = yield* Loopback.closedPort
      const refused = yield* Effect.flip(Diagnostics.connection({ host: "127.0.0.1", port }))
      assert.deepInclude(refused, { step: "connection", code: "ECONNREFUSED" })
    })
  )
})

describe.skipIf(!Authority.available)("the certificates of a server (they need openssl)", () => {
  const served = (names: string) =>
    Effect.gen(function* () {
      const authority = yield* Authority.make
      const seen: Array<string | undefined> = []
      const server = yield* Loopback.https(yield* authority.issue(names), ({ url }, response) => {
        seen.push(url)
        response.end()
      })
      return { caFile: authority.caFile, seen, target: { host: "127.0.0.1", port: server.port } }
    })

  it.scopedLive("whose they are, until when, and whether a client would trust them; nothing is sent", () =>
    Effect.gen(function* () {
      const { caFile, seen, target } = yield* served("IP:127.0.0.1")
      const stranger = yield* Diagnostics.tls(target)
      assert.strictEqual(stranger.refusal, "UNABLE_TO_VERIFY_LEAF_SIGNATURE")
      const [leaf] = stranger.certificates
      assert.deepInclude(leaf, { subject: "leaf", issuer: "Test-Root" })
      assert.strictEqual(Number(leaf?.endsAt) - Number(leaf?.beginsAt), 2 * 24 * 3_600_000)
      const known = yield* Diagnostics.tls(target, { caFile })
      assert.strictEqual(known.refusal, undefined)
      assert.deepStrictEqual(
        known.certificates.map(({ subject }) => subject),
        ["leaf", "Test-Root"]
      )
      assert.deepStrictEqual(seen, [])
    })
  )

  it.scopedLive("another name, a file that is none, and a port that speaks no TLS or nothing", () =>
    Effect.gen(function* () {
      const { caFile, target } = yield* served("DNS:elsewhere.test")
      assert.strictEqual((yield* Diagnostics.tls(target, { caFile })).refusal, "ERR_TLS_CERT_ALTNAME_INVALID")
      const missing = yield* Effect.flip(Diagnostics.tls(target, { caFile: `${caFile}.none` }))
      assert.strictEqual(missing._tag, "ConfigurationInvalid")
      const plain = yield* Loopback.tcp((socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
      const error = yield* Effect.flip(Diagnostics.tls({ host: "127.0.0.1", port: plain.port }))
      assert.deepInclude(error, { _tag: "Unreachable", step: "tls" })
      const silent = yield* Loopback.tcp((socket) => void socket.resume())
      const timeout = "100 millis"
      assert.deepInclude(yield* Effect.flip(Diagnostics.tls({ host: "127.0.0.1", port: silent.port }, { timeout })), {
        step: "tls",
        code: "MLS_CONNECT_TIMEOUT"
      })
    })
  )
})
