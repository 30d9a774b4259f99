import { assert, describe } from "@effect/vitest"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import type * as Global from "../src/global.js"
import * as Chromium from "./support/Chromium.js"
import * as Script from "./support/Script.js"
import * as Site from "./support/Site.js"

declare global {
  var mlserverAuth: typeof Global
  var client: Global.Client
}

const { password, username } = Accounts.ada

/** A page with the script and nothing else, and a server behind its origin. */
const opened = Effect.gen(function* () {
  const server = yield* DevServer.make()
  const site = yield* Site.make({ pages: [], scripts: { global: yield* Script.Script }, behind: server.url })
  const page = yield* Chromium.tab(yield* Chromium.profile, site.page("global"))
  return { server, page }
})

describe("mlserver-auth.js", () => {
  Chromium.layer(Script.layer)((it) => {
    it.scoped("a script tag is enough: sign in, call, watch, sign out; nothing of it offends a strict policy", () =>
      Effect.gen(function* () {
        const { page, server } = yield* opened
        const told = yield* Effect.promise(() =>
          page.evaluate(
            async (given) => {
              const states: Array<string> = []
              const client = await mlserverAuth.connect({ server: `${location.origin}/mls`, store: "encrypted" })
              const stop = client.watch(({ _tag }) => states.push(_tag))
              const signedIn = await client.signIn(given)
              const answer = await client.fetch("/services")
              const services = (await answer.json()) as ReadonlyArray<unknown>
              const header = await client.authorization()
              const { revocation } = await client.signOut()
              const signedOut = await client.state()
              stop()
              await client.close()
              return {
                states,
                signedIn: signedIn._tag,
                status: answer.status,
                type: answer.headers.get("content-type"),
                services: services.length > 0,
                header: header.startsWith("Bearer "),
                revocation,
                signedOut: signedOut._tag
              }
            },
            { username, password }
          )
        )
        assert.deepInclude(told, { signedIn: "SignedIn", status: 200, services: true, header: true })
        assert.deepInclude(told, { revocation: "Revoked", signedOut: "SignedOut" })
        assert.deepStrictEqual(told.states, ["SignedOut", "SignedIn", "SignedOut"])
        assert.match(told.type ?? "", /json/)
        assert.deepInclude(yield* server.control.counts, { logins: 1, revocations: 1 })
        assert.deepStrictEqual(Chromium.complaintsOf(page), [])
      })
    )

    it.scoped("errors are codes with the next step, and hold nothing that was sent", () =>
      Effect.gen(function* () {
        const { page } = yield* opened
        const errors = yield* Effect.promise(() =>
          page.evaluate(async (username) => {
            const failure = (promise: Promise<unknown>) =>
              promise.then(
                () => undefined,
                (error: Global.MlServerAuthError) => {
                  const { code, fix, message, reason, retryable, stack } = error
                  const isOurs = error instanceof mlserverAuth.MlServerAuthError
                  return { code, fix, message, reason, retryable, stack, isOurs }
                }
              )
            const server = `${location.origin}/mls`
            const client = await mlserverAuth.connect({ server })
            const nowhere = await mlserverAuth.connect({ server: "http://127.0.0.1:1", accessToken: "s3cr3t" })
            return [
              await failure(mlserverAuth.connect({ server: "mlserver" })),
              await failure(client.fetch("/services")),
              await failure(client.signIn({ username, password: "wr0ng" })),
              await failure(client.fetch("http://127.0.0.1:1/?secret=s3cr3t")),
              await failure(
                nowhere.fetch("/?secret=s3cr3t", {
                  method: "POST",
                  body: "s3cr3t",
                  headers: { authorization: "s3cr3t" }
                })
              )
            ]
          }, username)
        )
        assert.deepStrictEqual(
          errors.map((error) => [error?.code, error?.reason, error?.retryable, error?.isOurs]),
          [
            ["ConfigurationInvalid", "", false, true],
            ["CredentialRequired", "NotSignedIn", false, true],
            ["CredentialRejected", "InvalidCredentials", false, true],
            ["ConfigurationInvalid", "", false, true],
            ["RequestFailed", "Transport", true, true]
          ]
        )
        assert.notMatch(JSON.stringify(errors), /wr0ng|s3cr3t/)
      })
    )

    it.scoped("loaded as a module it is the same global", () =>
      Effect.gen(function* () {
        const site = yield* Site.make({ pages: [], scripts: { global: yield* Script.Script } })
        const page = yield* Chromium.tab(yield* Chromium.profile, site.page("global?module"))
        const names = yield* Effect.promise(() => page.evaluate(() => Object.keys(mlserverAuth).sort()))
        assert.deepStrictEqual(names, ["MlServerAuthError", "checkServer", "connect"])
        assert.deepStrictEqual(Chromium.complaintsOf(page), [])
      })
    )

    it.scoped("a listener that throws is an uncaught error, and is told what comes next all the same", () =>
      Effect.gen(function* () {
        const { page } = yield* opened
        const told = yield* Effect.promise(() =>
          page.evaluate(
            async (given) => {
              const uncaught: Array<string> = []
              addEventListener("error", ({ error }) => uncaught.push(error.message))
              const states: Array<string> = []
              const client = await mlserverAuth.connect({ server: `${location.origin}/mls` })
              client.watch(({ _tag }) => {
                states.push(_tag)
                throw new Error(`no place to show ${_tag}`)
              })
              await client.signIn(given)
              await client.signOut()
              return { states, uncaught }
            },
            { username, password }
          )
        )
        assert.deepStrictEqual(told, {
          states: ["SignedOut", "SignedIn", "SignedOut"],
          uncaught: ["no place to show SignedOut", "no place to show SignedIn", "no place to show SignedOut"]
        })
      })
    )

    it.scoped("a signal that is aborted ends a call, and its reason is what the promise is rejected with", () =>
      Effect.gen(function* () {
        const { page, server } = yield* opened
        const gate = yield* server.control.hold("login")
        const started = Effect.promise(() =>
          page.evaluate(
            async (given) => {
              const controller = new AbortController()
              Object.assign(globalThis, { leave: () => controller.abort(new Error("enough")) })
              const client = await mlserverAuth.connect({ server: `${location.origin}/mls` })
              return client
                .signIn({ ...given, signal: controller.signal })
                .then(String, (error: Error) => error.message)
            },
            { username, password }
          )
        )
        const leave = Effect.promise(() =>
          page.evaluate(() => (globalThis as unknown as { leave: () => void }).leave())
        )
        const [reason] = yield* Effect.all([started, Effect.zipRight(gate.awaitWaiting(), leave)], {
          concurrency: "unbounded"
        })
        assert.strictEqual(reason, "enough")
      })
    )

    it.scoped("what a form sends is sent, again too where its token was refused", () =>
      Effect.gen(function* () {
        const { page, server } = yield* opened
        yield* Effect.promise(() =>
          page.evaluate(
            async (given) => {
              // As in Safari before 17.4 and Firefox before 124.
              Reflect.deleteProperty(AbortSignal, "any")
              globalThis.client = await mlserverAuth.connect({ server: `${location.origin}/mls` })
              await client.signIn(given)
            },
            { username, password }
          )
        )
        yield* server.control.revokeAccessTokens()
        const status = yield* Effect.promise(() =>
          page.evaluate(() =>
            client
              .fetch("/services/none/1", {
                method: "post",
                headers: { "Content-Type": "application/json" },
                body: "{}"
              })
              .then(({ status }) => status)
          )
        )
        assert.strictEqual(status, 400)
        assert.deepInclude(yield* server.control.counts, { refreshes: 1, unauthorized: 1 })
      })
    )

    it.scoped("close ends a sign-in whose dialog is open, and takes the dialog away", () =>
      Effect.gen(function* () {
        const { page } = yield* opened
        const ended = yield* Effect.promise(async () => {
          const signedIn = page.evaluate(async () => {
            globalThis.client = await mlserverAuth.connect({ server: `${location.origin}/mls` })
            return client.signIn().then(
              () => [],
              (error: Global.MlServerAuthError) => [error.code, error.reason]
            )
          })
          await page.getByRole("dialog").waitFor()
          await page.evaluate(() => client.close())
          return signedIn
        })
        assert.deepStrictEqual(ended, ["CredentialRequired", "Cancelled"])
        assert.strictEqual(yield* Effect.promise(() => page.locator("dialog").count()), 0)
      })
    )

    it.scoped("signIn without a credential opens the dialog", () =>
      Effect.gen(function* () {
        const { page } = yield* opened
        const ended = yield* Effect.promise(async () => {
          const signedIn = page.evaluate(async () => {
            const client = await mlserverAuth.connect({
              server: `${location.origin}/mls`,
              texts: { title: "Anmelden" }
            })
            return (await client.signIn())._tag
          })
          await page.getByRole("dialog", { name: "Anmelden" }).waitFor()
          await page.getByLabel("User name").fill(username)
          await page.getByLabel("Password", { exact: true }).fill(password)
          await page.keyboard.press("Enter")
          return signedIn
        })
        assert.strictEqual(ended, "SignedIn")
      })
    )
  })
})
