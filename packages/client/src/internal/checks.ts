/** What callers without types may give. */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as Options from "@mlserver-auth/core/promises/Options"
import * as Effect from "effect/Effect"

const { address, check, flag, kind, millis, object, oneOf, signal, text } = Options

const callback = kind("a function", (value) => typeof value === "function")
const yes = kind("true", (value) => value === true)
const store = oneOf({ memory: [], file: ["files"], encrypted: ["keyFile"], keyring: ["keychain"] })

const COMMON: Options.Shape = {
  server: address,
  entra: object,
  loginPath: text,
  dangerouslyAllowHttp: flag,
  store: (value) => (typeof value === "object" ? object(value) : store(value)),
  http: object,
  issuerTimeout: millis,
  mustRenewWithin: millis,
  shouldRenewWithin: millis,
  onPrompt: callback,
  signal
}

const ENTRA: Options.Shape = {
  authuri: address,
  tenant: text,
  clientid: text,
  resource: text,
  wire: oneOf({ v1: [], v2: [] })
}

const CREDENTIAL: Options.Shape = {
  username: text,
  password: text,
  accessToken: text,
  deviceCode: yes,
  newCodes: kind("a number", (value) => typeof value === "number" && value >= 0),
  browser: yes,
  host: oneOf({ "127.0.0.1": [], localhost: [] }),
  path: text,
  open: (value) => (value === false ? undefined : callback(value)),
  ask: oneOf({ none: [], login: [], select_account: [], consent: [] }),
  loginHint: text,
  domainHint: text,
  patience: millis
}

const WAYS = ["username", "accessToken", "deviceCode", "browser"]

/** One way to sign in, whole; none where that may be. */
const checkCredential = (given: unknown, where: string) =>
  Effect.zipRight(
    check(given, { ...CREDENTIAL, signal }, { where }),
    Effect.suspend(() => {
      const has = (name: string) =>
        typeof given === "object" && given !== null && Reflect.get(given, name) !== undefined
      const ways = WAYS.filter(has)
      if (ways.length > 1)
        return wrong(where + (ways[1] ?? ""), `given beside ${ways[0] ?? ""}`, "Give one way to sign in.")
      if (has("username") === has("password")) return Effect.void
      return wrong(where + (has("username") ? "password" : "username"), "missing", "Give both user name and password.")
    })
  )

const wrong = (setting: string, problem: string, fix: string) => new ConfigurationInvalid({ setting, problem, fix })

const checkCommon = (options: unknown, more: Options.Shape) =>
  Effect.gen(function* () {
    yield* check(options ?? null, { ...COMMON, ...more })
    const { entra } = options as { readonly entra?: unknown }
    yield* check(entra, ENTRA, { where: "entra." })
  })

/** Options of `connect`. */
export const checkConnect = (options: { readonly credential?: unknown }) =>
  Effect.zipRight(
    checkCommon(options, { principal: text, credential: object }),
    Effect.suspend(() => checkCredential(options.credential, "credential."))
  )

/** Options of `users`. */
export const checkUsers = (options: unknown) => checkCommon(options, { credential: callback, idleTimeToLive: millis })

/** Of the calls of a client. */
export const checkCall = (
  what: "fetch" | "signIn" | "call",
  given: unknown
): Effect.Effect<void, ConfigurationInvalid> =>
  what === "fetch" ? Effect.void : what === "signIn" ? checkCredential(given, "") : check(given, Options.ABORTABLE)
