/** One contender of `transports.ts` in a process of its own: what others load or warm up is not its cost. */
import { processor } from "./measure.js"

/** Requests, and how many of them at a time. */
export interface Task {
  readonly count: number
  readonly concurrency: number
}

/** Sends so many requests one after the other and reads each answer's JSON. */
export type Run = (url: string, count: number) => Promise<unknown>

interface Client {
  readonly make: () => Run | Promise<Run>
}

/** Loaded only where it is asked for. */
const CLIENTS: Readonly<Record<string, () => Promise<Client>>> = {
  "node:http": () => import("./peers/nodeClient.js"),
  undici: () => import("./peers/undiciClient.js"),
  "HttpClient, the thinnest": () => import("./peers/thinClient.js"),
  NodeHttp: () => import("./peers/nodeHttpClient.js"),
  "msal-node": () => import("./peers/msalClient.js"),
  "azure-identity": () => import("./peers/azureClient.js"),
  fetch: () => import("./peers/fetchClient.js")
}

const [name = "", url = ""] = process.argv.slice(2)
const load = CLIENTS[name]
if (load === undefined) throw new Error(`no contender is called ${name}`)
const run = await (await load()).make()

const all = async ({ concurrency, count }: Task): Promise<number> => {
  const share = Math.ceil(count / concurrency)
  const before = processor()
  await Promise.all(Array.from({ length: concurrency }, () => run(url, share)))
  return processor() - before
}

process.on("message", (task: Task) => void all(task).then((nanos) => process.send?.(nanos)))
process.on("disconnect", () => process.exit())
process.send?.("ready")
