/** One request on the wire: Node's events on one side, a reader of bytes on the other. */
import * as Http from "node:http"
import { Readable } from "node:stream"
import { isEstablished, isLost } from "./agents.js"
import type { ByteReader } from "./byteReader.js"
import { asError, codeOf, isDefect, isEncode, ProxyRefused, RequestUnsent, TransportFailure } from "./failure.js"
import type { Waiter } from "./gate.js"
import * as RequestBody from "./requestBody.js"
import type { Outgoing } from "./requestHead.js"
import * as TimeLimit from "./timeLimit.js"
import type { Way } from "./ways.js"

/** What an answer may hold back before the sender is paused; a smaller answer frees its connection even if never read. */
const HELD_BYTES = 64 * 1024

/** Announcements (1xx) before an answer; each is some hundred bytes at most in what servers do. */
const INTERIM = 32

/** Milliseconds, 0 for no limit. */
export interface Limits {
  readonly headers: number
  readonly body: number
}

export interface Listener {
  readonly onHeaders: (exchange: Exchange) => void
  /** Before the headers only; a failure after them is met by whoever reads the body. */
  readonly onFailure: (error: Error) => void
}

export class Exchange implements ByteReader, Waiter {
  ended = false
  failure: Error | undefined = undefined

  private readonly way: Way
  private readonly outgoing: Outgoing
  private readonly limits: Limits
  private readonly listener: Listener
  private request: Http.ClientRequest | undefined = undefined
  private response: Http.IncomingMessage | undefined = undefined
  private timer: TimeLimit.Limit | undefined = undefined
  private interim = 0
  private repeated = false
  private chunks: Array<Uint8Array> = []
  private held = 0
  private paused = false
  private reading = false
  private hurried = false
  private waiting: (() => void) | undefined = undefined

  constructor(way: Way, outgoing: Outgoing, limits: Limits, listener: Listener) {
    this.way = way
    this.outgoing = outgoing
    this.limits = limits
    this.listener = listener
  }

  get status(): number {
    return this.response?.statusCode ?? 0
  }

  get headers(): Http.IncomingHttpHeaders {
    return this.response?.headers ?? {}
  }

  /** Sends the request, as soon as there is a connection to be had. */
  start(): void {
    const { content } = this.outgoing
    if (content instanceof Readable) content.on("error", (error) => this.abort(RequestBody.failed(error)))
    this.way.gate.enter(this)
  }

  begin(): void {
    const { head, method, path } = this.outgoing
    const { agent, host, port, protocol } = this.way
    try {
      const request = Http.request({ agent, host, port, protocol, method, path, headers: head.headers, setHost: false })
      this.request = request
      this.listen(request)
      this.write(request)
    } catch (thrown) {
      if (this.request === undefined) this.way.gate.release()
      this.fail(asError(thrown))
      this.request?.destroy()
    }
  }

  take(): Array<Uint8Array> {
    this.reading = true
    const taken = this.chunks
    if (taken.length === 0) return taken
    this.chunks = []
    this.held = 0
    if (this.paused) this.resume()
    return taken
  }

  wait(listener: () => void): void {
    this.waiting = listener
  }

  hurry(): void {
    this.hurried = true
    if (this.paused) this.resume()
  }

  /** Idempotent; does nothing once the answer is complete. */
  cancel(): void {
    if (!this.ended) this.abort(new TransportFailure("ABORT_ERR"))
  }

  abort(reason: Error): void {
    if (this.ended || this.failure !== undefined) return
    this.way.gate.leave(this)
    this.fail(reason)
    this.request?.destroy()
  }

  private listen(request: Http.ClientRequest): void {
    request.on("response", (response) => this.onResponse(request, response))
    request.on("error", (error) => this.onError(request, error))
    request.on("information", () => {
      if (++this.interim > INTERIM) this.abort(new TransportFailure("MLS_INTERIM_FLOOD"))
    })
    request.on("close", () => {
      if (request !== this.request) return
      if (this.response === undefined) this.fail(new TransportFailure("MLS_NO_ANSWER"))
      this.way.gate.release()
    })
    if (this.limits.headers === 0) return
    if (request.reusedSocket) this.expectHeaders()
    else
      request.on("socket", (socket) => {
        if (isEstablished(socket)) this.expectHeaders()
        else socket.once(this.way.ready, () => this.expectHeaders())
      })
  }

