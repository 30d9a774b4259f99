import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import * as Http from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Accounts from "../src/Accounts.js"
import * as DemoServer from "../src/DemoServer.js"

const directory = Effect.acquireRelease(
  Effect.sync(() => {
    const path = mkdtempSync(join(tmpdir(), "mlserver-auth-demo-"))
    writeFileSync(join(path, "index.html"), "<title>the page</title>")
    writeFileSync(join(path, "demo.js"), "the script")
    writeFileSync(join(path, "notes.bin"), "not of a page")
    mkdirSync(join(path, "below"))
    writeFileSync(join(path, "below", "deep.js"), "too deep")
    return path
  }),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const demo = Effect.flatMap(directory, (path) => DemoServer.make({ directory: path }))

const ask = (url: string, init: RequestInit = {}) =>
  Effect.promise(async () => {
    const { headers, ...response } = await fetch(url, { redirect: "manual", ...init }).then(async (it) => ({
      status: it.status,
      headers: it.headers,
      text: await it.text()
    }))
    return { ...response, header: (name: string) => headers.get(name) }
  })

/** Exactly this path and these headers, which fetch would tidy up. */
const raw = (url: string, path: string, options: Http.RequestOptions = {}) =>
  Effect.async<number>((resume) => {
    const request = Http.request({ host: "127.0.0.1", port: new URL(url).port, path, ...options }, (response) => {
      response.resume()
      resume(Effect.succeed(response.statusCode ?? 0))
    })
    request.end()
  })

const logIn = (url: string) =>
  ask(`${url}/login`, {
    method: "POST",
    body: JSON.stringify({ username: Accounts.ada.username, password: Accounts.ada.password })
  })

describe("the demo's servers", () => {
  it.scopedLive("the page comes with its policy: itself, the cloud's server, and nothing else", () =>
    Effect.gen(function* () {
      const { cloud, onPremises, url } = yield* demo
      expect(url).toBe(`${onPremises.url}/demo/`)
      const page = yield* ask(url)
      expect([page.status, page.text]).toEqual([200, "<title>the page</title>"])
      const policy = page.header("content-security-policy")
      expect(policy).toContain("default-src 'self'; ")
      expect(policy).toContain("require-trusted-types-for 'script'")
      expect(policy).toContain(`connect-src 'self' ${cloud.url};`)
      expect((yield* ask(`${url}demo.js`)).header("content-type")).toBe("text/javascript; charset=utf-8")
      expect((yield* ask(onPremises.url)).header("location")).toBe("/demo/")
      expect((yield* onPremises.control.counts).requests).toBe(0)
    })
  )

  it.scopedLive("nothing but the files right in the directory is served", () =>
    Effect.gen(function* () {
      const { url } = yield* demo
      for (const path of ["notes.bin", "below/deep.js", "..%2findex.html", "%2e%2e/package.json", "constructor"]) {
        expect([path, (yield* ask(url + path)).status]).toEqual([path, 404])
      }
      expect(yield* raw(url, "/demo/../demo/index.html")).toBe(404)
      expect((yield* ask(url, { method: "POST" })).status).toBe(405)
    })
  )

  it.scopedLive("the page learns where both servers are, and both answer", () =>
    Effect.gen(function* () {
      const { cloud, onPremises, url } = yield* demo
      const settings: unknown = JSON.parse((yield* ask(`${url}settings.json`)).text)
      expect(settings).toMatchObject({
        onPremises: {
          server: onPremises.url,
          users: [{ username: "ada" }, { username: "olga" }, { username: "rhea" }]
        },
        cloud: { server: cloud.url, ...cloud.azure }
      })
      expect((yield* logIn(onPremises.url)).status).toBe(200)
      expect((yield* ask(`${cloud.url}/services`)).status).toBe(401)
    })
  )

  it.scopedLive("the page ends sessions at the server, and sees what was counted", () =>
    Effect.gen(function* () {
      const { onPremises, url } = yield* demo
      const { access_token } = JSON.parse((yield* logIn(onPremises.url)).text) as { readonly access_token: string }
      const call = Effect.map(
        ask(`${onPremises.url}/services`, { headers: { authorization: `Bearer ${access_token}` } }),
        ({ status }) => status
      )
      expect(yield* call).toBe(200)
      const headers = { origin: onPremises.url }
      const revoked = yield* ask(`${url}control/onPremises/revoke-access-tokens`, { method: "POST", headers })
      expect(revoked.status).toBe(204)
      expect(yield* call).toBe(401)
      expect(JSON.parse((yield* ask(`${url}control/onPremises/counts`)).text)).toEqual({
        signIns: 1,
        renewals: 0,
        reused: 0,
        calls: 2,
        unauthorized: 1
      })
    })
  )

  it.scopedLive("no other site turns a knob, and no knob is there that was not meant", () =>
    Effect.gen(function* () {
      const { onPremises, url } = yield* demo
      const knob = `${url}control/onPremises/end-sessions`
      for (const headers of [{}, { origin: "https://evil.example" }, { origin: "null" }] as const) {
        expect((yield* ask(knob, { method: "POST", headers })).status).toBe(403)
      }
      const rebound = { host: "evil.example", origin: "http://evil.example" }
      expect(yield* raw(url, "/demo/control/onPremises/end-sessions", { method: "POST", headers: rebound })).toBe(403)
      const headers = { origin: onPremises.url }
      expect((yield* ask(knob, { headers })).status).toBe(404)
      for (const path of [
        "onPremises/reset",
        "elsewhere/end-sessions",
        "constructor/counts",
        "onPremises/constructor"
      ]) {
        expect([path, (yield* ask(`${url}control/${path}`, { method: "POST", headers })).status]).toEqual([path, 404])
      }
    })
  )

  it.scopedLive("a directory without a page is refused by name, before anything listens", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(DemoServer.make({ directory: join(tmpdir(), "no-such-demo") }))
      expect(error).toMatchObject({ _tag: "PagesUnreadable" })
      expect(error.message).toContain("no-such-demo")
    })
  )
})
