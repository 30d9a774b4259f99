/**
 * Every command of `mls`: its arguments, its flags, and what it is for. What a command does is in `commands/`, and is
 * loaded when it is named.
 */
import { common, fields, remote, session } from "./flagGroups.js"
import type { FlagKey, Given as FlagsGiven } from "./flags.js"
import { SERVICES } from "./serviceCommands.js"

/** An argument. */
export interface Argument {
  /** What stands for it: `NAME`. */
  readonly label: string
  readonly help: string
  readonly optional?: true
  /** One or more; with `optional`, none or more. `most`: not more than these. */
  readonly repeated?: true
  readonly most?: number
  readonly choices?: ReadonlyArray<string>
}

/** A command. */
export interface Command {
  readonly help: string
  readonly arguments: Readonly<Record<string, Argument>>
  readonly flags: ReadonlyArray<FlagKey>
}

/** What a profile remembers of its server. */
export const SETTINGS = ["method", "authuri", "tenant", "clientid", "resource", "wire", "loginPath", "store"] as const
const PROFILE = { label: "PROFILE", help: "The profile." } as const

/** The commands, in the order of the help. */
export const COMMANDS = {
  login: {
    help: "Sign in to a server, and remember it as a profile.",
    arguments: {
      url: {
        label: "PROFILE|URL",
        help: "The server, like https://mlserver.example.com:12800, or a profile.",
        optional: true
      }
    },
    flags: [
      "profile",
      "user",
      "passwordStdin",
      "tokenStdin",
      "force",
      ...SETTINGS,
      "context",
      "newCodes",
      "claims",
      "ignoreEnv",
      ...remote
    ]
  },
  logout: {
    help: "Sign out: end the session at the server, and delete the tokens here.",
    arguments: {},
    flags: ["allProfilesOut", "forget", ...session]
  },
  status: {
    help: "Show who is signed in, where, and until when. Exit code 4 if you are not signed in.",
    arguments: {},
    flags: ["check", "allProfiles", ...session]
  },
  whoami: {
    help: "The same as `mls status`.",
    arguments: {},
    flags: ["check", "allProfiles", ...session]
  },
  token: {
    help: "Print an access token that is valid now. Renews it first if necessary.",
    arguments: {},
    flags: ["bearer", "minTtl", "forceRefresh", "envFormat", "inspect", "verify", ...session]
  },
  refresh: {
    help: "Renew the session now, however long its token still lives, and show when it ends.",
    arguments: {},
    flags: session
  },
  api: {
    help: "Call the server with a valid token, and print the answer. Exit code 6 for 3xx, 4xx and 5xx, and for a web page.",
    arguments: {
      target: {
        label: "[METHOD] PATH",
        help: "The path, without the first slash if you like. Default method: GET, or POST if there is a body.",
        repeated: true,
        most: 2
      }
    },
    flags: ["verb", ...fields, "header", "include", "output", "silent", "field", "noRetry", "dryRun", ...session]
  },
  ...SERVICES,
  profile: { help: "List, make and change profiles.", arguments: {}, flags: [] },
  "profile list": {
    help: "List the profiles. ● marks the one that commands use here.",
    arguments: {},
    flags: common
  },
  "profile show": {
    help: "Show the settings of a profile. None of them is a secret.",
    arguments: { name: PROFILE },
    flags: common
  },
  "profile use": { help: "Make a profile the default.", arguments: { name: PROFILE }, flags: common },
  "profile add": {
    help: "Make a profile without signing in.",
    arguments: {
      name: { label: "NAME", help: "Its name." },
      url: { label: "URL", help: "The server, like https://mlserver.example.com:12800." }
    },
    flags: [...SETTINGS, ...remote]
  },
  "profile rename": {
    help: "Rename a profile. Its session stays.",
    arguments: { name: PROFILE, newName: { label: "NEW-NAME", help: "Its new name." } },
    flags: common
  },
  "profile edit": {
    help: "Change settings of a profile. Variables of the environment do not count.",
    arguments: { name: PROFILE },
    flags: [...SETTINGS, "unset", ...remote]
  },
  "profile remove": { help: "Sign out of a profile and forget it.", arguments: { name: PROFILE }, flags: remote },
  "profile export": {
    help: "Print all profiles, or one, as JSON for another person. They contain no secret.",
    arguments: { name: { ...PROFILE, optional: true } },
    flags: common
  },
  "profile import": {
    help: "Add profiles that another person exported, and show what they trust.",
    arguments: { file: { label: "FILE", help: "The exported file. Default: stdin.", optional: true } },
    flags: remote
  },
  config: { help: "Show the settings.", arguments: {}, flags: [] },
  "config show": {
    help: "Show every setting that a command uses here. --origin says where each comes from.",
    arguments: {},
    flags: ["origin", ...session]
  },
  doctor: {
    help: "Check settings, store, network, server and session, and say what to do. Exit code 0 if no check fails.",
    arguments: {
      name: { label: "PROFILE", help: "The profile to check. Default: the one that commands use here.", optional: true }
    },
    flags: ["offline", "bundle", ...session]
  },
  "dev-server": {
    help: "Run a stand-in for Machine Learning Server on this machine. Ctrl-C ends it, with exit code 0.",
    arguments: {},
    flags: ["port", "admin", "accessTokenLife", "loginPath", "azure", "cors", ...common]
  },
  completions: {
    help: "Print completions for a shell: bash, zsh, fish or pwsh (PowerShell).",
    arguments: { shell: { label: "SHELL", help: "The shell.", choices: ["bash", "zsh", "fish", "pwsh"] } },
    flags: []
  },
  help: {
    help: "Explain a topic, or a command as its --help does.",
    arguments: {
      words: {
        label: "TOPIC|COMMAND",
        help: "What to explain. Default: list the topics.",
        optional: true,
        repeated: true
      }
    },
    flags: ["helpJson"]
  }
} as const satisfies Readonly<Record<string, Command>>

