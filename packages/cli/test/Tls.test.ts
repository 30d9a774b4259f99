import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Net from "node:net"
import * as Path from "node:path"
import * as Tls from "node:tls"
import * as Servers from "./Servers.js"

const hasOpenssl = ChildProcess.spawnSync("openssl", ["version"]).status === 0

const subject = ["-subj", "/CN=Test", "-addext", "subjectAltName=IP:127.0.0.1"]

/** A certificate that nobody trusts, made by openssl in a directory. */
const certificate = (directory: string) =>
  Effect.promise(async () => {
    const [keyFile, certFile] = [Path.join(directory, "key.pem"), Path.join(directory, "cert.pem")]
    const files = ["-keyout", keyFile, "-out", certFile]
    const made = ChildProcess.spawnSync("openssl", [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "2",
      ...files,
      ...subject
    ])
    assert.strictEqual(made.status, 0, made.stderr.toString())
    return { certFile, key: await Fs.readFile(keyFile), cert: await Fs.readFile(certFile) }
  })

/** What a company puts before its server: TLS outside, plain inside. Yields its port. */
const terminator = (secure: { readonly key: Buffer; readonly cert: Buffer }, inside: URL) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<Tls.Server>((resume) => {
        const server = Tls.createServer(secure, (socket) => {
          const plain = Net.connect(Number(inside.port), inside.hostname)
          socket.on("error", () => plain.destroy()).pipe(plain)
          plain.on("error", () => socket.destroy()).pipe(socket)
        })
        server.on("tlsClientError", () => undefined)
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => void server.close())
    ),
    (server) => (server.address() as Net.AddressInfo).port
  )

describe.runIf(hasOpenssl)("a server with a company's own certificate", () => {
  it.scopedLive("is not trusted by itself, told as such, and remembered with its --cacert", () =>
    Effect.gen(function* () {
      const { control, home, mls, url } = yield* Servers.make()
      const secure = yield* certificate(home)
      const server = `https://127.0.0.1:${yield* terminator(secure, new URL(url))}`
      const login = (...more: ReadonlyArray<string>) =>
        mls(["login", server, "--user", "grace", "--password-stdin", ...more], { stdin: Servers.passwords.grace })
      const stranger = yield* login()
      assert.strictEqual(stranger.code, 7)
      assert.include(stranger.stderr, "--cacert")
      assert.strictEqual((yield* control.counts).requests, 0)
      const known = yield* login("--cacert", secure.certFile)
      assert.strictEqual(known.code, 0, known.stderr)
      assert.strictEqual((yield* mls(["api", "services"])).code, 0)
      assert.strictEqual((yield* mls(["logout"])).code, 0)
    })
  )
})
