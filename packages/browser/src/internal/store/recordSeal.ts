/**
 * Records under a key that cannot be read: AES-256-GCM (NIST SP 800-38D) with a random nonce for each write, and a key
 * that WebCrypto made `extractable: false`. Scripts of the origin can use that key as this one does, and carry away what it
 * opens; none can carry away the key.
 */
import { isNewer, VERSION } from "./tokenRecord.js"

/** As it lies in the database. The nonce also tells one write from the next. */
export interface Sealed {
  readonly version: number
  readonly nonce: Uint8Array<ArrayBuffer>
  readonly sealed: ArrayBuffer
}

const ALGORITHM = "AES-GCM"

export const newKey = (): Promise<CryptoKey> =>
  crypto.subtle.generateKey({ name: ALGORITHM, length: 256 }, false, ["encrypt", "decrypt"])

/** Names the record inside the seal: one under another's name does not open. */
const parameters = (nonce: Uint8Array<ArrayBuffer>, name: string): AesGcmParams => ({
  name: ALGORITHM,
  iv: nonce,
  additionalData: new TextEncoder().encode(JSON.stringify(["mlserver-auth/record", VERSION, name]))
})

export const seal = async (key: CryptoKey, name: string, text: string): Promise<Sealed> => {
  const nonce = crypto.getRandomValues(new Uint8Array(12))
  const sealed = await crypto.subtle.encrypt(parameters(nonce, name), key, new TextEncoder().encode(text))
  return { version: VERSION, nonce, sealed }
}

/** `undefined` where it was not sealed with this key under this name, or was changed since. */
export const open = async (key: CryptoKey, name: string, record: Sealed): Promise<string | undefined> => {
  try {
    return new TextDecoder().decode(await crypto.subtle.decrypt(parameters(record.nonce, name), key, record.sealed))
  } catch {
    return undefined
  }
}

/** What a value of the database is. */
export const inspect = (value: unknown): Sealed | "newer" | "corrupt" | undefined => {
  if (value === undefined) return undefined
  const { nonce, sealed, version } = Object(value) as Partial<Sealed>
  if (isNewer(version)) return "newer"
  return version === VERSION && nonce instanceof Uint8Array && sealed instanceof ArrayBuffer
    ? { version, nonce: new Uint8Array(nonce), sealed }
    : "corrupt"
}

/** Whether two values are one and the same write. */
export const isSameWrite = (a: unknown, b: unknown): boolean => {
  const [left, right] = [inspect(a), inspect(b)]
  if (typeof left !== "object" || typeof right !== "object") return left === right
  return left.nonce.every((byte, at) => byte === right.nonce[at])
}

/** SHA-256 in hex: who signs in where is not to be seen before the record is opened. */
export const hashed = async (text: string): Promise<string> => {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")
}
