/** Which flags of `mls login` go together. */
import * as Effect from "effect/Effect"
import type { Given } from "../../cli/table/commandTable.js"
import { usage, type UsageError } from "../../cli/usage.js"
import * as ForeignJson from "../../text/json.js"
import * as ReaderShell from "../../text/shellQuote.js"
import type { Cloud, Method } from "../../config/cloud.js"

type Options = Given<"login">

/** What stdin is read for; a second reader would find nothing. */
const refuseTwoReaders = (options: Options): Effect.Effect<void, UsageError> => {
  const readers = [
    ...(options.passwordStdin ? ["--password-stdin"] : []),
    ...(options.tokenStdin ? ["--token-stdin"] : []),
    ...(options.context === "-" ? ["--context -"] : [])
  ]
  return readers.length < 2
    ? Effect.void
    : usage(`${readers.slice(0, 2).join(" and ")} exclude each other`, "mls login --help")
}

/** Refuses what contradicts itself, before anything is read. */
export const check = (options: Options): Effect.Effect<void, UsageError> =>
  Effect.gen(function* () {
    yield* refuseTwoReaders(options)
    if (options.newCodes > 100) {
      return yield* usage("--new-codes wants a number from 0 to 100", "mls login --help")
    }
    const { claims } = options
    if (claims !== undefined && !isClaims(claims)) {
      return yield* usage("--claims is no JSON object", "Write it in quotes, as the error printed it.")
    }
  })

/** OpenID Connect Core 5.5. */
const isClaims = (text: string): boolean => {
  try {
    return /^[ -~]{2,8192}$/.test(text) && ForeignJson.isObject(JSON.parse(text))
  } catch {
    return false
  }
}

/** Refuses options that the method has no use for: the person who gave them expects something else to happen. */
export const checkMethod = (options: Options, method: Method): Effect.Effect<void, UsageError> => {
  const [device, browser] = [method === "aad-device", method === "aad-browser"]
  if ((device || browser) && options.passwordStdin) {
    const what = device ? "a device code" : "a sign-in in the browser"
    return usage(`--password-stdin is not for ${what}`, "Use --method aad-password, or leave it out.")
  }
  if (!device && options.newCodes > 0) return usage("--new-codes is for device codes only", "Use --method aad-device.")
  return device || browser || options.claims === undefined
    ? Effect.void
    : usage("--claims is for device codes and the browser only", "Use --method aad-device.")
}

/** A sign-in that only a person can finish. `silenced`: what says that there is none. */
export const needsPerson = (what: string, silenced: string, otherwise: string): UsageError =>
  usage(
    `${what} needs a person, and ${silenced} says that there is none`,
    `${otherwise}: a program then gets the code, and can show it.`,
    `or give a password: ${ReaderShell.piped("mls login --method aad-password --user NAME --password-stdin")}`
  )

/** Told once, to those who did not ask for it by name (RFC 9700 2.4). */
export const discouragement = ({ authority }: Cloud): string =>
  `The password went to ${authority.origin}. That cannot do multi-factor sign-in, and is discouraged: prefer --method aad-device.`
