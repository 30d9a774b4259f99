/**
 * The library for a script tag: `mlserverAuth.connect(…)` and plain promises. Built into `dist/mlserver-auth.js`, which
 * needs nothing else.
 */
import * as HttpBody from "@effect/platform/HttpBody"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import type { AuthError } from "@mlserver-auth/core/AuthError"
import * as AuthHttpClient from "@mlserver-auth/core/AuthHttpClient"
import * as Credential from "@mlserver-auth/core/Credential"
import * as Session from "@mlserver-auth/core/Session"
import type { SignOut, State } from "@mlserver-auth/core/SessionState"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as BrowserAuth from "./BrowserAuth.js"
import * as DialogPrompt from "./DialogPrompt.js"
import * as IndexedDbTokenStore from "./IndexedDbTokenStore.js"
import * as ServerCheck from "./ServerCheck.js"
import * as WebStorageTokenStore from "./WebStorageTokenStore.js"

/** What an error is, for `switch`: the tag of an `AuthError`, or what became of a call that is none of its matter. */
export type Code = AuthError["_tag"] | "RequestFailed" | "ResponseUnreadable" | "Defect"

/** Everything that promises of this library are rejected with, but for the reason of a signal that was aborted. */
export class MlServerAuthError extends Error {
  override readonly name = "MlServerAuthError"
  readonly code: Code
  /** A finer word where the code has several: `Refused`, `Cancelled`, `Timeout`, … */
  readonly reason: string
  /** Whether the same call may work later without anybody doing anything. */
  readonly retryable: boolean
  /** What to do next. */
  readonly fix: string
  constructor(code: Code, message: string, details: { reason?: string; retryable?: boolean; fix?: string } = {}) {
    super(message)
    this.code = code
    this.reason = details.reason ?? ""
    this.retryable = details.retryable ?? false
    this.fix = details.fix ?? ""
  }
}

/** A call that can be given up. */
export interface Abortable {
  readonly signal?: AbortSignal
}

/** See `BrowserAuth.Options` and docs/browser.md. */
export interface ConnectOptions extends Abortable {
  readonly server: string | URL
  /** Where tokens rest; "memory" unless said otherwise. */
  readonly store?: "memory" | "session" | "encrypted" | "localStorageReadableByScripts"
  /** An access token that was obtained elsewhere, in the place of sign-ins. */
  readonly accessToken?: string
  readonly principal?: string
  readonly loginPath?: string
  readonly dangerouslyAllowHttp?: boolean
  /** Words of the dialog. */
  readonly texts?: Partial<DialogPrompt.Texts>
}

/** A server and the session of one person there. */
export interface Client {
  /** Like the browser's own `fetch`, signed for paths of the server. The answer's body is read whole. */
  readonly fetch: (path: string, init?: RequestOptions) => Promise<Response>
  /** With what is given; without, by a dialog that stays open until it has worked or is left (`CredentialRequired`). */
  readonly signIn: (given?: { readonly username: string; readonly password: string } & Abortable) => Promise<State>
  readonly signOut: (options?: Abortable) => Promise<SignOut>
  readonly state: (options?: Abortable) => Promise<State>
  /** Calls with the state now and with each new one, also of other tabs. The answer ends that. */
  readonly watch: (listener: (state: State) => void) => () => void
  /** The value of the Authorization header, for another library. */
  readonly authorization: (options?: Abortable) => Promise<string>
  /** Ends everything but the session itself. */
  readonly close: () => Promise<void>
}

/** What of `fetch`'s options there is. */
export interface RequestOptions extends Abortable {
  readonly method?: string
  readonly headers?: Headers | Record<string, string>
  readonly body?: string | Uint8Array<ArrayBuffer> | ArrayBuffer | Blob | FormData | URLSearchParams
}

