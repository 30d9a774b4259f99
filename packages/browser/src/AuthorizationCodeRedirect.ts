/**
 * A sign-in at the authority for which the page itself goes there and comes back (RFC 6749 4.1): for browsers that block
 * windows, for phones, and for pages that have nothing to lose by a reload.
 */
import {
  type AuthError,
  type ConfigurationInvalid,
  CredentialRejected,
  CredentialRequired,
  StoreUnavailable
} from "@mlserver-auth/core/AuthError"
import * as Authority from "@mlserver-auth/core/Authority"
import { AuthorizationRequest, isAnswerTo, isSpent, type Redirect } from "@mlserver-auth/core/AuthorizationCode"
import * as Credential from "@mlserver-auth/core/Credential"
import * as Session from "@mlserver-auth/core/Session"
import * as TimeLimit from "@mlserver-auth/core/TimeLimit"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { framed, inPage, isPage, ownAddress } from "./internal/whereabouts.js"

/** Options of the redirect. */
export interface Options {
  /**
   * The page that the person comes back to, which calls `resume`; registered for the application as that of a
   * single-page application. Default: this page, without query and fragment.
   */
  readonly redirectUri?: string | undefined
  /**
   * How long the browser may take to leave the page. It may not leave at all: a `beforeunload` that the person declined, an
   * answer without a page. Default: 30 seconds.
   */
  readonly leaveWithin?: Duration.DurationInput | undefined
}

/** What the tab remembers until the person is back: in its own storage, which ends with it. */
const PENDING = "mlserver-auth/authorization"
const Pending = Schema.parseJson(Schema.Struct({ request: AuthorizationRequest, from: Schema.String }))

/**
 * Leaves the page and goes to the authority's. `Session.signIn` with it does not come to an end, since the page does. It
 * fails with `CredentialRequired`: `Cancelled` if the person comes back by the browser's own button, or the page is not
 * left; `Framed` in any frame, since no authority shows itself there. With `ConfigurationInvalid` if `redirectUri` is of another
 * origin, and with `StoreUnavailable` if the tab has no storage.
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
export const make = ({ leaveWithin = "30 seconds", redirectUri }: Options = {}): Effect.Effect<
  Redirect,
  ConfigurationInvalid | CredentialRequired
> =>
  Effect.gen(function* () {
    yield* inPage
    if (window !== window.parent) return yield* framed("the authority refuses to be shown in one")
    const own = redirectUri ?? location.origin + location.pathname
    yield* ownAddress(own)
    return {
      redirectUri: own,
      responseMode: "fragment",
      visit: (request) => Effect.zipRight(remember(request), leave(request.url, leaveWithin))
    }
  })

const remember = (request: AuthorizationRequest): Effect.Effect<void, StoreUnavailable> =>
  Effect.flatMap(Effect.orDie(Schema.encode(Pending)({ request, from: location.href })), (text) =>
    Effect.try({ try: () => sessionStorage.setItem(PENDING, text), catch: () => noStorage("write") })
  )

const leave = (url: string, within: Duration.DurationInput): Effect.Effect<never, CredentialRequired> =>
  Effect.async<never, CredentialRequired>((resume) => {
    const back = (event: PageTransitionEvent): void => {
      // Out of the browser's cache of pages, as if nothing had happened: the person did not sign in there.
      if (event.persisted) resume(stayed(""))
    }
    addEventListener("pageshow", back)
    location.assign(url)
    return Effect.sync(() => removeEventListener("pageshow", back))
  }).pipe(TimeLimit.timeoutFail({ duration: within, onTimeout: () => stayed("the browser did not leave the page") }))

const stayed = (detail: string) => new CredentialRequired({ reason: "Cancelled", detail })

const noStorage = (operation: "read" | "write") =>
  new StoreUnavailable({
    operation,
    problem: "the browser gives this page no sessionStorage, or it is full",
    fix: "Allow the page to keep data, or sign in in a window (AuthorizationCodePopup).",
    retryable: false
  })

/** The authority at whose page to sign out. */
export interface SignOutOptions extends Authority.Settings {
  /** Where the authority sends the person afterwards. Default: this page, without query and fragment. */
  readonly returnTo?: string | undefined
  /** Which of several accounts to sign out, without asking: the `login_hint` claim of its ID token. Default: the person chooses. */
  readonly logoutHint?: string | undefined
  /** How long the browser may take to leave the page. Default: 30 seconds. */
  readonly leaveWithin?: Duration.DurationInput | undefined
}

