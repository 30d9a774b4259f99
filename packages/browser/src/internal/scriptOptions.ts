/** What callers without types may give the script, option by option. */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as Options from "@mlserver-auth/core/promises/Options"
import * as Effect from "effect/Effect"
import { ENGLISH, ENGLISH_GIVE_UP } from "./dialog/dialog.js"

const { address, flag, kind, millis, object, oneOf, signal, text } = Options

/** What fetch takes and can be sent; any other object would be sent as "[object Object]". */
const body = kind(
  "a text, bytes, a Blob, a form or a stream (JSON.stringify makes a text of an object)",
  (value) =>
    value === null ||
    typeof value === "string" ||
    ArrayBuffer.isView(value) ||
    [ArrayBuffer, Blob, FormData, URLSearchParams, ReadableStream].some((one) => value instanceof one)
)

/** A server that leaves sign-ins to Azure gets no password: these are the words of those who have such a one. */
const OF_AZURE = new Set([
  "authuri",
  "authority",
  "tenant",
  "clientid",
  "resource",
  "entra",
  "azure",
  "aad",
  "redirecturi"
])

const NOT_HERE = {
  problem: "an option of sign-ins at Azure, and this script signs in at the server itself; no password was sent",
  fix: "For a server that leaves sign-ins to Azure load mlserver-auth-azure.js, and give them as `entra`: see docs/how-to/browser.md."
}

const elsewhere = (option: string) => (OF_AZURE.has(option.toLowerCase()) ? NOT_HERE : undefined)

/** Checks options, for the script that knows nothing of Azure. */
export const check = (given: unknown, shape: Options.Shape): Effect.Effect<void, ConfigurationInvalid> =>
  Options.check(given, shape, { elsewhere })

const anything = () => undefined

/** Of `fetch`: what the platform's own takes; what is said of caches, cookies and redirects is not heeded. */
const REQUEST: Options.Shape = {
  method: text,
  headers: object,
  body,
  signal: (value) => (value === null ? undefined : signal(value)),
  cache: anything,
  credentials: anything,
  duplex: anything,
  integrity: anything,
  keepalive: anything,
  mode: anything,
  priority: anything,
  redirect: anything,
  referrer: anything,
  referrerPolicy: anything,
  window: anything
}

const input = kind(
  "a path, an address or a Request",
  (value) => address(value) === undefined || value instanceof Request
)

/** Of `fetch`, with its path. */
export const checkRequest = (given: { readonly input: unknown; readonly init: unknown }) =>
  Effect.zipRight(Options.check({ path: given.input }, { path: input }), Options.check(given.init, REQUEST))

/** Of `checkServer`. */
export const CHECK: Options.Shape = { loginPath: text, timeout: millis, dangerouslyAllowHttp: flag, signal }

const COMMON: Options.Shape = {
  server: address,
  store: oneOf({
    memory: [],
    session: ["sessionStorage"],
    encrypted: ["IndexedDB"],
    localStorageReadableByScripts: ["localStorage"]
  }),
  principal: text,
  dangerouslyAllowHttp: flag,
  texts: object,
  signal
}

/** Options of `connect`. */
export const CONNECT: Options.Shape = { ...COMMON, accessToken: text, loginPath: text }

/** Of `connect` with `entra`. */
export const CONNECT_AZURE: Options.Shape = { ...COMMON, entra: object }

const PERSON: Options.Shape = {
  way: oneOf({ popup: ["window"], redirect: [] }),
  ask: oneOf({ none: [], login: [], select_account: [], consent: [] }),
  domainHint: text,
  loginHint: text
}

/** Of `entra`. */
export const ENTRA: Options.Shape = {
  ...PERSON,
  authuri: address,
  clientid: text,
  inFrames: flag,
  patience: millis,
  redirectUri: text,
  resource: text,
  tenant: text
}

/** Of `signIn` at Azure. */
export const SIGN_IN_AZURE: Options.Shape = { ...PERSON, signal }

const words = (texts: object): Options.Shape => Object.fromEntries(Object.keys(texts).map((name) => [name, text]))

/** Texts of the dialog. */
export const TEXTS = words(ENGLISH)

/** Texts of the dialog about a window that may have been closed. */
export const TEXTS_GIVE_UP = words(ENGLISH_GIVE_UP)

const SIGN_IN: Options.Shape = { username: text, password: text, signal }

/** Of `signIn`: both, or neither of them. */
export const checkSignIn = (given: { readonly username?: unknown; readonly password?: unknown } | undefined) =>
  Effect.zipRight(
    check(given, SIGN_IN),
    Effect.suspend(() => {
      const [missing, more] = (["username", "password"] as const).filter((name) => given?.[name] === undefined)
      return missing === undefined || more !== undefined
        ? Effect.void
        : new ConfigurationInvalid({
            setting: missing,
            problem: "missing",
            fix: "Give both user name and password, or neither to open the dialog."
          })
    })
  )
