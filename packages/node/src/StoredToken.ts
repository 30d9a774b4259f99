/**
 * The token that `FileTokenStore` has for a key, read without Effect and without changing anything: for a program that prints
 * a token and ends, a credential helper for example, which a script starts a thousand times a day. Where anything is unusual
 * (no record, one that is none, a mode to repair, a key that is not given) nothing is found, and the program asks the
 * store itself, which says why.
 */
import * as TokenFields from "@mlserver-auth/core/TokenFields"
import * as KeyText from "./internal/key/keyText.js"
import type { Sealed } from "./internal/key/sealedRecord.js"
import * as PlainRecord from "./internal/store/plainRecord.js"
import * as QuickLook from "./internal/store/quickLook.js"

/** The place of the token, and whose it is. */
export interface Query {
  /** As that of `FileTokenStore`. */
  readonly directory: string
  /** Whose token. A part that does not apply is `""`. */
  readonly key: TokenFields.KeyFields
  /** Whether to take a token that is not encrypted too. */
  readonly clear: boolean
  /**
   * Whether the program asks the store in this process next if this finds nothing: the store then uses the keyring's answer
   * instead of asking the person again. Default: false.
   */
  readonly goesOn?: boolean | undefined
}

/**
 * The token as it is stored, both parts in clear. The caller must look at `expiresAt`. `undefined` if the program must ask the
 * store itself. Never rejected.
 *
 * @example
 * import { StoredToken } from "@mlserver-auth/node"
 *
 * const header = async (directory: string, issuer: string) => {
 *   const key = { issuer, tenant: "", client: "", resource: "", principal: "" }
 *   const token = await StoredToken.find({ directory, key, clear: false })
 *   return token === undefined ? undefined : `Bearer ${token.accessToken}`
 * }
 */
export const find = async (query: Query): Promise<TokenFields.TokenFields | undefined> => {
  try {
    const { clear, directory, key } = query
    const id = TokenFields.idOf(key)
    const text = QuickLook.textOf(directory, PlainRecord.fileOf(id))
    const found = text === undefined ? undefined : PlainRecord.decode(id, text)
    if (found?._tag === "Record") return clear ? found.token : undefined
    if (found?._tag !== "Sealed") return undefined
    const master = await keyOf(query, found.sealed)
    return master === undefined ? undefined : PlainRecord.open(master, id, found.sealed)
  } catch {
    return undefined
  }
}

/** The key in the place that a record names. Where it was replaced since, it opens nothing. */
const keyOf = async (query: Query, { keyId, place }: Sealed): Promise<Uint8Array | undefined> => {
  if (place === "application") return undefined
  return place === "file" ? inFile(query.directory) : await inKeyring(query, keyId)
}

const inFile = (directory: string): Uint8Array | undefined => {
  const text = QuickLook.textOf(directory, KeyText.KEY_FILE)
  return text === undefined ? undefined : KeyText.keyIn(text)
}

const timer = (millis: number, onPassed: () => void) => {
  const running = setTimeout(onPassed, millis)
  return () => clearTimeout(running)
}

const inKeyring = async ({ directory, goesOn }: Query, keyId: string): Promise<Uint8Array | undefined> => {
  const text = QuickLook.textOf(directory, KeyText.MARKER)
  if (text === undefined || KeyText.entryIn(text) !== keyId) return undefined
  // It starts processes, which most programs never do.
  const KeyringProcess = await import("./internal/key/keyringProcess.js")
  const account = KeyringProcess.accountOf(keyId)
  const answer = await KeyringProcess.ask({}, { action: "get", account }, timer)
  if (goesOn === true) KeyringProcess.handOver({ account, answer })
  return typeof answer.value === "string" ? KeyText.decode(answer.value) : undefined
}
