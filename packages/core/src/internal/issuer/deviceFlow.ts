/** The polling of a device code (RFC 8628 3.3 to 3.5): one code after the other, until a person has decided. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as AuthError from "../../AuthError.js"
import type { DeviceCode } from "../../Credential.js"
import { type DeviceAuthorization, Event, type Prompt } from "../../DeviceAuthorization.js"
import type { Token } from "../../Token.js"
import type { Answer, Fault } from "./exchange.js"
import { monotonic } from "../monotonic.js"

/** How the flow reaches its authority. */
export interface Authority {
  readonly server: string
  /** Asks for a code. */
  readonly issue: Effect.Effect<DeviceAuthorization, AuthError.AuthError>
  readonly poll: (authorization: DeviceAuthorization) => Effect.Effect<Answer, Fault>
  /** What an answer to a poll means. */
  readonly read: (answer: Answer) => Verdict
  /** The token in an answer that brought one. */
  readonly token: (answer: Answer) => Effect.Effect<Token, AuthError.AuthError>
}

/** What an answer to a poll means. */
export type Verdict =
  | { readonly _tag: "Granted"; readonly answer: Answer }
  | { readonly _tag: "Pending" }
  | { readonly _tag: "SlowDown" }
  | { readonly _tag: "Expired"; readonly error: AuthError.AuthError }
  | { readonly _tag: "Failed"; readonly error: AuthError.AuthError }
  | {
      readonly _tag: "NotNow"
      readonly reason: "Status" | "Unreadable"
      readonly status: number
      readonly retryAfter: number | undefined
    }

/** Added to the interval by each `slow_down` (RFC 8628 3.5), in milliseconds. */
const SLOWER = 5000
/** The longest pause after faults, unless the authority asks for a longer one, in milliseconds. */
const FAULT_PAUSE_LIMIT = 60_000

