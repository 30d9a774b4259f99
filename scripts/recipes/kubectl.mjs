/** The kubeconfig of a page in the hands of kubectl, where that is installed: which token does a server get to see? */
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:https"
import { join } from "node:path"

const installed = (...programs) => programs.every((each) => spawnSync(each, ["version"]).error === undefined)

/** The users of the kubeconfig that a page shows. */
const shown = (text) => /`(users: \[[^`]+)`/.exec(text)?.[1]

/** A server that answers as the API server does to `kubectl get --raw /version`, and keeps what it was shown. */
const serve = async (directory) => {
  const [key, cert] = ["key.pem", "cert.pem"].map((name) => join(directory, name))
  const subject = ["-subj", "/CN=localhost", "-days", "1", "-keyout", key, "-out", cert]
  spawnSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...subject], { stdio: "ignore" })
  const seen = []
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    seen.push(request.headers.authorization)
    response.writeHead(200, { "content-type": "application/json" }).end("{}")
  })
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve))
  return { seen, server, url: `https://127.0.0.1:${server.address().port}` }
}

/**
 * After the recipe ran in a directory: `{ code, said }` of kubectl; `undefined` where the page shows no kubeconfig or nothing here can read it.
 * @param {string} text
 * @param {string} directory
 * @param {(script: string, directory: string, variables: object) => Promise<{ readonly code: unknown, readonly said: string }>} shell
 */
export const asKubectl = async (text, directory, shell) => {
  const users = shown(text)
  if (users === undefined || !installed("kubectl", "openssl")) return undefined
  const { seen, server, url } = await serve(directory)
  const cluster = `{ name: it, cluster: { server: "${url}", insecure-skip-tls-verify: true } }`
  const context = "{ name: it, context: { cluster: it, user: mls } }"
  const lines = ["apiVersion: v1", "kind: Config", `clusters: [${cluster}]`, `contexts: [${context}]`]
  writeFileSync(join(directory, "kubeconfig"), [...lines, "current-context: it", users, ""].join("\n"))
  const script = "PATH=~/bin:$PATH; kubectl --kubeconfig kubeconfig get --raw /version && mls token --header"
  const { code, said } = await shell(script, directory, {}).finally(() => server.close())
  const printed = said.split(/\n|\{\}/)
  const isOurs = seen.length > 0 && seen.every((each) => printed.includes(`Authorization: ${each}`))
  return isOurs || code !== 0 ? { code, said } : { code: "another token than mls token prints", said: "" }
}
