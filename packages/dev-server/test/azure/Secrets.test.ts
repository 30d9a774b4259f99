import { inspect } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Stream from "effect/Stream"
import * as AzureDirectory from "../../src/AzureDirectory.js"
import { parsed } from "../Adapters.js"
import { azureAdapters, signedAdapters, type Tokens } from "./AzurePeer.js"

const { ada, withMfa } = AzureDirectory

const printed = (value: unknown): string =>
  [JSON.stringify(value), inspect(value, { depth: 20, showHidden: true }), String(value)].join("\n")

describe.each([...azureAdapters, ...signedAdapters])("the authority's secrets ($name)", ({ make }) => {
  it.scopedLive("are not in what it can be printed as, nor in what it logs, watches or refuses", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make(({ cause, message }) => lines.push(printed(message), Cause.pretty(cause)))
      const told = yield* Effect.gen(function* () {
        const server = yield* make({ rotateRefreshTokens: true })
        const { azure, control, url } = server
        const watch = yield* Effect.fork(Stream.runCollect(Stream.take(control.arrivals, 8)))
        yield* Effect.yieldNow()
        const tokens = parsed<Tokens>(yield* server.byPassword("v1", ada))
        const next = parsed<Tokens>(yield* server.refresh("v1", tokens.refresh_token))
        const code = yield* server.deviceCode("v1")
        const page = `/${AzureDirectory.tenant}/deviceauth`
        const asked = { user_code: code.user_code, username: withMfa.username, password: withMfa.password }
        const seen = [
          yield* server.byPassword("v1", { ...ada, password: "wrong-and-secret" }),
          yield* server.byPassword("v2", withMfa),
          yield* server.refresh("v1", tokens.refresh_token),
          yield* server.poll("v1", code),
          yield* server.post(page, { ...asked, decision: "approve" })
        ]
        const secrets = [
          ada.password,
          withMfa.password,
          "wrong-and-secret",
          code.device_code,
          ...[tokens, next].flatMap(({ access_token, refresh_token = "", id_token = "" }) => [
            access_token,
            refresh_token,
            id_token
          ])
        ]
        const arrivals = Chunk.toReadonlyArray(yield* Fiber.join(watch))
        const shown = [...seen, control, url, azure, yield* control.counts, arrivals]
        return { secrets: secrets.filter((it) => it !== ""), text: shown.map(printed).join("\n") }
      }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)), Logger.withMinimumLogLevel(LogLevel.All))
      const all = [told.text, ...lines].join("\n")
      expect(told.secrets.length).toBeGreaterThan(7)
      expect(told.secrets.filter((secret) => secret.length < 10 || all.includes(secret))).toEqual([])
      expect(all).toContain("AADSTS50126")
      expect(all).toContain("devicePage")
    })
  )
})
