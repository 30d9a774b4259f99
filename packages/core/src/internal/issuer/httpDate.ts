/** Dates in headers (RFC 9110 5.6.7). */

/**
 * `Sun, 06 Nov 1994 08:49:37 GMT`, and the two that are older: `Sunday, 06-Nov-94 08:49:37 GMT`, and as C prints it. Which day of
 * the week it was is not checked, nor are mixtures of the first two, which servers send too.
 */
const FORMS = [
  /^[A-Z][a-z]+, (?<d>\d\d)[ -](?<m>\w{3})[ -](?<y>\d\d|\d{4}) (?<t>[\d:]{8}) GMT$/,
  /^[A-Z][a-z]{2} (?<m>\w{3}) (?<d>[ \d]\d) (?<t>[\d:]{8}) (?<y>\d{4})$/
]

/**
 * The three forms as epoch milliseconds; all are in GMT, though one does not say so. Anything else is `undefined`, a day
 * that is in no calendar too: `Date.parse` makes a date of "Mon 1" and of 31 February, which is printed as another one then.
 */
export const httpDate = (value: string | undefined): number | undefined => {
  const text = value?.trim() ?? ""
  const { d = "", m = "", t = "", y = "" } = FORMS.map((form) => form.exec(text)?.groups).find(Boolean) ?? {}
  // A leap second: the calendar of programs has none.
  const isLeap = t.endsWith(":60")
  // Two digits: servers that write this form are of the last century or of this one.
  const year = y.length === 4 ? y : `${Number(y) < 70 ? 20 : 19}${y}`
  const plain = `${d.replace(" ", "0")} ${m} ${year} ${isLeap ? `${t.slice(0, -2)}59` : t} GMT`
  const date = new Date(plain)
  return date.toUTCString().endsWith(` ${plain}`) ? date.getTime() + (isLeap ? 1000 : 0) : undefined
}
