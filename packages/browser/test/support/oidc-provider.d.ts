/** The part of oidc-provider 9 that the tests use: it has no types of its own. */
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http"

  export class Provider {
    constructor(issuer: string, configuration: { readonly [name: string]: unknown })
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
    on(event: "grant.success", listener: () => void): void
    on(event: "grant.error", listener: (context: unknown, error: Error) => void): void
  }
}
