/** An API that asks the issuer of its tokens about each of them, and answers with whose it is. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Loopback from "../loopback.js"

/** What the API knows of a token that is alive. */
export interface Claims {
  readonly sub: string
  readonly aud: string
}

export interface ResourceServer {
  readonly url: string
  /** Answers by status. */
  readonly answers: ReadonlyMap<number, number>
}

/** 200 with the user's name for a live token that is meant for `audience`, else 401 (RFC 6750 3). */
export const make = (
  audience: string,
  introspect: (token: string) => Effect.Effect<Claims | undefined>
): Effect.Effect<ResourceServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const answers = new Map<number, number>()
    const answer = (header: string) =>
      Effect.map(introspect(header.replace(/^Bearer /, "")), (claims) =>
        claims?.aud === audience ? claims : undefined
      )
    const { url } = yield* Loopback.http((request, response) => {
      void Effect.runPromise(answer(request.headers.authorization ?? "")).then((claims) => {
        const status = claims === undefined ? 401 : 200
        answers.set(status, (answers.get(status) ?? 0) + 1)
        const challenge = { "www-authenticate": 'Bearer realm="mls", error="invalid_token"' }
        response.writeHead(status, claims === undefined ? challenge : {}).end(claims?.sub)
      })
    })
    return { url, answers }
  })
