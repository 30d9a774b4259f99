/** The contract of stores, one check at a time, in a page. */
import { IndexedDbTokenStore, WebStorageTokenStore } from "@mlserver-auth/browser"
import { TokenStore } from "@mlserver-auth/core"
import { TokenStoreContract } from "@mlserver-auth/core/testing"
import * as Effect from "effect/Effect"
import { offer, told } from "./offer.js"

const layers = {
  memory: TokenStore.layerMemory,
  session: WebStorageTokenStore.layerSession(),
  local: WebStorageTokenStore.layerLocalStorageReadableByScripts(),
  indexedDb: IndexedDbTokenStore.layer()
}

export type Name = keyof typeof layers

const run = ({ at, store }: { readonly at: number; readonly store: Name }) => {
  const check = TokenStoreContract.checks[at]
  return Effect.runPromiseExit(
    check === undefined ? Effect.dieMessage("no such check") : Effect.provide(check.run, layers[store])
  ).then(told)
}

offer({ run })
