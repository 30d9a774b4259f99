import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Services from "../src/Services.js"
import * as WebService from "../src/WebService.js"
import { ada, answering, server, servicesOf } from "./Servers.js"

const doubling: WebService.Definition = {
  code: "y <- x * 2",
  initCode: "library(stats)",
  runtime: "R",
  description: "Twice the number.",
  alias: "double",
  inputs: { x: "numeric" },
  outputs: { y: "numeric" },
  artifacts: ["trace.txt"]
}

const names = (found: ReadonlyArray<WebService.WebService>) => found.map(({ name, version }) => `${name} ${version}`)

describe("services", () => {
  it.scoped("are listed: all, those of a name, one version", () =>
    Effect.gen(function* () {
      const { services } = yield* servicesOf(yield* server())
      const all = ["add 1.0.0", "manualTransmission 1.0.0", "kyphosis v1.0"]
      expect(names(yield* services.list())).toEqual(all)
      expect(names(yield* services.list("add"))).toEqual(["add 1.0.0"])
      expect(names(yield* services.list({ name: "add", version: "1.0.0" }))).toEqual(["add 1.0.0"])
      expect(yield* services.list("unknown")).toEqual([])
    })
  )

  it.scoped("are published, found newest first, updated and taken down, in every part of a definition", () =>
    Effect.gen(function* () {
      const peer = yield* server()
      const { services } = yield* servicesOf(peer)
      const one = yield* services.publish({ name: "double", version: "2.0.0" }, doubling)
      expect(one).toEqual({ name: "double", version: "2.0.0" })
      yield* peer.control.advance("1 minute")
      yield* services.publish({ name: "double", version: "1.0.0" }, { ...doubling, runtime: "Python" })
      const newest = yield* services.get("double")
      expect(newest).toMatchObject({
        version: "1.0.0",
        runtimeType: "Python",
        code: doubling.code,
        initCode: doubling.initCode,
        operationId: "double",
        description: doubling.description,
        inputParameterDefinitions: [{ name: "x", type: "numeric" }],
        outputParameterDefinitions: [{ name: "y", type: "numeric" }],
        outputFileNames: ["trace.txt"]
      })
      expect(WebService.ownerOf(newest)).toBe(ada.username)
      expect(yield* services.update(one, { description: "Twice.", inputs: { x: "integer" } })).toEqual(one)
      expect(yield* services.get(one)).toMatchObject({
        description: "Twice.",
        code: doubling.code,
        inputParameterDefinitions: [{ name: "x", type: "integer" }]
      })
      yield* services.remove(one)
      expect(names(yield* services.list("double"))).toEqual(["double 1.0.0"])
    })
  )

  it.scoped("are given a version by the server where none is named", () =>
    Effect.gen(function* () {
      const { services } = yield* servicesOf(yield* server())
      const made = yield* services.publish("draft", doubling)
      expect(made.version).toMatch(/^[0-9a-f-]{36}$/)
      expect(names(yield* services.list("draft"))).toEqual([`draft ${made.version}`])
    })
  )

  it.effect("are given that version also where the server answers with an address", () =>
    Effect.gen(function* () {
      const services = answering(() => ({ status: 201, body: JSON.stringify("/services/draft/1f0c-9a2b") }))
      expect(yield* services.publish("draft", doubling)).toEqual({ name: "draft", version: "1f0c-9a2b" })
    })
  )

  it.scoped("are run, and say what they made", () =>
    Effect.gen(function* () {
      const { services } = yield* servicesOf(yield* server())
      const outcome = yield* services.consume("manualTransmission", { hp: 120, wt: 2.8 })
      expect(outcome.outputParameters?.["answer"]).toBeCloseTo(0.6418125, 5)
      const png = WebService.artifact(outcome, "Histogram.png")
      expect(Option.map(png, (bytes) => new TextDecoder().decode(bytes.subarray(1, 4)))).toEqual(Option.some("PNG"))
      expect(WebService.artifact(outcome, "Other.png")).toEqual(Option.none())
      expect(WebService.artifact(outcome, "toString")).toEqual(Option.none())
    })
  )

  it.scoped("of realtime take and give a data.frame by columns", () =>
    Effect.gen(function* () {
      const { services } = yield* servicesOf(yield* server())
      const { outputParameters } = yield* services.consume("kyphosis", { inputData: { Age: [71] } })
      expect(outputParameters).toEqual({ outputData: { Kyphosis_Pred: [expect.closeTo(0.1941938, 6)] } })
    })
  )

  it.scoped("describe themselves", () =>
    Effect.gen(function* () {
      const { services } = yield* servicesOf(yield* server())
      const swagger = yield* services.swagger("add")
      expect(swagger).toMatchObject({ swagger: "2.0", info: { title: "add", version: "1.0.0" } })
    })
  )

  it.effect("of 9.0 describe themselves in a text", () =>
    Effect.gen(function* () {
      const services = answering(() => ({ body: JSON.stringify({ swaggerJson: '{"swagger":"2.0"}' }) }))
      expect(yield* services.swagger({ name: "add", version: "1.0.0" })).toEqual({ swagger: "2.0" })
    })
  )

  it.effect("of 9.0 and of 9.3, where one alone may be no list", () =>
    Effect.gen(function* () {
      const old = {
        name: "addition",
        version: "v1.0.0",
        owner: "deployruser",
        creationTime: "2016-11-20T18:15:09.917656"
      }
      const services = answering((_, path) => ({ body: JSON.stringify(path.endsWith("/services") ? [old] : old) }))
      expect(names(yield* services.list())).toEqual(["addition v1.0.0"])
      expect(names(yield* services.list({ name: "addition", version: "v1.0.0" }))).toEqual(["addition v1.0.0"])
      expect(WebService.ownerOf(yield* services.get({ name: "addition", version: "v1.0.0" }))).toBe("deployruser")
    })
  )

  it.effect("with names that a path would lose are refused before anything is sent", () =>
    Effect.gen(function* () {
      const services = answering(() => {
        throw new Error("nothing was to be sent")
      })
      const asked: ReadonlyArray<Effect.Effect<unknown, Services.Error>> = [
        services.get(""),
        services.list(".."),
        services.consume({ name: "add", version: "." }),
        services.remove({ name: "add", version: "" }),
        services.update({ name: "..", version: "1" }, {}),
        services.batch.cancel({ name: "add", version: "1", id: ".." }),
        services.batch.artifact({ name: "add", version: "1", id: "x" }, 0, "..")
      ]
      const errors = yield* Effect.forEach(asked, Effect.flip)
      expect(errors.map((error) => (error._tag === "ConfigurationInvalid" ? error.setting : error))).toEqual([
        "name",
        "name",
        "version",
        "version",
        "name",
        "id",
        "fileName"
      ])
    })
  )

  it.effect("with names that a path must not read travel whole", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const services = answering((method, path) => {
        seen.push(`${method} ${path}`)
        return { body: '{"success":true}' }
      })
      yield* services.consume({ name: "a/b?c", version: "1 #2" })
      expect(seen).toEqual(["POST /api/a%2Fb%3Fc/1%20%232"])
    })
  )
})
