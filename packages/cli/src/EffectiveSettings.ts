/** Every setting that holds for a command given here and now, and where it comes from. None is a secret. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ConfigFile from "./ConfigFile.js"
import { Invocation, variable } from "./Invocation.js"
import type { Output } from "./Output.js"
import * as ServerSettings from "./ServerSettings.js"
import * as Shadowing from "./Shadowing.js"

/** Where a value comes from: the name of an option, a variable, a profile or a file; `default` where nobody said. */
export interface Setting {
  readonly name: string
  /** `null` where there is none. */
  readonly value: string | null
  readonly origin: string
}

const DEFAULT = "default"

/** What may have said it, first of all first: each with its name and what it says. */
const first = (name: string, ...said: ReadonlyArray<readonly [origin: string, value: string | undefined]>): Setting => {
  const found = said.find(([, value]) => value !== undefined)
  return { name, value: found?.[1] ?? null, origin: found?.[0] ?? DEFAULT }
}

const variables = <Name extends string>(...names: ReadonlyArray<Name>) =>
  Effect.map(
    Effect.forEach(names, (name) => Effect.map(variable(name), (value) => [name, value] as const)),
    (all) => (name: Name) => [name, new Map<string, string | undefined>(all).get(name)] as const
  )

const places = Effect.gen(function* () {
  const of = yield* variables("MLS_CONFIG_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME")
  const named = (...names: ReadonlyArray<Parameters<typeof of>[0]>) =>
    names.find((name) => of(name)[1] !== undefined) ?? DEFAULT
  const file = yield* Effect.orElseSucceed(ConfigFile.file, () => null)
  const state = yield* Effect.orElseSucceed(ConfigFile.stateDirectory, () => null)
  return [
    { name: "configuration", value: file, origin: named("MLS_CONFIG_DIR", "XDG_CONFIG_HOME") },
    { name: "tokens", value: state, origin: named("MLS_CONFIG_DIR", "XDG_STATE_HOME") }
  ]
})

const ofAzure = (settings: ServerSettings.ServerSettings, profile: string) =>
  Effect.gen(function* () {
    const of = yield* variables("MLS_AUTHURI", "MLS_TENANT", "MLS_CLIENT_ID", "MLS_RESOURCE")
    const known = settings.profile?.azure
    if (settings.cloud === undefined) return []
    return [
      first("authuri", of("MLS_AUTHURI"), [profile, known?.authuri], [DEFAULT, settings.cloud.authority.origin]),
      first("tenant", of("MLS_TENANT"), [profile, known?.tenant]),
      first("clientid", of("MLS_CLIENT_ID"), [profile, known?.clientid]),
      first("resource", of("MLS_RESOURCE"), [profile, known?.resource]),
      first("wire", [profile, known?.wire], [DEFAULT, settings.cloud.wire])
    ]
  })

/** `auto` says nothing. */
const methodOf = (settings: ServerSettings.ServerSettings, wished: string | undefined, profile: string): Setting => {
  const { method } = settings
  if (wished?.toLowerCase() === method) return { name: "method", value: method, origin: "MLS_METHOD" }
  return { name: "method", value: method, origin: settings.assumed ? DEFAULT : profile }
}

const credential = (ignoreEnv: boolean) =>
  Effect.map(ignoreEnv ? Effect.succeed(undefined) : Shadowing.shadow, (shadow): Setting => ({
    name: "credential",
    value: shadow === undefined ? "stored" : `of the environment${Shadowing.mark(shadow)}`,
    origin: shadow?.variable ?? DEFAULT
  }))

/** All of them. Fails as every other command would, where no server is known or what was said cannot be used. */
export const collect = (
  options: ServerSettings.Given & { readonly ignoreEnv: boolean; readonly timeout: Option.Option<string> }
): Effect.Effect<ReadonlyArray<Setting>, ServerSettings.Unresolved, Output | Invocation> =>
  Effect.gen(function* () {
    const settings = yield* ServerSettings.resolve(options)
    const { name, origin, profile, store } = settings
    const from = `profile ${name}`
    const of = yield* variables("MLS_METHOD", "MLS_CACERT", "MLS_TIMEOUT")
    const { silenced } = yield* Invocation
    return [
      { name: "profile", value: profile?.name ?? null, origin: profile === undefined ? DEFAULT : origin.what },
      { name: "server", value: settings.endpoint.base, origin: profile === undefined ? origin.what : from },
      first("login-path", [from, profile?.loginPath], [DEFAULT, "/login"]),
      first(
        "allow-http",
        ["--allow-http", options.allowHttp ? "yes" : undefined],
        [from, profile?.allowHttp ? "yes" : undefined]
      ),
      {
        ...first("cacert", ["--cacert", Option.getOrUndefined(options.cacert)], of("MLS_CACERT"), [
          from,
          profile?.caFile
        ]),
        value: settings.caFile ?? null
      },
      methodOf(settings, of("MLS_METHOD")[1], from),
      ...(yield* ofAzure(settings, from)),
      {
        name: "store",
        value: store.store ?? "encrypted",
        origin: store.by === "MLS_STORE" ? store.by : store.store === undefined ? DEFAULT : from
      },
      yield* credential(options.ignoreEnv),
      first("timeout", ["--timeout", Option.getOrUndefined(options.timeout)], of("MLS_TIMEOUT")),
      { name: "asks", value: silenced === undefined ? "login only" : "never", origin: silenced ?? DEFAULT },
      ...(yield* places)
    ]
  })