/** The words of a command: `profile list`. */
export type CommandName = keyof typeof COMMANDS

/** Whether there is a command of that name. */
export const isCommand = (words: string): words is CommandName => Object.hasOwn(COMMANDS, words)

/** Every command with its words. */
export const commands: ReadonlyArray<readonly [CommandName, Command]> = Object.entries(COMMANDS) as never

/** What may follow these words: `services ` has `list`, `get`, …; nothing has every first word. */
export const namesAfter = (before: string): ReadonlyArray<string> =>
  commands
    .filter(([name]) => name.startsWith(before))
    .map(([name]) => name.slice(before.length))
    .filter((name) => !name.includes(" "))

/** Whether it is a command of commands. */
export const isGroup = (name: CommandName): boolean => namesAfter(`${name} `).length > 0

/** How it is typed: `profile list [options]`. */
export const usageOf = (name: CommandName): string => {
  const { arguments: args, flags }: Command = COMMANDS[name]
  const labels = Object.values(args).map(({ label, optional }) => (optional === true ? `[${label}]` : label))
  return [name, ...labels, ...(isGroup(name) ? ["COMMAND"] : []), ...(flags.length === 0 ? [] : ["[options]"])].join(
    " "
  )
}

type ArgumentValue<A> = A extends { readonly repeated: true }
  ? ReadonlyArray<string>
  :
      | (A extends { readonly choices: ReadonlyArray<infer C> } ? C : string)
      | (A extends { readonly optional: true } ? undefined : never)

type ArgumentsGiven<A> = { readonly [name in keyof A]: ArgumentValue<A[name]> }

/** What a command line of a command comes to. */
export type Given<N extends CommandName> = ArgumentsGiven<(typeof COMMANDS)[N]["arguments"]> &
  FlagsGiven<(typeof COMMANDS)[N]["flags"][number]>

/** The flags of every command that is about one session. */
export type SessionGiven = FlagsGiven<(typeof session)[number]>
