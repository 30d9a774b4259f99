import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Accounts from "../src/Accounts.js"
import { adapters, parsed, type Peer } from "./Adapters.js"

const { ada, olga, rhea } = Accounts

const tokenOf = (server: Peer, who: Accounts.User & { readonly password: string }) =>
  Effect.map(server.login(who), (pair) => pair.access_token)

const definition = { code: "z <- x * 2", inputParameterDefinitions: [{ name: "x", type: "numeric" }], runtimeType: "R" }

describe.each(adapters)("the API ($name)", ({ make }) => {
  it.scopedLive("asks for a bearer token, and says when one is no good", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const without = yield* server.ask("GET", "/services")
      expect([without.status, without.headers["www-authenticate"]]).toEqual([401, "Bearer"])
      const bad = yield* server.ask("GET", "/services", { token: "eyJhbGciOiJub25lIn0.e30." })
      expect([bad.status, bad.headers["www-authenticate"]]).toEqual([401, 'Bearer error="invalid_token"'])
      expect((yield* server.control.counts).unauthorized).toBe(2)
    })
  )

  it.scopedLive("lists services, all, by name, and by name and version", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const token = yield* tokenOf(server, rhea)
      const names = (path: string) =>
        Effect.map(server.ask("GET", path, { token }), (seen) =>
          parsed<ReadonlyArray<{ name: string }>>(seen).map((it) => it.name)
        )
      expect(yield* names("/services")).toEqual(["add", "manualTransmission", "kyphosis"])
      expect(yield* names("/services/add")).toEqual(["add"])
      expect(yield* names("/services/add/1.0.0")).toEqual(["add"])
      expect(yield* names("/services/unknown")).toEqual([])
      expect((yield* server.ask("GET", "/services/add/9.9.9", { token })).status).toBe(404)
    })
  )

  it.scopedLive("computes the sample services", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const token = yield* tokenOf(server, rhea)
      const consume = (path: string, body: unknown) => server.ask("POST", `/api/${path}`, { token, body })
      expect(parsed(yield* consume("add/1.0.0", { x: 2, y: 40 }))).toMatchObject({
        success: true,
        outputParameters: { result: 42 }
      })
      const answer = parsed<{ outputParameters: { answer: number } }>(
        yield* consume("manualTransmission/1.0.0", { hp: 120, wt: 2.8 })
      )
      expect(answer.outputParameters.answer).toBeCloseTo(0.6418125, 5)
      expect((yield* consume("add/1.0.0", { x: 2 })).status).toBe(400)
      expect((yield* consume("add/1.0.0", { x: 2, y: "40" })).status).toBe(400)
      expect((yield* consume("add/1.0.0", [1, 2])).status).toBe(400)
      expect((yield* consume("add/9.9.9", { x: 2, y: 40 })).status).toBe(404)
    })
  )

  it.scopedLive("scores a data.frame by columns in a realtime service, which has no code to change", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const token = yield* tokenOf(server, ada)
      const [seen] = parsed<ReadonlyArray<object>>(yield* server.ask("GET", "/services/kyphosis", { token }))
      expect(seen).toMatchObject({ runtimeType: "Realtime", code: "", myPermissionOnService: "read/write" })
      const body = { inputData: { Age: [71, 158] } }
      const answer = parsed<{ outputParameters: { outputData: { Kyphosis_Pred: ReadonlyArray<number> } } }>(
        yield* server.ask("POST", "/api/kyphosis/v1.0", { token, body })
      )
      const scores = answer.outputParameters.outputData.Kyphosis_Pred
      expect(scores).toHaveLength(2)
      expect(scores[0]).toBeCloseTo(0.1941938, 6)
      const update = yield* server.ask("PATCH", "/services/kyphosis/v1.0", { token, body: { description: "…" } })
      expect(update.status).toBe(400)
    })
  )

  it.scopedLive("shows the code of a service to its owner and to an Owner, and to nobody else", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const seenBy = (who: Accounts.User & { readonly password: string }) =>
        Effect.gen(function* () {
          const token = yield* tokenOf(server, who)
          return parsed<ReadonlyArray<object>>(yield* server.ask("GET", "/services/manualTransmission", { token }))[0]
        })
      for (const who of [ada, olga])
        expect(yield* seenBy(who)).toMatchObject({ code: expect.stringMatching(/^answer/) })
      expect(yield* seenBy(rhea)).not.toHaveProperty("code")
      expect(yield* seenBy(rhea)).not.toHaveProperty("initCode")
    })
  )

  it.scopedLive("describes a service in Swagger 2.0", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const token = yield* tokenOf(server, ada)
      const answer = yield* server.ask("GET", "/api/add/1.0.0/swagger.json", { token })
      const described = parsed<{ swagger: string; paths: object; definitions: Record<string, unknown> }>(answer)
      expect(described.swagger).toBe("2.0")
      expect(Object.keys(described.paths)).toContain("/api/add/1.0.0")
      expect(described.definitions["InputParameters"]).toEqual({
        type: "object",
        properties: { x: { type: "number", description: "numeric" }, y: { type: "number", description: "numeric" } }
      })
      const refs = [...answer.text.matchAll(/#\/definitions\/(\w+)/g)].map((it) => it[1] ?? "")
      expect(refs.filter((name) => !Object.hasOwn(described.definitions, name))).toEqual([])
    })
  )

  it.scopedLive("publishes, updates and deletes for the one who owns the service", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const token = yield* tokenOf(server, ada)
      const path = "/services/double/1.0.0"
      const published = yield* server.ask("POST", path, { token, body: definition })
      expect([published.status, parsed(published)]).toEqual([201, "1.0.0"])
      expect((yield* server.ask("POST", path, { token, body: definition })).status).toBe(409)
      expect((yield* server.ask("PATCH", path, { token, body: { description: "Twice." } })).status).toBe(200)
      const [seen] = parsed<ReadonlyArray<object>>(yield* server.ask("GET", path, { token }))
      expect(seen).toMatchObject({
        ...definition,
        description: "Twice.",
        versionPublishedBy: "ada",
        myPermissionOnService: "read/write"
      })
      expect(parsed(yield* server.ask("POST", "/api/double/1.0.0", { token, body: { x: 1 } }))).toMatchObject({
        success: false
      })
      expect((yield* server.ask("DELETE", path, { token })).status).toBe(200)
      expect((yield* server.ask("DELETE", path, { token })).status).toBe(404)
    })
  )

  it.scopedLive("makes a version up for a service published without one", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const token = yield* tokenOf(server, ada)
      const version = parsed<string>(yield* server.ask("POST", "/services/draft", { token, body: definition }))
      expect(version).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      expect((yield* server.ask("GET", `/services/draft/${version}`, { token })).status).toBe(200)
    })
  )

  it.scopedLive.each([
    ["code missing", {}],
    ["code empty", { code: "" }],
    ["a type that does not exist", { code: "x", inputParameterDefinitions: [{ name: "x", type: "number" }] }],
    ["a runtime that does not exist", { code: "x", runtimeType: "Julia" }],
    ["no object", "code"]
  ] as const)("refuses to publish with %s", ([, body]) =>
    Effect.gen(function* () {
      const server = yield* make()
      const token = yield* tokenOf(server, ada)
      expect((yield* server.ask("POST", "/services/bad/1.0.0", { token, body })).status).toBe(400)
    })
  )

  it.scopedLive("keeps others' services from a Contributor, everything from a Reader, and nothing from an Owner", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const status = (method: "POST" | "PATCH" | "DELETE", path: string, token: string) =>
        Effect.map(server.ask(method, path, { token, body: definition }), (it) => it.status)
      const [contributor, owner, reader] = yield* Effect.all([
        tokenOf(server, ada),
        tokenOf(server, olga),
        tokenOf(server, rhea)
      ])
      expect(yield* status("PATCH", "/services/add/1.0.0", contributor)).toBe(403)
      expect(yield* status("DELETE", "/services/add/1.0.0", contributor)).toBe(403)
      expect(yield* status("POST", "/services/add/2.0.0", contributor)).toBe(403)
      expect(yield* status("POST", "/services/mine/1.0.0", reader)).toBe(403)
      expect(yield* status("DELETE", "/services/manualTransmission/1.0.0", reader)).toBe(403)
      expect(yield* status("DELETE", "/services/manualTransmission/1.0.0", owner)).toBe(200)
      expect((yield* server.control.counts).forbidden).toBe(5)
    })
  )

  it.scopedLive("denies everything to a user without a role", () =>
    Effect.gen(function* () {
      const accounts = Accounts.directory({
        users: [{ username: "sal", password: "p" }],
        roles: { Reader: ["app-devs"] }
      })
      const server = yield* make({ accounts })
      const token = yield* tokenOf(server, { username: "sal", password: "p" })
      expect((yield* server.ask("GET", "/services", { token })).status).toBe(403)
    })
  )

  it.scopedLive("has status, sessions and snapshots for everybody and the nodes for an Owner", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const [token, owner] = yield* Effect.all([tokenOf(server, rhea), tokenOf(server, olga)])
      expect(parsed(yield* server.ask("GET", "/status", { token }))).toMatchObject({ statusCode: "pass" })
      expect(parsed(yield* server.ask("GET", "/sessions", { token }))).toEqual([])
      expect(parsed(yield* server.ask("GET", "/snapshots", { token }))).toEqual([])
      expect((yield* server.ask("GET", "/computenodes", { token })).status).toBe(403)
      expect((yield* server.ask("GET", "/computenodes", { token: owner })).status).toBe(200)
    })
  )

  it.scopedLive("knows its doors, and which methods they take", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const token = yield* tokenOf(server, ada)
      expect((yield* server.ask("GET", "/nowhere", { token })).status).toBe(404)
      expect((yield* server.ask("GET", "/toString", { token })).status).toBe(404)
      expect((yield* server.ask("GET", "/services/%E0%A4%A", { token })).status).toBe(404)
      const wrong = yield* server.ask("DELETE", "/services", { token })
      expect([wrong.status, wrong.headers["allow"]]).toEqual([405, "GET"])
      expect((yield* server.ask("GET", "/services/", { token })).status).toBe(200)
    })
  )
})
