/**
 * The demo page with its two servers: one whose people log in at the server itself, and one that leaves them to Azure
 * Active Directory. The page is served as files by the first, under a strict policy; the second is of another origin.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Accounts from "./Accounts.js"
import * as AzureDirectory from "./AzureDirectory.js"
import * as DemoControl from "./demo/DemoControl.js"
import * as DemoFiles from "./demo/DemoFiles.js"
import * as DevServer from "./DevServer.js"
import { type Answer, empty, json } from "./http/Reply.js"
import type { Request } from "./http/Request.js"

export { PagesUnreadable } from "./demo/DemoFiles.js"

/** Options of the demo. */
export interface Options extends Pick<DevServer.Options, "lifetimes"> {
  /** Where the page's files are: `index.html`, and what it refers to. */
  readonly directory: string
  /** The port of the page. Default: a free one. */
  readonly port?: number | undefined
}

/** The running demo. */
export interface Service {
  /** The address of the page. */
  readonly url: string
  readonly onPremises: DevServer.Service
  readonly cloud: DevServer.Service
}

const ROOT = "/demo/"

/** Registered at the authority; on this machine the port does not count. */
const REDIRECTS = [`http://127.0.0.1${ROOT}`, `http://127.0.0.1${ROOT}signed-in.html`]

const policy = (cloud: string): string =>
  [
    "default-src 'self'",
    `connect-src 'self' ${cloud}`,
    "require-trusted-types-for 'script'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "object-src 'none'"
  ].join("; ")

interface Published {
  readonly username: string
  readonly password: string
}

const users = (all: ReadonlyArray<Published>) => all.map(({ password, username }) => ({ username, password }))

/** What the page has to know; the passwords are published with this package. */
const settings = (onPremises: DevServer.Service, cloud: DevServer.Service) => ({
  onPremises: { server: onPremises.url, users: users(Accounts.sampleUsers) },
  cloud: {
    ...cloud.azure,
    server: cloud.url,
    users: users([AzureDirectory.ada, AzureDirectory.olga, AzureDirectory.blocked])
  }
})

const file = ({ body, type }: DemoFiles.File, cloud: DevServer.Service): Answer => ({
  status: 200,
  headers: {
    "content-type": type,
    "content-length": String(body.length),
    "content-security-policy": policy(cloud.url),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store"
  },
  body
})

const pages =
  (files: ReadonlyMap<string, DemoFiles.File>, cloud: DevServer.Service) =>
  (own: DevServer.Service): DevServer.Pages => {
    const servers = { onPremises: own.control, cloud: cloud.control }
    return (request: Request) => {
      if (request.path === "/demo" || request.path === "/") return Effect.succeed(empty(302, { location: ROOT }))
      if (!request.path.startsWith(ROOT)) return undefined
      const name = request.path.slice(ROOT.length)
      if (name.startsWith("control/")) return DemoControl.answer(servers, name.slice("control/".length), request)
      if (!["GET", "HEAD"].includes(request.method)) return Effect.succeed(empty(405, { allow: "GET, HEAD" }))
      if (name === "settings.json")
        return Effect.succeed(json(200, settings(own, cloud), { "cache-control": "no-store" }))
      const found = files.get(name === "" ? "index.html" : name)
      return Effect.succeed(found === undefined ? empty(404) : file(found, cloud))
    }
  }

/**
 * Both servers and the page, until the scope closes. The page can revoke the tokens of all users and see what was counted.
 * Fails with `PagesUnreadable` if `directory` has no `index.html`, and with `ListenError` if the port is taken.
 *
 * @example
 * import { DemoServer } from "@mlserver-auth/dev-server"
 * import * as Console from "effect/Console"
 * import * as Effect from "effect/Effect"
 *
 * const program = DemoServer.make({ directory: "packages/browser/demo/dist", port: 8080 }).pipe(
 *   Effect.tap(({ url }) => Console.log(url)), // http://127.0.0.1:8080/demo/
 *   Effect.zipRight(Effect.never),
 *   Effect.scoped,
 *   Effect.catchTag("PagesUnreadable", ({ message }) => Console.error(message))
 * )
 */
export const make = (
  options: Options
): Effect.Effect<Service, DevServer.ListenError | DemoFiles.PagesUnreadable, Scope.Scope> =>
  Effect.gen(function* () {
    const { directory, lifetimes, port } = options
    const files = yield* DemoFiles.read(directory)
    const cloud = yield* DevServer.make({ azure: { redirectUris: { spa: REDIRECTS } }, cors: true, lifetimes })
    const onPremises = yield* DevServer.make({ port, lifetimes, pages: pages(files, cloud) })
    return { url: onPremises.url + ROOT, onPremises, cloud }
  })
