/** Tokens, keys and directories for tests of sealed records. */
import * as Token from "@mlserver-auth/core/Token"
import * as TokenKey from "@mlserver-auth/core/TokenKey"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { inspect } from "node:util"

export const key = TokenKey.make({ issuer: "https://canary-server.test", principal: "canary-user" })
export const otherKey = TokenKey.make({ issuer: "https://canary-server.test", principal: "canary-other" })

export const token = (name: string): Token.Token =>
  Token.first(
    {
      accessToken: Redacted.make(`canary-access-${name}`),
      refreshToken: Redacted.make(`canary-refresh-${name}`),
      obtainedAt: 1000,
      expiresAt: 2000,
      clockDifference: 0
    },
    "canary-person"
  )

export const accessOf = (found: Option.Option<Token.Token>): string | undefined =>
  Option.getOrUndefined(Option.map(found, ({ accessToken }) => Redacted.value(accessToken)))

/** What `token(String(number))` is about; 0 where there is none. */
export const numberIn = (found: Option.Option<Token.Token>): number => Number(accessOf(found)?.split("-").at(-1) ?? 0)

/** Runs with a list of the warnings that are logged meanwhile. */
export const listening = <A, E, R>(effect: (warnings: ReadonlyArray<string>) => Effect.Effect<A, E, R>) => {
  const warnings: Array<string> = []
  const logger = Logger.make(({ logLevel, message }) => void warnings.push(`${logLevel.label} ${inspect(message)}`))
  return Effect.provide(effect(warnings), Logger.replace(Logger.defaultLogger, logger))
}

export const list = (directory: string) => Effect.promise(() => Fs.readdir(directory))

/** The records of a directory, with neither the key nor what was set aside. */
export const records = (directory: string) =>
  Effect.map(list(directory), (names) =>
    names.filter((name) => /^[0-9a-f]{64}\.json$/.test(name)).map((name) => Path.join(directory, name))
  )

export const readText = (path: string) => Effect.promise(() => Fs.readFile(path, "utf8"))
