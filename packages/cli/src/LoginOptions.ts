/** What `mls login` understands, and which of it goes together. */
import * as Args from "@effect/cli/Args"
import * as CliOptions from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Cloud, METHODS, type Method } from "./Cloud.js"
import * as Invocation from "./Invocation.js"
import type { Given } from "./Presented.js"
import type * as ServerSettings from "./ServerSettings.js"
import { type Store, STORES } from "./StoreChoice.js"
import { usage, type UsageError } from "./Usage.js"

const text = (name: string, value: string, description: string) =>
  CliOptions.text(name).pipe(
    CliOptions.withPseudoName(value),
    CliOptions.withDescription(description),
    CliOptions.optional
  )

const who = {
  user: CliOptions.text("user").pipe(
    CliOptions.withAlias("u"),
    CliOptions.withPseudoName("name"),
    CliOptions.withDescription("Who signs in: DOMAIN\\user, user@domain, or admin. Also: MLS_USERNAME."),
    CliOptions.optional
  ),
  passwordStdin: CliOptions.boolean("password-stdin").pipe(
    CliOptions.withDescription("Read the password from stdin; one line end at its end is taken off.")
  ),
  tokenStdin: CliOptions.boolean("token-stdin").pipe(
    CliOptions.withDescription("Read an existing access token from stdin, and use it as it is.")
  ),
  force: CliOptions.boolean("force").pipe(CliOptions.withDescription("Sign in anew even where a session is alive."))
}

const settings = {
  method: CliOptions.choice("method", METHODS).pipe(
    CliOptions.withDescription(
      "password: the server checks it; aad-device, aad-browser, aad-password: Azure does; auto: by what else is given. Also: MLS_METHOD."
    ),
    CliOptions.optional
  ),
  authuri: text("authuri", "url", "Azure's address; the global cloud unless given. Also: MLS_AUTHURI."),
  tenant: text("tenant", "id", "The tenant in Azure, GUID or domain. Also: MLS_TENANT."),
  clientid: text("clientid", "id", "The native application in Azure. Also: MLS_CLIENT_ID."),
  resource: text("resource", "id", "The web application that stands for the server. Also: MLS_RESOURCE."),
  wire: CliOptions.choice("wire", ["v1", "v2"]).pipe(
    CliOptions.withDescription("Which of Azure's endpoints; v1 unless given."),
    CliOptions.optional
  ),
  loginPath: text("login-path", "path", "Where the server takes log-ins, if not at /login."),
  store: CliOptions.choice("store", STORES).pipe(
    CliOptions.withDescription(
      "Where the tokens rest: sealed with a key in the keyring, or in a file; file: in clear. The best there is, unless given. Also: MLS_STORE."
    ),
    CliOptions.optional
  )
}

const device = {
  context: text("context", "file", "These settings as the Python client's `context`, in JSON; - for stdin."),
  newCodes: CliOptions.integer("new-codes").pipe(
    CliOptions.withPseudoName("number"),
    CliOptions.withDescription("Ask for so many new device codes when one expires; none unless given."),
    CliOptions.withDefault(0)
  ),
  claims: text("claims", "json", "What the sign-in must satisfy, as an error told it.")
}

/** The options. */
export const config = {
  url: Args.text({ name: "PROFILE|URL" }).pipe(
    Args.withDescription("The server, like https://mlserver.example.com:12800, or the profile of one."),
    Args.optional
  ),
  ...Invocation.profileOption,
  ...who,
  ...settings,
  ...device,
  ...Invocation.credentialOption,
  ...Invocation.remoteOptions
}

/** What makes a profile without signing in. */
export const serverConfig = {
  url: Args.text({ name: "URL" }).pipe(Args.withDescription("The server, like https://mlserver.example.com:12800.")),
  ...settings,
  ...Invocation.remoteOptions
}

/** The command line, parsed. */
export interface Options extends Given, ServerSettings.Given {
  readonly ignoreEnv: boolean
  readonly store: Option.Option<Store>
  readonly force: boolean
  /** The option's value: a file, or `-`. */
  readonly contextFile: string | undefined
  readonly newCodes: number
  readonly claims: Option.Option<string>
}

/** What stdin is read for; a second reader would find nothing. */
const refuseTwoReaders = (options: Options): Effect.Effect<void, UsageError> => {
  const readers = [
    ...(options.passwordStdin ? ["--password-stdin"] : []),
    ...(options.tokenStdin ? ["--token-stdin"] : []),
    ...(options.contextFile === "-" ? ["--context -"] : [])
  ]
  return readers.length < 2
    ? Effect.void
    : usage(`${readers.slice(0, 2).join(" and ")} exclude each other`, "mls login --help")
}

/** Refuses what contradicts itself, before anything is read. */
export const check = (options: Options): Effect.Effect<void, UsageError> =>
  Effect.gen(function* () {
    yield* refuseTwoReaders(options)
    if (options.newCodes < 0 || options.newCodes > 100) {
      return yield* usage("--new-codes wants a number from 0 to 100", "mls login --help")
    }
    const claims = Option.getOrUndefined(options.claims)
    if (claims !== undefined && !isClaims(claims)) {
      return yield* usage("--claims is no JSON object", "Give it in quotes, as the error told it.")
    }
  })

/** OpenID Connect Core 5.5. */
const isClaims = (text: string): boolean => {
  try {
    const json: unknown = JSON.parse(text)
    return /^[ -~]{2,8192}$/.test(text) && typeof json === "object" && json !== null && !Array.isArray(json)
  } catch {
    return false
  }
}

/** Refuses options that the method has no use for: whoever gave them expects something else to happen. */
export const checkMethod = (options: Options, method: Method): Effect.Effect<void, UsageError> => {
  const [device, browser] = [method === "aad-device", method === "aad-browser"]
  if ((device || browser) && options.passwordStdin) {
    const what = device ? "a device code" : "a sign-in in the browser"
    return usage(`--password-stdin is not for ${what}`, "Use --method aad-password, or leave it out.")
  }
  if (!device && options.newCodes > 0) return usage("--new-codes is for device codes only", "Use --method aad-device.")
  return device || browser || Option.isNone(options.claims)
    ? Effect.void
    : usage("--claims is for device codes and the browser only", "Use --method aad-device.")
}

/** Told once, to those who did not ask for it by name (RFC 9700 2.4). */
export const discouragement = ({ authority }: Cloud): string =>
  `The password went to ${authority.origin}. That cannot do multi-factor sign-in, and is discouraged: prefer --method aad-device.`
