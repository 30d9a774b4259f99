/** The variables that the program reads: for `mls help environment`, and for programs. */

/** Variables that are told together, and what they mean. */
export interface Variables {
  readonly names: ReadonlyArray<string>
  readonly meaning: string
}

/** All of them. */
export const variables: ReadonlyArray<Variables> = [
  {
    names: ["MLS_PROFILE"],
    meaning: "the profile (as -p; otherwise that of .mls.json here or above, else the default)"
  },
  { names: ["MLS_HOST"], meaning: "the server, where none is named; beats .mls.json and the default profile" },
  {
    names: ["MLS_ACCESS_TOKEN"],
    meaning: "an existing access token: used as it is, never stored; beats what is stored, unless --ignore-env"
  },
  {
    names: ["MLS_USERNAME", "MLS_PASSWORD"],
    meaning:
      "both: a credential that signs in by itself; beats a stored session of somebody else and leaves it alone. The name alone: the default of login --user"
  },
  {
    names: ["MLS_AUTHURI", "MLS_TENANT", "MLS_CLIENT_ID", "MLS_RESOURCE", "MLS_METHOD"],
    meaning: "as --authuri, --tenant, --clientid, --resource, --method; for every command"
  },
  { names: ["MLS_STORE"], meaning: "keyring, encrypted, file or memory: see mls help storage" },
  { names: ["MLS_NO_INPUT", "CI"], meaning: "never ask (unless 0 or false)" },
  { names: ["MLS_CACERT", "MLS_TIMEOUT"], meaning: "as --cacert and --timeout" },
  {
    names: ["MLS_CONFIG_DIR"],
    meaning: "settings (config.json) and tokens (state/) in this directory; an absolute path"
  },
  {
    names: ["XDG_CONFIG_HOME", "XDG_STATE_HOME"],
    meaning: "otherwise mls/ below these if they are absolute, or below ~/.config and ~/.local/state"
  },
  {
    names: ["NODE_COMPILE_CACHE"],
    meaning: "a directory that only you can write, where Node 22.1 or later keeps compiled code: mls starts faster"
  },
  { names: ["MLS_LOG"], meaning: "debug: as -v" },
  { names: ["BROWSER"], meaning: "the program that opens pages" },
  { names: ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "NODE_EXTRA_CA_CERTS"], meaning: "see mls help proxies" },
  { names: ["NO_COLOR"], meaning: "no colours" }
]

const COLUMN = 32
const WIDTH = 112

/** Words on lines that are not longer than that. */
const wrapped = (text: string, width: number): ReadonlyArray<string> =>
  text.split(" ").reduce<ReadonlyArray<string>>((lines, word) => {
    const last = lines.at(-1)
    return last === undefined || last.length + 1 + word.length > width
      ? [...lines, word]
      : [...lines.slice(0, -1), `${last} ${word}`]
  }, [])

/** Two columns, as every list of the help is. */
export const columns = (name: string, text: string, column: number): ReadonlyArray<string> => {
  const lines = wrapped(text, WIDTH - column)
  const left = `  ${name}`
  return left.length + 2 > column
    ? [left, ...lines.map((line) => " ".repeat(column) + line)]
    : lines.map((line, at) => (at === 0 ? left : "").padEnd(column) + line)
}

/** What `mls help environment` says. */
export const environmentText = [
  "Environment: an option beats a variable, a variable beats what a profile remembers",
  "",
  ...variables.flatMap(({ meaning, names }) => columns(names.join(", "), meaning, COLUMN)),
  "",
  "  mls config show --origin      what holds here, and which of these it comes from"
].join("\n")
