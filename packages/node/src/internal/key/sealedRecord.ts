/**
 * Records under a key: AES-256-GCM (NIST SP 800-38D) with a random nonce for each write. Every record has a key of its
 * own, drawn by HKDF (RFC 5869) from the one of the store, so that no number of records and writes that a person makes comes
 * near the 2^32 messages of one key, and a record under another's name does not open.
 *
 * Who signed in where is inside the seal: it is no secret, but it is private, and nothing needs it before the record
 * is opened. In clear are the version, where the key is kept and a fingerprint of it. No Effect: a quick look at a record goes
 * by this too.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto"

export const VERSION = 2

const PLACES = ["keyring", "file", "application"] as const

/** A record that nothing has opened yet. */
export interface Sealed {
  readonly version: typeof VERSION
  readonly place: (typeof PLACES)[number]
  readonly keyId: string
  readonly nonce: string
  readonly sealed: string
}

const ALGORITHM = "aes-256-gcm"
const [KEY_BYTES, NONCE_BYTES, TAG_BYTES] = [32, 12, 16]
const NO_SALT = new Uint8Array()

/** Told by the fingerprint: which key, and nothing of it. */
export const keyIdOf = (key: Uint8Array): string =>
  Buffer.from(hkdfSync("sha256", key, NO_SALT, "mlserver-auth/key-id/1", 16)).toString("hex")

const recordKey = (key: Uint8Array, name: string): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", key, NO_SALT, `mlserver-auth/record/${VERSION}/${name}`, KEY_BYTES))

const authenticated = ({ keyId, place }: Pick<Sealed, "keyId" | "place">, name: string): Uint8Array =>
  Buffer.from(JSON.stringify(["mlserver-auth/record", VERSION, place, keyId, name]))

/** Seals a text as the record of that name (`TokenKey.id`). */
export const seal = (key: Uint8Array, place: Sealed["place"], name: string, text: string): string => {
  const nonce = randomBytes(NONCE_BYTES)
  const keyId = keyIdOf(key)
  const cipher = createCipheriv(ALGORITHM, recordKey(key, name), nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(authenticated({ keyId, place }, name))
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()])
  return write({
    version: VERSION,
    place,
    keyId,
    nonce: nonce.toString("base64url"),
    sealed: sealed.toString("base64url")
  })
}

/** `undefined` where the record was not sealed with this key under this name, or was changed since. */
export const open = (key: Uint8Array, name: string, record: Sealed): string | undefined => {
  const nonce = Buffer.from(record.nonce, "base64url")
  const sealed = Buffer.from(record.sealed, "base64url")
  if (nonce.length !== NONCE_BYTES || sealed.length < TAG_BYTES) return undefined
  const decipher = createDecipheriv(ALGORITHM, recordKey(key, name), nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(authenticated(record, name))
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]).toString("utf8")
  } catch {
    return undefined
  }
}

const isSealed = (json: unknown): json is Sealed => {
  if (typeof json !== "object" || json === null) return false
  const { keyId, nonce, place, sealed, version } = json as Readonly<Record<string, unknown>>
  const isPlace = PLACES.some((name) => name === place)
  return version === VERSION && isPlace && [keyId, nonce, sealed].every((field) => typeof field === "string")
}

/**
 * The envelope that a JSON text holds. Only the very text that `seal` writes: base64url has several spellings of the
 * same bytes, and a changed one would pass for the old.
 */
export const parse = (json: unknown, text: string): Sealed | undefined =>
  isSealed(json) && write(canonical(json)) === text ? json : undefined

const write = ({ keyId, nonce, place, sealed, version }: Sealed): string =>
  JSON.stringify({ version, place, keyId, nonce, sealed })

const canonical = (record: Sealed): Sealed => ({
  ...record,
  nonce: Buffer.from(record.nonce, "base64url").toString("base64url"),
  sealed: Buffer.from(record.sealed, "base64url").toString("base64url")
})
