/** A page as an application would be: one session, one client, the store that the test names. */
import {
  BrowserAuth,
  DialogPrompt,
  FormPrompt,
  IndexedDbTokenStore,
  WebStorageTokenStore
} from "@mlserver-auth/browser"
import { AuthHttpClient, Credential, Session, TokenStore } from "@mlserver-auth/core"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { offer, told } from "./offer.js"

const stores = {
  memory: TokenStore.layerMemory,
  session: WebStorageTokenStore.layerSession(),
  local: WebStorageTokenStore.layerLocalStorageReadableByScripts(),
  indexedDb: IndexedDbTokenStore.layer()
}

export type StoreName = keyof typeof stores

let runtime: ManagedRuntime.ManagedRuntime<AuthHttpClient.AuthHttpClient | Session.Session, unknown> | undefined
const states: Array<string> = []

const run = <A, E>(effect: Effect.Effect<A, E, AuthHttpClient.AuthHttpClient | Session.Session>) =>
  runtime === undefined ? Promise.reject(new Error("not started")) : runtime.runPromiseExit(effect).then(told)

offer({
  start: ({ server = `${location.origin}/mls`, store }: { readonly server?: string; readonly store: StoreName }) => {
    runtime = ManagedRuntime.make(BrowserAuth.layer({ server, store: stores[store] }))
    runtime.runFork(
      Effect.flatMap(Session.Session, (session) =>
        Stream.runForEach(session.changes, (state) => Effect.sync(() => states.push(state._tag)))
      )
    )
    return run(Effect.void)
  },
  signIn: (given: { readonly username: string; readonly password: string }) =>
    run(
      Effect.flatMap(Session.Session, (session) => Effect.asVoid(session.signIn(Credential.usernamePassword(given))))
    ),
  ask: () => run(Effect.flatMap(Session.Session, (session) => Effect.asVoid(session.signIn()))),
  askUntilItWorks: () => run(Effect.asVoid(DialogPrompt.signIn())),
  /** As React does in StrictMode: mounted, left or not, and mounted again, all in one moment. */
  askStrictly: (leave: boolean) => {
    const left = new AbortController()
    void runtime?.runPromiseExit(DialogPrompt.signIn(), { signal: left.signal })
    if (leave) left.abort()
    return run(Effect.asVoid(DialogPrompt.signIn()))
  },
  signOut: () =>
    run(Effect.flatMap(Session.Session, (session) => Effect.map(session.signOut, (end) => end.revocation))),
  get: (path: string) =>
    run(
      Effect.flatMap(AuthHttpClient.AuthHttpClient, (http) =>
        Effect.flatMap(http.get(path), (answer) => Effect.as(answer.text, answer.status))
      )
    ),
  peek: () => run(Effect.flatMap(Session.Session, (session) => Effect.map(session.peek, (state) => state._tag))),
  states: () => Promise.resolve([...states]),
  awaitState: (tag: string) =>
    run(
      Effect.flatMap(Session.Session, (session) =>
        Stream.runDrain(Stream.takeUntil(session.changes, (state) => state._tag === tag))
      )
    )
})

/** A form as an application has one. */
const form = (): HTMLFormElement => {
  const known = document.querySelector("form")
  if (known !== null) return known
  const made = document.createElement("form")
  const problem = document.createElement("p")
  problem.setAttribute("role", "alert")
  made.append(problem)
  for (const [name, autocomplete] of [
    ["user", "username"],
    ["secret", "current-password"]
  ] as const) {
    const input = document.createElement("input")
    Object.assign(input, { name, autocomplete, type: name === "secret" ? "password" : "text", ariaLabel: name })
    made.append(input)
  }
  for (const type of ["submit", "reset"] as const) {
    const button = document.createElement("button")
    Object.assign(button, { type, textContent: type })
    made.append(button)
  }
  document.body.append(made)
  return made
}

offer({
  form: () => Promise.resolve(void form()),
  signInByForm: (describe?: string) =>
    run(Effect.asVoid(FormPrompt.signIn(form, describe === undefined ? {} : { describe: () => describe }))),
  signInByNoForm: () => run(Effect.asVoid(FormPrompt.signIn(() => document.createElement("form")))),
  askPasswordByForm: () =>
    run(
      Effect.flatMap(FormPrompt.make(form), (ask) =>
        Effect.map(ask.password({ server: "https://mls.example", username: "known" }), Redacted.value)
      )
    ),
  askByForm: () =>
    run(
      Effect.gen(function* () {
        const ask = yield* FormPrompt.make(form)
        const username = yield* ask.username({ server: "https://mls.example" })
        const password = yield* ask.password({ server: "https://mls.example", username })
        return [username, Redacted.value(password)]
      })
    )
})
