import { describe, expect, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as CredentialSource from "../src/CredentialSource.js"
import { clear } from "./support/wire.js"

describe("a configured password with a line break at its end", () => {
  it.effect("is offered as it is, with a warning that does not say it", () =>
    Effect.gen(function* () {
      const said: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => void said.push(`${logLevel.label} ${String(message)}`))
      const offered = (password: string) =>
        CredentialSource.config()
          .silent({ server: "https://mls.example.com", principal: "" })
          .pipe(
            Effect.map(Option.map(clear)),
            Effect.withConfigProvider(
              ConfigProvider.fromMap(new Map(Object.entries({ MLS_USERNAME: "ada", MLS_PASSWORD: password })))
            ),
            Effect.provide(Logger.replace(Logger.defaultLogger, logger))
          )
      const ada = (password: string) => Option.some({ _tag: "UsernamePassword", username: "ada", password })
      expect(yield* offered("pa55\n")).toEqual(ada("pa55\n"))
      expect(said).toEqual(["WARN The configured password ends with a line break, which is sent as part of it."])
      expect(yield* offered("pa\n55")).toEqual(ada("pa\n55"))
      expect(said).toHaveLength(1)
    })
  )
})
