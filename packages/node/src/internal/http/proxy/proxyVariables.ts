/** The proxies that the environment names. */

/** Proxies by hand, with the meaning of HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
export interface Proxies {
  readonly https?: string | undefined
  readonly http?: string | undefined
  readonly noProxy?: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The variable that names the proxy for a protocol (`https:`), if one is set. The lower-case name wins, as in curl;
 * HTTP_PROXY is a request header in a CGI program.
 */
export const variableFor = (protocol: string, env: Environment): string | undefined => {
  const isCgi = env["REQUEST_METHOD"] !== undefined
  const names =
    protocol === "https:" ? ["https_proxy", "HTTPS_PROXY"] : isCgi ? ["http_proxy"] : ["http_proxy", "HTTP_PROXY"]
  return names.find((name) => env[name] !== undefined)
}

const valueFor = (protocol: string, env: Environment): string | undefined => {
  const name = variableFor(protocol, env)
  return name === undefined ? undefined : env[name]
}

/** The environment's proxies. */
export const fromEnvironment = (env: Environment): Proxies => ({
  https: valueFor("https:", env),
  http: valueFor("http:", env),
  noProxy: env["no_proxy"] ?? env["NO_PROXY"]
})
