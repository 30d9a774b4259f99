/** The words in which a sign-in with a device code is shown. */
import type { DeviceAuthorization, Event } from "@mlserver-auth/core/DeviceAuthorization"
import { printable } from "./printable.js"

/** What a person agrees to with their code. */
export interface Authorised {
  readonly client: string
  readonly resource: string
  readonly tenant: string
}

const INDENT = "  "
const LABEL_WIDTH = 19

/**
 * Where to go and what to enter. The code stands alone at the end of a line, and both are whole in one line where
 * `columns` allow, so that a double click selects them.
 */
export const frame = (
  authorization: DeviceAuthorization,
  authorised: Authorised | undefined,
  columns: number
): ReadonlyArray<string> => {
  const rows = [
    ["To sign in, open", printable(authorization.verificationUri)],
    ["and enter", printable(authorization.userCode)]
  ] as const
  const margin = INDENT.length + LABEL_WIDTH
  const fits = rows.every(([, value]) => margin + value.length <= columns)
  return [
    ...rows.flatMap(([label, value]) =>
      fits ? [INDENT + label.padEnd(LABEL_WIDTH) + value] : [INDENT + label, besideMargin(value, columns)]
    ),
    ...(authorised === undefined ? [] : [INDENT + "Authorises".padEnd(LABEL_WIDTH) + agreement(authorised)]),
    `${INDENT}Only enter this code if you started this sign-in yourself.`
  ]
}

const besideMargin = (value: string, columns: number): string =>
  INDENT.length + value.length <= columns ? INDENT + value : value

const agreement = ({ client, resource, tenant }: Authorised): string =>
  `client ${short(client)} for resource ${short(resource)} in tenant ${short(tenant)}`

const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/** A whole GUID is not read, but its ends can be compared. */
const short = (id: string): string => (GUID.test(id) ? `${id.slice(0, 4)}…${id.slice(-3)}` : printable(id))

/** What Enter can do, and whether there are keys at all. */
export interface Keys {
  readonly copies: boolean
  readonly opens: boolean
}

/** The line that is rewritten while a person is awaited; `left` in milliseconds. As much as fits into `columns`. */
export const waiting = (left: number, remark: string | undefined, keys: Keys | undefined, columns: number): string => {
  const base = waitingPlainly(left)
  const said = remark === undefined ? [base] : [`${base}  ${printable(remark)}`, base]
  return fitting(
    said.flatMap((text) => [...hints(keys).map((hint) => `${text}  ${hint}`), text]),
    columns
  )
}

/** The text where it is written once and not updated. */
export const waitingPlainly = (left: number): string => `${INDENT}Waiting… ${clockTime(left)} left`

/** The line that stands there when a code has expired and a person may ask for a new one. */
export const expired = (columns: number): string =>
  fitting([`${EXPIRED}  (n: new code, Ctrl-C: cancel)`, EXPIRED], columns)

const EXPIRED = `${INDENT}The code has expired.`

const hints = (keys: Keys | undefined): ReadonlyArray<string> => {
  if (keys === undefined) return ["(Ctrl-C: cancel)"]
  const enter = (words: ReadonlyArray<string>) => (words.length === 0 ? "" : `Enter: ${words.join(" and ")}, `)
  const rest = "n: new code, Ctrl-C: cancel"
  const long = [...(keys.copies ? ["copy code"] : []), ...(keys.opens ? ["open browser"] : [])]
  const brief = [...(keys.copies ? ["copy"] : []), ...(keys.opens ? ["open"] : [])]
  return [`(${enter(long)}${rest})`, `(${enter(brief)}${rest})`]
}

/** The first that fits; a line that wrapped could not be rewritten in place. */
const fitting = (candidates: ReadonlyArray<string>, columns: number): string =>
  candidates.find((line) => line.length < columns) ?? (candidates.at(-1) ?? "").slice(0, Math.max(0, columns - 1))

/** `14:31`, or `1:14:31` */
const clockTime = (millis: number): string => {
  const seconds = Math.max(0, Math.ceil(millis / 1000))
  const two = (n: number) => String(Math.floor(n)).padStart(2, "0")
  const minutes = Math.floor(seconds / 60)
  const end = two(seconds % 60)
  return minutes < 60 ? `${minutes}:${end}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${end}`
}

/** What went wrong in one poll, and when it is tried again. */
export const trouble = (event: Extract<Event, { readonly _tag: "Faulted" | "Slowed" }>): string => {
  if (event._tag === "Slowed") return `asked to be slower: every ${seconds(event.interval)} from now on`
  const { code, reason, retryIn, status } = event
  const what = {
    Transport: `no connection${code === undefined ? "" : ` (${printable(code)})`}`,
    Timeout: "no answer in time",
    Status: `answered ${status}`,
    Unreadable: "an answer that cannot be read"
  }[reason]
  return `${what}; again in ${seconds(retryIn)}`
}

const seconds = (millis: number): string => `${Math.ceil(millis / 1000)} s`

/** What stays on the screen of such an event; nothing of the others. */
export const lasting = (event: Event): string | undefined => {
  switch (event._tag) {
    case "Expired":
      return EXPIRED
    case "Reissued":
      return `${INDENT}A new code; forget the one before.`
    case "Approved":
      return `${INDENT}Approved${event.principal === undefined ? "" : ` by ${printable(event.principal)}`}.`
    default:
      return undefined
  }
}

/** A line about trouble, where nothing can be rewritten. */
export const troubleLine = (event: Extract<Event, { readonly _tag: "Faulted" | "Slowed" }>): string =>
  `${INDENT}Waiting… ${trouble(event)}`
