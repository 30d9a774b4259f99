/**
 * What every command understands: its options, and the environment variables that stand in for them.
 */
import * as Options from "@effect/cli/Options"
import type { StoreUnavailable } from "@mlserver-auth/core/AuthError"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { isatty } from "node:tty"
import * as Durations from "./Durations.js"
import * as Logging from "./Logging.js"
import type { UsageError } from "./Usage.js"

/** An environment variable; an empty one counts as not set. Never trimmed: it may be a password. */
export const variable = (name: string): Effect.Effect<string | undefined> =>
  Effect.sync(() => {
    const value = process.env[name]
    return value === "" ? undefined : value
  })

/** Set to anything but `0` and `false`. */
const flag = (name: string): Effect.Effect<boolean> =>
  Effect.map(variable(name), (value) => value !== undefined && !["0", "false"].includes(value.toLowerCase()))

/** How a command was called. */
export interface Service {
  readonly json: boolean
  /** Whether a person can be asked: a terminal on stdin and stderr, and nothing that says no. */
  readonly interactive: boolean
  /** What says that there is nobody: `--no-input`, `MLS_NO_INPUT` or `CI`. */
  readonly silenced: string | undefined
  /** How long a call may take; each part of the way has a default of its own where this is absent. */
  readonly timeout: Duration.Duration | undefined
  /** What must have worked for the command to have: done at its end, in whichever way its sessions renewed meanwhile. */
  readonly afterwards: Array<Effect.Effect<void, StoreUnavailable>>
}

/** How a command was called. */
export class Invocation extends Context.Tag("@mlserver-auth/cli/Invocation")<Invocation, Service>() {}

/** Options of every command. */
export const options = {
  json: Options.boolean("json").pipe(
    Options.withDescription("Answer as one JSON object on stdout; errors as JSON on stderr.")
  ),
  verbose: Options.boolean("verbose").pipe(
    Options.withAlias("v"),
    Options.withDescription("Say on stderr what happens, without secrets. Also: MLS_LOG=debug.")
  )
}

/** Options of every command that speaks to a server. */
export const remoteOptions = {
  ...options,
  noInput: Options.boolean("no-input").pipe(
    Options.withDescription("Never ask; fail instead. Also: MLS_NO_INPUT, CI.")
  ),
  timeout: Options.text("timeout").pipe(
    Options.withPseudoName("duration"),
    Options.withDescription("How long to wait for an answer: 30s, 5m. Also: MLS_TIMEOUT."),
    Options.optional
  ),
  cacert: Options.file("cacert").pipe(
    Options.withDescription("PEM file of an authority to trust in addition. Also: MLS_CACERT."),
    Options.optional
  ),
  allowHttp: Options.boolean("allow-http").pipe(
    Options.withDescription("Allow plain http to another machine: secrets cross the network in clear.")
  )
}

/** The option that picks a profile. */
export const profileOption = {
  profile: Options.text("profile").pipe(
    Options.withAlias("p"),
    Options.withPseudoName("name"),
    Options.withDescription("The profile to use. Also: MLS_PROFILE, .mls.json."),
    Options.optional
  )
}

/** The option that leaves a credential of the environment alone. */
export const credentialOption = {
  ignoreEnv: Options.boolean("ignore-env").pipe(
    Options.withDescription("Use what is stored, also where MLS_ACCESS_TOKEN or MLS_PASSWORD is set.")
  )
}

/** The options that pick what a command is about. */
export const serverOption = {
  ...profileOption,
  server: Options.text("server").pipe(
    Options.withPseudoName("url"),
    Options.withDescription("The server to use, instead of a profile's. Also: MLS_HOST."),
    Options.optional
  ),
  ...credentialOption
}

interface Given {
  readonly json: boolean
  readonly verbose: boolean
  readonly noInput?: boolean | undefined
  readonly timeout?: Option.Option<string> | undefined
}

const silencer = (noInput: boolean) =>
  Effect.gen(function* () {
    if (noInput) return "--no-input"
    return (yield* flag("MLS_NO_INPUT")) ? "MLS_NO_INPUT" : (yield* flag("CI")) ? "CI" : undefined
  })

/** Runs a command as it was called: provides `Invocation`, and the log level that was asked for. */
export const run = <A, E, R>(
  given: Given,
  command: Effect.Effect<A, E, R>
): Effect.Effect<A, E | UsageError | StoreUnavailable, Exclude<R, Invocation>> =>
  Effect.gen(function* () {
    const option = given.timeout === undefined ? undefined : Option.getOrUndefined(given.timeout)
    const timeout = option ?? (yield* variable("MLS_TIMEOUT"))
    const silenced = yield* silencer(given.noInput === true)
    const afterwards: Service["afterwards"] = []
    const invocation: Service = {
      afterwards,
      json: given.json,
      interactive: silenced === undefined && isatty(0) && isatty(2),
      silenced,
      timeout:
        timeout === undefined
          ? undefined
          : yield* Durations.decode(option === undefined ? "MLS_TIMEOUT" : "--timeout", timeout)
    }
    const answer = yield* Effect.provideService(command, Invocation, invocation)
    yield* Effect.all(afterwards, { discard: true })
    return answer
  }).pipe(Logging.verbosely(given.verbose))
