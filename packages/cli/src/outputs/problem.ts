/** A failure as JSON. */
import * as AuthError from "@mlserver-auth/core/AuthError"
import { TokenVerifier } from "@mlserver-auth/core/verifier"
import { DevServer } from "@mlserver-auth/dev-server"
import * as ServiceError from "@mlserver-auth/services/ServiceError"
import * as Schema from "effect/Schema"
import { ExitCode } from "../cli/exitCode.js"
import * as S from "./parts.js"

const LIBRARY = [
  AuthError.ConfigurationInvalid,
  AuthError.CredentialRequired,
  AuthError.CredentialRejected,
  AuthError.InteractionRequired,
  AuthError.SessionExpired,
  AuthError.RequestUnauthorized,
  AuthError.ServerUnavailable,
  AuthError.RenewalUncertain,
  AuthError.InvalidResponse,
  AuthError.StoreUnavailable
] as const

/** Errors that `mls` alone has. */
const OWN = [
  "ApiRefused",
  "ChecksFailed",
  "ListenError",
  "OutputFailed",
  "ProfileUnknown",
  "ServerUnknown",
  "ServiceFailed",
  "TokenRefused",
  "TokenUnverified",
  "UsageError",
  "RequestInvalid",
  "Fault"
] as const

/** Why a failure happened: of any error. */
const reasons = [
  ...LIBRARY.flatMap(({ fields }) => ("reason" in fields && "literals" in fields.reason ? fields.reason.literals : [])),
  ...DevServer.ListenError.fields.reason.literals,
  ...TokenVerifier.TokenRefused.fields.reason.literals,
  ...ServiceError.ServiceFailed.fields.reason.literals
]

const exits = Object.values(ExitCode).filter((code) => code > 0 && code < 128)

/** A failure, told. */
export const problem = S.shape({
  code: S.oneWord(
    [...LIBRARY.map(({ _tag }) => _tag), ...OWN],
    "What went wrong. It is stable, so decide by it. An error of the library has its tag here."
  ),
  exit: S.oneOf(exits, "The exit code."),
  message: S.text("What happened, for a person."),
  transient: S.flag("Whether the same command may succeed later, without a change of yours."),
  fix: S.list(Schema.String, "What to do next, the most useful first: commands to type, and sentences."),
  docs: S.text("The address of the page that explains the code."),
  server: S.maybe(S.text("The server or the authority that the error is about.")),
  status: S.maybe(S.httpStatus("The HTTP status of the answer.")),
  reason: S.maybe(S.oneWord(new Set(reasons), "Why, if the code alone does not say it.")),
  codes: S.maybe(
    S.list(S.whole("As in AADSTS50076."), "Azure's numbers. Microsoft changes them, so decide by reason.")
  ),
  correlationId: S.maybe(S.text("The id by which an administrator of Azure finds the sign-in.")),
  timestamp: S.maybe(S.text("The time by the authority's clock, as it wrote it: `2026-11-22 12:00:03Z`.")),
  claims: S.maybe(S.text("The claims that the next sign-in must satisfy: `mls login --claims`."))
}).annotations({ identifier: "Problem", description: "A failure, told." })

/** What is printed of it. */
export const PROBLEM = {
  error: S.output(
    "Every command that fails",
    "On the last line of stderr. Codes and reasons one by one: docs/reference/errors.md.",
    S.shape({ error: problem.annotations({ identifier: "Problem" }) })
  )
} as const
