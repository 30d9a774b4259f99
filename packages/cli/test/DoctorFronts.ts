/** What stands before servers in companies: TLS with an authority of one's own, a load balancer. */
import * as Effect from "effect/Effect"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Net from "node:net"
import * as Path from "node:path"
import * as Tls from "node:tls"
import { assert } from "vitest"

/** Whether certificates can be made here. */
export const hasOpenssl = ChildProcess.spawnSync("openssl", ["version"]).status === 0

const openssl = (directory: string, ...args: ReadonlyArray<string>) => {
  const { status, stderr } = ChildProcess.spawnSync("openssl", args, { cwd: directory })
  assert.strictEqual(status, 0, stderr.toString())
}

const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]

/** An authority that nobody trusts, and its certificate for 127.0.0.1. */
const certificates = (directory: string) =>
  Effect.promise(async () => {
    openssl(directory, ...request, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Contoso Authority")
    const leaf = ["-subj", "/CN=mls.contoso.test", "-addext", "subjectAltName=IP:127.0.0.1"]
    const usage = ["-addext", "basicConstraints=critical,CA:FALSE"]
    openssl(
      directory,
      ...request,
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-keyout",
      "key.pem",
      "-out",
      "cert.pem",
      ...leaf,
      ...usage
    )
    const read = (name: string) => Fs.readFile(Path.join(directory, name))
    return { authority: Path.join(directory, "ca.pem"), key: await read("key.pem"), cert: await read("cert.pem") }
  })

/** TLS outside, plain inside. Yields its address and the file of its authority. */
export const secured = (directory: string, inside: URL) =>
  Effect.gen(function* () {
    const { authority, cert, key } = yield* certificates(directory)
    const server = yield* Effect.acquireRelease(
      Effect.async<Tls.Server>((resume) => {
        const made = Tls.createServer({ key, cert }, (socket) => {
          const plain = Net.connect(Number(inside.port), inside.hostname)
          socket.on("error", () => plain.destroy()).pipe(plain)
          plain.on("error", () => socket.destroy()).pipe(socket)
        })
        made.on("tlsClientError", () => undefined)
        made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
      }),
      (made) => Effect.sync(() => void made.close())
    )
    return { authority, url: `https://127.0.0.1:${(server.address() as Net.AddressInfo).port}` }
  })

/** Leads every connection to the next of them. Yields its address. */
export const balanced = (nodes: ReadonlyArray<URL>) =>
  Effect.gen(function* () {
    let turn = 0
    const server = yield* Effect.acquireRelease(
      Effect.async<Net.Server>((resume) => {
        const made = Net.createServer((socket) => {
          const node = nodes[turn++ % nodes.length]
          const inside = Net.connect(Number(node?.port), node?.hostname)
          socket.on("error", () => inside.destroy()).pipe(inside)
          inside.on("error", () => socket.destroy()).pipe(socket)
        })
        made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
      }),
      (made) => Effect.sync(() => void made.close())
    )
    return `http://127.0.0.1:${(server.address() as Net.AddressInfo).port}`
  })
