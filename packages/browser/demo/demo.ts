/** Starts the page. */
import { AuthorizationCodeRedirect } from "@mlserver-auth/browser"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { outcome } from "./connection.js"
import { onPress } from "./dom.js"
import { Page, turnTo } from "./page.js"
import { load } from "./settings.js"

onPress("reload", () => Promise.resolve(location.reload()))

const start = async (): Promise<void> => {
  // Before anything else looks at the address.
  const returned = outcome(await Effect.runPromiseExit(AuthorizationCodeRedirect.resume))
  if (returned.ok && Option.isSome(returned.value)) history.replaceState(history.state, "", returned.value.value.from)
  const page = new Page(await load())
  if (!returned.ok) page.problem(returned.error)
  else if (Option.isSome(returned.value)) await page.signInWith(returned.value.value.credential)
}

start().catch(() => turnTo("unavailable"))
