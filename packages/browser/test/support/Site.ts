/** A web site on a real socket: pages with one script each, under a strict policy, and a server behind the same origin. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { build } from "esbuild"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as Path from "node:path"

const POLICY = "default-src 'self'; require-trusted-types-for 'script'"

export interface Options {
  /** Programs in `test/pages`; each is the page of its name. */
  readonly pages: ReadonlyArray<string>
  /** Scripts that are built already; each is the page of its name too, and with `?module` loads as a module. */
  readonly scripts?: Readonly<Record<string, string>> | undefined
  /** What `/mls` leads to, on the same origin. */
  readonly behind?: string | undefined
  /** Servers of other origins that the policy lets the page call. */
  readonly connect?: ReadonlyArray<string> | undefined
}

export interface Site {
  readonly url: string
  readonly page: (name: string) => string
  /** The next request for that path of the server behind is never passed on; ends when it has come. */
  readonly swallowNext: (path: string) => Effect.Effect<void>
}

const built = new Map<string, Promise<string>>()

/** A page's program as one script, built once. */
const script = (path: string): Promise<string> => {
  const known = built.get(path) ?? bundle(path)
  built.set(path, known)
  return known
}

const bundle = (path: string): Promise<string> =>
  build({
    entryPoints: [Path.join(import.meta.dirname, "..", path)],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2022",
    conditions: ["@mlserver-auth/source"],
    logLevel: "silent"
  }).then(({ outputFiles: [file] }) => file?.text ?? "")

/** Serves until the scope closes. */
export const make = (options: Options): Effect.Effect<Site, never, Scope.Scope> =>
  Effect.gen(function* () {
    const built = yield* Effect.promise(() =>
      Promise.all(options.pages.map(async (name) => [name, await script(`pages/${name}.ts`)] as const))
    )
    const scripts = new Map([...built, ...Object.entries(options.scripts ?? {})])
    const swallowed = new Map<string, () => void>()
    const policy = POLICY + (options.connect === undefined ? "" : `; connect-src 'self' ${options.connect.join(" ")}`)
    const url = yield* listen((incoming, outgoing) => {
      const path = incoming.url ?? "/"
      // Some browsers ask for it unasked, and complain where there is none.
      if (path === "/favicon.ico") return outgoing.writeHead(204).end()
      if (options.behind !== undefined && path.startsWith("/mls/")) {
        const arrived = swallowed.get(path.slice("/mls".length))
        if (arrived !== undefined) return arrived()
        return forward(options.behind, path.slice("/mls".length), incoming, outgoing, {})
      }
      const [, name = "", extension] = /^\/(\w+)(\.js)?(?:\?|$)/.exec(path) ?? []
      const found = scripts.get(name)
      // With a word, since Chromium puts a page of its own in the place of an empty one, which no other page can look into.
      if (found === undefined) return outgoing.writeHead(404, { "content-type": "text/plain" }).end("nothing here")
      const type = extension === undefined ? "text/html" : "text/javascript"
      outgoing.writeHead(200, { "content-type": `${type}; charset=utf-8`, "content-security-policy": policy })
      return outgoing.end(extension === undefined ? html(name, path.endsWith("?module")) : found)
    })
    return {
      url,
      page: (name) => `${url}/${name}`,
      swallowNext: (path) => {
        const arrived = new Promise<void>((resolve) => {
          swallowed.set(path, () => {
            swallowed.delete(path)
            resolve()
          })
        })
        return Effect.promise(() => arrived)
      }
    }
  })

const html = (name: string, module: boolean): string =>
  `<!doctype html><html lang="en"><head><title>${name}</title></head>` +
  `<body><main><h1>${name}</h1><button id="opener">Open</button></main><script${module ? ' type="module"' : ""} src="/${name}.js"></script></body></html>`

/** A server on loopback until the scope closes; open connections are then cut. */
export const listen = (handler: Http.RequestListener): Effect.Effect<string, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<Http.Server>((resume) => {
        const server = Http.createServer(handler)
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.sync(() => {
          server.close()
          server.closeAllConnections()
        })
    ),
    (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  )

/** Passes a request on and its answer back, with headers added; a connection that is cut is cut on both sides. */
export const forward = (
  to: string,
  path: string,
  incoming: Http.IncomingMessage,
  outgoing: Http.ServerResponse,
  added: Readonly<Record<string, string>>
): void => {
  const { host: _, ...headers } = incoming.headers
  const onward = Http.request(`${to}${path}`, { method: incoming.method ?? "GET", headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...added })
    answer.on("error", () => outgoing.destroy()).pipe(outgoing)
  })
  onward.on("error", () => outgoing.destroy())
  outgoing.on("close", () => onward.destroy())
  incoming.pipe(onward)
}
