/**
 * Records as text, for stores that keep them where others can look: a version, whose it is, and the token, sealed under a
 * key of the application where one is given.
 *
 * The format is the one of the files of `@mlserver-auth/node`, by WebCrypto, which every platform has: AES-256-GCM (NIST SP
 * 800-38D) with a random nonce for each write, under a key for each record that is drawn by HKDF (RFC 5869).
 */
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import { ConfigurationInvalid } from "./AuthError.js"
import * as Seal from "./internal/seal.js"
import * as Token from "./Token.js"
import * as TokenFields from "./TokenFields.js"
import type { TokenKey } from "./TokenKey.js"

/** 32 random bytes, for AES-256. Not a password. `crypto.getRandomValues(new Uint8Array(32))` makes one. */
export type SealingKey = Redacted.Redacted<Uint8Array>

/** Options: the keys that encrypt and decrypt. */
export interface Options {
  /**
   * The first one seals what is written, and each opens what it sealed: put a new key before the old one, and leave the old one
   * for as long as its records live. Default: none; the tokens are in clear, for who can read the store.
   */
  readonly keys?: ReadonlyArray<SealingKey> | undefined
  /**
   * What a record in clear is to a codec that has keys. "refuse": nothing to go by, since it may have been put there by a
   * program that has no key. "read": as good as another, and sealed by the next write. Default: "refuse".
   */
  readonly clear?: "refuse" | "read" | undefined
}

/**
 * What a text turned out to be; nothing more is said, since a parser's complaint would quote the secret.
 *
 * - `Record`: a token.
 * - `Clear`: nothing sealed it, and that is refused.
 * - `OtherKey`: it was sealed with a key that was not given.
 * - `Newer`: a newer program wrote it.
 * - `Corrupt`: it was changed, cut short, or is another's.
 */
export type Decoded =
  | { readonly _tag: "Record"; readonly token: Token.Token }
  | { readonly _tag: "Clear" | "OtherKey" | "Newer" | "Corrupt" }

/** Encodes a record as text, and decodes it. */
export interface RecordCodec {
  /** Whether what is written is sealed. */
  readonly seals: boolean
  readonly encode: (key: TokenKey, token: Token.Token) => Effect.Effect<string>
  readonly decode: (key: TokenKey, text: string) => Effect.Effect<Decoded>
}

/**
 * Makes a codec. The first key encrypts, and every key decrypts. Fails with `ConfigurationInvalid` where a key does not have 32
 * bytes.
 *
 * @example
 * import { RecordCodec, type Token, type TokenKey } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 *
 * // Sealed under the current key, and readable where a former one sealed it.
 * const rewritten = (keys: ReadonlyArray<RecordCodec.SealingKey>, key: TokenKey.TokenKey, text: string) =>
 *   Effect.gen(function* () {
 *     const codec = yield* RecordCodec.make({ keys })
 *     const found = yield* codec.decode(key, text)
 *     return found._tag === "Record" ? yield* codec.encode(key, found.token) : found._tag
 *   })
 */
export const make = (options: Options = {}): Effect.Effect<RecordCodec, ConfigurationInvalid> =>
  Effect.gen(function* () {
    const keys = options.keys ?? []
    if (keys.some((key) => Redacted.value(key).length !== Seal.KEY_BYTES)) return yield* noKey
    const seals = yield* Effect.promise(() => Promise.all(keys.map((key) => Seal.make(Redacted.value(key)))))
    const [sealer] = seals
    const byKeyId = new Map(seals.map((seal) => [seal.keyId, seal]))
    const refusesClear = sealer !== undefined && options.clear !== "read"
    return {
      seals: sealer !== undefined,
      encode: (key, token) => {
        const text = TokenFields.toRecord(key, Token.toFields(token))
        return sealer === undefined ? Effect.succeed(text) : Effect.promise(() => sealer.seal(key.id, text))
      },
      decode: (key, text) =>
        Effect.gen(function* () {
          const json = parse(text)
          if ((TokenFields.versionOf(json) ?? 0) > Seal.VERSION) return { _tag: "Newer" }
          const sealed = Seal.parse(json, text)
          if (sealed === undefined) {
            const decoded = recordOf(key, json)
            return decoded._tag === "Record" && refusesClear ? { _tag: "Clear" } : decoded
          }
          const by = byKeyId.get(sealed.keyId)
          if (by === undefined) return { _tag: "OtherKey" }
          const opened = yield* Effect.promise(() => by.open(key.id, sealed))
          return opened === undefined ? CORRUPT : recordOf(key, parse(opened))
        })
    }
  })

const noKey = new ConfigurationInvalid({
  setting: "keys",
  problem: `a key does not have ${Seal.KEY_BYTES} bytes`,
  fix: `Give ${Seal.KEY_BYTES} random bytes, not a password.`
})

const CORRUPT: Decoded = { _tag: "Corrupt" }

const recordOf = (key: TokenKey, json: unknown): Decoded => {
  const fields = TokenFields.fromRecord(key.id, json)
  return fields === undefined ? CORRUPT : { _tag: "Record", token: Token.fromFields(fields) }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * What a store calls the record of a key: a hash (SHA-256, in 64 digits of hex), which tells nothing to a person who sees it.
 *
 * @example
 * import { RecordCodec, TokenKey } from "@mlserver-auth/core"
 *
 * const name = RecordCodec.nameOf(TokenKey.make({ issuer: "https://mlserver.contoso.com:12800", principal: "ada" }))
 */
export const nameOf = (key: TokenKey): Effect.Effect<string> =>
  Effect.map(
    Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(key.id))),
    (digest) => Encoding.encodeHex(new Uint8Array(digest))
  )
