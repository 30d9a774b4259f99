/** A page whose server leaves sign-ins to Azure: by redirect or in a window, as the test says. */
import { AuthorizationCodeAuth, AuthorizationCodePopup, AuthorizationCodeRedirect } from "@mlserver-auth/browser"
import { WebStorageTokenStore } from "@mlserver-auth/browser"
import { AuthHttpClient, Session } from "@mlserver-auth/core"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import { offer, told } from "./offer.js"

/** What a colleague hands over, and how people are sent there. */
export interface Setup {
  readonly authuri: string
  readonly tenant: string
  readonly clientid: string
  readonly resource: string
  readonly issuer?: string
  readonly ask?: "consent" | "none"
  readonly way: "redirect" | "popup"
  /** Of the redirect or the window, beside or in the place of what the page says itself. */
  readonly how?: Partial<AuthorizationCodePopup.Options & AuthorizationCodeRedirect.Options>
}

let runtime: ManagedRuntime.ManagedRuntime<AuthHttpClient.AuthHttpClient | Session.Session, unknown> | undefined
let signedIn: Promise<unknown> | undefined
const clicked = new AbortController()

const run = <A, E>(
  effect: Effect.Effect<A, E, AuthHttpClient.AuthHttpClient | Session.Session>,
  options?: { readonly signal: AbortSignal }
) =>
  runtime === undefined ? Promise.reject(new Error("not started")) : runtime.runPromiseExit(effect, options).then(told)

const session = Effect.flatMap(Session.Session, Effect.succeed)
const signIn = () => Effect.flatMap(session, (it) => Effect.map(it.signIn(), principal))
const principal = (token: { readonly principal?: string | undefined }) => token.principal ?? ""

const resume = Effect.gen(function* () {
  const returned = yield* AuthorizationCodeRedirect.resume
  if (Option.isNone(returned)) return "nothing"
  const token = yield* (yield* session).signIn(returned.value.credential)
  return [principal(token), returned.value.from].join(" ")
})

const start = async ({ how, way, ...settings }: Setup) => {
  const redirect =
    way === "popup"
      ? AuthorizationCodePopup.make({ redirectUri: `${location.origin}/back`, ...how })
      : AuthorizationCodeRedirect.make(how)
  const store = WebStorageTokenStore.layerSession()
  const layer = AuthorizationCodeAuth.layer({ ...settings, server: `${location.origin}/mls`, redirect, store })
  runtime = ManagedRuntime.make(layer)
  await run(Effect.void)
  document.getElementById("opener")?.addEventListener("click", () => {
    signedIn = run(signIn(), { signal: clicked.signal })
  })
  return location.href
}

offer({
  start,
  /** What a click began. */
  signedIn: () => signedIn,
  giveUp: () => clicked.abort(),
  resume: () => run(resume),
  /** As React does in StrictMode: mounted, left, mounted again, all in one moment. */
  resumeStrictly: () => {
    const left = new AbortController()
    void run(resume, { signal: left.signal })
    left.abort()
    return run(resume)
  },
  get: (path: string) =>
    run(Effect.flatMap(AuthHttpClient.AuthHttpClient, (http) => Effect.map(http.get(path), (answer) => answer.status))),
  renew: () =>
    run(
      Effect.flatMap(session, (it) =>
        Effect.flatMap(it.token, (token) => Effect.map(it.renew(token), (next) => next.generation))
      )
    ),
  signOutEverywhere: (settings: AuthorizationCodeRedirect.SignOutOptions) =>
    run(AuthorizationCodeRedirect.signOutEverywhere(settings)),
  address: () => location.href,
  kept: () => Object.keys(sessionStorage)
})

// A test that calls the page counts as a click; this begins with nobody's doing.
const unasked = new URLSearchParams(location.search).get("unasked")
if (unasked !== null) signedIn = start(JSON.parse(unasked) as Setup).then(() => run(signIn()))