/**
 * Signs out here, and then at the authority, to which the page leaves: for every application of this browser. `Session.signOut`
 * never does that. Fails as `Session.signOut`, and as `make` if the page cannot be left.
 *
 * @example
 * import { AuthorizationCodeRedirect } from "@mlserver-auth/browser"
 *
 * const signOut = AuthorizationCodeRedirect.signOutEverywhere({ tenant: "contoso.com" })
 */
export const signOutEverywhere = ({
  leaveWithin = "30 seconds",
  logoutHint,
  returnTo,
  ...settings
}: SignOutOptions): Effect.Effect<never, AuthError, Session.Session> =>
  Effect.gen(function* () {
    yield* inPage
    const authority = yield* Authority.make(settings)
    if (window !== window.parent) return yield* framed("the authority refuses to be shown in one")
    const back = returnTo ?? location.origin + location.pathname
    yield* (yield* Session.Session).signOut
    return yield* leave(Authority.endSessionUrl(authority, { returnTo: back, logoutHint }), leaveWithin)
  })

/** The sign-in of a person who came back. */
export interface Returned {
  /** For `Session.signIn`, once. */
  readonly credential: Credential.AuthorizationCode
  /** The address of the page that they left. */
  readonly from: string
}

/**
 * The answer that the person came back with, if they come from a sign-in. Run it when the page starts, before other code
 * reads the address. The answer is taken out of the address and of the browser's history first. Called again in the same
 * page, it finds the same until that sign-in has ended.
 *
 * Fails with `CredentialRejected` (`CallbackMismatch`) for an answer that this tab did not ask for, and with `StoreUnavailable`
 * if the tab has no storage.
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
  if (!isPage()) return Effect.succeedNone
  const callback = location.href
  const state = stateOf(location.hash)
  if (state === undefined) return Effect.succeed(again())
  return Effect.flatMap(taken, (text) => {
    if (text === null && !OURS.test(state)) return Effect.succeed(again())
    history.replaceState(history.state, "", location.href.replace(/#.*$/s, ""))
    return Effect.flatMap(Effect.option(Schema.decodeUnknown(Pending)(text)), (pending) =>
      Option.match(
        Option.filter(pending, ({ request }) => isAnswerTo(request, callback)),
        {
          onNone: () => new CredentialRejected({ reason: "CallbackMismatch", server: "the authority" }),
          onSome: ({ from, request }) => Effect.succeedSome((found = { from, credential: answered(request, callback) }))
        }
      )
    )
  })
})

/** What was found in this page. */
let found: Returned | undefined

/** The same again until its sign-in has ended: a framework may mount, leave and mount again (React's StrictMode). */
const again = (): Option.Option<Returned> =>
  Option.filter(Option.fromNullable(found), ({ credential: { resume: request } }) => !(request && isSpent(request)))

/** An answer has a state, and a code or an error. */
const stateOf = (fragment: string): string | undefined => {
  const parameters = new URLSearchParams(fragment.slice(1))
  return parameters.has("code") || parameters.has("error") ? (parameters.get("state") ?? undefined) : undefined
}

/** As we make them. Addresses of applications may have a `state` of their own, and are left alone. */
const OURS = /^[\w-]{43}$/

/** What is remembered, and not any more: an answer is used once. */
const taken: Effect.Effect<string | null, StoreUnavailable> = Effect.try({
  try: () => {
    const text = sessionStorage.getItem(PENDING)
    sessionStorage.removeItem(PENDING)
    return text
  },
  catch: () => noStorage("read")
})

const answered = (request: AuthorizationRequest, callback: string): Credential.AuthorizationCode => {
  const { redirectUri, responseMode } = request
  const visit = () => Effect.succeed(Redacted.make(callback))
  return Credential.authorizationCode({ redirect: { redirectUri, responseMode, visit }, resume: request })
}
