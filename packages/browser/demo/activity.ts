/** What became of the session, as it happened, whoever did it. */
import type { SessionState } from "@mlserver-auth/core"
import { byId, element } from "./dom.js"

const TIME = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" })

/** The newest first. */
export const note = (text: string): void => {
  const now = new Date()
  const time = element("time", { dateTime: now.toISOString(), textContent: TIME.format(now) })
  byId("activity", HTMLElement).prepend(element("li", {}, [time, element("span", { textContent: text })]))
}

/** Who asked for the last change: this tab, or somebody else. */
export interface Doing {
  readonly what: "signing in" | "signing out" | "calling" | undefined
}

/** What a change of state means; `undefined` where it means nothing. */
export const meaning = (
  before: SessionState.State | undefined,
  now: SessionState.State,
  { what }: Doing
): string | undefined => {
  if (now._tag === "SignedOut") {
    if (before?._tag !== "SignedIn") return undefined
    if (what === "signing out") return "Signed out."
    return what === "calling" ? "The server ended the session." : "Signed out in another tab."
  }
  if (before === undefined) return "Found the session that this browser kept."
  if (before._tag === "SignedOut") return what === "signing in" ? "Signed in." : "Signed in in another tab."
  if (now.generation > before.generation) return `Renewed: token ${now.generation} of this session.`
  return now.obtainedAt === before.obtainedAt ? undefined : "Signed in again."
}
