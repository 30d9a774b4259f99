/** One request on the wire: undici's callbacks on one side, a reader of bytes on the other. */
import type { IncomingHttpHeaders } from "node:http"
import type { Dispatcher } from "undici"

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

/** What an answer may hold back before the sender is paused; a smaller answer frees its connection even if never read. */
const HELD_BYTES = 64 * 1024

/** The request was given up by its own caller. */
export class RequestAbandoned extends Error {
  override readonly name = "RequestAbandoned"
  readonly code = "ABORT_ERR"
}

/** Nobody read an answer too big to be held. */
export class ResponseUnread extends Error {
  override readonly name = "ResponseUnread"
  readonly code = "MLS_RESPONSE_UNREAD"
  constructor() {
    super("the answer was not read in time, so its connection was closed")
  }
}

/** The request failed before its first byte was written: no server has seen it, whatever else is unknown. */
export class RequestUnsent extends Error {
  override readonly name = "RequestUnsent"
  readonly sent = false
  readonly code: string
  constructor(cause: Error) {
    const code = codeOf(cause) ?? "MLS_REQUEST_UNSENT"
    // The headers of a proxy's answer to CONNECT: for the request that is a connection not made, and only that is told.
    const proxySilent = code === "UND_ERR_HEADERS_TIMEOUT"
    super(cause.message, proxySilent ? {} : { cause })
    this.code = proxySilent ? "UND_ERR_CONNECT_TIMEOUT" : code
  }
}

/** The code that Node and undici give their errors. */
export const codeOf = (error: Error): string | undefined =>
  "code" in error && typeof error.code === "string" ? error.code : undefined

export interface Listener {
  readonly onHeaders: (exchange: Exchange) => void
  /** Before the headers only; a failure after them is met by whoever reads the body. */
  readonly onFailure: (error: Error) => void
}

export class Exchange implements Dispatcher.DispatchHandler, ByteReader {
  status = 0
  headers: IncomingHttpHeaders = {}
  ended = false
  failure: Error | undefined = undefined

  private readonly listener: Listener
  private readonly unreadMillis: number
  private controller: Dispatcher.DispatchController | undefined = undefined
  private chunks: Array<Uint8Array> = []
  private held = 0
  private started = false
  private reading = false
  private hurried = false
  private waiting: (() => void) | undefined = undefined
  private unread: NodeJS.Timeout | undefined = undefined

  constructor(listener: Listener, unreadMillis: number) {
    this.listener = listener
    this.unreadMillis = unreadMillis
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    if (this.failure !== undefined) controller.abort(this.failure)
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // 1xx answers announce the real one.
    if (status < 200) return
    this.status = status
    this.headers = headers
    this.started = true
    this.listener.onHeaders(this)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.chunks.push(chunk)
    this.held += chunk.byteLength
    if (this.held >= HELD_BYTES && !this.hurried) {
      controller.pause()
      if (!this.reading) this.watchUnread()
    }
    this.notify()
  }

  onResponseEnd(): void {
    this.ended = true
    this.notify()
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.fail(error)
  }

  take(): Array<Uint8Array> {
    this.reading = true
    clearTimeout(this.unread)
    const taken = this.chunks
    if (taken.length === 0) return taken
    this.chunks = []
    this.held = 0
    this.controller?.resume()
    return taken
  }

  wait(listener: () => void): void {
    this.waiting = listener
  }

  hurry(): void {
    this.hurried = true
  }

  /** Idempotent; does nothing once the answer is complete. */
  cancel(): void {
    this.abort(new RequestAbandoned("the request was interrupted"))
  }

  private abort(reason: Error): void {
    if (this.ended || this.failure !== undefined) return
    this.fail(reason)
    // Without a controller the request is still queued: `onRequestStart` drops it before a byte is sent.
    this.controller?.abort(reason)
  }

  private fail(error: Error): void {
    if (this.failure !== undefined) return
    this.failure = error
    clearTimeout(this.unread)
    if (this.started) this.notify()
    else this.listener.onFailure(this.controller === undefined ? new RequestUnsent(error) : error)
  }

  private notify(): void {
    const waiting = this.waiting
    this.waiting = undefined
    waiting?.()
  }

  private watchUnread(): void {
    if (this.unreadMillis === 0) return
    this.unread = setTimeout(() => this.abort(new ResponseUnread()), this.unreadMillis)
    this.unread.unref()
  }
}
