/**
 * One signed GET on the wire of `NodeHttp`, without Effect: for a program that makes one call and ends, which would take four times
 * as long to load Effect as to make it. What is not as usual is handed over: `NodeHttp` in the same process goes on with
 * the call as if it had made it, so that nothing is sent twice and no rule stands here again.
 */
import * as Begun from "./internal/http/begun.js"
import { LIMITS, TLS } from "./internal/http/defaults.js"
import { Exchange } from "./internal/http/exchange.js"
import type { ByteReader } from "./internal/http/message/byteReader.js"
import { decode } from "./internal/http/message/decoding.js"
import * as RequestHead from "./internal/http/message/requestHead.js"
import { Watch } from "./internal/http/timeLimit.js"
import * as Ways from "./internal/http/ways.js"

/** A call that was made. */
export interface Call {
  /** The HTTP status; 0 if there is no answer. */
  readonly status: number
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  /** Passes the body on as it comes, until `take` returns false. Returns false if the rest did not come. */
  readonly each: (take: (piece: Uint8Array) => Promise<boolean>) => Promise<boolean>
  /** `NodeHttp` goes on with it at the next request that is the same. */
  readonly handOver: () => void
  /** Closes the connection. */
  readonly end: () => void
}

/**
 * Makes the call, with the defaults of `NodeHttp` and no proxy. Ends with the head of the answer, or with status 0. Never
 * rejected.
 *
 * @example
 * import { DirectCall } from "@mlserver-auth/node"
 *
 * const print = async (url: URL, authorization: string): Promise<boolean> => {
 *   const call = await DirectCall.get(url, authorization)
 *   return call.each(async (piece) => process.stdout.write(piece)).finally(call.end)
 * }
 */
export const get = (url: URL, authorization: string): Promise<Call> => {
  const ways = Ways.make({ connect: LIMITS.connect, tls: TLS }, LIMITS.connections, () => undefined)
  const way = ways.to(url)
  const request = { method: "GET", headers: { authorization } } as const
  const head = RequestHead.make(request, url, way, { content: undefined })
  const outgoing = { method: request.method, path: url.pathname + url.search, head, content: undefined }
  const exchange = new Exchange(way, outgoing, { headers: LIMITS.headers, body: LIMITS.body, watch: new Watch() })
  const of = (failure: Error | undefined): Call => {
    let body: ByteReader | undefined
    return {
      status: exchange.status,
      headers: exchange.headers,
      each: (take) => passedOn((body ??= decode(exchange, exchange.headers["content-encoding"])), take),
      handOver: () => Begun.handOver({ url: url.href, outgoing, exchange, failure, body }),
      end: () => {
        exchange.cancel()
        ways.close()
      }
    }
  }
  return new Promise((resolve) =>
    exchange.start({ onHeaders: () => resolve(of(undefined)), onFailure: (error) => resolve(of(error)) })
  )
}

const passedOn = async (body: ByteReader, take: (piece: Uint8Array) => Promise<boolean>): Promise<boolean> => {
  for (;;) {
    const pieces = body.take()
    for (const piece of pieces) if (!(await take(piece))) return true
    if (pieces.length > 0) continue
    if (body.failure !== undefined) return false
    if (body.ended) return true
    await new Promise<void>((resolve) => body.wait(resolve))
  }
}
