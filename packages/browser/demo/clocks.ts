/** The three clocks of a session: each says when something ends, and what happens then. */
import type { SessionState } from "@mlserver-auth/core"
import type { Choice } from "./choice.js"
import { byId, copyOf, within } from "./dom.js"

type SignedIn = Extract<SessionState.State, { readonly _tag: "SignedIn" }>

interface Clock {
  readonly title: string
  /** Epoch milliseconds; absent where nobody said. */
  readonly ends: number | undefined
  /** How long it runs in all, in milliseconds. */
  readonly whole: number
  readonly then: string
}

const DAY = 86_400_000

/** How long people stay signed in at most, as documented. */
const CHAIN = { onPremises: 90 * DAY, cloud: DAY }

const clocksOf = (state: SignedIn, place: Choice["place"]): ReadonlyArray<Clock> => [
  {
    title: "Access token",
    ends: state.expiresAt,
    whole: (state.expiresAt ?? 0) - state.obtainedAt,
    then: state.renewable ? "Then the next call renews it" : "Then you sign in again"
  },
  {
    title: "If left unused",
    ends: state.idleEndsAt,
    whole: (state.idleEndsAt ?? 0) - state.obtainedAt,
    // At Azure, pages get one day from the sign-in, whatever they do.
    then: place === "cloud" ? "Renewals do not move it" : "Each renewal starts it anew"
  },
  { title: "Next sign-in", ends: state.chainEndsAt, whole: CHAIN[place], then: "At the latest, as documented" }
]

const remaining = (millis: number): string => {
  const seconds = Math.max(0, Math.floor(millis / 1000))
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60
  ]
  if (days > 1) return `${days} d ${hours} h`
  if (days > 0 || hours > 0) return `${days * 24 + hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
}

const FORMAT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" })

const draw = (clock: Clock, at: Element, now: number): void => {
  const left = clock.ends === undefined ? undefined : clock.ends - now
  within(at, "h2", HTMLElement).textContent = clock.title
  within(at, ".remaining", HTMLElement).textContent =
    left === undefined ? "No end" : left > 0 ? remaining(left) : "Over"
  const progress = within(at, "progress", HTMLProgressElement)
  progress.setAttribute("aria-label", `${clock.title}: what is left`)
  progress.value = left === undefined ? 1 : Math.min(1, Math.max(0, left / clock.whole))
  within(at, ".quiet", HTMLElement).textContent =
    clock.ends === undefined ? "The server names none." : `${FORMAT.format(clock.ends)}. ${clock.then}.`
}

/** Draws the clocks as they stand now; to be called as often as they should move. */
export const show = (state: SignedIn, place: Choice["place"]): void => {
  const box = byId("clocks", HTMLElement)
  const clocks = clocksOf(state, place)
  while (box.children.length < clocks.length) box.append(copyOf("clock-template"))
  clocks.forEach((clock, at) => {
    const element = box.children[at]
    if (element !== undefined) draw(clock, element, Date.now())
  })
}

/** How far the server's clock is from this one. */
export const difference = ({ clockDifference }: SignedIn): string => {
  if (clockDifference === undefined) return "not known"
  const seconds = Math.round(clockDifference / 1000)
  // Servers tell their time in whole seconds.
  if (Math.abs(seconds) <= 1) return "as here"
  return seconds > 0 ? `${seconds} s ahead` : `${-seconds} s behind`
}
