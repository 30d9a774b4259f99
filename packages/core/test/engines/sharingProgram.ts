/** A program among several that share an engine: it does what its parent asks, and tells how it went. */
import { AuthHttpClient, CredentialSource, MlServerAuth, TokenKey, TokenStore } from "@mlserver-auth/core"
import * as NodeHttp from "@mlserver-auth/node/NodeHttp"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Asked from "../support/asked.js"
import { PATIENT, type Way } from "./engine.js"

/** What a program is told at its start. */
export interface Setup {
  /** The name of a way. */
  readonly way: string
  readonly at: string
  readonly place: string
  readonly url: string
  readonly lease: number
  /** Milliseconds by which its clock is wrong. */
  readonly ahead: number
}

/** What a program is asked for; each is answered. */
export type Task =
  /** Requests one after another, in a session of its own: status or name of the error of each. */
  | {
      readonly _tag: "Request"
      readonly times: number
      /** False: the section reaches this program only. */
      readonly locked: boolean
    }
  /** Enters the section of the server's key, answers, and stays. */
  | { readonly _tag: "Hold" }

type Store = ReturnType<Way["store"]>

const request = (store: Store, url: string, { locked, times }: Task & { readonly _tag: "Request" }) => {
  const chosen = locked
    ? store
    : Effect.zipWith(store, TokenStore.makeExclusive, (made, exclusive) => ({ ...made, exclusive }))
  const get = Effect.flatMap(AuthHttpClient.AuthHttpClient, (http) => http.get("/services")).pipe(
    Effect.flatMap((response) => Effect.as(response.text, String(response.status))),
    Effect.catchAll((error) => Effect.succeed("reason" in error ? `${error._tag} ${error.reason}` : error._tag))
  )
  return Effect.all(Array.from({ length: times }, () => get)).pipe(
    Effect.provide(
      MlServerAuth.layer({ server: url }).pipe(
        Layer.provide([
          NodeHttp.layer({ proxy: "none" }),
          Layer.scoped(TokenStore.TokenStore, chosen),
          CredentialSource.layerNone
        ])
      )
    )
  )
}

const hold = (store: Store, url: string, reply: (answer: Asked.Answer) => void) =>
  Effect.scoped(
    Effect.flatMap(store, ({ exclusive }) =>
      exclusive(TokenKey.make({ issuer: url }))(
        Effect.zipRight(
          Effect.sync(() => reply(["inside"])),
          Effect.never
        )
      )
    )
  )

/** The whole of a program. */
export const run = (ways: ReadonlyArray<Way>): void => {
  const setup = JSON.parse(process.argv[2] ?? "{}") as Setup
  const right = Date.now
  Date.now = () => right() + setup.ahead
  const store = Effect.suspend(() => {
    const way = ways.find(({ name }) => name === setup.way)
    return way === undefined
      ? Effect.dieMessage(`no way ${setup.way}`)
      : way.store(setup.at, setup.place, { ...PATIENT, lease: setup.lease })
  })
  Asked.answers<Task>((task, reply) =>
    task._tag === "Hold" ? hold(store, setup.url, reply) : Effect.map(request(store, setup.url, task), reply)
  )
}
