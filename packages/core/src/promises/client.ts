/** A signed client and its session, as an object of promises. */
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Redacted from "effect/Redacted"
import type * as Runtime from "effect/Runtime"
import { type AuthError, ConfigurationInvalid, CredentialRequired } from "../AuthError.js"
import type * as MlServerAuth from "../MlServerAuth.js"
import type * as SessionState from "../SessionState.js"
import type { Abortable, Client, SignOut } from "./PromiseClient.js"
import { addressOf, requestOf, signalOf } from "./request.js"
import { type Body, responseOf } from "./response.js"
import { type Failure, plain, settle } from "./settle.js"
import { iterate } from "./states.js"

/** The services that a platform provides. */
export interface Parts<Given> extends MlServerAuth.Service {
  readonly runtime?: Runtime.Runtime<never> | undefined
  /** The body of an answer as it comes. */
  readonly body: (response: HttpClientResponse) => Body
  readonly signIn: (given: Given | undefined) => Effect.Effect<unknown, AuthError>
  /** Looks at what callers without types give. */
  readonly check?: ((what: "fetch" | "signIn" | "call", given: unknown) => Effect.Effect<void, AuthError>) | undefined
  /** What ends with the client. */
  readonly close: () => Promise<void>
}

/**
 * A client. It is not the session's owner: that ends with the scope that the parts came from. Its promises are rejected with
 * `MlServerAuthError`.
 *
 * @example
 * import { Credential, type MlServerAuth } from "@mlserver-auth/core"
 * import { make } from "@mlserver-auth/core/promises"
 *
 * // An adapter whose answers have no bodies, and whose `signIn` is given a password.
 * const clientOf = (made: MlServerAuth.Service, close: () => Promise<void>) =>
 *   make<{ readonly username: string; readonly password: string }>({
 *     ...made,
 *     body: () => null,
 *     signIn: (given) => made.session.signIn(given && Credential.usernamePassword(given)),
 *     close
 *   })
 */
export const make = <Given>(parts: Parts<Given>): Client<Given> => {
  const { client, endpoint, runtime, session } = parts
  const check = parts.check ?? (() => Effect.void)
  const closed = Deferred.unsafeMake<never, AuthError>(FiberId.none)
  const endings = new Set<() => void>()
  let closing: Promise<void> | undefined
  const onEnd = (end: () => void) => {
    endings.add(end)
    if (closing !== undefined) end()
    return () => void endings.delete(end)
  }
  const close = () =>
    (closing ??= (() => {
      Deferred.unsafeDone(closed, new CredentialRequired({ reason: "Cancelled", detail: "the client was closed" }))
      for (const end of endings) end()
      return parts.close()
    })())
  const run = <A>(effect: Effect.Effect<A, Failure>, given: Abortable | undefined): Promise<A> =>
    settle(closing === undefined ? effect : CLOSED, given, runtime)
  const call = <A>(effect: Effect.Effect<A, Failure>, given: Abortable | undefined): Promise<A> =>
    run(given === undefined ? effect : Effect.zipRight(check("call", given), effect), given)
  const watch = (listener: (state: SessionState.State) => void) => {
    const stop = session.watch(listener)
    const forget = onEnd(stop)
    return () => {
      forget()
      stop()
    }
  }
  return {
    fetch: (input, init = {}) => {
      const signal = init === null ? undefined : signalOf(input, init)
      const sent = Effect.suspend(() =>
        Effect.map(Effect.flatMap(requestOf(endpoint, input, init), client.execute), (response) =>
          responseOf(response, parts.body(response), addressOf(endpoint, input), signal)
        )
      )
      return run(parts.check === undefined ? sent : Effect.zipRight(check("fetch", { input, init }), sent), { signal })
    },
    signIn: (given) =>
      run(
        check("signIn", given).pipe(
          Effect.zipRight(Effect.suspend(() => Effect.raceFirst(parts.signIn(given), Deferred.await(closed)))),
          Effect.zipRight(session.peek)
        ),
        given
      ),
    signOut: (given) => call(Effect.map(session.signOut, reportOf), given),
    state: (given) => call(session.peek, given),
    states: () => ({ [Symbol.asyncIterator]: () => iterate(session.watch, onEnd) }),
    watch,
    authorization: (given) => {
      // Asked for each call of another library: nothing is started where the token is good.
      const ready = closing === undefined && isFree(given) ? session.authorizationIfFresh() : undefined
      return ready === undefined
        ? call(Effect.map(session.authorization, Redacted.value), given)
        : Promise.resolve(Redacted.value(ready))
    },
    close,
    [asyncDispose]: close
  }
}

/** Whether there is nothing to look at in what a call is given. */
const isFree = (given: Abortable | undefined): boolean =>
  given === undefined ||
  (given.signal instanceof AbortSignal && !given.signal.aborted && Object.keys(given).length === 1)

const reportOf = ({ error, ...signOut }: SessionState.SignOut): SignOut => ({
  ...signOut,
  error: error && plain(error)
})

/** Where a browser lacks it, no page calls it either. */
const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")

const CLOSED = Effect.suspend(
  () =>
    new ConfigurationInvalid({
      setting: "client",
      problem: "it was closed; nothing was sent",
      fix: "Connect again, or close it later."
    })
)
