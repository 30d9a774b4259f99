/** The part of oidc-provider 9 that the tests use: it has no types of its own. */
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http"

  export interface Client {
    readonly clientId: string
  }

  export interface Context {
    body: unknown
    readonly oidc: {
      readonly route?: string
      readonly client: Client
      /** The parameters of a request: by name, a string each. */
      readonly params: { readonly [name: string]: string | undefined }
    }
  }

  export interface ResourceServerInfo {
    readonly scope: string
    readonly audience: string
    readonly accessTokenFormat: "opaque" | "jwt"
    readonly jwt: { readonly sign: { readonly alg: string } }
  }

  export interface Token {
    scope?: string
    resourceServer?: unknown
    readonly expiration: number
    readonly save: () => Promise<string>
    readonly destroy: () => Promise<void>
  }

  export interface Grant {
    readonly addOIDCScope: (scope: string) => void
    readonly addResourceScope: (resource: string, scope: string) => void
    readonly save: () => Promise<string>
  }

  type Constructor<A> = new (properties: { readonly [name: string]: unknown }) => A

  export class Provider {
    constructor(issuer: string, configuration: { readonly [name: string]: unknown })
    readonly AccessToken: Constructor<Token>
    readonly RefreshToken: Constructor<Token>
    readonly Grant: Constructor<Grant>
    readonly ResourceServer: new (identifier: string, info: ResourceServerInfo) => unknown
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
    use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): void
    registerGrantType(
      name: string,
      handler: (context: Context, next: () => Promise<void>) => Promise<void>,
      parameters: ReadonlyArray<string>
    ): void
    on(event: "grant.success", listener: (context: Context) => void): void
    on(event: "grant.error", listener: (context: Context, error: Error) => void): void
    on(event: "grant.revoked", listener: (context: Context, grantId: string) => void): void
    on(event: "access_token.saved", listener: (token: Token) => void): void
  }

  export const errors: {
    readonly InvalidGrant: new (detail: string) => Error
  }
}
