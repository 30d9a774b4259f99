/**
 * A sign-in at the authority in a window of its own, beside a page that stays as it is.
 *
 * Two ways lead back, since an authority may cut the tie between page and window (`Cross-Origin-Opener-Policy`): the page
 * looks at the window's address, and the window tells its own (`answer`) to the pages of its origin.
 */
import { CredentialRequired } from "@mlserver-auth/core/AuthError"
import { type AuthorizationRequest, isAnswerTo, type Redirect } from "@mlserver-auth/core/AuthorizationCode"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"

/** How the window goes and comes back. */
export interface Options {
  /**
   * The page that the window comes back to: of this origin, registered for the application as that of a single-page
   * application, and best one that does nothing but `answer`.
   */
  readonly redirectUri: string
  /** In CSS pixels; 483 by 600 unless told otherwise. */
  readonly size?: { readonly width: number; readonly height: number } | undefined
  /**
   * A window that is cut off from this page looks closed to it. So one that looks closed counts as closed only when this
   * page has had the person's attention for this long; 2 seconds unless told otherwise.
   */
  readonly closedAfter?: Duration.DurationInput | undefined
}

/**
 * Opens the window, empty, so that this must run in the handler of a click, before anything is waited for: browsers block
 * windows that nobody asked for (`CredentialRequired` `WindowBlocked`). A window that the person closes is `Cancelled`. It
 * closes with the scope, unless the authority cut it off.
 *
 * @example
 * import { AuthorizationCodePopup } from "@mlserver-auth/browser"
 * import { Credential, Session } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 *
 * const redirect = AuthorizationCodePopup.make({ redirectUri: "https://page.contoso.com/signed-in" })
 * const signIn = Effect.flatMap(Session.Session, (session) =>
 *   session.signIn(Credential.authorizationCode({ redirect }))
 * )
 */
export const make = (options: Options): Effect.Effect<Redirect, CredentialRequired, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(opened(options), (popup) => Effect.sync(() => popup.close())),
    (popup) => ({
      redirectUri: options.redirectUri,
      responseMode: "fragment",
      visit: (request) =>
        Effect.raceFirst(
          told(request),
          Effect.zipRight(
            Effect.sync(() => popup.location.replace(request.url)),
            seen(popup, request, Duration.toMillis(options.closedAfter ?? "2 seconds"))
          )
        )
    })
  )

const opened = ({ size }: Options): Effect.Effect<Window, CredentialRequired> =>
  Effect.suspend(() => {
    const { height, width } = size ?? { width: 483, height: 600 }
    const left = Math.max(0, Math.round(screenX + (outerWidth - width) / 2))
    const top = Math.max(0, Math.round(screenY + (outerHeight - height) / 2))
    const popup = open("about:blank", "_blank", `popup,width=${width},height=${height},left=${left},top=${top}`)
    return popup === null ? new CredentialRequired({ reason: "WindowBlocked", detail: "" }) : Effect.succeed(popup)
  })

/** Where windows tell their address. It holds a code, which is of no use without the verifier of the page that asked. */
const CHANNEL = "mlserver-auth/authorization"
/** What the page says to a window that told it, so that it closes. */
const HEARD = "heard"

/** The address of a window that tells it. */
const told = (request: AuthorizationRequest): Effect.Effect<Redacted.Redacted<string>> =>
  Effect.async((resume) => {
    const channel = new BroadcastChannel(CHANNEL)
    channel.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      if (typeof data !== "string" || !isAnswerTo(request, data)) return
      channel.postMessage(HEARD + request.state)
      resume(Effect.succeed(Redacted.make(data)))
    })
    return Effect.sync(() => channel.close())
  })

/** How often the window is looked at, in milliseconds. */
const GLANCE = 100

/** The address of the window, when it is one of this origin again; or the person who closed it. */
const seen = (
  popup: Window,
  request: AuthorizationRequest,
  closedAfter: number
): Effect.Effect<Redacted.Redacted<string>, CredentialRequired> =>
  Effect.gen(function* () {
    let unattended = 0
    while (unattended < closedAfter) {
      const address = addressOf(popup)
      // This window is ours: an answer in it that is none to this request is one that was forged, and told as such.
      if (address?.startsWith(`${request.redirectUri}#`) === true) return Redacted.make(address)
      unattended = popup.closed && document.hasFocus() ? unattended + GLANCE : 0
      yield* Effect.sleep(GLANCE)
    }
    return yield* new CredentialRequired({ reason: "Cancelled", detail: "the window was closed" })
  })

/** Unreadable while the window is at the authority's. */
const addressOf = (popup: Window): string | undefined => {
  try {
    return popup.location.href
  } catch {
    return undefined
  }
}

/**
 * Tells the pages of this origin the answer that this window came back with, takes it out of the address, and closes the
 * window when the page that asked has heard it. For the page of `redirectUri`, and a must where the authority cuts windows
 * off. `false` if there is no answer in the address, or nobody has heard it within a second.
 *
 * @example
 * import { AuthorizationCodePopup } from "@mlserver-auth/browser"
 * import * as Effect from "effect/Effect"
 *
 * void Effect.runPromise(AuthorizationCodePopup.answer)
 */
export const answer: Effect.Effect<boolean> = Effect.suspend(() => {
  const state = new URLSearchParams(location.hash.slice(1)).get("state")
  if (state === null) return Effect.succeed(false)
  const callback = location.href
  // The page may look at the address too, and whichever comes first is enough.
  const heard = Effect.async<boolean>((resume) => {
    const channel = new BroadcastChannel(CHANNEL)
    channel.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      if (data === HEARD + state) resume(Effect.succeed(true))
    })
    channel.postMessage(callback)
    return Effect.sync(() => channel.close())
  })
  return heard.pipe(
    Effect.timeoutTo({ duration: "1 second", onSuccess: () => true, onTimeout: () => false }),
    Effect.tap((heard) =>
      Effect.sync(() => {
        history.replaceState(history.state, "", location.href.replace(/#.*$/s, ""))
        if (heard) close()
      })
    )
  )
})
