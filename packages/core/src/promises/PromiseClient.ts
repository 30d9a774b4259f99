/// <reference lib="esnext.disposable" preserve="true" />
/** What callers without Effect are given. Nothing of Effect in these types, so that any program can use them. */
import type { SignedIn, SignedOut, SignOutOf } from "../internal/sessionFacts.js"
import type { MlServerAuthError } from "./MlServerAuthError.js"

export type { SignedIn, SignedOut } from "../internal/sessionFacts.js"

/**
 * A call that you can abort. Its promise is then rejected with the signal's own reason. A renewal that other calls wait for
 * continues.
 */
export interface Abortable {
  readonly signal?: AbortSignal | undefined
}

/** The state of a session, as far as the library knows it without asking a person or the server. */
export type State = SignedOut | SignedIn

/** The result of a sign-out. The local end always happens; telling the server is best effort. */
export type SignOut = SignOutOf<MlServerAuthError>

/** The signature of the global `fetch`. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** The client of one server and one user. `Given`: what `signIn` can be given. */
export interface Client<Given> extends AsyncDisposable {
  /**
   * As the global one, signed, for paths (`/services`) and addresses of this client's server; another origin is refused
   * (`ConfigurationInvalid`), and a redirect is an answer. A 401 is met by one renewal, for all who wait, and the request is sent once
   * more. The body of a `Request` is read first, so that it can be sent twice; a `ReadableStream` as `init.body` is sent as
   * it comes, and after a 401 that is `RequestUnauthorized` `NotReplayable`. What is said of caches, cookies and redirects is not heeded; a
   * request that brings its own Authorization header is sent as it is. It needs no `this`.
   */
  readonly fetch: Fetch
  /** Signs in, and answers with the state after that. See the options for who is asked where nothing is given. */
  readonly signIn: (given?: Given & Abortable) => Promise<State>
  /** Ends the session: here at once, and at the server if it can be reached. */
  readonly signOut: (options?: Abortable) => Promise<SignOut>
  /** What is known without the network. */
  readonly state: (options?: Abortable) => Promise<State>
  /** The state now, then each new one, also of other tabs and programs; ends when the client is closed. */
  readonly states: () => AsyncIterable<State>
  /** The same by calls: `listener` is called with the state now and with each new one. The function that is returned ends that. */
  readonly watch: (listener: (state: State) => void) => () => void
  /** The value of the Authorization header, for another library. Costs next to nothing while the token is fresh. */
  readonly authorization: (options?: Abortable) => Promise<string>
  /**
   * Ends everything but the session itself: a sign-in that is under way (`CredentialRequired` `Cancelled`), the states,
   * connections. A renewal that is under way may finish. Calls after it are `ConfigurationInvalid`.
   */
  readonly close: () => Promise<void>
}
