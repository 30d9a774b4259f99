/** What an error of a service says is printed and logged: no token and no password is in it. */
import { assert, describe, it } from "@effect/vitest"
import * as Session from "@mlserver-auth/core/Session"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import * as Services from "../src/Services.js"
import { ada, server, signedIn } from "./Servers.js"

/** Every way in which an error is told. */
const told = (error: unknown): string =>
  [JSON.stringify(error), String(error), inspect(error, { depth: 9 }), Cause.pretty(Cause.fail(error))].join("\n")

describe("errors of services", () => {
  it.scoped("hold neither the token of the call nor the password of the sign-in", () =>
    Effect.gen(function* () {
      const peer = yield* server()
      const context = yield* Layer.build(Layer.provideMerge(Services.layer, signedIn(peer, ada)))
      const { services, session } = yield* Effect.all({ services: Services.Services, session: Session.Session }).pipe(
        Effect.provide(context)
      )
      const errors = yield* Effect.forEach(
        [
          services.get("none"),
          services.remove({ name: "add", version: "1.0.0" }),
          services.consume("manualTransmission", { hp: "x", wt: [] }),
          services.publish({ name: "add", version: "2" }, { code: "x" })
        ],
        (call) => Effect.flip(Effect.asVoid(call))
      )
      const token = yield* session.token
      const secrets = [Redacted.value(token.accessToken), ada.password]
      assert.lengthOf(errors, 4)
      for (const error of errors) for (const secret of secrets) assert.notInclude(told(error), secret)
    })
  )
})
