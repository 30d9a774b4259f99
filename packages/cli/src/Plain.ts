/**
 * Text from elsewhere, made harmless for a terminal: what a server says must not move the cursor, change colours, set
 * the window's title or answer on the user's behalf.
 */

/** Unicode category Cc: C0, DEL and C1; tab and line feed are left out of it. */
const CONTROLS = /[^\P{Cc}\t\n]/gu

/** The text without control characters; tabs and line feeds stay. */
export const plain = (text: string): string => text.replace(CONTROLS, "")

/** The text on one line, without control characters. */
export const plainLine = (text: string): string => plain(text).replace(/[\t\n]+/g, " ")

/** ECMA-48 "select graphic rendition", what help texts are coloured with. */
const COLOURS = new RegExp(`${String.fromCodePoint(0x1b)}\\[[0-9;]*m`, "g")

/** The text without colours. */
export const colourless = (text: string): string => text.replace(COLOURS, "")
