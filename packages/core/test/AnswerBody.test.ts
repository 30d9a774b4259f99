import { describe, expect, it } from "@effect/vitest"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { AuthHttpClient } from "@mlserver-auth/core"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { eachChunk } from "../src/internal/answerBody.js"

/** An answer whose body is read as a stream, or by the reader that fetch gives. */
const answer = (way: string, body: ReadableStream<Uint8Array> | null) => {
  const response = new Response(body)
  const request = HttpClientRequest.get("http://localhost/")
  const told = way === "reader" ? Object.assign(request, { [AuthHttpClient.fetchedBody]: response.body }) : request
  return HttpClientResponse.fromWeb(told, response)
}

const bytes = (text: string) => new TextEncoder().encode(text)

/** Pieces that are given one by one, and what became of the body. */
const body = (pieces: ReadonlyArray<string | Error>, onEnd: () => void = () => {}) => {
  const left = [...pieces]
  const seen = { cancelled: false }
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        const next = left.shift()
        if (next instanceof Error) controller.error(next)
        else if (next === undefined) onEnd()
        else controller.enqueue(bytes(next))
      },
      cancel: () => void (seen.cancelled = true)
    },
    { highWaterMark: 0 }
  )
  return { stream, seen }
}

const texts = (taken: ReadonlyArray<Uint8Array>) => taken.map((chunk) => new TextDecoder().decode(chunk)).join("")

describe.each(["stream", "reader"])("a body, by %s", (way) => {
  it.effect("is handed over piece by piece until it ends", () =>
    Effect.gen(function* () {
      const taken: Array<Uint8Array> = []
      const whole = new Blob(["one,", "two"]).stream()
      yield* eachChunk(answer(way, whole), (chunk) => taken.push(chunk) > 0, String)
      expect(texts(taken)).toBe("one,two")
      yield* eachChunk(answer(way, null), () => expect.unreachable("there is none"), String)
    })
  )

  it.effect("is left where enough was taken, and called off", () =>
    Effect.gen(function* () {
      const { seen, stream } = body(["one", "two", "three"])
      const taken: Array<Uint8Array> = []
      yield* eachChunk(answer(way, stream), (chunk) => taken.push(chunk) < 2, String)
      expect(texts(taken)).toBe("onetwo")
      expect(seen.cancelled).toBe(true)
    })
  )

  it.effect("fails as it is told to, where it breaks off", () =>
    Effect.gen(function* () {
      const { stream } = body(["one", new Error("broken")])
      const failed = yield* Effect.flip(
        eachChunk(
          answer(way, stream),
          () => true,
          ({ cause, reason }) => ({ cause, reason })
        )
      )
      expect(failed).toEqual({ reason: "Decode", cause: new Error("broken") })
    })
  )

  it.effect("is called off with the fiber that reads it", () =>
    Effect.gen(function* () {
      const waiting = yield* Deferred.make<void>()
      const { seen, stream } = body(["one"], () => Deferred.unsafeDone(waiting, Effect.void))
      const reading = yield* Effect.fork(eachChunk(answer(way, stream), () => true, String))
      yield* Deferred.await(waiting)
      yield* Fiber.interrupt(reading)
      expect(seen.cancelled).toBe(true)
    })
  )
})
