/** The page that a window comes back to: it hands its answer to the page that asked, and closes. */
import { AuthorizationCodePopup } from "@mlserver-auth/browser"
import * as Effect from "effect/Effect"
import { byId } from "./dom.js"

void Effect.runPromise(AuthorizationCodePopup.answer).then((heard) => {
  if (!heard) byId("told", HTMLElement).textContent = "Nobody waits for this window. Close it, and sign in again."
})
