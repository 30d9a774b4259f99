/** What stands before servers in companies: TLS with an authority of one's own, a load balancer. */
import * as Effect from "effect/Effect"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Http from "node:http"
import * as Net from "node:net"
import * as Path from "node:path"
import * as Tls from "node:tls"
import { promisify } from "node:util"

/** Whether certificates can be made here. */
export const hasOpenssl = ChildProcess.spawnSync("openssl", ["version"]).status === 0

const run = promisify(ChildProcess.execFile)

const openssl = (directory: string, ...args: ReadonlyArray<string>) => run("openssl", args, { cwd: directory })

// An elliptic curve: an RSA key takes a fifth of a second to make, two of them for each server.
const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
const request = ["req", "-x509", ...newKey, "-days", "2"]

/** An authority that nobody trusts, and its certificate for 127.0.0.1. */
export const certificates = (directory: string) =>
  Effect.promise(async () => {
    await openssl(directory, ...request, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Contoso Authority")
    const leaf = ["-subj", "/CN=mls.contoso.test", "-addext", "subjectAltName=IP:127.0.0.1,DNS:mls.contoso.test"]
    const usage = ["-addext", "basicConstraints=critical,CA:FALSE"]
    const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-keyout", "key.pem", "-out", "cert.pem"]
    await openssl(directory, ...request, ...signed, ...leaf, ...usage)
    const read = (name: string) => Fs.readFile(Path.join(directory, name))
    return { authority: Path.join(directory, "ca.pem"), key: await read("key.pem"), cert: await read("cert.pem") }
  })

/** Leads what comes on one socket to a server. */
const joined = (outside: Net.Socket, { hostname, port }: URL): void => {
  const inside = Net.connect(Number(port), hostname)
  outside.on("error", () => inside.destroy()).pipe(inside)
  inside.on("error", () => outside.destroy()).pipe(outside)
}

/** Listens on loopback until the scope ends; yields its port. */
const listening = (server: Net.Server) =>
  Effect.acquireRelease(
    Effect.async<number>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed((server.address() as Net.AddressInfo).port)))
    }),
    () => Effect.sync(() => void server.close())
  )

/** TLS outside, plain inside. Yields its address and the file of its authority. */
export const secured = (directory: string, inside: URL) =>
  Effect.gen(function* () {
    const { authority, cert, key } = yield* certificates(directory)
    const server = Tls.createServer({ key, cert }, (socket) => joined(socket, inside))
    server.on("tlsClientError", () => undefined)
    return { authority, url: `https://127.0.0.1:${yield* listening(server)}` }
  })

/** Leads every connection to the next of them. Yields its address. */
export const balanced = (nodes: readonly [URL, ...ReadonlyArray<URL>]) =>
  Effect.gen(function* () {
    let turn = 0
    const server = Net.createServer((socket) => joined(socket, nodes[turn++ % nodes.length] ?? nodes[0]))
    return `http://127.0.0.1:${yield* listening(server)}`
  })

/** A proxy that leads every CONNECT to one server, or answers it with `refusal`. Yields its address, and what it was asked. */
export const proxied = (inside: URL, refusal?: string) =>
  Effect.gen(function* () {
    const asked: Array<string> = []
    const server = Http.createServer()
    server.on("connect", ({ headers, url }: Http.IncomingMessage, socket: Net.Socket) => {
      asked.push(`${url} ${headers["proxy-authorization"] ?? "-"}`)
      if (refusal !== undefined) return void socket.on("error", () => undefined).end(`HTTP/1.1 ${refusal}\r\n\r\n`)
      socket.write("HTTP/1.1 200 OK\r\n\r\n")
      joined(socket, inside)
      return undefined
    })
    return { url: `http://127.0.0.1:${yield* listening(server)}`, asked: asked as ReadonlyArray<string> }
  })
