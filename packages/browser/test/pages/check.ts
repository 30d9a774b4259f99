import { ServerCheck } from "@mlserver-auth/browser"
import * as Effect from "effect/Effect"
import { offer, told } from "./offer.js"

offer({
  check: (server: string) => Effect.runPromiseExit(ServerCheck.checkServer(server, { timeout: 3_000 })).then(told)
})