/** A client. Rejected with `ConfigurationInvalid` for an address that is none, and `StoreUnavailable` for a store that is. */
export const connect = async (options: ConnectOptions): Promise<Client> => {
  const scope = await Effect.runPromise(Scope.make())
  const auth = BrowserAuth.layer({
    server: options.server,
    principal: options.principal,
    loginPath: options.loginPath,
    dangerouslyAllowHttp: options.dangerouslyAllowHttp,
    credential: options.accessToken === undefined ? undefined : Credential.accessToken(options.accessToken),
    store: storeOf(options.store ?? "memory"),
    prompt: DialogPrompt.layer({ texts: options.texts })
  })
  const close = () => Effect.runPromise(Scope.close(scope, Exit.void))
  const context = await settle(
    Effect.onError(Layer.buildWithScope(auth, scope), () => Scope.close(scope, Exit.void)),
    options
  )
  const session = Context.get(context, Session.Session)
  const client = Context.get(context, AuthHttpClient.AuthHttpClient)
  const state = ({ signal }: Abortable = {}) => settle(session.peek, { signal })
  return {
    fetch: (path, init = {}) => settle(Effect.flatMap(client.execute(requestOf(path, init)), toResponse), init),
    signIn: (given) =>
      settle(
        Effect.zipRight(
          given === undefined || !("username" in given)
            ? Effect.provide(DialogPrompt.signIn({ texts: options.texts }), context)
            : session.signIn(Credential.usernamePassword(given)),
          session.peek
        ),
        given ?? {}
      ),
    signOut: (aborted = {}) => settle(session.signOut, aborted),
    state,
    watch: (listener) => {
      const told = Stream.runForEach(session.changes, (state) => Effect.sync(() => listener(state)))
      const watching = Effect.runFork(told, { scope })
      return () => watching.unsafeInterruptAsFork(FiberId.none)
    },
    authorization: (aborted = {}) => settle(Effect.map(session.authorization, Redacted.value), aborted),
    close
  }
}

/** What stands between this page and a server: see `ServerCheck`. */
export const checkServer = (
  server: string | URL,
  options: ServerCheck.Options & Abortable = {}
): Promise<ServerCheck.Report> => settle(ServerCheck.checkServer(server, options), options)

const storeOf = (store: NonNullable<ConnectOptions["store"]>) =>
  ({
    memory: TokenStore.layerMemory,
    session: WebStorageTokenStore.layerSession(),
    encrypted: IndexedDbTokenStore.layer(),
    localStorageReadableByScripts: WebStorageTokenStore.layerLocalStorageReadableByScripts()
  })[store]

const settle = async <A>(
  effect: Effect.Effect<A, AuthError | HttpClientError>,
  { signal }: { readonly signal?: AbortSignal | undefined }
): Promise<A> => {
  const exit = await Effect.runPromiseExit(effect, { ...(signal && { signal }) })
  if (Exit.isSuccess(exit)) return exit.value
  signal?.throwIfAborted()
  const failure = Cause.failureOption(exit.cause)
  throw failure._tag === "Some" ? plain(failure.value) : new MlServerAuthError("Defect", Cause.pretty(exit.cause))
}

/** Only words: the errors of requests hold what was sent. */
const plain = (error: AuthError | HttpClientError): MlServerAuthError => {
  const { _tag: tag, message } = error
  if (tag === "RequestError")
    return new MlServerAuthError("RequestFailed", message, { reason: error.reason, retryable: true })
  if (tag === "ResponseError") return new MlServerAuthError("ResponseUnreadable", message, { reason: error.reason })
  const { fix, retryable } = error
  return new MlServerAuthError(tag, message, { fix, retryable, ...("reason" in error ? { reason: error.reason } : {}) })
}

const requestOf = (path: string, { body, headers = {}, method = "GET" }: RequestOptions) =>
  HttpClientRequest.make(method.toUpperCase() as "GET")(path, {
    headers: Object.fromEntries(new Headers(headers)),
    ...(body === undefined ? undefined : { body: bodyOf(body, new Headers(headers).get("content-type")) })
  })

/** Kept as what can be sent a second time. */
const bodyOf = (body: NonNullable<RequestOptions["body"]>, contentType: string | null): HttpBody.HttpBody => {
  if (body instanceof FormData) return HttpBody.formData(body)
  if (body instanceof URLSearchParams) return HttpBody.text(String(body), "application/x-www-form-urlencoded")
  const type = contentType ?? (typeof body === "string" ? "text/plain;charset=UTF-8" : undefined)
  return HttpBody.raw(body, { contentType: type })
}

/** A `Response` must not be given a body with one of these. */
const BODILESS: ReadonlyArray<number> = [204, 205, 304]

const toResponse = ({ arrayBuffer, headers, status }: HttpClientResponse) =>
  Effect.map(arrayBuffer, (bytes) => new Response(BODILESS.includes(status) ? null : bytes, { status, headers }))
