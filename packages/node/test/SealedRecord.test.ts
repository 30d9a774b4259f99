import { TokenKey } from "@mlserver-auth/core/TokenKey"
import { Token } from "@mlserver-auth/core/Token"
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { randomBytes } from "node:crypto"
import * as SealedRecord from "../src/internal/key/sealedRecord.js"
import * as TokenRecord from "../src/internal/store/tokenRecord.js"
import * as Sealed from "./sealed.js"

const master = new Uint8Array(randomBytes(32))
const { id } = Sealed.key

/** What is read with a key under a name: the token's access token, or why there is none. */
const readAs = (text: string, key: TokenKey = Sealed.key, by: Uint8Array = master) => {
  const decoded = TokenRecord.decode(key, text)
  if (decoded._tag !== "Sealed") return decoded._tag
  return TokenRecord.open(by, key, decoded.sealed) === undefined ? "Refused" : "Read"
}

const text = TokenRecord.seal(master, "file", Sealed.key, Sealed.token("one"))

const part = FastCheck.oneof(FastCheck.string({ unit: "binary" }), FastCheck.constantFrom("", "\ud800", 'a","b', "/"))
const keys = FastCheck.record({ issuer: part, tenant: part, client: part, resource: part, principal: part }).map(
  (parts) => new TokenKey(parts)
)
const masters = FastCheck.uint8Array({ minLength: 32, maxLength: 32 })
const instant = FastCheck.integer({ min: 0, max: 8.64e15 })
const maybe = <A>(name: string, of: FastCheck.Arbitrary<A>) =>
  FastCheck.option(of, { nil: undefined }).map((value) => (value === undefined ? {} : { [name]: value }))
const decodeToken = Schema.decodeUnknownSync(Token)
const encodeToken = Schema.encodeSync(Token)
const tokens = FastCheck.tuple(
  FastCheck.record({ accessToken: FastCheck.string({ unit: "binary", maxLength: 20_000 }) }),
  FastCheck.record({ obtainedAt: instant, chainStartedAt: instant, generation: FastCheck.nat() }),
  maybe("refreshToken", FastCheck.string({ unit: "binary", maxLength: 5000 })),
  maybe("expiresAt", instant),
  maybe("principal", FastCheck.string())
).map((parts) => decodeToken(Object.assign({}, ...parts)))

describe("a sealed record", () => {
  it.prop(
    "is read as it was written, by its key and under its name only",
    [masters, masters, keys, keys, tokens],
    (all) => {
      const [mine, other, name, otherName, token] = all
      const sealed = TokenRecord.seal(mine, "keyring", name, token)
      const decoded = TokenRecord.decode(name, sealed)
      if (decoded._tag !== "Sealed") return assert.fail(decoded._tag)
      const opened = TokenRecord.open(mine, name, decoded.sealed)
      assert.deepStrictEqual(opened && encodeToken(opened), encodeToken(token))
      if (!Buffer.from(mine).equals(other)) assert.isUndefined(TokenRecord.open(other, name, decoded.sealed))
      if (name.id !== otherName.id) assert.isUndefined(TokenRecord.open(mine, otherName, decoded.sealed))
    }
  )

  // Of three lengths, since base64url spells the end of a text in up to sixteen ways.
  for (const name of ["a", "ab", "abc"]) {
    it(`is refused with one bit turned, wherever it is (a token called ${name})`, () => {
      const whole = TokenRecord.seal(master, "file", Sealed.key, Sealed.token(name))
      assert.strictEqual(readAs(whole), "Read")
      const bytes = Buffer.from(whole)
      const passed: Array<string> = []
      for (let at = 0; at < bytes.length * 8; at++) {
        const changed = Buffer.from(bytes)
        changed.writeUInt8(bytes.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3)
        if (readAs(changed.toString("utf8")) === "Read") passed.push(`bit ${at & 7} of byte ${at >> 3}`)
      }
      assert.deepStrictEqual(passed, [])
    })
  }

  it("does not open under another name, whatever its text says", () => {
    const record = JSON.parse(SealedRecord.seal(master, "file", id, "text")) as SealedRecord.Sealed
    assert.strictEqual(SealedRecord.open(master, id, record), "text")
    assert.isUndefined(SealedRecord.open(master, Sealed.otherKey.id, record))
  })

  it("is refused when it is cut short, wherever, or made longer", () => {
    for (let length = 0; length < text.length; length++) assert.strictEqual(readAs(text.slice(0, length)), "Corrupt")
    assert.strictEqual(readAs(`${text}\n`), "Corrupt")
    assert.strictEqual(readAs(text.replace('"}', '==","more":1}')), "Corrupt")
  })

  it("that says another place or another key than it was sealed with is refused", () => {
    const { keyId } = JSON.parse(text) as SealedRecord.Sealed
    assert.strictEqual(readAs(text.replace('"file"', '"keyring"')), "Refused")
    assert.strictEqual(
      readAs(
        text.replace(
          keyId,
          keyId.replace(/^./, (c) => (c === "0" ? "1" : "0"))
        )
      ),
      "Refused"
    )
  })

  it("with a shorter nonce or no tag is refused, not passed to a cipher that would take it", () => {
    const record = JSON.parse(text) as SealedRecord.Sealed
    for (const change of [{ nonce: "" }, { nonce: record.nonce.slice(0, 8) }, { sealed: "" }, { sealed: "AAAA" }]) {
      assert.isUndefined(SealedRecord.open(master, id, { ...record, ...change }))
    }
  })

  it("never shares a nonce with another, not even of the same token", () => {
    const writes = 20_000
    const nonces = new Set<string>()
    for (let at = 0; at < writes; at++) {
      const record = JSON.parse(SealedRecord.seal(master, "file", id, "the same")) as SealedRecord.Sealed
      nonces.add(record.nonce)
    }
    assert.strictEqual(nonces.size, writes)
  })

  it("says neither who nor where, nor anything of the key", () => {
    const bytes = Buffer.from(text)
    for (const secret of ["canary", "Y2FuYXJ5", Buffer.from(master).toString("base64url")]) {
      assert.notInclude(text, secret)
    }
    const parsed = JSON.parse(text) as SealedRecord.Sealed
    for (const part of [parsed.sealed, parsed.nonce]) {
      assert.notInclude(Buffer.from(part, "base64url").toString("latin1"), "canary")
    }
    assert.isFalse(bytes.includes(Buffer.from(master)))
  })
})
