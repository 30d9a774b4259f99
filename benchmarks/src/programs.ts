/** Programs of a benchmark, as processes that do what they are told. */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"

/** The places as reports name them. */
export const NAMES = { files: "files", redis: "Redis", postgres: "PostgreSQL" } as const

/** Starts a module beside this one with its setup, and returns when the program says that it is ready. */
export const started = async <Setup>(module: string, setup: Setup): Promise<ChildProcess> => {
  const child = fork(new URL(module, import.meta.url), [JSON.stringify(setup)])
  await once(child, "message")
  return child
}

/** Gives an order, and returns the answer to it. */
export const tell = async <Order extends string, Answer>(child: ChildProcess, order: Order): Promise<Answer> => {
  const answered = once(child, "message") as Promise<[Answer]>
  child.send(order)
  return (await answered)[0]
}
