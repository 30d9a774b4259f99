/** What a terminal in raw mode sends, key by key. */

const ESC = "\u001b"
/** What follows ESC: `[ … letter` and `O letter` (arrow keys, the marks around a pasted text), or one character. */
const SEQUENCE = /^(?:\[[0-9;?<>=]*[ -/]*[@-~]|O[@-~]|[^[O])/
const BEGUN_SEQUENCE = /^(?:\[[0-9;?<>=]*[ -/]*|O)?$/

/** A text may end within a sequence of more than one character: then the rest of it comes with the next input. */
export const isBegun = (text: string): boolean => text.startsWith(ESC) && BEGUN_SEQUENCE.test(text.slice(1))

/** The key that a text begins with: a whole escape sequence, or one character. */
export const firstKey = (text: string): string => {
  const sequence = text.startsWith(ESC) ? SEQUENCE.exec(text.slice(1)) : null
  return sequence === null ? String.fromCodePoint(text.codePointAt(0) ?? 0) : ESC + sequence[0]
}

export const CTRL_C = "\x03"
export const CTRL_D = "\x04"
