/** How it is proved that news arrive, where the connections of a program are busy with other things. */
import type { SqlClient } from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import * as Engine from "../src/internal/engine.js"
import * as Tables from "../src/internal/tables.js"

/** A client of which each statement takes so long, and where a message is heard or not. */
const clientOf = (took: number, hears: boolean) => {
  const ears = new Map<string, (text: string) => void>()
  const told = (values: ReadonlyArray<unknown>) => {
    const [channel, text] = values.map(String)
    if (hears) ears.get(channel ?? "")?.(text ?? "")
    return []
  }
  return {
    unsafe: (_statement: string, values: ReadonlyArray<unknown> = []) =>
      Effect.delay(
        Effect.sync(() => told(values)),
        took
      ),
    listen: (channel: string) =>
      Stream.async<string>((emit) => void ears.set(channel, (text) => void emit.single(text)))
  } as unknown as SqlClient
}

const heard = (client: SqlClient) =>
  Effect.gen(function* () {
    const { listen } = Engine.make(client, client, yield* Tables.make(), "notify")
    return yield* Effect.exit(Effect.scoped(listen?.(() => undefined) ?? Effect.die("it does not listen")))
  })

describe("a listener", () => {
  it.live("hears, also where each statement waits long for a connection", () =>
    Effect.map(heard(clientOf(400, true)), (exit) => assert.isTrue(Exit.isSuccess(exit)))
  )

  it.live("that hears nothing of what was sent is deaf, and says what to do", () =>
    Effect.map(heard(clientOf(0, false)), (exit) => assert.include(String(exit), "EngineFailure"))
  )
})