/** How often to ask: the interval, which only grows, and the pause after faults, which doubles until an answer comes. */
class Pace {
  #interval: number
  #streak = 0
  #asked = 0
  constructor(interval: number) {
    this.#interval = interval
  }
  /** Milliseconds until the next poll. */
  get wait(): number {
    const grown = this.#interval * 2 ** Math.min(this.#streak, 16)
    const pause = this.#streak === 0 ? this.#interval : Math.min(grown, Math.max(this.#interval, FAULT_PAUSE_LIMIT))
    return Math.max(pause, this.#asked)
  }
  answered(): void {
    this.#streak = 0
    this.#asked = 0
  }
  slower(): number {
    this.answered()
    return (this.#interval += SLOWER)
  }
  faulted(asked = 0): number {
    this.#streak++
    this.#asked = asked
    return this.wait
  }
}

interface Code {
  readonly authorization: DeviceAuthorization
  /** On the monotonic clock. */
  readonly endsAt: number
}

/** The token that a person approved. Interrupting it cancels the sign-in. */
export const run = (credential: DeviceCode, authority: Authority): Effect.Effect<Token, AuthError.AuthError> =>
  Effect.scoped(
    Effect.flatMap(credential.prompt, (prompt) =>
      Effect.gen(function* () {
        let code = yield* first(credential, authority)
        let reissues = credential.newCodes
        yield* prompt.show(Event.Issued({ authorization: code.authorization }))
        while (true) {
          const end = yield* poll(code, authority, prompt)
          if (end._tag === "Granted") {
            const token = yield* authority.token(end.answer)
            yield* prompt.show(Event.Approved({ principal: token.principal, expiresAt: token.expiresAt }))
            return token
          }
          if (end._tag === "Expired") {
            const automatic = reissues-- > 0
            yield* Effect.unless(consent(prompt, end.error), () => automatic)
          }
          code = yield* issued(authority)
          yield* prompt.show(Event.Reissued({ authorization: code.authorization }))
        }
      })
    )
  )

/** A code has expired: a person may ask for another one, if one is there to ask. */
const consent = (prompt: Prompt, error: AuthError.AuthError): Effect.Effect<void, AuthError.AuthError> =>
  Effect.zipRight(
    prompt.show(Event.Expired({ mayReissue: prompt.newCode !== undefined })),
    prompt.newCode ?? Effect.fail(error)
  )

const issued = ({ issue }: Authority): Effect.Effect<Code, AuthError.AuthError> =>
  Effect.gen(function* () {
    // Its life counts from the request, not from the answer.
    const requestedAt = yield* monotonic
    const authorization = yield* issue
    return { authorization, endsAt: requestedAt + authorization.lifetime }
  })

const first = ({ resume }: DeviceCode, authority: Authority): Effect.Effect<Code, AuthError.AuthError> =>
  resume === undefined
    ? issued(authority)
    : Effect.gen(function* () {
        const left = resume.expiresAt - (yield* Clock.currentTimeMillis)
        return { authorization: resume, endsAt: (yield* monotonic) + Math.min(left, resume.lifetime) }
      })

type End =
  | { readonly _tag: "Granted"; readonly answer: Answer }
  | { readonly _tag: "Expired"; readonly error: AuthError.AuthError }
  | { readonly _tag: "NewCode" }

/** Polls one code until it is decided, over, or not wanted any more. */
const poll = (
  { authorization, endsAt }: Code,
  authority: Authority,
  prompt: Prompt
): Effect.Effect<End, AuthError.AuthError> =>
  Effect.gen(function* () {
    const pace = new Pace(authorization.interval)
    const { server } = authority
    const expired = new AuthError.CredentialRejected({ reason: "DeviceCodeExpired", server })
    while (true) {
      const left = endsAt - (yield* monotonic)
      const wait = Math.min(pace.wait, left)
      if (left <= 0) return { _tag: "Expired", error: expired }
      yield* prompt.show(Event.Pending({ authorization, left, interval: wait }))
      if ((yield* pause(wait, prompt)) === "NewCode") return { _tag: "NewCode" }
      // No poll is due in what is left of its life; and a machine that slept may wake long after its end.
      if (wait === left || (yield* monotonic) >= endsAt) return { _tag: "Expired", error: expired }
      const verdict = yield* Effect.either(Effect.map(authority.poll(authorization), authority.read))
      const end = yield* judged(verdict._tag === "Left" ? verdict.left : verdict.right, pace, prompt)
      if (end !== undefined) return end
    }
  })

const pause = (millis: number, { newCode }: Prompt): Effect.Effect<"Elapsed" | "NewCode"> => {
  const elapsed = Effect.as(Effect.sleep(Duration.millis(millis)), "Elapsed" as const)
  return newCode === undefined ? elapsed : Effect.raceFirst(elapsed, Effect.as(newCode, "NewCode" as const))
}

/** What an answer, or none, does to the pace; the end, if it is one. */
const judged = (
  verdict: Verdict | Fault,
  pace: Pace,
  prompt: Prompt
): Effect.Effect<End | undefined, AuthError.AuthError> => {
  const goOn = (event: Event) => Effect.as(prompt.show(event), undefined)
  switch (verdict._tag) {
    case "Granted":
    case "Expired":
      return Effect.succeed(verdict)
    case "Failed":
      return Effect.fail(verdict.error)
    case "Pending":
      pace.answered()
      return Effect.succeed(undefined)
    case "SlowDown":
      return goOn(Event.Slowed({ interval: pace.slower() }))
    case "NotNow": {
      const { reason, retryAfter, status } = verdict
      return goOn(Event.Faulted({ reason, status, code: undefined, retryIn: pace.faulted(retryAfter) }))
    }
    case "Fault": {
      const reason = verdict.reason === "TooLarge" ? "Unreadable" : verdict.reason
      return goOn(Event.Faulted({ reason, status: verdict.status, code: verdict.code, retryIn: pace.faulted() }))
    }
  }
}
