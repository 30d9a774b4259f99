/**
 * The look of `mls doctor` at what everything is for: whether the server takes the access token. Several calls, each
 * over a connection of its own: behind a load balancer, web nodes may not agree.
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { type Check, fail, ok, skip } from "./DoctorCheck.js"
import type { Ask } from "./DoctorServer.js"
import type { Seen, Usable } from "./DoctorStore.js"
import { ExitCode } from "./ExitCode.js"
import type { ServerSettings } from "./ServerSettings.js"

/** Of two nodes that take turns, or are chosen by chance, one is hardly missed. */
const CALLS = 6

const unlike = (refused: number): Check =>
  fail(
    "call",
    ExitCode.configuration,
    `the server takes the access token in ${CALLS - refused} of ${CALLS} calls, and refuses it in ${refused} (401): its web nodes do not share what tokens are signed with`,
    "Tell your administrator: one JWT signing certificate for all web nodes (docs/how-to/load-balancer.md)."
  )

const refusedEverywhere = ({ name, profile, endpoint }: ServerSettings, { heldBy, renewable }: Usable): Check => {
  const told =
    "the server refuses the access token (401), though it has not ended: it was revoked, or is another server's"
  if (heldBy !== undefined) return fail("call", ExitCode.signInRequired, told, `Set another ${heldBy}, or unset it.`)
  const target = profile === undefined ? endpoint.base : name
  // A renewal is what every command does next; where it is refused, that one says to sign in.
  const fix = renewable && profile !== undefined ? `mls refresh --profile ${name}` : `mls login ${target}`
  return fail("call", ExitCode.signInRequired, told, fix)
}

/** Sends the token that was seen; skipped where there is none. Renews nothing. */
export const look = <E>(settings: ServerSettings, { token }: Seen, ask: Ask<E>): Effect.Effect<Check, E> =>
  Effect.gen(function* () {
    if (token === undefined) return skip("call", "needs an access token that has not ended")
    const authorization = Redacted.value(token.authorization)
    const request = HttpClientRequest.get(`${settings.endpoint.base}/status`).pipe(
      HttpClientRequest.setHeader("authorization", authorization)
    )
    // At once: a server that takes its time for the report would be waited for six times.
    const answers = yield* Effect.all(
      Array.from({ length: CALLS }, () => ask(request)),
      { concurrency: "unbounded" }
    )
    const statuses = answers.flatMap((answer) => (answer._tag === "Answered" ? [answer.status] : []))
    const refused = statuses.filter((status) => status === 401).length
    const strange = statuses.find((status) => status >= 500)
    if (statuses.length < CALLS) return skip("call", `no answer to ${CALLS - statuses.length} of ${CALLS} calls`)
    if (strange !== undefined) return skip("call", `a call with the access token is answered ${strange}`)
    if (refused === 0) return ok("call", `the server takes the access token (${CALLS} calls)`)
    return refused === CALLS ? refusedEverywhere(settings, token) : unlike(refused)
  })
