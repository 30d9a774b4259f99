/** Text from elsewhere, for a terminal. */

/** Without controls, and without format characters that turn the direction of text: nothing in it moves the cursor. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "")
