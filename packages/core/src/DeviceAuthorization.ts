/**
 * A sign-in on another device (RFC 8628): the code a person enters there, and what becomes of it.
 */
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { type AuthError, ConfigurationInvalid } from "./AuthError.js"
import { isLoopback } from "./ServerEndpoint.js"

/**
 * An issued code. Made by `decode`. The device code is a secret; the user code is meant to be seen by the person, and only them.
 */
export class DeviceAuthorization extends Data.Class<{
  /** What the person types, as the authority wrote it. */
  readonly userCode: string
  readonly deviceCode: Redacted.Redacted<string>
  /** Where the person types it: an http(s) address. */
  readonly verificationUri: string
  /** The same with the code in it, where the authority offers that (Azure does not). */
  readonly verificationUriComplete: string | undefined
  /** How long to wait between polls, in milliseconds. */
  readonly interval: number
  /** How long the code lives, in milliseconds from the moment it was asked for. */
  readonly lifetime: number
  /** The end of that, in epoch milliseconds of the local clock: for showing; the flow itself counts monotonic time. */
  readonly expiresAt: number
}> {}

/** What happens in a sign-in with a device code. Durations are milliseconds. */
export type Event = Data.TaggedEnum<{
  /** A code is there: show it. The first poll waits until that is done. */
  readonly Issued: { readonly authorization: DeviceAuthorization }
  /** The person has not finished; the next poll is in `interval`, the code lives for another `left`. */
  readonly Pending: { readonly authorization: DeviceAuthorization; readonly left: number; readonly interval: number }
  /** The authority wants to be asked less often, from now on (RFC 8628 3.5). */
  readonly Slowed: { readonly interval: number }
  /** A poll got no answer that can be used; the code still lives, and the next poll is in `retryIn`. */
  readonly Faulted: {
    readonly reason: "Transport" | "Timeout" | "Status" | "Unreadable"
    readonly status: number | undefined
    readonly code: string | undefined
    readonly retryIn: number
  }
  /** The code has expired. `mayReissue`: the person may ask for a new one; otherwise this is the end. */
  readonly Expired: { readonly mayReissue: boolean }
  /** A new code in the place of the old one: show it. */
  readonly Reissued: { readonly authorization: DeviceAuthorization }
  /** The person has approved, and a token is there. */
  readonly Approved: { readonly principal: string | undefined; readonly expiresAt: number | undefined }
}>
/**
 * Constructors and matching for `Event`.
 *
 * @example
 * import { DeviceAuthorization, DeviceSignIn, type Session } from "@mlserver-auth/core"
 * import * as Stream from "effect/Stream"
 *
 * // Only the steps at which there is a code to show.
 * const codes = (session: Session.Service) =>
 *   DeviceSignIn.events(session).pipe(Stream.filter(DeviceAuthorization.Event.$is("Issued")))
 */
export const Event = Data.taggedEnum<Event>()

/** Shows a sign-in to a person. */
export interface Prompt {
  /** Told of each event, and waited for. */
  readonly show: (event: Event) => Effect.Effect<void, AuthError>
  /**
   * Completes each time the person asks for a new code: a keystroke. Heard while waiting, also after the code has
   * expired, so one that comes early must be kept. Absent where no person can ask.
   */
  readonly newCode?: Effect.Effect<void> | undefined
}

/** The wait between polls if the authority names none: 5000 milliseconds (RFC 8628 3.2). */
export const DEFAULT_INTERVAL = 5000

/** RFC 8628 counts whole seconds. */
const SHORTEST_INTERVAL = 1000

/** A code lives a quarter of an hour; one that lives for longer than a day is a mistake of units. Seconds. */
const LIFE_LIMIT = 86_400

/** A number, or the same in digits: v1 writes digits. */
const Seconds = Schema.Union(
  Schema.JsonNumber,
  Schema.compose(Schema.String.pipe(Schema.pattern(/^\d{1,9}$/)), Schema.NumberFromString)
)
const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(Schema.NullOr(schema))

/** v1 and v2 of Azure, RFC 8628, and what the Python client makes of it, all at once: they differ in names only. */
const Wire = Schema.Struct({
  user_code: optional(Schema.String),
  userCode: optional(Schema.String),
  device_code: optional(Schema.String),
  deviceCode: optional(Schema.String),
  verification_uri: optional(Schema.String),
  verification_url: optional(Schema.String),
  verificationUrl: optional(Schema.String),
  verification_uri_complete: optional(Schema.String),
  expires_in: optional(Seconds),
  expiresIn: optional(Seconds),
  interval: optional(Seconds)
})
const decodeWire = Schema.decodeUnknownEither(Wire)

