import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Accounts from "../src/Accounts.js"
import * as DevServer from "../src/DevServer.js"

const PAGE = "https://page.example"

const ask = (url: string, init: RequestInit) => Effect.promise(() => fetch(url, init))

const preflight = (url: string, origin = PAGE) =>
  ask(url, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "GET", "access-control-request-headers": "authorization" }
  })

const allowed = (response: Response) => response.headers.get("access-control-allow-origin")

describe("pages of other origins", () => {
  it.scopedLive("are let in by nobody unless told, as the documented server has it", () =>
    Effect.gen(function* () {
      const { url } = yield* DevServer.make()
      const asked = yield* preflight(`${url}/services`)
      expect([asked.status, allowed(asked)]).toEqual([401, null])
      expect(allowed(yield* ask(`${url}/services`, { headers: { origin: PAGE } }))).toBeNull()
    })
  )

  it.scopedLive("ask before they call, without a token, and are not counted for it", () =>
    Effect.gen(function* () {
      const { control, url } = yield* DevServer.make({ cors: [PAGE] })
      const asked = yield* preflight(`${url}/login/refreshToken`)
      expect(asked.status).toBe(204)
      expect(allowed(asked)).toBe(PAGE)
      expect(asked.headers.get("access-control-allow-methods")).toContain("DELETE")
      expect(asked.headers.get("access-control-allow-headers")).toBe("Authorization, Content-Type")
      expect((yield* control.counts).requests).toBe(0)
    })
  )

  it.scopedLive("read answers and refusals, and what tells a client about its token", () =>
    Effect.gen(function* () {
      const { url } = yield* DevServer.make({ cors: [PAGE] })
      const { password, username } = Accounts.ada
      const body = JSON.stringify({ username, password })
      const login = yield* ask(`${url}/login`, { method: "POST", headers: { origin: PAGE }, body })
      const refused = yield* ask(`${url}/services`, { headers: { origin: PAGE } })
      expect([login.status, allowed(login)]).toEqual([200, PAGE])
      expect([refused.status, allowed(refused)]).toEqual([401, PAGE])
      expect(refused.headers.get("access-control-expose-headers")).toContain("WWW-Authenticate")
      expect(refused.headers.get("vary")).toBe("Origin")
    })
  )

  it.scopedLive("are told apart by their whole origin, and nothing is said to those that are not let in", () =>
    Effect.gen(function* () {
      const { url } = yield* DevServer.make({ cors: [PAGE] })
      for (const other of ["http://page.example", `${PAGE}:8443`, `${PAGE}.evil.example`, "null"]) {
        const asked = yield* preflight(`${url}/services`, other)
        expect([allowed(asked), asked.headers.get("access-control-allow-methods")]).toEqual([null, null])
        expect(asked.headers.get("vary")).toBe("Origin")
      }
    })
  )

  it.scopedLive("are all let in by `true`; the authority keeps rules of its own", () =>
    Effect.gen(function* () {
      const { azure, url } = yield* DevServer.make({ azure: true, cors: true })
      expect(allowed(yield* preflight(`${url}/services`))).toBe("*")
      const token = yield* preflight(`${url}/${azure?.tenant}/oauth2/v2.0/token`)
      expect([token.status, allowed(token)]).toEqual([400, null])
    })
  )

  it.scopedLive("a program that is no page is answered as ever", () =>
    Effect.gen(function* () {
      const { url } = yield* DevServer.make({ cors: true })
      expect(allowed(yield* ask(`${url}/services`, {}))).toBeNull()
      expect((yield* ask(`${url}/services`, { method: "OPTIONS" })).status).toBe(401)
    })
  )
})
