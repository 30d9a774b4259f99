/** What does the header of a valid token cost, inside a fiber and outside Effect? */
import type { AuthError } from "@mlserver-auth/core/AuthError"
import type { Service } from "@mlserver-auth/core/Session"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import { type Contender, bytesPerCall, ratios, takeTurns } from "./measure.js"
import { HandWrittenKeeper, type Pair } from "./peers/handWrittenKeeper.js"
import * as NaiveSession from "./peers/naiveSession.js"
import type { Answer, Row } from "./report.js"
import { signedIn } from "./signedIn.js"

/**
 * One fiber that hands the effect's value to a `flatMap` again and again, as a program would: the same for every
 * contender, made once, and in every figure.
 */
const inFiber = (name: string, effect: Effect.Effect<unknown, AuthError>): Contender => ({
  name,
  run: (calls) => {
    let done = 0
    const step: Effect.Effect<void, AuthError> = Effect.flatMap(effect, () => (++done < calls ? step : Effect.void))
    return Effect.runPromise(step)
  }
})

let sink: unknown

const called = (name: string, call: () => unknown): Contender => ({
  name,
  run: (calls) => {
    for (let done = 0; done < calls; done++) sink = call()
  }
})

const string = (header: Redacted.Redacted<string> | undefined) => header && Redacted.value(header)

const awaited = (name: string, call: () => Promise<unknown>): Contender => ({
  name,
  run: async (calls) => {
    for (let done = 0; done < calls; done++) sink = await call()
  }
})

const inside = async (session: Service, pair: Pair, rounds: number, calls: number): Promise<ReadonlyArray<Row>> => {
  const held = Effect.runSync(Ref.make(pair))
  const nothing = inFiber("Effect.succeed", Effect.succeed(Redacted.make(`Bearer ${pair.accessToken}`)))
  const ours = inFiber("session.authorization", session.authorization)
  const naive = inFiber(
    "Ref and Clock",
    NaiveSession.authorization(held, () => Effect.succeed(pair))
  )
  const contenders = [nothing, ours, naive]
  const samples = await takeTurns(contenders, { rounds, calls })
  const bytes: Array<Row> = []
  for (const contender of contenders) {
    const values = [await bytesPerCall(contender, calls * 2)]
    const atMost = contender === ours ? 450 : undefined
    bytes.push({ what: `${contender.name}, heap per call`, values, unit: "bytes", atMost })
  }
  const ratio = (name: string) => ratios(samples, name, nothing.name)
  return [
    ...samples.map(({ name, perCall }): Row => ({ what: name, values: perCall, unit: "ns" })),
    { what: "session.authorization / Effect.succeed", values: ratio(ours.name), unit: "x", atMost: 2.5 },
    { what: "Ref and Clock / Effect.succeed", values: ratio(naive.name), unit: "x" },
    ...bytes
  ]
}

const outside = async (
  session: Service,
  keeper: HandWrittenKeeper,
  rounds: number,
  calls: number
): Promise<ReadonlyArray<Row>> => {
  const samples = await takeTurns(
    [
      called("keeper by hand, headerIfFresh()", () => keeper.headerIfFresh()),
      called("session.authorizationIfFresh()", () => session.authorizationIfFresh()),
      called("the same, as a string", () => string(session.authorizationIfFresh())),
      awaited("keeper by hand, await header()", () => keeper.header())
    ],
    { rounds, calls }
  )
  return [
    ...samples.map(({ name, perCall }): Row => ({ what: name, values: perCall, unit: "ns" })),
    {
      what: "session.authorizationIfFresh() / keeper by hand",
      values: ratios(samples, "session.authorizationIfFresh()", "keeper by hand, headerIfFresh()"),
      unit: "x",
      atMost: 2
    }
  ]
}

export const run = async (quick: boolean): Promise<ReadonlyArray<Answer>> => {
  const [rounds, calls] = quick ? [3, 5_000] : [41, 50_000]
  const { runtime, session } = await signedIn()
  const token = await runtime.runPromise(session.token)
  const pair = {
    accessToken: Redacted.value(token.accessToken),
    refreshToken: "refresh",
    expiresAt: token.expiresAt ?? Infinity
  }
  const keeper = new HandWrittenKeeper(pair, () => Promise.resolve(pair))
  const answers = [
    {
      question: "The header of a valid token, inside a fiber",
      rows: await inside(session, pair, rounds, calls),
      notes: ["The flatMap that takes the value is in every figure and in both sides of a ratio."]
    },
    {
      question: "The header of a valid token, outside Effect",
      rows: await outside(session, keeper, rounds, calls * 10)
    }
  ]
  await runtime.dispose()
  if (sink === undefined) throw new Error("nothing was measured")
  return answers
}
