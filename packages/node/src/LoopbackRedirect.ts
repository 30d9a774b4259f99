/**
 * The way through the browser of the person at this machine and back to this program (RFC 8252): a port of 127.0.0.1 that
 * is open for one sign-in and hears one answer.
 */
import { type AuthError, ConfigurationInvalid, CredentialRequired } from "@mlserver-auth/core/AuthError"
import type { AuthorizationRequest, Redirect } from "@mlserver-auth/core/AuthorizationCode"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { promptsDisabledBy } from "./internal/terminal/interactivity.js"
import * as LoopbackServer from "./internal/loopback/server.js"
import { openBrowser } from "./internal/loopback/openBrowser.js"

/** The address that the person must visit. */
export interface Visit {
  /** Where they sign in. */
  readonly url: string
  /** The port of this machine on which the answer is waited for. */
  readonly port: number
  /** Whether a browser shows it already. */
  readonly opened: boolean
}

/** Options of the way to the browser and back. */
export interface Options {
  /** `false`: fail at once with `CredentialRequired`. Default: do so if `CI` or `MLS_NO_INPUT` is set. */
  readonly interactive?: boolean | undefined
  /**
   * Opens the address. `false`: nothing is opened. Default: the program that `BROWSER` names, or the desktop's browser. They
   * get an address of the port that leads on to the sign-in once, since other users of the machine can read a program's
   * arguments; a function of your own gets the sign-in's own address, and must keep it from them.
   */
  readonly browser?: false | ((url: string) => Effect.Effect<boolean>) | undefined
  /** Shows the person where to go. Default: writes to stderr. */
  readonly show?: ((visit: Visit) => Effect.Effect<void>) | undefined
  /**
   * What this machine is called in the redirect address, as it is registered for the application. Default: `http://127.0.0.1`,
   * which RFC 8252 8.3 prefers. Azure's portal takes only `http://localhost`; with that name the
   * same port of ::1 is kept too.
   */
  readonly host?: LoopbackServer.HostName | undefined
  /** The path in the registered address. Default: `/`. */
  readonly path?: string | undefined
}

/**
 * Opens the port. Fails with `CredentialRequired` (`NotInteractive`) if no person may be asked, and with `ConfigurationInvalid`
 * if no port is free or `path` is not plain. The port closes with the scope, and so does every connection to it.
 *
 * @example
 * import { Credential, Session } from "@mlserver-auth/core"
 * import { LoopbackRedirect } from "@mlserver-auth/node"
 * import * as Effect from "effect/Effect"
 *
 * const signIn = Effect.flatMap(Session.Session, (session) =>
 *   session.signIn(Credential.authorizationCode({ redirect: LoopbackRedirect.make({ host: "localhost" }) }))
 * )
 */
export const make = (options: Options = {}): Effect.Effect<Redirect, AuthError, Scope.Scope> =>
  Effect.gen(function* () {
    const forbidden = promptsDisabledBy(options)
    if (forbidden !== undefined) {
      const detail = `a sign-in in the browser needs a person, and ${forbidden}`
      return yield* new CredentialRequired({ reason: "NotInteractive", detail })
    }
    const { browser, host = "127.0.0.1", path = "/", show = toStandardError } = options
    if (!/^\/[A-Za-z0-9\-._~/]*$/.test(path)) {
      return yield* new ConfigurationInvalid({
        setting: "path",
        problem: "not a plain path",
        fix: "Write it like /back."
      })
    }
    const waiting = yield* Effect.mapError(LoopbackServer.listen(host), noPort)
    return {
      redirectUri: waiting.origin + path,
      responseMode: "query",
      visit: (request) =>
        // Waits first: a sign-in that the browser remembers is over in a moment. The sign-in does not wait for the message.
        Effect.raceFirst(
          waiting.answerTo(request),
          Effect.flatMap(shownIn(browser, waiting, request), (opened) =>
            Effect.zipRight(show({ url: request.url, port: waiting.port, opened }), Effect.never)
          )
        )
    }
  })

const shownIn = (
  browser: Options["browser"],
  waiting: LoopbackServer.Waiting,
  request: AuthorizationRequest
): Effect.Effect<boolean> => {
  if (browser === false) return Effect.succeed(false)
  return browser === undefined ? openBrowser(waiting.entranceTo(request)) : browser(request.url)
}

const noPort = ({ code }: LoopbackServer.Unheard) =>
  new ConfigurationInvalid({
    setting: "redirectUri",
    problem: `no port of this machine can be listened on (${code})`,
    fix: "Sign in with a device code instead."
  })

/** The address is the program's own, so it may be shown as it is. */
const toStandardError = ({ opened, port, url }: Visit): Effect.Effect<void> =>
  Effect.sync(() => {
    const where = opened
      ? "Sign in in the browser window that has opened. If there is none, open this address in a browser on this machine:"
      : `Open this address in a browser on this machine to sign in (over SSH, forward port ${port} first):`
    process.stderr.write(`${where}\n\n  ${url}\n\n`, () => {})
  })
