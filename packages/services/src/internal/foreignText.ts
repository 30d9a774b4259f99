/** Text of a server, before it is trusted. */

/** Enough for a sentence, and not for a page. */
const SENTENCE_LIMIT = 300

/** A server's words on one line, without what moves a terminal's cursor or turns the direction of text. */
export const sentence = (text: string | null | undefined): string =>
  (text ?? "")
    .replace(/\s+/g, " ")
    .replace(/\p{Cc}|\p{Bidi_Control}/gu, "")
    .trim()
    .slice(0, SENTENCE_LIMIT)
