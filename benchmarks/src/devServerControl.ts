/** The other end of `devServerProcess.ts`. */
import { fork } from "node:child_process"
import type { Order } from "./devServerProcess.js"

/** What is counted at the server that matters here. */
export interface Counts {
  readonly refreshes: number
  readonly reusedRefreshTokens: number
  readonly unauthorized: number
}

interface Message {
  readonly order: string
  readonly answer: unknown
}

/** Starts the server; `tell` returns when it has done what it was told. */
export const start = async () => {
  const child = fork(new URL("./devServerProcess.js", import.meta.url))
  const answerTo = (order: string) =>
    new Promise<unknown>((resolve, reject) => {
      const listen = (message: Message) => {
        if (message.order !== order) return
        child.off("message", listen)
        child.off("exit", ended)
        resolve(message.answer)
      }
      const ended = () => reject(new Error("the server has ended"))
      child.on("message", listen)
      child.on("exit", ended)
    })
  const url = String(await answerTo("url"))
  const tell = (order: Order) => {
    const answer = answerTo(order)
    child.send(order)
    return answer
  }
  return { url, tell, counts: async () => (await tell("counts")) as Counts, stop: () => child.disconnect() }
}
