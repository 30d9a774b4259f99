/** `mls config show`: every setting that holds for a command given here and now, and where it comes from. None is a secret. */
import * as Effect from "effect/Effect"
import type { Given } from "../cli/table/commandTable.js"
import { answered } from "../cli/answered.js"
import { Invocation, variable } from "../cli/invocation.js"
import { Output } from "../cli/output.js"
import * as EnvironmentOverride from "../config/environmentOverride.js"
import * as ConfigFile from "../config/files/file.js"
import { byDefault, lookup, type Setting } from "../config/lookup.js"
import * as ServerSettings from "../config/settings.js"
import type * as Outputs from "../outputs/outputs.js"
import { facts } from "../text/table.js"

type Row = Outputs.Of<"config-show">["settings"][number]

const row = (name: string, { by, origin, value }: Setting, otherwise?: string): Row =>
  by === "default" ? { name, value: otherwise ?? null, origin: "default" } : { name, value: value ?? null, origin }

/** The first variable that is set, for settings that no flag has. */
const firstOf = (...names: ReadonlyArray<string>) =>
  Effect.map(
    Effect.filter(names, (name) => Effect.map(variable(name), (value) => value !== undefined)),
    ([first]) => first ?? "default"
  )

const places = Effect.gen(function* () {
  const file = yield* Effect.orElseSucceed(ConfigFile.file, () => null)
  const state = yield* Effect.orElseSucceed(ConfigFile.stateDirectory, () => null)
  return [
    { name: "configuration", value: file, origin: yield* firstOf("MLS_CONFIG_DIR", "XDG_CONFIG_HOME") },
    { name: "tokens", value: state, origin: yield* firstOf("MLS_CONFIG_DIR", "XDG_STATE_HOME") }
  ]
})

const credential = (ignoreEnv: boolean) =>
  Effect.map(ignoreEnv ? Effect.succeed(undefined) : EnvironmentOverride.find, (found): Row => ({
    name: "credential",
    value: found === undefined ? "stored" : `of the environment${EnvironmentOverride.mark(found)}`,
    origin: found?.variable ?? "default"
  }))

/** How it is signed in, and to whom. `auto` says nothing. */
const signIn = ({ assumed, cloud, method, name, origins }: ServerSettings.Resolved): ReadonlyArray<Row> => {
  const { authuri, clientid, method: said, resource, tenant, wire } = origins
  const isSaid = said.by === "variable" && said.value === method
  return [
    { name: "method", value: method, origin: isSaid ? said.origin : assumed ? "default" : `profile ${name}` },
    ...(cloud === undefined
      ? []
      : [
          row("authuri", authuri, cloud.authority.origin),
          row("tenant", tenant),
          row("clientid", clientid),
          row("resource", resource),
          row("wire", wire, cloud.wire)
        ])
  ]
}

const collect = (options: Given<"config show">) =>
  Effect.gen(function* () {
    const settings = yield* ServerSettings.resolve(options)
    const { caFile, name, origin, origins, profile, store } = settings
    const { silenced } = yield* Invocation
    const from = `profile ${name}`
    return [
      { name: "profile", value: profile?.name ?? null, origin: profile === undefined ? "default" : origin.what },
      { name: "server", value: settings.endpoint.base, origin: profile === undefined ? origin.what : from },
      row("login-path", origins.loginPath, "/login"),
      row("allow-http", origins.allowHttp),
      row("cacert", { ...origins.cacert, value: caFile }),
      ...signIn(settings),
      {
        name: "store",
        value: store.store ?? "encrypted",
        origin: store.by === "MLS_STORE" ? store.by : store.store === undefined ? "default" : from
      },
      yield* credential(options.ignoreEnv),
      row("timeout", yield* lookup("timeout", options, undefined)),
      row(
        "asks",
        silenced === undefined ? byDefault(undefined) : { value: "never", by: "flag", origin: silenced },
        "login only"
      ),
      ...(yield* places)
    ]
  })

/** The command. */
export const show = (options: Given<"config show">) =>
  Effect.gen(function* () {
    const { answerText } = yield* Output
    const all = yield* collect(options)
    const width = Math.max(...all.map(({ value }) => (value ?? "—").length))
    const shown = (value: string | null, origin: string) =>
      options.origin ? `${(value ?? "—").padEnd(width)}  ${origin}` : (value ?? "—")
    const inWords = answerText(facts(all.map(({ name, origin, value }) => [name, shown(value, origin)])))
    yield* answered("config-show", { settings: all }, inWords)
  })
