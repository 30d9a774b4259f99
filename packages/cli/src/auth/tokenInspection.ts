/**
 * `mls token --inspect`: what is written in the token at hand, and with `--verify` whether it may be believed.
 */
import { ExitCode } from "../cli/exitCode.js"
import { Invocation } from "../cli/invocation.js"
import { Output, type OutputFailed } from "../cli/output.js"
import { usage, type UsageError } from "../cli/usage.js"
import * as ForeignJson from "../text/json.js"
import { table } from "../text/table.js"
import * as Instants from "../text/instant.js"
import { plainLine } from "../text/sanitize.js"
import type { Connection } from "./connection.js"
import * as HttpClient from "@effect/platform/HttpClient"
import type { AuthError } from "@mlserver-auth/core/AuthError"
import type * as Token from "@mlserver-auth/core/Token"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

/** The token is not one that the server should take. Its claims are on stdout all the same. */
export class TokenUnverified extends Data.TaggedError("TokenUnverified")<{
  readonly server: string
  /** As the library's `TokenRefused` has it: `WrongAudience`, `SignatureInvalid`, … */
  readonly reason: string
  readonly says: string
}> {
  readonly exit = ExitCode.configuration
  readonly fix = ["Compare `--tenant` and `--resource` with the server's configuration, and the clocks."]
  override get message(): string {
    return `The token could not be verified: ${this.says}`
  }
}

/** By the keys of the tenant; on premises a server does not publish the one that it signs with. */
const verified = ({ http, settings }: Connection, { accessToken }: Token.Token) =>
  Effect.gen(function* () {
    const { cloud, endpoint } = settings
    if (cloud === undefined) {
      return yield* usage(
        "--verify is for servers that leave sign-ins to Azure: other servers do not publish their signing keys",
        "mls token --inspect"
      )
    }
    const { TokenVerifier } = yield* Effect.promise(() => import("@mlserver-auth/core/verifier"))
    const options = yield* TokenVerifier.entra(cloud.authority, cloud.resource).pipe(
      Effect.provideService(HttpClient.HttpClient, http)
    )
    const { verify } = yield* TokenVerifier.make(options)
    yield* Effect.catchTag(
      verify(accessToken),
      "TokenRefused",
      ({ message, reason }) => new TokenUnverified({ server: endpoint.origin, reason, says: lower(message) })
    )
  })

const lower = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1)

const remark = (inspected: Inspected, isVerified: boolean): readonly ["✓" | "!", string] => {
  if (isVerified)
    return ["✓", "Verified: signature, issuer, audience and end are right. Only the server decides what it allows."]
  if (inspected.format === "jwt") {
    return ["!", "Not verified: the signature was not checked. Only the server decides whether the token is valid."]
  }
  return inspected.format === "encrypted"
    ? ["!", "The token is encrypted for the server: only its header can be read."]
    : ["!", "The token is opaque: there is nothing in it to read. The server knows what it means."]
}

/** Shows the token's parts, never the token. An opaque one is no failure. */
export const show = (
  connection: Connection,
  token: Token.Token,
  verify: boolean
): Effect.Effect<void, AuthError | UsageError | TokenUnverified | OutputFailed, Invocation | Output> =>
  Effect.gen(function* () {
    const { answerText, answerJson, marked } = yield* Output
    const { json } = yield* Invocation
    const inspected = inspect(Redacted.value(token.accessToken))
    const outcome = verify ? yield* Effect.exit(verified(connection, token)) : undefined
    const isVerified = outcome?._tag === "Success"
    const lines = toText(inspected, yield* Clock.currentTimeMillis)
    if (outcome?._tag !== "Failure") yield* marked(...remark(inspected, isVerified))
    if (json) yield* answerJson("token-claims", { verified: isVerified, ...toJson(inspected) })
    else if (lines.length > 0) yield* answerText(lines.join("\n"))
    if (outcome !== undefined) yield* outcome
  })

type Members = Readonly<Record<string, unknown>>

/** A token, looked at. `encrypted`: a JSON Web Encryption, of which only the header can be read (RFC 7516). */
export type Inspected =
  | { readonly format: "jwt"; readonly header: Members; readonly claims: Members }
  | { readonly format: "encrypted"; readonly header: Members }
  | { readonly format: "opaque" }

const OPAQUE: Inspected = { format: "opaque" }

const decoded = (part: string | undefined): Members | undefined => {
  if (part === undefined || !/^[A-Za-z0-9_-]+=*$/.test(part)) return undefined
  try {
    const json = ForeignJson.parse(Buffer.from(part, "base64url").toString("utf8"))
    return ForeignJson.isObject(json) ? json : undefined
  } catch {
    return undefined
  }
}

/** Reads what is written in a token, without believing it. */
export const inspect = (token: string): Inspected => {
  const parts = token.split(".")
  const header = decoded(parts[0])
  if (header === undefined) return OPAQUE
  if (parts.length === 5) return { format: "encrypted", header }
  const claims = parts.length === 3 ? decoded(parts[1]) : undefined
  return claims === undefined ? OPAQUE : { format: "jwt", header, claims }
}

/** NumericDate (RFC 7519 2), as RFC 7519, OpenID Connect and Azure use it. */
const INSTANTS: ReadonlySet<string> = new Set(["exp", "nbf", "iat", "auth_time"])

const instantOf = (name: string, value: unknown): number | undefined =>
  INSTANTS.has(name) && typeof value === "number" && Math.abs(value) < 8.64e12 ? value * 1000 : undefined

const valueText = (name: string, value: unknown, now: number): string => {
  const instant = instantOf(name, value)
  if (instant !== undefined) return `${String(value)}, ${Instants.toText(instant, now)}`
  return plainLine(typeof value === "string" ? value : JSON.stringify(value))
}

const block = (title: string, members: Members, now: number): ReadonlyArray<string> => {
  const rows = Object.entries(members).map(([name, value]) => [`  ${name}`, valueText(name, value, now)])
  return [title, ...(rows.length === 0 ? [] : [table(rows)])]
}

/** The lines that a person is shown; none of an opaque token. */
export const toText = (inspected: Inspected, now: number): ReadonlyArray<string> => {
  if (inspected.format === "opaque") return []
  const header = block("Header", inspected.header, now)
  return inspected.format === "encrypted" ? header : [...header, ...block("Claims", inspected.claims, now)]
}

/** The same for programs, with the instants spelled out. */
export const toJson = (inspected: Inspected) => {
  if (inspected.format !== "jwt") return inspected
  const times = Object.entries(inspected.claims).flatMap(([name, value]) => {
    const instant = instantOf(name, value)
    return instant === undefined ? [] : [[name, new Date(instant).toISOString()] as const]
  })
  return { ...inspected, times: Object.fromEntries(times) }
}
