/** The library and the program through proxies as companies run them. */
import { assert, describe, it } from "@effect/vitest"
import { proxyRefusal } from "@mlserver-auth/core/AuthHttpClient"
import * as NodeHttp from "@mlserver-auth/node/NodeHttp"
import * as Effect from "effect/Effect"
import { writeFileSync } from "node:fs"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { hasOpenssl, proxied, secured } from "./Fronts.js"
import * as RealProgram from "./RealProgram.js"
import * as Servers from "./Servers.js"

const NAME = "mls.contoso.test"

/** A server under a name that only proxies know, and how a proxy with name and password is named. */
const behind = Effect.gen(function* () {
  const server = yield* Servers.make()
  server.plant("wrong-secret")
  server.plant("right-secret")
  const { authority, url } = yield* secured(server.home, new URL(server.url))
  const inside = new URL(url)
  const directory = yield* RealProgram.directory
  const write = (name: string, text: string, mode = 0o644) =>
    Effect.promise(() => Fs.writeFile(Path.join(directory, name), text, { mode }))
  const target = `https://${NAME}:${inside.port}`
  const login = (proxy: string) =>
    server.mls(["login", target, "--user", "grace", "--password-stdin"], {
      stdin: Servers.passwords.grace,
      env: { HTTPS_PROXY: proxy, MLS_CACERT: authority, MLS_LOG: "none" }
    })
  const client = (proxy: string) => NodeHttp.make({ caFile: authority, proxy: { http: proxy, https: proxy } })
  return { ...server, authority, client, directory, inside, login, target, write }
})

type Behind = Effect.Effect.Success<typeof behind>

interface Proxy {
  readonly at: (user?: string) => string
  /** Names that were asked for and let through or refused, one by one. */
  readonly asked: Effect.Effect<number>
  readonly stop: Effect.Effect<void>
}

/** It asks for every server at one that knows it: as most in companies do, which reach the world through another. */
const tinyproxy = ({ directory, inside, write }: Behind) =>
  Effect.gen(function* () {
    const onward = yield* proxied(inside)
    const log = Path.join(directory, "log")
    yield* write("log", "")
    const common = ["Listen 127.0.0.1", "Allow 127.0.0.1", "MaxClients 100", `LogFile "${log}"`, "LogLevel Connect"]
    const upstream = `Upstream http ${new URL(onward.url).host}`
    const lines = [...common, "BasicAuth ada right-secret", upstream]
    const configuration = Path.join(directory, "tinyproxy.conf")
    const { port, stop } = yield* RealProgram.make((own) => {
      writeFileSync(configuration, [`Port ${own}`, ...lines, ""].join("\n"))
      return ["tinyproxy", "-d", "-c", configuration]
    })
    const asked = Effect.promise(async () => (await Fs.readFile(log, "utf8")).split(`CONNECT ${NAME}`).length - 1)
    return { at: (user = "") => `http://${user}127.0.0.1:${port}`, asked, stop } satisfies Proxy
  })

const SHARED_MEMORY = "/dev/shm"

/** It is spoken to over TLS, and asks a program of the company whether a password is right. */
const squid = ({ directory, home, write }: Behind) =>
  Effect.gen(function* () {
    for (const name of ["key.pem", "cert.pem"]) {
      yield* write(name, yield* Effect.promise(() => Fs.readFile(Path.join(home, name), "utf8")))
    }
    const file = (name: string) => Path.join(directory, name)
    yield* write("asked", "")
    yield* Effect.promise(() => Fs.chmod(file("asked"), 0o666))
    const judged = 'if [ "$user $word" = "ada right-secret" ]; then echo OK; else echo ERR; fi'
    const check = `#!/bin/sh\nwhile read -r user word; do echo . >> '${file("asked")}'; ${judged}; done\n`
    yield* write("check", check, 0o755)
    yield* write("hosts", `127.0.0.1 ${NAME}\n`)
    const lines = [
      `auth_param basic program ${file("check")}`,
      "auth_param basic children 1 startup=1",
      "acl known proxy_auth REQUIRED",
      "http_access allow known",
      "http_access deny all",
      `hosts_file ${file("hosts")}`,
      "cache deny all",
      "access_log none",
      "cache_log /dev/null",
      "pid_filename none",
      "netdb_filename none",
      "pinger_enable off",
      "shutdown_lifetime 0 seconds",
      "max_filedescriptors 1024",
      "visible_hostname squid.test"
    ]
    // Its shared memory has that name: what another user's squid left behind under the usual one could not be opened.
    const names = new Set<string>()
    yield* Effect.addFinalizer(() =>
      Effect.promise(async () => {
        const left = (await Fs.readdir(SHARED_MEMORY).catch(() => [])).filter((each) =>
          names.has(each.split("-")[0] ?? "")
        )
        await Promise.all(left.map((each) => Fs.rm(Path.join(SHARED_MEMORY, each), { force: true })))
      })
    )
    const { port, stop } = yield* RealProgram.make((own) => {
      names.add(`mls${own}`)
      const listens = `https_port 127.0.0.1:${own} tls-cert=${file("cert.pem")} tls-key=${file("key.pem")}`
      writeFileSync(file("squid.conf"), [listens, ...lines, ""].join("\n"))
      return ["squid", "-N", "-n", `mls${own}`, "-f", file("squid.conf")]
    })
    const asked = Effect.promise(async () => (await Fs.readFile(file("asked"), "utf8")).split("\n").length - 1)
    return { at: (user = "") => `https://${user}127.0.0.1:${port}`, asked, stop } satisfies Proxy
  })

