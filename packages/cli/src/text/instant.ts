/**
 * Points in time for people (relative and absolute, local) and for programs (RFC 3339 and epoch seconds, UTC).
 */
import { words } from "./duration.js"

/** What is counted from the last instant that `Date` has is beyond it. */
const dateOf = (instant: number): Date => new Date(Math.max(-8.64e15, Math.min(8.64e15, instant)))

const two = (n: number): string => String(n).padStart(2, "0")

/** `in 59 min (10:42)`, `in 13 days (2026-12-06 09:30)`, `12 min ago (09:30)`. */
export const toText = (instant: number, now: number): string => {
  const at = dateOf(instant)
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`
  const absolute = at.toDateString() === new Date(now).toDateString() ? time : `${date} ${time}`
  return instant >= now ? `in ${words(instant - now)} (${absolute})` : `${words(now - instant)} ago (${absolute})`
}

/** Both spellings that programs want. */
export const toJson = (instant: number) => ({
  at: dateOf(instant).toISOString(),
  epochSeconds: Math.floor(instant / 1000)
})

/** The same; `null` where nothing is known. */
export const orNull = (instant: number | undefined) => (instant === undefined ? null : toJson(instant))
