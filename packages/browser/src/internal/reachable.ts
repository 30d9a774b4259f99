/** Whether a browser lets this page call a server at all. */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import { isLoopback } from "@mlserver-auth/core/ServerEndpoint"
import * as Effect from "effect/Effect"

/** Told at once, since a call that the browser blocks says nothing. An address that is none is core's to refuse. */
export const reachable = (server: string | URL): Effect.Effect<void, ConfigurationInvalid> =>
  Effect.suspend(() => {
    const url = URL.canParse(server) ? new URL(server) : undefined
    if (url?.protocol !== "http:" || isLoopback(url.hostname) || globalThis.location?.protocol !== "https:") {
      return Effect.void
    }
    return Effect.fail(
      new ConfigurationInvalid({
        setting: "server",
        problem: "plain http, which a page on https may not call (mixed content)",
        fix: "Give the server a certificate and use https, or put it behind this page's own origin."
      })
    )
  })
