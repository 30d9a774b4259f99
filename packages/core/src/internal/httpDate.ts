/** Dates in headers (RFC 9110 5.6.7). */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const MONTH = `(${MONTHS.join("|")})`
const TIME = String.raw`(\d\d):(\d\d):(\d\d)`
const SHORT = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
const LONG = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"

/** `Sun, 06 Nov 1994 08:49:37 GMT`, and the two that are older: with a year of two digits, and as C prints it. */
const IMF = new RegExp(String.raw`^${SHORT}, (\d\d) ${MONTH} (\d{4}) ${TIME} GMT$`)
const RFC850 = new RegExp(String.raw`^${LONG}, (\d\d)-${MONTH}-(\d\d) ${TIME} GMT$`)
const ASCTIME = new RegExp(String.raw`^${SHORT} ${MONTH} ([ \d]\d) ${TIME} (\d{4})$`)

/**
 * The three forms as epoch milliseconds; all are in GMT, though one does not say so. Anything else is `undefined`, a day
 * that is in no calendar too: `Date.parse` makes a date of "Mon 1" and of 31 February.
 */
export const httpDate = (value: string | undefined): number | undefined => {
  const text = value?.trim() ?? ""
  const [, day, month, year, ...time] = IMF.exec(text) ?? RFC850.exec(text) ?? reordered(ASCTIME.exec(text)) ?? []
  if (day === undefined || month === undefined || year === undefined) return undefined
  const [hours = 0, minutes = 0, seconds = 0] = time.map(Number)
  if (hours > 23 || minutes > 59 || seconds > 60) return undefined
  const numbers = [yearOf(year), MONTHS.indexOf(month), Number(day)] as const
  const midnight = new Date(Date.UTC(...numbers))
  const isReal = midnight.getUTCDate() === numbers[2] && midnight.getUTCMonth() === numbers[1]
  return isReal ? midnight.getTime() + ((hours * 60 + minutes) * 60 + seconds) * 1000 : undefined
}

/** The form of C has the year at its end. */
const reordered = (found: RegExpExecArray | null): ReadonlyArray<string> | undefined => {
  if (found === null) return undefined
  const [all = "", month = "", day = "", hours = "", minutes = "", seconds = "", year = ""] = found
  return [all, day, month, year, hours, minutes, seconds]
}

/** Two digits: servers that write this form are of the last century or of this one. */
const yearOf = (year: string): number =>
  year.length === 4 ? Number(year) : Number(year) + (Number(year) < 70 ? 2000 : 1900)
