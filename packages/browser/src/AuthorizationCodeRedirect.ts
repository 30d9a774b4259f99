/**
 * A sign-in at the authority for which the page itself goes there and comes back (RFC 6749 4.1): for browsers that block
 * windows, for phones, and for pages that have nothing to lose by a reload.
 */
import { type AuthError, CredentialRejected, CredentialRequired, StoreUnavailable } from "@mlserver-auth/core/AuthError"
import { AuthorizationRequest, isAnswerTo, type Redirect } from "@mlserver-auth/core/AuthorizationCode"
import * as Credential from "@mlserver-auth/core/Credential"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/** How the page comes back. */
export interface Options {
  /**
   * The page that the person comes back to, which calls `resume`; registered for the application as that of a
   * single-page application. This page, without query and fragment, unless told otherwise.
   */
  readonly redirectUri?: string | undefined
}

/** What the tab remembers until the person is back: in its own storage, which ends with it. */
const PENDING = "mlserver-auth/authorization"
const Pending = Schema.parseJson(Schema.Struct({ request: AuthorizationRequest, from: Schema.String }))

/**
 * Leaves the page for the authority's. `Session.signIn` with it does not come to an end, since the page does; it fails
 * with `CredentialRequired` `Cancelled` where the person comes back by the browser's own button, and with
 * `StoreUnavailable` where the tab has no storage.
 *
 * @example
 * import { AuthorizationCodeRedirect } from "@mlserver-auth/browser"
 * import { Credential, Session } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 *
 * const signIn = Effect.flatMap(Session.Session, (session) =>
 *   session.signIn(Credential.authorizationCode({ redirect: AuthorizationCodeRedirect.make() }))
 * )
 */
export const make = ({ redirectUri }: Options = {}): Effect.Effect<Redirect> =>
  Effect.sync(() => ({
    redirectUri: redirectUri ?? location.origin + location.pathname,
    responseMode: "fragment",
    visit: (request) => Effect.zipRight(remember(request), leave(request))
  }))

const remember = (request: AuthorizationRequest): Effect.Effect<void, StoreUnavailable> =>
  Effect.flatMap(Effect.orDie(Schema.encode(Pending)({ request, from: location.href })), (text) =>
    Effect.try({ try: () => sessionStorage.setItem(PENDING, text), catch: () => noStorage("write") })
  )

const leave = ({ url }: AuthorizationRequest): Effect.Effect<never, CredentialRequired> =>
  Effect.async<never, CredentialRequired>((resume) => {
    const back = (event: PageTransitionEvent): void => {
      // Out of the browser's cache of pages, as if nothing had happened: the person did not sign in there.
      if (event.persisted) resume(new CredentialRequired({ reason: "Cancelled", detail: "" }))
    }
    addEventListener("pageshow", back)
    location.assign(url)
    return Effect.sync(() => removeEventListener("pageshow", back))
  })

const noStorage = (operation: "read" | "write") =>
  new StoreUnavailable({
    operation,
    problem: "the browser gives this page no sessionStorage, or it is full",
    fix: "Allow the page to keep data, or sign in in a window (AuthorizationCodePopup).",
    retryable: false
  })

/** A person who is back. */
export interface Returned {
  /** For `Session.signIn`, once. */
  readonly credential: Credential.AuthorizationCode
  /** The address of the page that they left. */
  readonly from: string
}

/**
 * What the person has come back with, if they come from a sign-in at all: to be called when the page starts, before
 * anything else looks at its address. The answer is taken out of the address and of the browser's history first.
 *
 * Fails with `CredentialRejected` `AnswerForeign` for an answer that this tab did not ask for, and `StoreUnavailable`
 * where the tab has no storage.
 *
 * @example
 * import { AuthorizationCodeRedirect } from "@mlserver-auth/browser"
 * import { Session } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 * import * as Option from "effect/Option"
 *
 * const start = Effect.gen(function* () {
 *   const session = yield* Session.Session
 *   const returned = yield* AuthorizationCodeRedirect.resume
 *   if (Option.isSome(returned)) yield* session.signIn(returned.value.credential)
 * })
 */
export const resume: Effect.Effect<Option.Option<Returned>, AuthError> = Effect.suspend(() => {
  const callback = location.href
  if (!looksLikeAnswer(location.hash)) return Effect.succeedNone
  history.replaceState(history.state, "", location.href.replace(/#.*$/s, ""))
  return Effect.flatMap(taken, (pending) =>
    Option.match(
      Option.filter(pending, ({ request }) => isAnswerTo(request, callback)),
      {
        onNone: () => new CredentialRejected({ reason: "AnswerForeign", server: "the authority" }),
        onSome: ({ from, request }) => Effect.succeedSome({ from, credential: answered(request, callback) })
      }
    )
  )
})

/** An answer has a state, and a code or an error; addresses of applications may have anything in them. */
const looksLikeAnswer = (fragment: string): boolean => {
  const parameters = new URLSearchParams(fragment.slice(1))
  return parameters.has("state") && (parameters.has("code") || parameters.has("error"))
}

/** What is remembered, and not any more: an answer is used once. */
const taken: Effect.Effect<Option.Option<typeof Pending.Type>, StoreUnavailable> = Effect.try({
  try: () => {
    const text = sessionStorage.getItem(PENDING)
    sessionStorage.removeItem(PENDING)
    return text
  },
  catch: () => noStorage("read")
}).pipe(Effect.flatMap((text) => Effect.option(Schema.decodeUnknown(Pending)(text))))

const answered = (request: AuthorizationRequest, callback: string): Credential.AuthorizationCode => {
  const { redirectUri, responseMode } = request
  const visit = () => Effect.succeed(Redacted.make(callback))
  return Credential.authorizationCode({ redirect: { redirectUri, responseMode, visit }, resume: request })
}
