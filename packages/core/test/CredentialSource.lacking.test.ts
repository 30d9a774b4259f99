import { describe, expect, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as CredentialSource from "../src/CredentialSource.js"

const anybody = { server: "https://mls.example.com:12800", principal: "" }
const settings = (values: Record<string, string>) =>
  Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(values))))

describe("CredentialSource.config", () => {
  const source = CredentialSource.config()
  const [U, P, T] = ["MLS_USERNAME", "MLS_PASSWORD", "MLS_ACCESS_TOKEN"]

  it.effect("names what is missing where there is a part of a credential", () =>
    Effect.gen(function* () {
      const named = (of: CredentialSource.Service) =>
        CredentialSource.firstOf(CredentialSource.none, of).lacking?.(anybody)
      const half = "a user name is configured, and no password"
      expect(yield* settings({ [U]: "ada" })(named(source) ?? Effect.void)).toBe(`${half}: MLS_PASSWORD (missing)`)
      const own = CredentialSource.config({ password: Config.redacted("REPORT_PASSWORD") })
      expect(yield* settings({ [U]: "ada" })(named(own) ?? Effect.void)).toBe(`${half}: REPORT_PASSWORD (missing)`)
      for (const set of [{}, { [U]: "ada", [P]: "pw" }, { [T]: "tok" }]) {
        expect(yield* settings(set)(named(source) ?? Effect.void)).toBe("")
      }
    })
  )
})
