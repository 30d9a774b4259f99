/** What every failure but a refusal says, and what to do: one table for each class of `AuthError`, keyed by its fields. */
import { type Diagnosis, trail } from "../../Diagnosis.js"
import type { Refused } from "./refusals.js"
import { type Words, words } from "./wording.js"

const REQUIRED = {
  NotSignedIn: ["Not signed in"],
  SignedOut: ["Signed out"],
  NotInteractive: ["A credential is needed, and there is no person to ask", "Pass the credential without a prompt."],
  Cancelled: ["The sign-in was cancelled"],
  WindowBlocked: [
    "The browser blocked the window for the sign-in",
    "Allow windows for this page and begin with a click, or use a redirect."
  ],
  Framed: ["The page is in a frame, where this sign-in does not work", "Open the page itself in a tab."]
} as const

export const credentialRequired = (of: { readonly reason: keyof typeof REQUIRED; readonly detail: string }): Words => {
  // Where nothing comes before it, a sign-in helps: the first one, so not "again".
  const [says, first] = REQUIRED[of.reason]
  const headline = of.detail === "" ? says : `${says}: ${of.detail}`
  return first === undefined ? words(headline, ["", "SignIn"], "Sign in.") : words(headline, [first])
}

const EXPIRED = {
  Refused: (server: string, says = "it was revoked, or renewed by another program") =>
    `${server} no longer accepts this session: ${says}`,
  Idle: (server: string) => `The session with ${server} was not used for too long and has ended`,
  ChainEnded: (server: string) => `The session with ${server} has reached its full age and cannot be renewed`,
  LostAnswer: (server: string) =>
    `The session with ${server} was renewed, the answer was lost, and the old refresh token no longer works`,
  NotRenewable: (server: string) => `${server} no longer accepts this access token, and it came without a refresh token`
}

export const sessionExpired = ({ diagnosis, reason, server }: Refused<keyof typeof EXPIRED>): Words =>
  words(
    EXPIRED[reason](server, diagnosis?.says) + trail(diagnosis),
    ["", "SignIn"],
    reason === "NotRenewable" ? "Get a new access token, or sign in." : undefined
  )

const NODES_DIFFER =
  "Behind a load balancer, the web nodes must share one JWT signing certificate; else the sign-in may have lost its rights."

const UNAUTHORIZED = {
  RejectedTwice: ["was answered 401, also with a renewed token", NODES_DIFFER],
  NotReplayable: [
    "was answered 401, and its body can be sent only once; the token is renewed now",
    "Send the request again with a fresh body."
  ],
  RenewedInVain: ["was answered 401 again, shortly after a renewed token did not help", NODES_DIFFER],
  Refused: [
    "was answered 401",
    "The challenge says that a new token would not help; check the request and the user's rights."
  ]
} as const

export const requestUnauthorized = (of: {
  readonly reason: keyof typeof UNAUTHORIZED
  readonly method: string
  readonly url: string
  readonly challenge: string
}): Words => {
  const [says, fix] = UNAUTHORIZED[of.reason]
  return words(`${of.method} ${of.url} ${says}${of.challenge === "" ? "" : ` (${of.challenge})`}`, [fix])
}

interface Outage<Reason> {
  readonly reason: Reason
  readonly server: string
  readonly status?: number | undefined
  readonly code?: string | undefined
  readonly retryAfter?: number | undefined
}

const inBrackets = (code: string | undefined): string => (code === undefined ? "" : ` (${code})`)
const later = (retryAfter: number | undefined): string =>
  retryAfter === undefined ? "" : ` in ${Math.ceil(retryAfter / 1000)} s`

export const serverUnavailable = (
  of: Outage<"Transport" | "Timeout" | "Status"> & {
    readonly operation: string
    readonly diagnosis?: Diagnosis | undefined
  }
): Words => {
  const { code = "", operation, retryAfter, server } = of
  const what = {
    Transport: `could not be reached${inBrackets(of.code)}`,
    Timeout: "did not answer in time",
    Status: `answered ${of.status}`
  }[of.reason]
  const fix = /CERTIFICATE_REQUIRED|ALERT_HANDSHAKE_FAILURE/.test(code)
    ? "The server seems to require a client certificate, and this client has none: ask for an address without."
    : /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|TLS|SSL/.test(code)
      ? "Its certificate is not trusted here: name the authority's certificate (`caFile`, or NODE_EXTRA_CA_CERTS)."
      : `Nothing was lost. Check address, network and proxy, and try again${later(retryAfter)}.`
  return words(`${operation}: ${server} ${what}${trail(of.diagnosis)}`, [fix])
}

export const renewalUncertain = (
  of: Outage<"Transport" | "Timeout" | "Status" | "InvalidResponse" | "Interrupted">
): Words => {
  const why = {
    Transport: `the connection broke${inBrackets(of.code)}`,
    Timeout: "no answer came in time",
    Status: `the answer was ${of.status}, which a gateway gives too`,
    InvalidResponse: "the answer could not be read",
    Interrupted: "the program was shut down"
  }[of.reason]
  return words(`A renewal was sent to ${of.server} and ${why}: the server may have replaced the session's tokens`, [
    `The next call${later(of.retryAfter)} tries again; if that is refused, sign in again.`
  ])
}

export const invalidResponse = (of: {
  readonly operation: string
  readonly server: string
  readonly status: number
  readonly problem: string
  readonly reason?: "ClientCertificateWanted" | undefined
  readonly from?: "authority" | undefined
}): Words =>
  words(`${of.operation}: ${of.server} answered ${of.status}, but ${of.problem}`, [
    of.reason === "ClientCertificateWanted"
      ? "This client has none: ask for an address without."
      : of.from === "authority"
        ? "Are `authuri` and `tenant` those of Azure Active Directory, and is there a proxy or a sign-in page in between?"
        : "Is this the address of a Machine Learning Server web node (usually port 12800), and is `loginPath` right (usually /login)?"
  ])
