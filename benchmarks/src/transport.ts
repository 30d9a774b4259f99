/** What `transports.ts` and `request.ts` send to: a server in another process, whose work is not counted as the client's. */
import { fork } from "node:child_process"

/** Its answer is about 400 bytes of JSON. */
export const startServer = async () => {
  const child = fork(new URL("./transportServer.js", import.meta.url))
  const port = await new Promise<number>((resolve, reject) => {
    child.once("message", (message) => resolve(Number(message)))
    child.once("error", reject)
  })
  return { url: `http://127.0.0.1:${port}/status`, stop: () => child.disconnect() }
}
