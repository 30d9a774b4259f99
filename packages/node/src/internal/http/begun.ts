/** A call that was begun without Effect, and that `NodeHttp` goes on with: what was sent is not sent again. */
import type { Exchange } from "./exchange.js"
import type { ByteReader } from "./message/byteReader.js"
import type { Outgoing } from "./message/requestHead.js"

/** What became of it so far. */
export interface Begun {
  readonly url: string
  readonly outgoing: Outgoing
  readonly exchange: Exchange
  /** Why there is no answer. */
  readonly failure: Error | undefined
  /** Its body, from where it was left. */
  readonly body: ByteReader | undefined
}

let begun: Begun | undefined

/** The next request that is the same one gets this answer. */
export const handOver = (call: Begun): void => {
  begun = call
}

/** Given once. */
export const take = (url: URL, outgoing: Outgoing): Begun | undefined => {
  if (begun === undefined) return undefined
  const found = begun
  begun = undefined
  return found.url === url.href && isSame(found, outgoing) ? found : undefined
}

/** A call with another token is another one, but where its answer was shown in part. */
const isSame = ({ body, outgoing: { head, method } }: Begun, other: Outgoing): boolean => {
  const isToken = body !== undefined || head.headers["authorization"] === other.head.headers["authorization"]
  const names = ({ headers }: Outgoing["head"]) => Object.keys(headers).sort().join()
  return method === other.method && other.content === undefined && isToken && names(head) === names(other.head)
}
