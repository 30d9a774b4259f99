import { ServerCheck } from "@mlserver-auth/browser"
import * as Effect from "effect/Effect"
import { offer, told } from "./offer.js"

offer({
  // A limit for what hangs; a test of the limit itself turns the page's clock.
  check: (server: string) => Effect.runPromiseExit(ServerCheck.checkServer(server, { timeout: 60_000 })).then(told)
})
