/**
 * A sign-in at the authority in a second window. The page stays open.
 *
 * Two ways lead back, since an authority may cut the tie between page and window (`Cross-Origin-Opener-Policy`): the page
 * looks at the window's address, and the window tells its own (`answer`) to the pages of its origin. A window that was cut off
 * looks closed, so that only the person knows whether it is.
 */
import { ConfigurationInvalid, CredentialRequired } from "@mlserver-auth/core/AuthError"
import { type AuthorizationRequest, isAnswerTo, type Redirect } from "@mlserver-auth/core/AuthorizationCode"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as DialogPrompt from "./DialogPrompt.js"
import { framed, inPage, isFramedByOthers, isPage, ownAddress } from "./internal/whereabouts.js"

/** Options of the window. */
export interface Options {
  /**
   * The page that the window comes back to: of this origin, registered for the application as that of a single-page
   * application, and best one that does nothing but `answer`.
   */
  readonly redirectUri: string
  /** The size of the window, in CSS pixels. Default: 483 by 600. */
  readonly size?: { readonly width: number; readonly height: number } | undefined
  /**
   * A window that is cut off from this page looks closed to it. So the person is asked (`whenClosed`), once the window has
   * looked closed and this page has had their attention for this long. Default: 2 seconds.
   */
  readonly closedAfter?: Duration.DurationInput | undefined
  /**
   * Asks the person whether they have left; ends when they have, and is interrupted by an answer of the window. Default:
   * `DialogPrompt.giveUp()`, a dialog with one button.
   */
  readonly whenClosed?: Effect.Effect<void> | undefined
  /** How long the window may be back on a page of this origin without any answer in its address. Default: 10 seconds. */
  readonly answerWithin?: Duration.DurationInput | undefined
  /**
   * Whether a frame may open the window although a page around it is of another origin. Say true only if all of them are of one
   * site: browsers let no frame of another site hear its windows. Default: false.
   */
  readonly inFrames?: boolean | undefined
}

/**
 * Opens the window, empty, so that this must run in the handler of a click, before anything is waited for: browsers block
 * windows that were not asked for. It closes with the scope, unless the authority cut it off.
 *
 * Fails with `CredentialRequired`: `WindowBlocked`; `Framed` in a frame of another site, at once, since its window would not
 * be heard; `Cancelled` if the person says that they left. And with `ConfigurationInvalid` if `redirectUri` is not of this
 * origin, or its page has taken the answer away without telling it.
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
export const make = (
  options: Options
): Effect.Effect<Redirect, ConfigurationInvalid | CredentialRequired, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(opened(options), (popup) => Effect.sync(() => popup.close())),
    (popup) => ({
      redirectUri: options.redirectUri,
      responseMode: "fragment",
      visit: (request) =>
        Effect.raceFirst(
          answerTo(request),
          Effect.zipRight(
            Effect.sync(() => popup.location.replace(request.url)),
            seen(popup, request, options)
          )
        )
    })
  )

const opened = (options: Options): Effect.Effect<Window, ConfigurationInvalid | CredentialRequired> =>
  Effect.gen(function* () {
    yield* inPage
    if (options.inFrames !== true && isFramedByOthers()) return yield* framed("its window could not be heard")
    yield* ownAddress(options.redirectUri)
    const { height, width } = options.size ?? { width: 483, height: 600 }
    const left = Math.max(0, Math.round(screenX + (outerWidth - width) / 2))
    const top = Math.max(0, Math.round(screenY + (outerHeight - height) / 2))
    const popup = openedWith(`popup,width=${width},height=${height},left=${left},top=${top}`)
    return popup ?? (yield* new CredentialRequired({ reason: "WindowBlocked", detail: "" }))
  })

/** `null` where the browser blocks it. In a frame whose sandbox allows no windows, Firefox throws instead. */
const openedWith = (features: string): Window | null => {
  try {
    return open("about:blank", "_blank", features)
  } catch {
    return null
  }
}

/** Where windows tell their address. It holds a code, which is of no use without the verifier of the page that asked. */
const CHANNEL = "mlserver-auth/authorization"
/** What the page says to a window that told it, so that it closes. */
const HEARD = "heard"

/** The address of a window that tells it. */
const answerTo = (request: AuthorizationRequest): Effect.Effect<Redacted.Redacted<string>> =>
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

/** The address of the window, when it is one of this origin again; or the person who says that they closed it. */
const seen = (
  popup: Window,
  request: AuthorizationRequest,
  { answerWithin = "10 seconds", closedAfter = "2 seconds", whenClosed = DialogPrompt.giveUp() }: Options
): Effect.Effect<Redacted.Redacted<string>, ConfigurationInvalid | CredentialRequired> =>
  Effect.gen(function* () {
    const { href, origin } = new URL(request.redirectUri)
    let unattended = 0
    let unanswered = 0
    while (unattended < Duration.toMillis(closedAfter)) {
      const address = addressOf(popup)
      // This window is ours: an answer in it to another request was forged, and the error says so.
      if (address?.startsWith(`${href}#`) === true) return Redacted.make(address)
      unanswered = address?.startsWith(`${origin}/`) === true ? unanswered + GLANCE : 0
      if (unanswered >= Duration.toMillis(answerWithin)) return yield* unanswering(request)
      unattended = popup.closed && document.hasFocus() ? unattended + GLANCE : 0
      yield* Effect.sleep(GLANCE)
    }
    yield* whenClosed
    return yield* new CredentialRequired({ reason: "Cancelled", detail: "the window was closed" })
  })

const unanswering = ({ redirectUri }: AuthorizationRequest) =>
  new ConfigurationInvalid({
    setting: "redirectUri",
    problem: `the window came back to this origin, and no answer was in its address`,
    fix: `Let the page at ${redirectUri} run AuthorizationCodePopup.answer and nothing else.`
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
 * Sends the answer in this window's address to the pages of this origin, removes it from the address, and closes the window
 * when the page that asked has received it. For the page of `redirectUri`, and a must where the authority cuts windows off.
 * `false` if there is no answer in the address, or no page has heard it within a second.
 *
 * @example
 * import { AuthorizationCodePopup } from "@mlserver-auth/browser"
 * import * as Effect from "effect/Effect"
 *
 * void Effect.runPromise(AuthorizationCodePopup.answer)
 */
export const answer: Effect.Effect<boolean> = Effect.suspend(() => {
  if (!isPage()) return Effect.succeed(false)
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
