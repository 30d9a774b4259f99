/** What msal-node sends its requests for tokens with, as its configuration has it. */
import { type INetworkModule, PublicClientApplication } from "@azure/msal-node"
import type { Run } from "../oneClient.js"

interface Configured {
  readonly config: { readonly system: { readonly networkClient: INetworkModule } }
}

export const make = (): Run => {
  const app: unknown = new PublicClientApplication({ auth: { clientId: "66666666-7777-8888-9999-000000000000" } })
  const { networkClient } = (app as Configured).config.system
  return async (url, count) => {
    for (let i = 0; i < count; i++) {
      const { body } = await networkClient.sendGetRequestAsync<object>(url, { headers: { authorization: "Bearer x" } })
      if (typeof body !== "object") throw new Error("no JSON came")
    }
  }
}
