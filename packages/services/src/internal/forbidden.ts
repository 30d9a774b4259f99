/** Why a 403: whose the service is, and the role that would do. */
import type * as Session from "@mlserver-auth/core/Session"
import * as Effect from "effect/Effect"
import { type CallError, ServiceRefused } from "../ServiceError.js"
import { ownerOf, type WebService } from "../WebService.js"

/** The service that was to be published or changed. */
export interface Attempt {
  readonly name: string
  readonly version?: string | undefined
}

type Found = ReadonlyArray<WebService>

/** Another user's name; nothing where it is the caller's own service, or the server does not say. */
const otherOwner = (found: Found, { version }: Attempt, session: Pick<Session.Service, "peek"> | undefined) =>
  Effect.gen(function* () {
    const one = found.find((it) => it.version === version) ?? found[0]
    const owner = one === undefined ? undefined : ownerOf(one)
    if (owner === undefined || session === undefined) return owner
    const state = yield* session.peek
    const own = state._tag === "SignedIn" && state.principal?.toLowerCase() === owner.toLowerCase()
    return own ? undefined : owner
  })

/**
 * The error of a forbidden change says whom to ask. That calls the server once more, and only then; where it says
 * nothing, the error names the role alone.
 */
export const explained = <A>(
  list: (name: string) => Effect.Effect<Found, CallError>,
  session: Pick<Session.Service, "peek"> | undefined,
  attempt: Attempt,
  change: Effect.Effect<A, CallError>
): Effect.Effect<A, CallError> =>
  Effect.catchTag(change, "ServiceRefused", (refused) => {
    if (refused.reason !== "Forbidden") return Effect.fail(refused)
    const { method, reason, says, status, url } = refused
    return list(attempt.name).pipe(
      Effect.flatMap((found) => otherOwner(found, attempt, session)),
      Effect.orElseSucceed(() => undefined),
      Effect.flatMap((owner) => {
        const who = owner === undefined ? { role: "Contributor" as const } : { role: "Owner" as const, owner }
        return Effect.fail(new ServiceRefused({ reason, status, method, url, says, ...who }))
      })
    )
  })
