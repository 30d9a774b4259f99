/** One request on the wire: Node's events on one side, a reader of bytes on the other. */
import type * as NodeHttp from "node:http"
import { Readable } from "node:stream"
import { Http } from "../builtins.js"
import { isEstablished, isLost } from "./agents.js"
import type { ByteReader } from "./message/byteReader.js"
import { asError, codeOf, isDefect, isEncode, ProxyRefused, RequestUnsent, TransportFailure } from "./failure.js"
import * as Forwarding from "./proxy/forwarding.js"
import type { Waiter } from "./gate.js"
import * as Upload from "./message/upload.js"
import type { Outgoing } from "./message/requestHead.js"
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
  readonly watch: TimeLimit.Watch<TransportFailure["code"]>
}

export interface Listener {
  readonly onHeaders: () => void
  /** Before the headers only; a failure after them is met by the reader of the body. */
  readonly onFailure: (error: Error) => void
}

export class Exchange implements ByteReader, Waiter {
  ended = false
  failure: Error | undefined = undefined
  status = 0
  headers: NodeHttp.IncomingHttpHeaders = {}

  private readonly way: Way
  private readonly outgoing: Outgoing
  private readonly limits: Limits
  private listener: Listener | undefined = undefined
  private request: NodeHttp.ClientRequest | undefined = undefined
  private response: NodeHttp.IncomingMessage | undefined = undefined
  private readonly timer: TimeLimit.Timer<TransportFailure["code"]>
  private attempt: Forwarding.Attempt | undefined = undefined
  private interim = 0
  private repeated = false
  private chunks: Array<Uint8Array> = []
  private held = 0
  private paused = false
  private reading = false
  private hurried = false
  private waiting: (() => void) | undefined = undefined

  constructor(way: Way, outgoing: Outgoing, limits: Limits) {
    this.way = way
    this.outgoing = outgoing
    this.limits = limits
    this.timer = new TimeLimit.Timer(limits.watch, (code) => this.abort(new TransportFailure(code)))
  }

  /** Sends the request, as soon as there is a connection to be had. */
  start(listener: Listener): void {
    this.listener = listener
    this.timer.begin()
    const { content } = this.outgoing
    if (content instanceof Readable) content.on("error", (error) => this.abort(Upload.failed(error)))
    const { gate, proof } = this.way
    if (proof === undefined) return gate.enter(this)
    const begin = (): void => gate.enter(this)
    return proof.enter((this.attempt = { begin, refuse: (error) => this.abort(error) }))
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

  private listen(request: NodeHttp.ClientRequest): void {
    request.on("response", (response) => this.onResponse(request, response))
    request.on("error", (error) => this.onError(request, error))
    request.on("information", () => {
      if (++this.interim > INTERIM) this.abort(new TransportFailure("MLS_INTERIM_FLOOD"))
    })
    request.on("close", () => this.onClose(request))
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
    this.timer.start("MLS_HEADERS_TIMEOUT", this.limits.headers)
  }

  private write(request: NodeHttp.ClientRequest): void {
    const { content, head } = this.outgoing
    if (!(content instanceof Readable)) return void request.end(content)
    const onWrong = (): void => this.abort(new TransportFailure("MLS_CONTENT_LENGTH"))
    Upload.watch(content, head.length, { onPiece: () => this.timer.refresh(), onWrong })
    if (this.failure === undefined) content.pipe(request)
  }

  private onResponse(request: NodeHttp.ClientRequest, response: NodeHttp.IncomingMessage): void {
    this.timer.clear()
    response.on("error", (error) => this.fail(error)) // Also of one that was given up meanwhile.
    if (this.failure !== undefined) return
    const refusal = Forwarding.judge(this.way, this.attempt, response)
    if (refusal !== undefined) return this.abort(refusal)
    this.response = response
    this.status = response.statusCode ?? 0
    this.headers = response.headers
    response.on("data", (chunk: Uint8Array) => this.onData(response, chunk))
    response.on("end", () => this.onEnd(request))
    response.on("close", () => this.ended || this.abort(new TransportFailure("MLS_BROKEN_OFF")))
    this.timer.start("MLS_BODY_TIMEOUT", this.limits.body)
    this.listener?.onHeaders()
  }

  private onClose(request: NodeHttp.ClientRequest): void {
    if (request !== this.request) return
    if (this.response === undefined) this.fail(new TransportFailure("MLS_NO_ANSWER"))
    this.way.gate.release()
    // Effect's own objects are long-lived to V8, and whatever they lead to is copied: what is heavy is let go.
    if (this.ended) this.request = this.response = undefined
  }

  private onData(response: NodeHttp.IncomingMessage, chunk: Uint8Array): void {
    this.timer.refresh()
    this.chunks.push(chunk)
    this.held += chunk.byteLength
    if (this.held >= HELD_BYTES && !this.hurried) {
      this.paused = true
      response.pause()
      this.timer.clear()
      if (!this.reading) this.timer.start("MLS_RESPONSE_UNREAD", this.limits.body)
    }
    this.notify()
  }

  private onEnd(request: NodeHttp.ClientRequest): void {
    if (this.failure !== undefined) return
    this.ended = true
    this.timer.end()
    const { content } = this.outgoing
    // The answer is there, and the rest of the upload is not wanted.
    if (content instanceof Readable && !request.writableFinished) request.destroy()
    if (content instanceof Readable) content.destroy()
    this.notify()
  }

  private resume(): void {
    this.paused = false
    this.timer.clear()
    if (this.failure !== undefined) return
    this.timer.start("MLS_BODY_TIMEOUT", this.limits.body)
    this.response?.resume()
  }

  private onError(request: NodeHttp.ClientRequest, error: Error): void {
    if (request !== this.request) return
    if (this.wasIdle(request, error)) this.repeat()
    else this.fail(error)
  }

  /** Whether what was sent arrived nowhere, and nothing speaks against sending it again. */
  private wasIdle(request: NodeHttp.ClientRequest, error: Error): boolean {
    const { content, method } = this.outgoing
    const isFirst = this.failure === undefined && this.response === undefined && this.interim === 0 && !this.repeated
    return isFirst && !(content instanceof Readable) && isLost(request, method, codeOf(error))
  }

  /** Once, and over a new connection: others that are kept may be as dead. */
  private repeat(): void {
    this.timer.clear()
    this.repeated = true
    this.request = undefined
    this.way.agent.forget(this.way)
    this.begin()
  }

  private fail(error: Error): void {
    if (this.ended || this.failure !== undefined) return
    this.failure = error
    this.timer.end()
    if (this.attempt !== undefined) this.way.proof?.ended(this.attempt, error)
    if (this.outgoing.content instanceof Readable) this.outgoing.content.destroy()
    if (this.response !== undefined) this.notify()
    else this.listener?.onFailure(this.reported(error))
  }

  private reported(error: Error): Error {
    if (error instanceof ProxyRefused || isEncode(error) || isDefect(error)) return error
    return isEstablished(this.request?.socket) ? error : new RequestUnsent(error, this.way.proxy?.origin)
  }

  private notify(): void {
    const waiting = this.waiting
    this.waiting = undefined
    waiting?.()
  }
}
