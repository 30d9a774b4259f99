import { assert, describe } from "@effect/vitest"
import { DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import type * as Global from "../src/global.js"
import * as Chromium from "./support/Chromium.js"
import * as Script from "./support/Script.js"
import * as Site from "./support/Site.js"

declare global {
  var mlserverAuth: typeof Global
  var client: Global.Client
}

/** A page with the script and nothing else, and a server behind its origin. */
const opened = Effect.gen(function* () {
  const server = yield* DevServer.make()
  const site = yield* Site.make({ pages: [], scripts: { global: yield* Script.Script }, behind: server.url })
  const page = yield* Chromium.tab(yield* Chromium.profile, site.page("global"))
  return { server, page }
})

describe("mlserver-auth.js, given options by hand", () => {
  Chromium.layer(Script.layer)((it) => {
    it.scoped("an option that is none is refused before anything is sent, and the nearest is named", () =>
      Effect.gen(function* () {
        const { page, server } = yield* opened
        const told = yield* Effect.promise(() =>
          page.evaluate(async () => {
            const server = `${location.origin}/mls`
            const client = await mlserverAuth.connect({ server })
            const given = { username: "ada", password: "s3cr3t" }
            const untyped = { ...mlserverAuth } as unknown as Record<
              string,
              (...given: Array<unknown>) => Promise<unknown>
            >
            const own = client as unknown as typeof untyped
            const tries: Array<Promise<unknown> | undefined> = [
              untyped["connect"]?.(),
              untyped["connect"]?.({ server, store: "indexeddb" }),
              untyped["connect"]?.({ server, store: "Encrypted" }),
              untyped["connect"]?.({ server, store: "cookie" }),
              untyped["connect"]?.({ server, acessToken: "s3cr3t" }),
              untyped["connect"]?.({ server, tenant: "contoso.com", clientid: "s3cr3t" }),
              untyped["connect"]?.({ server, principal: 7 }),
              untyped["connect"]?.({ server, texts: { titel: "Anmelden" } }),
              own["signIn"]?.({ user: "ada", password: "s3cr3t" }),
              own["signIn"]?.({ username: "ada" }),
              own["signIn"]?.({ ...given, signal: {} }),
              own["fetch"]?.("/services", { methode: "POST" }),
              own["fetch"]?.("/services", { method: "POST", body: { secret: "s3cr3t" } }),
              own["fetch"]?.(7),
              own["signOut"]?.({ everywhere: true }),
              untyped["checkServer"]?.(server, { timeout: "10 seconds" })
            ]
            return Promise.all(
              tries.map((each) =>
                (each ?? Promise.resolve()).then(
                  () => "it was taken",
                  ({ code, message }: Global.MlServerAuthError) => `${code} ${message}`
                )
              )
            )
          })
        )
        const words = [
          /options: not an object/,
          /store: there is no "indexeddb"\. Did you mean encrypted\?/,
          /Did you mean encrypted\?/,
          /There are: memory, session, encrypted, localStorageReadableByScripts/,
          /acessToken: there is no such option\. Did you mean accessToken\?/,
          /tenant: an option of sign-ins at Azure.* mlserver-auth-azure\.js/,
          /principal: not a text/,
          /texts\.titel: .* title\?/,
          /user: .* username\?/,
          /password: missing/,
          /signal: not an AbortSignal/,
          /methode: .* method\?/,
          /body: not a text, bytes, .*JSON\.stringify/,
          /path: not a path, an address or a Request/,
          /everywhere: .*There are: signal/,
          /timeout: not a number of milliseconds/
        ]
        assert.lengthOf(told, words.length)
        for (const [at, word] of words.entries())
          assert.match(told[at] ?? "", new RegExp(`ConfigurationInvalid.*${word.source}`))
        assert.notInclude(told.join(), "s3cr3t")
        assert.strictEqual((yield* server.control.counts).requests, 0)
      })
    )
  })
})
