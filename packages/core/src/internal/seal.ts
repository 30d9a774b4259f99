/** Texts under a key, by WebCrypto, as `RecordCodec` tells. In clear are the version, where the key is kept and a fingerprint of it. */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Schema from "effect/Schema"

export const VERSION = 2
export const KEY_BYTES = 32

const Envelope = Schema.Struct({
  version: Schema.Literal(VERSION),
  place: Schema.Literal("keyring", "file", "application"),
  keyId: Schema.String,
  nonce: Schema.String,
  sealed: Schema.String
})

/** A record that was not opened yet. */
export type Sealed = typeof Envelope.Type

/** One key. */
export interface Seal {
  /** A fingerprint: which key, and nothing of it. */
  readonly keyId: string
  readonly seal: (name: string, text: string) => Promise<string>
  /** `undefined` where the record was not sealed under this name, or was changed since. */
  readonly open: (name: string, record: Sealed) => Promise<string | undefined>
}

const ALGORITHM = "AES-GCM"
const [NONCE_BYTES, TAG_BYTES] = [12, 16]

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

const drawn = (info: string): HkdfParams => ({
  name: "HKDF",
  hash: "SHA-256",
  salt: new Uint8Array(),
  info: bytes(info)
})

export const make = async (key: Uint8Array): Promise<Seal> => {
  const master = await crypto.subtle.importKey("raw", new Uint8Array(key), "HKDF", false, ["deriveBits", "deriveKey"])
  const keyId = Encoding.encodeHex(
    new Uint8Array(await crypto.subtle.deriveBits(drawn("mlserver-auth/key-id/1"), master, 128))
  )
  const recordKey = (name: string) =>
    crypto.subtle.deriveKey(
      drawn(`mlserver-auth/record/${VERSION}/${name}`),
      master,
      { name: ALGORITHM, length: 8 * KEY_BYTES },
      false,
      ["encrypt", "decrypt"]
    )
  return {
    keyId,
    seal: async (name, text) => {
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
      const place = "application"
      const parameters = parametersOf(nonce, { keyId, place }, name)
      const sealed = await crypto.subtle.encrypt(parameters, await recordKey(name), bytes(text))
      return write({
        version: VERSION,
        place,
        keyId,
        nonce: Encoding.encodeBase64Url(nonce),
        sealed: Encoding.encodeBase64Url(new Uint8Array(sealed))
      })
    },
    open: async (name, record) => {
      const [nonce, sealed] = [decoded(record.nonce), decoded(record.sealed)]
      if (nonce?.length !== NONCE_BYTES || sealed === undefined || sealed.length < TAG_BYTES) return undefined
      try {
        const parameters = parametersOf(nonce, record, name)
        return new TextDecoder().decode(await crypto.subtle.decrypt(parameters, await recordKey(name), sealed))
      } catch {
        return undefined
      }
    }
  }
}

/** Names the record inside the seal: one under another's name does not open. */
const parametersOf = (
  nonce: Uint8Array<ArrayBuffer>,
  { keyId, place }: Pick<Sealed, "keyId" | "place">,
  name: string
): AesGcmParams => ({
  name: ALGORITHM,
  iv: nonce,
  additionalData: bytes(JSON.stringify(["mlserver-auth/record", VERSION, place, keyId, name]))
})

const decoded = (text: string): Uint8Array<ArrayBuffer> | undefined => {
  const found = Encoding.decodeBase64Url(text)
  return Either.isRight(found) ? new Uint8Array(found.right) : undefined
}

const decodeEnvelope = Schema.decodeUnknownEither(Envelope)

/**
 * The envelope that a JSON text holds. Only the very text that `seal` writes: base64url has several spellings of the same
 * bytes, and a changed one would pass for the old.
 */
export const parse = (json: unknown, text: string): Sealed | undefined => {
  const envelope = decodeEnvelope(json)
  if (Either.isLeft(envelope)) return undefined
  const { nonce, sealed } = envelope.right
  const isCanonical = [nonce, sealed].every((part) => {
    const found = decoded(part)
    return found !== undefined && Encoding.encodeBase64Url(found) === part
  })
  return isCanonical && write(envelope.right) === text ? envelope.right : undefined
}

const write = ({ keyId, nonce, place, sealed, version }: Sealed): string =>
  JSON.stringify({ version, place, keyId, nonce, sealed })
