/** How keys of records are written down beside the records. No Effect: a quick look at a record goes by this too. */

/** The key itself. */
export const KEY_FILE = "store.key"
/** Which entry of the keyring has it. */
export const MARKER = "store.keyring"

const BYTES = 32

/** A key as text: 43 characters, which every keyring takes. */
export const encode = (key: Uint8Array): string => Buffer.from(key).toString("base64url")

/** `undefined` where the text is no key. */
export const decode = (text: string): Uint8Array | undefined => {
  const bytes = Buffer.from(text, "base64url")
  return bytes.length === BYTES && bytes.toString("base64url") === text ? new Uint8Array(bytes) : undefined
}

const field = (text: string, name: string): string | undefined => {
  try {
    const json = JSON.parse(text) as Readonly<Record<string, unknown>> | null
    const value = json?.["version"] === 1 ? json[name] : undefined
    return typeof value === "string" ? value : undefined
  } catch {
    return undefined
  }
}

/** What `store.key` says. */
export const keyFile = (key: Uint8Array): string => JSON.stringify({ version: 1, key: encode(key) })

/** The key in it; `undefined` where there is none. */
export const keyIn = (text: string): Uint8Array | undefined => {
  const key = field(text, "key")
  return key === undefined ? undefined : decode(key)
}

/** What `store.keyring` says. */
export const marker = (entry: string): string => JSON.stringify({ version: 1, entry })

/** The entry that it names. */
export const entryIn = (text: string): string | undefined => field(text, "entry")
