/** Servers that want a certificate of whoever connects, as nginx and OpenSSL say so, and what else nginx says. */
import { assert, describe, it } from "@effect/vitest"
import * as Credential from "@mlserver-auth/core/Credential"
import * as MlServerIssuer from "@mlserver-auth/core/MlServerIssuer"
import * as ServerEndpoint from "@mlserver-auth/core/ServerEndpoint"
import * as NodeHttp from "@mlserver-auth/node/NodeHttp"
import { HttpClient } from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { writeFileSync } from "node:fs"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { MIB } from "./Answering.js"
import { assertFailed } from "./DoctorReading.js"
import { certificates, hasOpenssl } from "./Fronts.js"
import * as RealProgram from "./RealProgram.js"
import * as Sandbox from "./Sandbox.js"

/** A home, certificates in it, and commands for a server there. */
const place = Effect.gen(function* () {
  const sandbox = yield* Sandbox.make
  const directory = yield* RealProgram.directory
  const { authority } = yield* certificates(directory)
  const run = (port: number, args: ReadonlyArray<string>, stdin?: string) => {
    const env = { MLS_HOST: `https://127.0.0.1:${port}`, MLS_CACERT: authority, MLS_LOG: "none" }
    const token = args[0] === "login" ? {} : { MLS_ACCESS_TOKEN: "a-token-that-is-taken" }
    return sandbox.mls(args, { env: { ...env, ...token }, stdin })
  }
  /** What the library says of a sign-in. */
  const signIn = (port: number) =>
    Effect.gen(function* () {
      const client = yield* NodeHttp.make({ caFile: authority })
      const endpoint = yield* ServerEndpoint.make(`https://127.0.0.1:${port}`)
      const issuer = yield* Effect.provideService(MlServerIssuer.make({ endpoint }), HttpClient, client)
      const credential = Credential.usernamePassword({ username: "ada", password: Redacted.make("lovelace-1815") })
      return yield* Effect.flip(issuer.grant(credential))
    })
  return { authority, directory, file: (name: string) => Path.join(directory, name), run, signIn }
})

type Place = Effect.Effect.Success<typeof place>

const nginx = ({ directory, file }: Place, ...settings: ReadonlyArray<string>) => {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${kind};`)
  return RealProgram.make((port) => {
    const server = [`listen 127.0.0.1:${port} ssl;`, "ssl_certificate cert.pem;", "ssl_certificate_key key.pem;"]
    const http = [...temporary, "access_log off;", `server { ${[...server, ...settings].join(" ")} }`]
    const main = ["daemon off;", "master_process off;", "pid nginx.pid;", "error_log stderr;", "events {}"]
    writeFileSync(file("nginx.conf"), [...main, `http { ${http.join("\n")} }`].join("\n"))
    return ["nginx", "-e", "stderr", "-p", directory, "-c", "nginx.conf"]
  })
}

const missing = RealProgram.missing("nginx", "-v")

describe.skipIf(!hasOpenssl)("a server that wants a certificate of its clients", () => {
  it.scopedLive.skipIf(missing !== "")(`with a page (nginx): every command and the library say so${missing}`, () =>
    Effect.gen(function* () {
      const here = yield* place
      const { port } = yield* nginx(here, "ssl_client_certificate ca.pem;", "ssl_verify_client on;")
      const wants = /It requires a client certificate, and mls has none: ask for an address without one\./
      const login = yield* here.run(port, ["login", "--user", "ada", "--password-stdin"], "lovelace-1815")
      assert.strictEqual(login.code, 3, login.stderr)
      assert.match(login.stderr, /answered 400, but it requires a client certificate/)
      const api = yield* here.run(port, ["api", "services"])
      assert.strictEqual(api.code, 6, api.stderr)
      assert.match(api.stderr, wants)
      assert.match(api.stdout, /^<html>[\s\S]*No required SSL certificate was sent/)
      assert.match((yield* here.run(port, ["services", "list"])).stderr, wants)
      const doctor = yield* here.run(port, ["doctor", "--json"])
      assertFailed(doctor, "server", /a page answers \(400\) that asks for a certificate/, wants)
      const error = yield* here.signIn(port)
      assert.strictEqual(error._tag, "InvalidResponse")
      assert.match(error.message, /it requires a client certificate\. This client has none/)
    })
  )

  it.scopedLive("with an alert of TLS 1.3 (openssl s_server): the same, and nobody's authority is blamed", () =>
    Effect.gen(function* () {
      const here = yield* place
      const { port } = yield* RealProgram.make((own) => {
        const files = ["-cert", here.file("cert.pem"), "-key", here.file("key.pem"), "-CAfile", here.file("ca.pem")]
        const listens = ["s_server", "-accept", `127.0.0.1:${own}`, "-quiet", "-www", "-tls1_3"]
        return ["openssl", ...listens, ...files, "-Verify", "1", "-verify_return_error"]
      })
      const api = yield* here.run(port, ["api", "services"])
      assert.strictEqual(api.code, 7, api.stderr)
      assert.match(api.stderr, /CERTIFICATE_REQUIRED[\s\S]*seems to require a client certificate/)
      assert.notInclude(api.stderr, "--cacert")
      const error = yield* here.signIn(port)
      assert.strictEqual(error._tag, "ServerUnavailable")
      assert.match(error.message, /CERTIFICATE_REQUIRED[\s\S]*seems to require a client certificate/)
    })
  )
})

describe.skipIf(!hasOpenssl || missing !== "")(`nginx before a server${missing}`, () => {
  it.scopedLive("refuses a body that is too large while it is sent: its answer is told, and no broken connection", () =>
    Effect.gen(function* () {
      const here = yield* place
      const { port } = yield* nginx(here, "client_max_body_size 1m;", "location / { return 204; }")
      yield* Effect.promise(async () => {
        await Fs.writeFile(here.file("large"), "")
        await Fs.truncate(here.file("large"), 64 * MIB)
      })
      const ended = yield* here.run(port, ["api", "PUT", "x", "--input", here.file("large"), "-i"])
      assert.strictEqual(ended.code, 6, ended.stderr)
      assert.match(ended.stdout, /^HTTP\/1\.1 413 /)
    })
  )
})
