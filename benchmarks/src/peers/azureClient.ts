/** What azure-identity sends its requests for tokens with: the pipeline of Azure's clients, with its default policies. */
import { createRequire } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { Run } from "../oneClient.js"

/** As much as is used here of `@azure/core-rest-pipeline`. */
interface Pipelines {
  readonly createDefaultHttpClient: () => unknown
  readonly createPipelineFromOptions: (options: object) => {
    readonly sendRequest: (client: unknown, request: unknown) => Promise<{ readonly bodyAsText?: string | null }>
  }
  readonly createHttpHeaders: (headers: object) => unknown
  readonly createPipelineRequest: (options: object) => unknown
}

export const make = async (): Promise<Run> => {
  const folder = process.env["BENCH_PEERS"] ?? ""
  const identity = createRequire(join(folder, "package.json")).resolve("@azure/identity")
  const path = createRequire(identity).resolve("@azure/core-rest-pipeline")
  const azure = (await import(pathToFileURL(path).href)) as Pipelines
  const [client, pipeline] = [azure.createDefaultHttpClient(), azure.createPipelineFromOptions({})]
  return async (url, count) => {
    for (let i = 0; i < count; i++) {
      const headers = azure.createHttpHeaders({ authorization: "Bearer x" })
      const request = azure.createPipelineRequest({ url, headers, allowInsecureConnection: true })
      const { bodyAsText } = await pipeline.sendRequest(client, request)
      JSON.parse(bodyAsText ?? "")
    }
  }
}
