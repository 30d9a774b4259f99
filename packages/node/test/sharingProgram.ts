/** A program among several that share a store: it does what its parent asks, and tells how it went. */
import * as AuthHttpClient from "@mlserver-auth/core/AuthHttpClient"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import * as MlServerAuth from "@mlserver-auth/core/MlServerAuth"
import * as TokenKey from "@mlserver-auth/core/TokenKey"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Asked from "../../core/test/support/asked.js"
import * as FileTokenStore from "../src/FileTokenStore.js"
import * as NodeHttp from "../src/NodeHttp.js"
import { key, numberIn, token } from "./sealed.js"

/** What a program is asked for, and what it answers. */
export type Task =
  /** Requests one after another, in a session of its own: status or name of the error of each. */
  | {
      readonly _tag: "Request"
      readonly server: string
      readonly directory: string
      readonly times: number
      /** False: the section reaches this program only. */
      readonly locked: boolean
    }
  /** Holds the section of a key until its end; answers when it is inside. */
  | { readonly _tag: "Hold"; readonly directory: string; readonly issuer: string }
  /** Adds one to the number in the record, so many times, each time over the number that it read; no section is held. */
  | { readonly _tag: "Add"; readonly directory: string; readonly times: number; readonly comparing: boolean }
  /** Writes a token of that name, or removes the record. */
  | { readonly _tag: "Change"; readonly directory: string; readonly name: string | undefined }
  /** Watches the record, answers, and has nothing else to do. */
  | { readonly _tag: "Watch"; readonly directory: string }

const request = ({ directory, locked, server, times }: Task & { readonly _tag: "Request" }) => {
  const store = Effect.gen(function* () {
    // Its default is for people. Fifty that wait for one another on a busy machine may need longer, and that is no fault.
    const files = yield* FileTokenStore.make({ directory, lockTimeout: "9 minutes" })
    return locked ? files : { ...files, exclusive: yield* TokenStore.makeExclusive }
  })
  const get = Effect.flatMap(AuthHttpClient.AuthHttpClient, (http) => http.get("/services")).pipe(
    Effect.flatMap((response) => Effect.as(response.text, String(response.status))),
    Effect.catchAll((error) => Effect.succeed("reason" in error ? `${error._tag} ${error.reason}` : error._tag))
  )
  return Effect.all(Array.from({ length: times }, () => get)).pipe(
    Effect.provide(
      MlServerAuth.layer({ server }).pipe(
        Layer.provide([
          NodeHttp.layer({ proxy: "none" }),
          Layer.effect(TokenStore.TokenStore, store),
          CredentialSource.layerNone
        ])
      )
    )
  )
}

const add = ({ comparing, directory, times }: Task & { readonly _tag: "Add" }) =>
  Effect.gen(function* () {
    const store = yield* FileTokenStore.make({ directory })
    const once = Effect.flatMap(store.read(key), (found) =>
      store.write(key, token(String(numberIn(found) + 1)), comparing ? found : undefined)
    )
    yield* Effect.repeatN(Effect.repeat(once, { until: (written) => written }), times - 1)
    return ["added"]
  })

const change = ({ directory, name }: Task & { readonly _tag: "Change" }) =>
  Effect.flatMap(FileTokenStore.make({ directory }), (store) =>
    Effect.map(name === undefined ? store.remove(key) : store.write(key, token(name)), String)
  )

const watch = ({ directory }: Task & { readonly _tag: "Watch" }) =>
  Effect.gen(function* () {
    const store = yield* FileTokenStore.make({ directory })
    yield* Scope.extend(store.watch(key), yield* Scope.make())
    process.disconnect()
  })

const hold = ({ directory, issuer }: Task & { readonly _tag: "Hold" }, reply: (answer: Asked.Answer) => void) =>
  Effect.flatMap(FileTokenStore.make({ directory }), (store) =>
    store.exclusive(TokenKey.make({ issuer }))(
      Effect.zipRight(
        Effect.sync(() => reply(["inside"])),
        Effect.never
      )
    )
  )

const answer = (task: Task, reply: (answer: Asked.Answer) => void): Effect.Effect<unknown, unknown> => {
  switch (task._tag) {
    case "Request":
      return Effect.map(request(task), reply)
    case "Hold":
      return hold(task, reply)
    case "Add":
      return Effect.map(add(task), reply)
    case "Change":
      return Effect.map(change(task), (done) => reply([done]))
    case "Watch":
      return watch(task)
  }
}

Asked.answers(answer)