/** Printable, not blank, and short enough to be typed. */
const USER_CODE = /^(?=.*\S)[^\p{C}\p{Zl}\p{Zp}]{1,64}$/u
/** RFC 6749 A: visible ASCII and spaces. */
const DEVICE_CODE = /^[ -~]{1,16384}$/

/**
 * The code that an answer holds, or what is wrong with it, in words that quote no value. `requestedAt` is when it was
 * asked for, in epoch milliseconds. For issuers of your own; `decode` is for what another program got.
 *
 * @example
 * import { DeviceAuthorization } from "@mlserver-auth/core"
 *
 * const requestedAt = 1_795_996_800_000 // by the `Clock`, before it was sent
 * const answer = { user_code: "B7QK", device_code: "SECRET", verification_uri: "https://login.example/device", expires_in: 900 }
 * const code = DeviceAuthorization.fromWire(answer, requestedAt)
 * const pause = typeof code === "string" ? DeviceAuthorization.DEFAULT_INTERVAL : code.interval // 5000
 */
export const fromWire = (json: unknown, requestedAt: number): DeviceAuthorization | string => {
  const decoded = decodeWire(json)
  if (Either.isLeft(decoded)) return "fields are of the wrong kind"
  const wire = decoded.right
  const userCode = wire.user_code ?? wire.userCode ?? ""
  const deviceCode = wire.device_code ?? wire.deviceCode ?? ""
  const verificationUri = webAddress(wire.verification_uri ?? wire.verification_url ?? wire.verificationUrl)
  const seconds = wire.expires_in ?? wire.expiresIn
  if (!USER_CODE.test(userCode)) return "user_code is missing or unusable"
  if (!DEVICE_CODE.test(deviceCode)) return "device_code is missing or unusable"
  if (verificationUri === undefined) return "verification_uri is missing or no web address"
  if (seconds === undefined || seconds === null) return "expires_in is missing"
  if (!(seconds > 0 && seconds <= LIFE_LIMIT)) return "expires_in is absurd"
  return new DeviceAuthorization({
    userCode,
    deviceCode: Redacted.make(deviceCode),
    verificationUri,
    verificationUriComplete: webAddress(wire.verification_uri_complete),
    interval: pause((wire.interval ?? 0) * 1000, seconds * 1000),
    lifetime: seconds * 1000,
    expiresAt: requestedAt + seconds * 1000
  })
}

/** Nothing would be a loop, and the code's life or more would be no poll at all. */
const pause = (interval: number, lifetime: number): number =>
  interval > 0 && interval < lifetime ? Math.max(interval, SHORTEST_INTERVAL) : DEFAULT_INTERVAL

/** RFC 8628 5.4: the person is sent there, so it must be a web address, and off this machine an encrypted one. */
const webAddress = (text: string | null | undefined): string | undefined => {
  if (text === undefined || text === null || text.length > 2048 || /[\p{C}\s]/u.test(text)) return undefined
  try {
    const url = new URL(text)
    const safe = url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname))
    return safe && url.username === "" && url.password === "" ? text : undefined
  } catch {
    return undefined
  }
}

/**
 * An answer of a device authorization endpoint that another program got, to go on polling with: v1, v2, or as the Python
 * client holds it (its `code`). Its life is counted from `now`, in epoch milliseconds, since nothing in it says when it
 * began; the authority has the last word. `ConfigurationInvalid` names what is wrong.
 *
 * @example
 * import { Credential, DeviceAuthorization } from "@mlserver-auth/core"
 * import * as Clock from "effect/Clock"
 * import * as Effect from "effect/Effect"
 *
 * // Goes on with a code that another program was given.
 * const resumed = (json: unknown, prompt: DeviceAuthorization.Prompt) =>
 *   Clock.currentTimeMillis.pipe(
 *     Effect.flatMap((now) => DeviceAuthorization.decode(json, now)),
 *     Effect.map((resume) => Credential.deviceCode({ prompt, resume }))
 *   )
 */
export const decode = (json: unknown, now: number): Either.Either<DeviceAuthorization, ConfigurationInvalid> => {
  const made = fromWire(json, now)
  return typeof made === "string"
    ? Either.left(
        new ConfigurationInvalid({
          setting: "code",
          problem: `not the answer of a device authorization endpoint: ${made}`,
          fix: "Pass the whole answer, as JSON, or start a new sign-in."
        })
      )
    : Either.right(made)
}