  private expectHeaders(): void {
    if (this.failure !== undefined || this.response !== undefined) return
    this.expect("MLS_HEADERS_TIMEOUT", this.limits.headers)
  }

  private write(request: Http.ClientRequest): void {
    const { content, head } = this.outgoing
    if (!(content instanceof Readable)) return void request.end(content)
    const onWrong = (): void => this.abort(new TransportFailure("MLS_CONTENT_LENGTH"))
    RequestBody.watch(content, head.length, { onPiece: () => this.timer?.refresh(), onWrong })
    if (this.failure === undefined) content.pipe(request)
  }

  private onResponse(request: Http.ClientRequest, response: Http.IncomingMessage): void {
    this.timer?.clear()
    response.on("error", (error) => this.fail(error)) // Also of one that was given up meanwhile.
    if (this.failure !== undefined) return
    const { forwarded, proxy } = this.way
    if (forwarded && proxy !== undefined && response.statusCode === 407) {
      const { headers } = response
      const offered = headers["proxy-authenticate"]?.toString()
      return this.abort(new ProxyRefused(proxy.origin, 407, offered, proxy.authorization !== undefined))
    }
    this.response = response
    response.on("data", (chunk: Uint8Array) => this.onData(response, chunk))
    response.on("end", () => this.onEnd(request))
    response.on("close", () => this.ended || this.abort(new TransportFailure("MLS_BROKEN_OFF")))
    this.expect("MLS_BODY_TIMEOUT", this.limits.body)
    this.listener.onHeaders(this)
  }

  private onData(response: Http.IncomingMessage, chunk: Uint8Array): void {
    this.timer?.refresh()
    this.chunks.push(chunk)
    this.held += chunk.byteLength
    if (this.held >= HELD_BYTES && !this.hurried) {
      this.paused = true
      response.pause()
      this.timer?.clear()
      if (!this.reading) this.expect("MLS_RESPONSE_UNREAD", this.limits.body)
    }
    this.notify()
  }

  private onEnd(request: Http.ClientRequest): void {
    if (this.failure !== undefined) return
    this.ended = true
    this.timer?.clear()
    const { content } = this.outgoing
    // The answer is there, and the rest of the upload is not wanted.
    if (content instanceof Readable && !request.writableFinished) request.destroy()
    if (content instanceof Readable) content.destroy()
    this.notify()
  }

  private resume(): void {
    this.paused = false
    this.timer?.clear()
    if (this.failure !== undefined) return
    this.expect("MLS_BODY_TIMEOUT", this.limits.body)
    this.response?.resume()
  }

  /** One limit at a time. */
  private expect(code: TransportFailure["code"], millis: number): void {
    this.timer = TimeLimit.start(millis, () => this.abort(new TransportFailure(code)))
  }

  private onError(request: Http.ClientRequest, error: Error): void {
    if (request !== this.request) return
    if (this.wasIdle(request, error)) this.repeat()
    else this.fail(error)
  }

  /** Whether what was sent arrived nowhere, and nothing speaks against sending it again. */
  private wasIdle(request: Http.ClientRequest, error: Error): boolean {
    const { content, method } = this.outgoing
    const isFirst = this.failure === undefined && this.response === undefined && this.interim === 0 && !this.repeated
    return isFirst && !(content instanceof Readable) && isLost(request, method, codeOf(error))
  }

  /** Once, and over a new connection: others that are kept may be as dead. */
  private repeat(): void {
    this.timer?.clear()
    this.repeated = true
    this.request = undefined
    const { agent } = this.way
    for (const socket of agent.freeSockets[agent.getName(this.way)] ?? []) socket.destroy()
    this.begin()
  }

  private fail(error: Error): void {
    if (this.ended || this.failure !== undefined) return
    this.failure = error
    this.timer?.clear()
    if (this.outgoing.content instanceof Readable) this.outgoing.content.destroy()
    if (this.response !== undefined) this.notify()
    else this.listener.onFailure(this.told(error))
  }

  private told(error: Error): Error {
    if (error instanceof ProxyRefused || isEncode(error) || isDefect(error)) return error
    const reached = isEstablished(this.request?.socket)
    return reached ? error : new RequestUnsent(error, this.way.proxy?.origin)
  }

  private notify(): void {
    const waiting = this.waiting
    this.waiting = undefined
    waiting?.()
  }
}
