import { inspect } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Accounts from "../src/Accounts.js"
import { adapters, type Pair, parsed } from "./Adapters.js"

const { ada } = Accounts

const printed = (value: unknown): string =>
  [JSON.stringify(value), inspect(value, { depth: 20, showHidden: true }), String(value)].join("\n")

describe.each(adapters)("secrets ($name)", ({ make }) => {
  it.scopedLive("are not in what the server can be printed as, nor in what it logs or refuses", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make(({ cause, message }) => lines.push(printed(message), Cause.pretty(cause)))
      const told = yield* Effect.gen(function* () {
        const { client: _, ...server } = yield* make()
        const pair = yield* server.login(ada)
        const token = pair.access_token
        const seen = yield* Effect.all([
          server.ask("POST", "/login", { body: { username: ada.username, password: `${ada.password}!` } }),
          server.ask("POST", "/login", { text: `{"password": "${ada.password}"` }),
          server.ask("POST", "/login", { body: { username: ada.username, password: [ada.password] } }),
          server.ask("POST", "/services/x/1", { token, body: { code: token } }),
          server.ask("GET", `/login/refreshToken/${encodeURIComponent(pair.refresh_token)}`),
          server.ask("POST", "/login/refreshToken", { body: { refreshToken: pair.refresh_token } })
        ])
        const next = parsed<Pair>(seen[5])
        const secrets = [ada.password, token, pair.refresh_token, next.access_token, next.refresh_token]
        const told = [...seen.slice(0, 5), server.control, server.url, yield* server.control.counts, Accounts.sample]
        return { secrets, text: told.map(printed).join("\n") }
      }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)), Logger.withMinimumLogLevel(LogLevel.All))
      const all = [told.text, ...lines].join("\n")
      expect(told.secrets.filter((secret) => secret.length < 10 || all.includes(secret))).toEqual([])
      expect(all).toContain("Unauthorized (invalid credentials)")
    })
  )
})
