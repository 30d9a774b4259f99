/** The page that a window comes back to. */
import { AuthorizationCodePopup } from "@mlserver-auth/browser"
import * as Effect from "effect/Effect"

void Effect.runPromise(AuthorizationCodePopup.answer)
