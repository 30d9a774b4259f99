/** Identifiers that were not used before. */
import type { FreshIds } from "../TokenMachine.js"
import type { FreshCodes } from "./device/DeviceCodes.js"

const random = (bytes: number): Buffer => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes)))

/** For the next tokens. */
export const ids = (): FreshIds => ({
  access: random(24).toString("base64url"),
  refresh: `0.A${random(48).toString("base64url")}`
})

// Without vowels, so that no word comes out, and without what looks like a digit: RFC 8628 6.1.
const LETTERS = "BCDFGHJKLMNPQRSTVWXZ"

/** Bytes beyond the last multiple of the alphabet would favour its beginning. */
const userCode = (length: number): string => {
  let code = ""
  while (code.length < length) {
    for (const byte of random(length)) {
      if (byte < 240 && code.length < length) code += LETTERS[byte % LETTERS.length] ?? ""
    }
  }
  return code
}

/** For the next device code: nine letters for the person, many more for the client. */
export const codes = (): FreshCodes => ({
  deviceCode: `DAQAB${random(48).toString("base64url")}`,
  userCode: userCode(9)
})

/** For the next authorization code. */
export const authorizationCode = (): string => `0.A${random(96).toString("base64url")}`
