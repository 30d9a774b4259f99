/** The states of a session for those who watch, as a stream and as calls. */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import type { State } from "../../SessionState.js"
import type { SessionMemory } from "./memory.js"

/** From when the store was looked at. A slow watcher misses the oldest of many. */
export const changesOf = (memory: SessionMemory, looked: Effect.Effect<void>): Stream.Stream<State> => {
  const join = Effect.map(Queue.sliding<State>(64), (queue) => ({
    queue,
    leave: memory.watch((state) => void queue.unsafeOffer(state))
  }))
  const watching = Stream.acquireRelease(join, ({ leave, queue }) =>
    Effect.zipRight(Effect.sync(leave), Queue.shutdown(queue))
  )
  const states = Stream.flatMap(watching, ({ queue }) => Stream.fromQueue(queue))
  return Stream.unwrap(Effect.as(looked, states))
}

/**
 * Calls with one state after the other, each in a task of its own: a listener may use the session, and what it throws is
 * an uncaught error like that of any event's listener (`error` in a page), which ends nothing here.
 */
export const watched = (
  memory: SessionMemory,
  looked: Effect.Effect<void>,
  listener: (state: State) => void
): (() => void) => {
  let isOver = false
  let leave = () => {}
  const tell = (state: State) => {
    if (!isOver) listener(state)
  }
  const begin = () => {
    if (!isOver) leave = memory.watch((state) => queueMicrotask(() => tell(state)))
  }
  Effect.runCallback(looked, { onExit: begin })
  return () => {
    isOver = true
    leave()
  }
}
