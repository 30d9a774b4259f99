/**
 * The look of `mls doctor` at proxies: which variable names one, and whether this server is reached through it.
 */
import type { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as TimeLimit from "@mlserver-auth/core/TimeLimit"
import * as NodeHttp from "@mlserver-auth/node/NodeHttp"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Net from "node:net"
import { type Check, ok, skip } from "./DoctorCheck.js"
import { variable } from "./Invocation.js"

/** Where the first connection goes, and through which variable's proxy. */
export interface Route {
  readonly check: Check
  readonly proxy: { readonly url: URL; readonly variable: string } | undefined
}

interface Named {
  readonly name: string
  readonly value: string
}

const first = (names: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    for (const name of names) {
      const value = yield* variable(name)
      if (value !== undefined) return { name, value } satisfies Named
    }
    return undefined
  })

/** As the client has it: in a CGI program HTTP_PROXY is a header of somebody's request. */
const namesFor = (target: string) =>
  Effect.map(variable("REQUEST_METHOD"), (method) => {
    if (target.startsWith("https:")) return ["https_proxy", "HTTPS_PROXY"]
    return method === undefined ? ["http_proxy", "HTTP_PROXY"] : ["http_proxy"]
  })

const addressOf = ({ value }: Named): URL => new URL(value.includes("://") ? value.trim() : `http://${value.trim()}`)

/** A proxy that nobody else has: whoever comes to it is what we ask about. */
const trap = Effect.gen(function* () {
  const seen = yield* Deferred.make<boolean>()
  const server = yield* Effect.acquireRelease(
    Effect.async<Net.Server>((resume) => {
      const made = Net.createServer((socket) => {
        Deferred.unsafeDone(seen, Effect.succeed(true))
        socket.on("error", () => undefined).destroy()
      })
      made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
    }),
    (made) => Effect.sync(() => void made.close())
  )
  const { port } = server.address() as Net.AddressInfo
  return { url: `http://127.0.0.1:${port}`, seen: Deferred.await(seen) }
})

/** Asks the client itself, with a proxy of ours in the place of the environment's: its rules are the ones that hold. */
const isUsed = (target: string, timeout: Duration.Duration): Effect.Effect<boolean, ConfigurationInvalid> =>
  Effect.gen(function* () {
    const { seen, url } = yield* trap
    const noProxy = (yield* first(["no_proxy", "NO_PROXY"]))?.value
    const client = yield* NodeHttp.make({
      connectTimeout: timeout,
      proxy: { http: url, https: url, noProxy }
    })
    const direct = client.get(target).pipe(Effect.scoped, Effect.ignore)
    // A refusal by the trap may be heard before the trap's own word.
    const ended = Effect.zipRight(direct, Effect.succeed(false).pipe(Effect.delay("50 millis")))
    return yield* Effect.raceFirst(seen, ended).pipe(
      TimeLimit.timeoutOption(timeout),
      Effect.map(Option.getOrElse(() => false))
    )
  }).pipe(Effect.scoped)

/** The variable, and whether it holds for the server. `offline`: what is named, and no more. */
export const look = (
  target: string,
  timeout: Duration.Duration,
  offline: boolean
): Effect.Effect<Route, ConfigurationInvalid> =>
  Effect.gen(function* () {
    const named = yield* first(yield* namesFor(target))
    if (named === undefined) return { check: ok("proxy", "none is set for this server"), proxy: undefined }
    const url = addressOf(named)
    const what = `${named.name} names ${url.origin}`
    if (offline) return { check: skip("proxy", `${what}; offline, so it is not tried`), proxy: undefined }
    if (!(yield* isUsed(target, timeout))) {
      return {
        check: ok("proxy", `${what}; this server is reached directly (loopback, or by NO_PROXY)`),
        proxy: undefined
      }
    }
    return { check: ok("proxy", `${what}; it is used for this server`), proxy: { url, variable: named.name } }
  })
