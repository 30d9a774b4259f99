/**
 * The commands that there are, and how each is loaded: by itself and when it is named, since most of a start is loading.
 */
import * as Command from "@effect/cli/Command"
import * as CommandDescriptor from "@effect/cli/CommandDescriptor"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import type { Declared } from "./CommandTree.js"

const LOADERS = {
  login: async () => (await import("./commands/login.js")).login,
  logout: async () => (await import("./commands/logout.js")).logout,
  status: async () => (await import("./commands/status.js")).status,
  whoami: async () => (await import("./commands/status.js")).whoami,
  token: async () => (await import("./commands/token.js")).token,
  refresh: async () => (await import("./commands/refresh.js")).refresh,
  api: async () => (await import("./commands/api.js")).api,
  services: async () => (await import("./commands/services.js")).services,
  profile: async () => (await import("./commands/profile.js")).profile,
  config: async () => (await import("./commands/config.js")).config,
  doctor: async () => (await import("./commands/doctor.js")).doctor,
  "dev-server": async () => (await import("./commands/devServer.js")).devServer,
  completions: async () => (await import("./commands/completions.js")).completions,
  help: async () => (await import("./commands/help.js")).command
} as const

/** The first word of a command line. */
export type Name = keyof typeof LOADERS

const NAMES = Object.keys(LOADERS) as ReadonlyArray<Name>

/** Whether there is a command of that name. */
export const isName = (word: string): word is Name => Object.hasOwn(LOADERS, word)

/** What comes after the name of each command, in its usage line. */
export const USAGES: Readonly<Record<string, string>> = {
  login: "login [PROFILE|URL] [options]",
  logout: "logout [options]",
  status: "status [options]",
  whoami: "whoami [options]",
  token: "token [options]",
  refresh: "refresh [options]",
  api: "api [METHOD] PATH [options]",
  services: "services COMMAND",
  "services list": "services list [NAME] [options]",
  "services get": "services get NAME [VERSION] [options]",
  "services delete": "services delete NAME [VERSION] [options]",
  "services consume": "services consume NAME [VERSION] [options]",
  profile: "profile COMMAND",
  "profile list": "profile list [options]",
  "profile show": "profile show PROFILE [options]",
  "profile use": "profile use PROFILE [options]",
  "profile add": "profile add NAME URL [options]",
  "profile rename": "profile rename PROFILE NEW-NAME [options]",
  "profile edit": "profile edit PROFILE [options]",
  "profile remove": "profile remove PROFILE [options]",
  "profile export": "profile export [PROFILE] [options]",
  "profile import": "profile import [FILE] [options]",
  config: "config COMMAND",
  "config show": "config show [--origin] [options]",
  doctor: "doctor [PROFILE] [options]",
  "dev-server": "dev-server [options]",
  completions: "completions SHELL",
  help: "help [TOPIC|COMMAND] [options]"
}

/** What may follow these words: `services ` has `list`, `get`, …; nothing has every first word. */
export const namesIn = (before: string): ReadonlyArray<string> =>
  Object.keys(USAGES)
    .filter((name) => name.startsWith(before))
    .map((name) => name.slice(before.length))
    .filter((name) => !name.includes(" "))

type Loaded = Awaited<ReturnType<(typeof LOADERS)[Name]>>

/** A command by itself. */
export const load = (name: Name): Effect.Effect<Loaded> => Effect.promise<Loaded>(() => LOADERS[name]())

type Descriptors = HashMap.HashMap<string, CommandDescriptor.Command<unknown>>

/** The parser of one command's lines: it knows no other. */
export const rootOf = (command: Loaded) => Command.make("mls").pipe(Command.withSubcommands([command]))

/** The commands that a command has; the parser calls one that has none its own. */
export const inside = ({ descriptor }: Loaded): Descriptors =>
  HashMap.filter(CommandDescriptor.getSubcommands<unknown>(descriptor), (_, name) => !isName(name))

/** What the parser knows of a command by itself, without those that it has. */
export const alone = (command: Loaded, name: Name): CommandDescriptor.Command<unknown> =>
  Option.getOrElse(HashMap.get(Command.getSubcommands(rootOf(command)), name), () => command.descriptor)

const entry = (command: string, descriptor: CommandDescriptor.Command<unknown>): Declared => ({
  command,
  usage: USAGES[command] ?? command,
  descriptor
})

const withInside = (name: Name) =>
  Effect.map(load(name), (command) => [
    entry(name, alone(command, name)),
    ...HashMap.toEntries(inside(command)).map(([word, found]) => entry(`${name} ${word}`, found))
  ])

/** Every command, and those that some have, in the order of their usage lines. Loads them all. */
export const declared: Effect.Effect<ReadonlyArray<Declared>> = Effect.map(
  Effect.forEach(NAMES, withInside),
  (found) => {
    const order = Object.keys(USAGES)
    return found.flat().sort((a, b) => order.indexOf(a.command) - order.indexOf(b.command))
  }
)