const causeOf = (error: { readonly cause?: unknown }) => error.cause as Readonly<Record<string, unknown>>

describe.each([
  ["tinyproxy", tinyproxy, 401, RealProgram.missing("tinyproxy", "-v")],
  // Debian has it as squid-openssl too; the other one takes no TLS from clients.
  ["squid over TLS", squid, 407, RealProgram.missing("squid", "-v", /--with-openssl/)]
] as const)("%s", (_, makeProxy, wrong, missing) => {
  const test = it.scopedLive.skipIf(missing !== "" || !hasOpenssl)

  test(`leads on who has the right password: the program and the library${missing}`, () =>
    Effect.gen(function* () {
      const place = yield* behind
      const { authority, client, home, login, mls, target } = place
      const { asked, at } = yield* makeProxy(place)
      const proxy = at("ada:right-secret@")
      const signedIn = yield* login(proxy)
      assert.strictEqual(signedIn.code, 0, signedIn.stderr)
      const env = { HTTPS_PROXY: proxy, MLS_CACERT: authority }
      const file = Path.join(home, "services.json")
      const called = yield* mls(["api", "services", "-o", file], { env })
      assert.strictEqual(called.code, 0, called.stderr)
      assert.include(yield* Effect.promise(() => Fs.readFile(file, "utf8")), '"name":"add"')
      const doctor = yield* mls(["doctor"], { env })
      assert.match(doctor.stdout, /^ok +proxy .*it is used for this server$/m)
      const answer = yield* (yield* client(proxy)).get(`${target}/services`)
      assert.strictEqual(answer.status, 401)
      assert.isAbove(yield* asked, 0)
    }))

  test(`a wrong password is told as the proxy's, exit 3, and tried once: the program and the library${missing}`, () =>
    Effect.gen(function* () {
      const place = yield* behind
      const { client, login, target } = place
      const { asked, at } = yield* makeProxy(place)
      const proxy = at("ada:wrong-secret@")
      const refused = yield* login(proxy)
      assert.strictEqual(refused.code, 3, refused.stderr)
      assert.include(
        refused.stderr,
        `HTTPS_PROXY: the proxy ${at()} answered ${wrong}: it does not take this user name`
      )
      const before = yield* asked
      assert.strictEqual(before, 1)
      const stranger = yield* client(proxy)
      const errors = yield* Effect.forEach(
        Array.from({ length: 50 }),
        () => Effect.flip(stranger.get(`${target}/services`)),
        { concurrency: "unbounded" }
      )
      for (const error of errors) {
        assert.deepInclude(causeOf(error), { code: "MLS_PROXY_REFUSED", status: wrong, sent: false })
        assert.include(proxyRefusal(error.cause, target)?.message ?? "", "does not take this user name and password")
      }
      // squid remembers by itself what its program said.
      assert.isAtMost((yield* asked) - before, 1)
    }))

  test(`no password: told as wanted, exit 3; no proxy any more: an outage, exit 7${missing}`, () =>
    Effect.gen(function* () {
      const place = yield* behind
      const { client, login, target } = place
      const { at, stop } = yield* makeProxy(place)
      const refused = yield* login(at())
      assert.strictEqual(refused.code, 3, refused.stderr)
      assert.match(refused.stderr, /answered 407: it requires a user name and a password \(Basic\)/)
      const stranger = yield* client(at())
      const wanted = causeOf(yield* Effect.flip(stranger.get(target)))
      assert.deepInclude(wanted, { status: 407, credentialed: false, schemes: ["Basic"] })
      yield* stop
      const gone = yield* login(at("ada:right-secret@"))
      assert.strictEqual(gone.code, 7, gone.stderr)
      assert.include(gone.stderr, `ECONNREFUSED`)
      assert.deepInclude(causeOf(yield* Effect.flip(stranger.get(target))), { code: "ECONNREFUSED", proxy: at() })
    }))

  test(`plain http: a wrong password is not taken for the server's answer${missing}`, () =>
    Effect.gen(function* () {
      const place = yield* behind
      const { client } = place
      const { at } = yield* makeProxy(place)
      // An address of its own for the secret: other tests have asked with the other one.
      const error = yield* Effect.flip((yield* client(at("eve:wrong-secret@"))).get(`http://${NAME}/services`))
      assert.deepInclude(causeOf(error), { code: "MLS_PROXY_REFUSED", status: wrong, sent: false })
    }))
})
