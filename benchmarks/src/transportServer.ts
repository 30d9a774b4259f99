/** The server of the transport benchmark, in a process of its own so that its work is not counted as the client's. */
import * as Http from "node:http"
import type { AddressInfo } from "node:net"

const body = JSON.stringify({
  statusCode: "pass",
  components: { database: { statusCode: "pass", details: "x".repeat(200) } }
})

const server = Http.createServer((request, response) => {
  request.resume()
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    server: "bench"
  })
  response.end(body)
})

server.keepAliveTimeout = 60_000
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port))
process.on("disconnect", () => process.exit(0))
