/** Records that somebody else left, or that cannot be kept. */
import { IndexedDbTokenStore, WebStorageTokenStore } from "@mlserver-auth/browser"
import { Token, TokenKey, TokenStore } from "@mlserver-auth/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { offer, told } from "./offer.js"

const layers = {
  session: WebStorageTokenStore.layerSession,
  local: WebStorageTokenStore.layerLocalStorageReadableByScripts,
  indexedDb: IndexedDbTokenStore.layer
}

const keyOf = ({ principal = "ada" }: At) => TokenKey.make({ issuer: "https://mls.example", principal })
const logged: Array<string> = []
const logger = Logger.replace(
  Logger.defaultLogger,
  Logger.make(({ message }) => void logged.push(String(message)))
)

interface At {
  readonly store: keyof typeof layers
  readonly lockTimeout?: number
  readonly principal?: string
}

/** One of each, so that what is cached is used. */
const runtimes = new Map<string, ManagedRuntime.ManagedRuntime<TokenStore.TokenStore, unknown>>()

const run = <A, E>(at: At, effect: Effect.Effect<A, E, TokenStore.TokenStore>) => {
  const { principal: _, store, ...options } = at
  const name = JSON.stringify({ store, ...options })
  const runtime = runtimes.get(name) ?? ManagedRuntime.make(Layer.merge(layers[store](options), logger))
  runtimes.set(name, runtime)
  return runtime.runPromiseExit(effect).then(told)
}

const use = Effect.flatMap(TokenStore.TokenStore, (store) =>
  Effect.gen(function* () {
    const token = yield* Token.fromAccessToken(Redacted.make("t0ken"))
    return { store, token }
  })
)

offer({
  write: (at: At) =>
    run(
      at,
      Effect.flatMap(use, ({ store, token }) => store.write(keyOf(at), token))
    ),
  read: (at: At) =>
    run(
      at,
      Effect.flatMap(use, ({ store }) =>
        Effect.map(store.read(keyOf(at)), (found) => Option.isSome(found) && Redacted.value(found.value.accessToken))
      )
    ),
  remove: (at: At) =>
    run(
      at,
      Effect.flatMap(use, ({ store }) => store.remove(keyOf(at)))
    ),
  /** Holds the section until the page is gone. */
  hold: (at: At) => {
    const entered = new Promise<void>((resolve) => {
      void run(
        at,
        Effect.flatMap(use, ({ store }) =>
          store.exclusive(keyOf(at))(Effect.zipRight(Effect.sync(resolve), Effect.never))
        )
      )
    })
    return entered
  },
  enter: (at: At) =>
    run(
      at,
      Effect.flatMap(use, ({ store }) => store.exclusive(keyOf(at))(Effect.void))
    ),
  logged: () => Promise.resolve([...logged])
})
