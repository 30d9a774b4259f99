/**
 * Lengths of time as people type them: `30s`, `5m`, `1h30m`, `500ms`, `2d`; a bare number is seconds.
 */
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const WHOLE = /^(\d+(\.\d+)?(ms|s|m|h|d))+$/
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g

/** Milliseconds, or `undefined` where it is not a length of time. */
export const parse = (text: string): number | undefined => {
  const trimmed = text.trim().toLowerCase()
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed) * 1000
  if (!WHOLE.test(trimmed)) return undefined
  return [...trimmed.matchAll(PART)].reduce(
    (sum, [, count = "", unit = ""]) => sum + Number(count) * (UNITS[unit] ?? 0),
    0
  )
}

/** In one word for people: `59 min`, `13 days`. */
export const words = (millis: number): string => {
  const seconds = Math.max(0, Math.round(millis / 1000))
  if (seconds < 90) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `${minutes} min`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`
}
