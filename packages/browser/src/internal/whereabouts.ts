/** Where this page is: in a frame of which pages, and which addresses are its own. */
import { ConfigurationInvalid, CredentialRequired } from "@mlserver-auth/core/AuthError"
import * as Effect from "effect/Effect"

/** Whether there is a page at all: there is none in a worker, and none where one is rendered on a server. */
export const isPage = (): boolean => typeof window === "object" && typeof document === "object"

/** Fails where there is none. */
export const inPage: Effect.Effect<void, CredentialRequired> = Effect.suspend(() =>
  isPage()
    ? Effect.void
    : new CredentialRequired({
        reason: "NotInteractive",
        detail: "this is no page: a worker, or a server that renders one"
      })
)

/** Whether a page around this one is of another origin. */
export const isFramedByOthers = (): boolean => {
  try {
    let at: Window = window
    while (at !== at.parent) {
      at = at.parent
      // Of another origin, it says nothing but that.
      if (at.location.origin !== location.origin) return true
    }
    return false
  } catch {
    return true
  }
}

export const framed = (detail: string) => new CredentialRequired({ reason: "Framed", detail })

/** An address to come back to must be one of this origin: no other page could find what this one remembers. */
export const ownAddress = (redirectUri: string): Effect.Effect<void, ConfigurationInvalid> => {
  const url = URL.canParse(redirectUri) ? new URL(redirectUri) : undefined
  return url?.origin === location.origin
    ? Effect.void
    : new ConfigurationInvalid({
        setting: "redirectUri",
        problem: url === undefined ? "not an absolute address" : "of another origin than this page",
        fix: `Register a page of ${location.origin} for the application, and give its whole address.`
      })
}
