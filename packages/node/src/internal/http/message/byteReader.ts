/** Bytes that arrive over time. Whatever `take` has not handed over yet comes before `ended` and `failure` count. */
export interface ByteReader {
  readonly ended: boolean
  readonly failure: Error | undefined
  /** Hands over what has arrived; an empty array when nothing has. */
  readonly take: () => Array<Uint8Array>
  /** Calls the listener once, when there is something to take or the end or a failure is reached. */
  readonly wait: (listener: () => void) => void
  /** Everything will be wanted: do not hold the sender back. */
  readonly hurry: () => void
  readonly cancel: () => void
}
