/** A server that acts for many users: does finding one's header take longer with 10,000 of them, and what does each keep? */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type { AuthError } from "@mlserver-auth/core/AuthError"
import * as Credential from "@mlserver-auth/core/Credential"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import { lifetimes } from "@mlserver-auth/core/MlServerIssuer"
import * as ServerEndpoint from "@mlserver-auth/core/ServerEndpoint"
import * as Sessions from "@mlserver-auth/core/Sessions"
import * as Token from "@mlserver-auth/core/Token"
import { TokenIssuer } from "@mlserver-auth/core/TokenIssuer"
import * as TokenKey from "@mlserver-auth/core/TokenKey"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import { type Contender, heap, ratios, takeTurns } from "./measure.js"
import { HandWrittenKeeper } from "./peers/handWrittenKeeper.js"
import * as Msal from "./peers/msal.js"
import type { Answer, Row } from "./report.js"

const MANY = 10_000
const server = "http://127.0.0.1:12800"

/** A token as long as the server's, of one user. */
const tokenOf = (username: string): Token.Token => {
  const now = Date.now()
  return Token.first(
    {
      accessToken: Redacted.make(`access-${username}-`.padEnd(700, "x")),
      refreshToken: Redacted.make(`refresh-${username}-`.padEnd(90, "y")),
      obtainedAt: now,
      expiresAt: now + 3_600_000,
      clockDifference: 0
    },
    username
  )
}

/** Grants at once, so that what is measured is ours and not a server's in the same process. */
const issuer = Layer.succeed(TokenIssuer, {
  server,
  lifetimes,
  canRevoke: true,
  key: (principal) => TokenKey.make({ issuer: server, principal }),
  grant: (credential) => Effect.sync(() => tokenOf(credential._tag === "UsernamePassword" ? credential.username : "")),
  renew: (token) => Effect.succeed(token),
  revoke: () => Effect.void
})

const nowhere = Layer.succeed(
  HttpClient.HttpClient,
  HttpClient.make((request) => Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null))))
)

const nameOf = (index: number): string => `user${index}@contoso.com`

/** Sessions of so many users, each signed in with a password that its own source supplies. */
const signedIn = async (count: number) => {
  const program = Effect.gen(function* () {
    const endpoint = yield* ServerEndpoint.make(server)
    return Sessions.layer({
      endpoint,
      source: (username) => CredentialSource.fromCredential(Credential.usernamePassword({ username, password: "…" }))
    })
  })
  const runtime = ManagedRuntime.make(
    Layer.unwrapEffect(program).pipe(
      Layer.provide([
        issuer,
        nowhere,
        TokenStore.layerMemory,
        Layer.succeed(CredentialSource.CredentialSource, CredentialSource.none)
      ])
    )
  )
  const before = heap()
  const sessions = await runtime.runPromise(Sessions.Sessions)
  const ready = Effect.forEach(
    Array.from({ length: count }, (_, index) => index),
    (index) => Effect.flatMap(sessions.get(nameOf(index)), ({ session }) => session.token),
    { discard: true }
  )
  await runtime.runPromise(ready)
  return { sessions, bytesEach: (heap() - before) / count, dispose: () => runtime.dispose() }
}

/** A large step that visits every name: an order without pattern. */
const STEP = 7919

/** What is found for one user after another, by a fiber that loops. */
const inTurn = (
  name: string,
  names: ReadonlyArray<string>,
  find: (name: string) => Effect.Effect<unknown, AuthError>
): Contender => ({
  name,
  run: (calls) => {
    let done = 0
    const next = Effect.suspend(() => find(names[(done * STEP) % names.length] ?? ""))
    const step: Effect.Effect<void, AuthError> = Effect.flatMap(next, () => (++done < calls ? step : Effect.void))
    return Effect.runPromise(step)
  }
})

const header = (sessions: Sessions.Service) => (name: string) =>
  Effect.flatMap(sessions.get(name), ({ session }) => session.authorization)

/** A Map of keepers by hand: what memory alone costs when nobody is asked for twice in a row. */
const byHand = (names: ReadonlyArray<string>) => {
  const keepers = new Map(
    names.map((name) => {
      const pair = { accessToken: name.padEnd(700, "x"), refreshToken: "refresh", expiresAt: Date.now() + 3_600_000 }
      return [name, new HandWrittenKeeper(pair, () => Promise.resolve(pair))]
    })
  )
  return (name: string) => Effect.sync(() => keepers.get(name)?.headerIfFresh())
}

const silently = (name: string, ask: (index: number) => Promise<string>, accounts: number): Contender => ({
  name,
  run: async (calls) => {
    for (let done = 0; done < calls; done++) await ask((done * STEP) % accounts)
  }
})

const ours = async (rounds: number, calls: number): Promise<Answer> => {
  const one = await signedIn(1)
  const many = await signedIn(MANY)
  const all = Array.from({ length: MANY }, (_, index) => nameOf(index))
  const single = all.slice(0, 1)
  const samples = await takeTurns(
    [
      inTurn("1 principal", single, header(one.sessions)),
      inTurn(`one of ${MANY}, again and again`, all.slice(4711, 4712), header(many.sessions)),
      inTurn(`each of ${MANY} in turn`, all, header(many.sessions)),
      inTurn("Map of keepers by hand, 1", single, byHand(single)),
      inTurn(`Map of keepers by hand, each of ${MANY} in turn`, all, byHand(all))
    ],
    { rounds, calls }
  )
  const again = `one of ${MANY}, again and again`
  const each = `each of ${MANY} in turn`
  const hand = `Map of keepers by hand, ${each}`
  const rows: ReadonlyArray<Row> = [
    ...samples.map(({ name, perCall }): Row => ({ what: name, values: perCall, unit: "ns" })),
    { what: `${again} / 1 principal`, values: ratios(samples, again, "1 principal"), unit: "x", atMost: 1.5 },
    { what: `${each} / 1 principal`, values: ratios(samples, each, "1 principal"), unit: "x" },
    { what: `${hand} / 1`, values: ratios(samples, hand, "Map of keepers by hand, 1"), unit: "x" },
    { what: "heap per principal, signed in", values: [many.bytesEach], unit: "bytes" }
  ]
  await one.dispose()
  await many.dispose()
  return {
    question: "Sessions: a principal's header by its name",
    rows,
    notes: [
      "The target is for the look-up, one Map. Each in turn meets memory that no cache of the processor holds; a Map of keepers by hand meets less of it.",
      "Heap per principal: session, signed client, memory store's record, and a token pair of 790 characters."
    ]
  }
}

const theirs = async (rounds: number, calls: number): Promise<Answer> => {
  const samples = await takeTurns(
    [silently("1 account", Msal.silent(1), 1), silently(`each of ${MANY} in turn`, Msal.silent(MANY), MANY)],
    { rounds, calls }
  )
  return {
    question: "msal-node 7.2.3: acquireTokenSilent served from its cache",
    rows: [
      ...samples.map(({ name, perCall }): Row => ({
        what: name,
        values: perCall.map((nanos) => nanos / 1000),
        unit: "us"
      })),
      { what: `of ${MANY} / of 1`, values: ratios(samples, `each of ${MANY} in turn`, "1 account"), unit: "x" }
    ]
  }
}

export const run = async (quick: boolean): Promise<ReadonlyArray<Answer>> => [
  await ours(quick ? 3 : 41, quick ? 2000 : 20_000),
  await theirs(quick ? 1 : 5, quick ? 2 : 10)
]
