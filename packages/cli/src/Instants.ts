/**
 * Points in time for people (relative and absolute, local) and for programs (RFC 3339 and epoch seconds, UTC).
 */
import { words } from "./Durations.js"

const two = (n: number): string => String(n).padStart(2, "0")

/** `in 59 min (10:42)`, `in 13 days (2026-12-06 09:30)`, `12 min ago (09:30)`. */
export const forPeople = (instant: number, now: number): string => {
  const at = new Date(instant)
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`
  const absolute = at.toDateString() === new Date(now).toDateString() ? time : `${date} ${time}`
  return instant >= now ? `in ${words(instant - now)} (${absolute})` : `${words(now - instant)} ago (${absolute})`
}

/** Both spellings that programs want; `null` where nothing is known. */
export const forPrograms = (
  instant: number | undefined
): { readonly at: string; readonly epochSeconds: number } | null =>
  instant === undefined ? null : { at: new Date(instant).toISOString(), epochSeconds: Math.floor(instant / 1000) }
