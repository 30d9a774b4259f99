/** Limits as they are given, checked. */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { LIMITS } from "./defaults.js"

interface Given {
  readonly connectTimeout?: Duration.DurationInput | undefined
  readonly headersTimeout?: Duration.DurationInput | undefined
  readonly bodyTimeout?: Duration.DurationInput | undefined
  readonly connections?: number | undefined
}

/** The limits of a client, in milliseconds and numbers; 0 for none. */
export const limitsOf = (options: Given) =>
  Effect.all({
    connect: millis("connectTimeout", options.connectTimeout ?? LIMITS.connect),
    headers: millis("headersTimeout", options.headersTimeout ?? LIMITS.headers),
    body: millis("bodyTimeout", options.bodyTimeout ?? LIMITS.body),
    connections: positive("connections", options.connections ?? LIMITS.connections)
  })

/** Node's timers know no infinity: 0 is off. Nor fractions, which a `Duration` may have: up, or 0 comes of them. */
const millis = (setting: string, input: Duration.DurationInput): Effect.Effect<number, ConfigurationInvalid> => {
  const value = Math.ceil(Duration.toMillis(input))
  if (value === Number.POSITIVE_INFINITY) return Effect.succeed(0)
  return value < 2 ** 31 ? Effect.succeed(value) : invalid(setting, "longer than 24 days")
}

const positive = (setting: string, value: number): Effect.Effect<number, ConfigurationInvalid> =>
  Number.isInteger(value) && value > 0 ? Effect.succeed(value) : invalid(setting, "not a positive whole number")

/** The largest answer that is held; `Infinity` for none. */
export const largest = (bytes: number): Effect.Effect<number, ConfigurationInvalid> =>
  bytes === Number.POSITIVE_INFINITY ? Effect.succeed(bytes) : positive("maxResponseBytes", bytes)

const invalid = (setting: string, problem: string): Effect.Effect<never, ConfigurationInvalid> =>
  Effect.fail(new ConfigurationInvalid({ setting, problem, fix: "Leave it out for the default" }))
