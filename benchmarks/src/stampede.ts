/** 1,000 requests at once with a token that is no good any more: how many renewals, how many failures, how long? */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { AuthHttpClient } from "@mlserver-auth/core/AuthHttpClient"
import * as Credential from "@mlserver-auth/core/Credential"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import * as MlServerAuth from "@mlserver-auth/core/MlServerAuth"
import { Session } from "@mlserver-auth/core/Session"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import { Accounts } from "@mlserver-auth/dev-server"
import * as NodeHttp from "@mlserver-auth/node/NodeHttp"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as DevServer from "./devServerControl.js"
import { wall } from "./measure.js"
import type { Answer, Row } from "./report.js"

const CROWD = 1000

/** A clock that can be set forward; server and client are moved together. */
const makeClock = () => {
  const base = Clock.make()
  let ahead = 0
  const now = () => base.unsafeCurrentTimeMillis() + ahead
  const clock: Clock.Clock = {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: now,
    currentTimeMillis: Effect.sync(now),
    unsafeCurrentTimeNanos: () => base.unsafeCurrentTimeNanos(),
    currentTimeNanos: base.currentTimeNanos,
    sleep: (duration) => base.sleep(duration)
  }
  return {
    clock,
    twoHoursLater: () => {
      ahead += 2 * 3_600_000
    }
  }
}

/** What one stampede came to. */
interface Outcome {
  readonly millis: number
  readonly failed: number
  readonly counts: DevServer.Counts
}

const start = async (options: NodeHttp.Options = {}) => {
  const server = await DevServer.start()
  const time = makeClock()
  const { password, username } = Accounts.ada
  const runtime = ManagedRuntime.make(
    MlServerAuth.layer({ server: server.url }).pipe(
      Layer.provideMerge(NodeHttp.layer({ proxy: "none", ...options })),
      Layer.provide(TokenStore.layerMemory),
      Layer.provide(CredentialSource.layer(Credential.usernamePassword({ username, password }))),
      Layer.provideMerge(Layer.setClock(time.clock))
    )
  )
  const [bare, signed, session] = await runtime.runPromise(Effect.all([HttpClient.HttpClient, AuthHttpClient, Session]))
  const crowd = (client: HttpClient.HttpClient.With<unknown>, request: HttpClientRequest.HttpClientRequest) => {
    const one = Effect.exit(Effect.flatMap(client.execute(request), (answer) => Effect.as(answer.json, answer.status)))
    return Effect.map(
      Effect.all(
        Array.from({ length: CROWD }, () => one),
        { concurrency: "unbounded" }
      ),
      (exits) => exits.filter((exit) => !Exit.isSuccess(exit) || exit.value !== 200).length
    )
  }
  const stampede = async (effect: Effect.Effect<number>, meanwhile: () => Promise<unknown>): Promise<Outcome> => {
    await server.tell("resetCounts")
    const before = wall()
    const [failed] = await Promise.all([runtime.runPromise(effect), meanwhile()])
    return { millis: (wall() - before) / 1e6, failed, counts: await server.counts() }
  }
  const request = HttpClientRequest.get(`${server.url}/services`)
  const nothing = () => Promise.resolve()
  return {
    bare: async () => {
      const token = await runtime.runPromise(session.token)
      const prepared = HttpClientRequest.bearerToken(request, Redacted.value(token.accessToken))
      return stampede(crowd(bare, prepared), nothing)
    },
    valid: () => stampede(crowd(signed, request), nothing),
    expired: async () => {
      await server.tell("twoHoursLater")
      time.twoHoursLater()
      return stampede(crowd(signed, request), nothing)
    },
    revoked: async () => {
      await server.tell("hold")
      return stampede(crowd(signed, request), () => server.tell("revokeHeld"))
    },
    stop: async () => {
      await runtime.dispose()
      server.stop()
    }
  }
}

const kinds = {
  bare: "bare client, token good",
  valid: "signed, token good",
  expired: "signed, token expired",
  revoked: "signed, token revoked in flight"
}

const judged = (name: string, outcomes: ReadonlyArray<Outcome>): ReadonlyArray<Row> => [
  { what: `${name}: renewals`, values: outcomes.map(({ counts }) => counts.refreshes), unit: "", always: 1 },
  { what: `${name}: reused`, values: outcomes.map(({ counts }) => counts.reusedRefreshTokens), unit: "", always: 0 },
  { what: `${name}: failed`, values: outcomes.map(({ failed }) => failed), unit: "", always: 0 },
  { what: `${name}: answers 401`, values: outcomes.map(({ counts }) => counts.unauthorized), unit: "" }
]

export const run = async (quick: boolean): Promise<ReadonlyArray<Answer>> => {
  const rounds = quick ? 2 : 21
  const app = await start()
  const unlimited = await start({ connections: 1_000_000 })
  const found: Record<keyof typeof kinds, Array<Outcome>> = { bare: [], valid: [], expired: [], revoked: [] }
  const without = Array<Outcome>()
  await app.valid()
  await unlimited.valid()
  for (let round = 0; round < rounds; round++) {
    found.bare.push(await app.bare())
    found.valid.push(await app.valid())
    found.expired.push(await app.expired())
    found.revoked.push(await app.revoked())
    without.push(await unlimited.revoked())
  }
  await app.stop()
  await unlimited.stop()
  const times = Object.entries(kinds).map(([kind, what]): Row => ({
    what: `${what}: wall time`,
    values: found[kind as keyof typeof kinds].map(({ millis }) => millis),
    unit: "ms"
  }))
  const unbounded: ReadonlyArray<Row> = [
    {
      what: "the same without a limit of connections: wall time",
      values: without.map(({ millis }) => millis),
      unit: "ms"
    },
    {
      what: "  with the default limit / without",
      values: found.revoked.map(({ millis }, at) => millis / (without[at]?.millis ?? Number.NaN)),
      unit: "x",
      atMost: 1.3
    }
  ]
  return [
    {
      question: `${CROWD} requests at once, ${rounds} times each, the server in another process`,
      rows: [...judged(kinds.expired, found.expired), ...judged(kinds.revoked, found.revoked), ...times, ...unbounded],
      notes: [
        "NodeHttp opens at most 1024 connections, so that all go at once; they meet a 401 as long as they have the old token.",
        "The token is revoked when 200 of them wait at the server: the wall time includes that."
      ]
    }
  ]
}
