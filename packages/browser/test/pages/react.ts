/** Pages as people write them with React, in development: StrictMode mounts each component, leaves it and mounts it again. */
import { AuthorizationCodeAuth, AuthorizationCodeRedirect, WebStorageTokenStore } from "@mlserver-auth/browser"
import { type Client, connect, MlServerAuthError } from "@mlserver-auth/browser/global"
import { Session } from "@mlserver-auth/core"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import { createElement, type Rendered, StrictMode, useEffect, useState } from "react"
import { createRoot, hydrateRoot } from "react-dom/client"
import { offer } from "./offer.js"

const server = `${location.origin}/mls`

/** The one client of a page, as a module has it. */
const shared = connect({ server })

/** Signs in for as long as a component is there, and says how that ended; the answer is for when it leaves. */
type Say = (words: string) => void
type Begin = (say: Say, client: Client) => () => void

const ended = (signedIn: Promise<{ readonly _tag: string }>, say: Say) =>
  void signedIn.then(
    ({ _tag }) => say(_tag),
    (error: unknown) => say(error instanceof MlServerAuthError ? `${error.code} ${error.reason}` : String(error))
  )

/** What a component says after it has left is not shown. */
const whileThere = (say: Say) => {
  const there = { now: true }
  return { say: (words: string) => void (there.now && say(words)), leave: () => void (there.now = false) }
}

const ways = {
  "one client, aborted": (say, client) => {
    const left = new AbortController()
    const there = whileThere(say)
    ended(client.signIn({ signal: left.signal }), there.say)
    return () => {
      there.leave()
      left.abort()
    }
  },
  "one client, not aborted": (say, client) => {
    const there = whileThere(say)
    ended(client.signIn(), there.say)
    return there.leave
  },
  "a client of each mount, aborted": (say) => {
    const left = new AbortController()
    const { signal } = left
    const there = whileThere(say)
    ended(
      connect({ server, signal }).then((client) => client.signIn({ signal })),
      there.say
    )
    return () => {
      there.leave()
      left.abort()
    }
  },
  "a client of each mount, closed": (say) => {
    const there = whileThere(say)
    const client = connect({ server })
    ended(
      client.then((client) => client.signIn()),
      there.say
    )
    return () => {
      there.leave()
      void client.then((client) => client.close())
    }
  }
} satisfies Readonly<Record<string, Begin>>

export type Way = keyof typeof ways

let mounts = 0

/** A component that signs in when it is mounted. */
const signingIn = (begin: (say: Say) => () => void) => (): Rendered => {
  const [words, say] = useState("Signing in")
  useEffect(() => {
    mounts++
    return begin(say)
  }, [])
  return createElement("p", { id: "words" }, words)
}

const mount = (component: () => Rendered) =>
  createRoot(document.querySelector("main") ?? document.body).render(
    createElement(StrictMode, null, createElement(component, null))
  )

/** What a colleague hands over. */
interface Settings {
  readonly authuri: string
  readonly tenant: string
  readonly clientid: string
  readonly resource: string
}

/** A component that goes on with what the authority's page answered, or offers to go there. */
const returning = (settings: Settings, abort: boolean) => {
  const redirect = AuthorizationCodeRedirect.make()
  const store = WebStorageTokenStore.layerSession()
  const runtime = ManagedRuntime.make(AuthorizationCodeAuth.layer({ ...settings, server, redirect, store }))
  const resumed = Effect.gen(function* () {
    const returned = yield* AuthorizationCodeRedirect.resume
    const session = yield* Session.Session
    if (Option.isNone(returned)) return { _tag: "Nothing" }
    yield* session.signIn(returned.value.credential)
    return yield* session.peek
  })
  const begin = (say: Say) => {
    const left = new AbortController()
    const there = whileThere(say)
    ended(runtime.runPromise(resumed, { signal: left.signal }), there.say)
    return () => {
      there.leave()
      if (abort) left.abort()
    }
  }
  const Words = signingIn(begin)
  const onClick = () => void runtime.runPromise(Effect.flatMap(Session.Session, (session) => session.signIn()))
  const component = () =>
    createElement("div", null, createElement(Words, null), createElement("button", { id: "go", onClick }, "Sign in"))
  // It is there before anything is mounted, so that the first mount begins before it is left.
  return runtime.runPromise(Effect.succeed(component))
}

/** The whole page, as a server has rendered it too; `title` is what may differ. */
const page = (title: string) => (): Rendered =>
  createElement(
    "html",
    { lang: "en" },
    createElement("head", null, createElement("title", null, "react")),
    createElement(
      "body",
      null,
      createElement("main", null, createElement("h1", null, title), createElement("button", { id: "opener" }, "Open"))
    )
  )

const recovered: Array<string> = []

offer({
  mount: (way: Way) => shared.then((client) => mount(signingIn((say) => ways[way](say, client)))),
  mountReturning: ({ abort, settings }: { readonly settings: Settings; readonly abort: boolean }) =>
    returning(settings, abort).then(mount),
  mounts: () => Promise.resolve(mounts),
  /** A script beside React that signs in. */
  signIn: () => shared.then((client) => client.signIn().then(({ _tag }) => _tag)),
  hydrate: (title: string) => {
    const onRecoverableError = (error: unknown) => void recovered.push(String(error))
    hydrateRoot(document, createElement(StrictMode, null, createElement(page(title), null)), { onRecoverableError })
    return Promise.resolve()
  },
  /** What React could not hydrate, so that it rendered again. */
  recovered: () => Promise.resolve(recovered)
})
