/**
 * Text from elsewhere, made harmless for a terminal: what a server says must not move the cursor, change colours, set
 * the window's title or answer on the user's behalf.
 */

/**
 * Unicode category Cc: C0, DEL and C1, but for tab and line feed; and the characters that turn the direction of what
 * follows them (Bidi_Control), with which a name can be made to look like another.
 */
const controls = (): RegExp => /[^\P{Cc}\t\n]|\p{Bidi_Control}/gu

/** Decided without the tables of Unicode, which take milliseconds to make. */
const isPlainAscii = (text: string): boolean => /^[ -~]*$/.test(text)

/** The text without control and direction characters; tabs and line feeds stay. */
export const plain = (text: string): string => (isPlainAscii(text) ? text : text.replace(controls(), ""))

/** A value as JSON on one line: such characters are escaped, and so the document means the same. */
export const json = (value: object): string =>
  JSON.stringify(value).replace(
    controls(),
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`
  )

/** The text on one line, without control and direction characters. */
export const plainLine = (text: string): string => plain(text).replace(/[\t\n]+/g, " ")
