/** The variables that the program reads: for `mls help environment`, and for programs. */

import { wrap } from "../../text/wrap.js"
import type * as Outputs from "../../outputs/outputs.js"

/** All of them. */
export const variables: Outputs.Of<"help">["environment"] = [
  {
    names: ["MLS_PROFILE"],
    meaning: "the profile, as with -p. Without it: the profile in .mls.json here or above, otherwise the default"
  },
  {
    names: ["MLS_HOST"],
    meaning: "the server, if no option names one. It wins over .mls.json and the default profile"
  },
  {
    names: ["MLS_ACCESS_TOKEN"],
    meaning:
      "an existing access token: used unchanged, never stored. It wins over the stored session, unless --ignore-env"
  },
  {
    names: ["MLS_USERNAME", "MLS_PASSWORD"],
    meaning:
      "together: a credential that signs in by itself. It wins over a stored session of another user, which stays. The name alone: the default of login --user"
  },
  {
    names: ["MLS_AUTHURI", "MLS_TENANT", "MLS_CLIENT_ID", "MLS_RESOURCE", "MLS_METHOD"],
    meaning: "as --authuri, --tenant, --clientid, --resource and --method, for every command"
  },
  { names: ["MLS_STORE"], meaning: "keyring, encrypted, file or memory: see mls help storage" },
  { names: ["MLS_NO_INPUT", "CI"], meaning: "never ask (unless 0 or false)" },
  { names: ["MLS_CACERT", "MLS_TIMEOUT"], meaning: "as --cacert and --timeout" },
  {
    names: ["MLS_CONFIG_DIR"],
    meaning: "the directory for settings (config.json) and tokens (state/). It must be an absolute path"
  },
  {
    names: ["XDG_CONFIG_HOME", "XDG_STATE_HOME"],
    meaning:
      "without MLS_CONFIG_DIR: mls/ below these, if they are absolute. Default: ~/.config and ~/.local/state; on Windows %APPDATA%\\mls and %LOCALAPPDATA%\\mls\\state; on macOS tokens below ~/Library/Application Support"
  },
  {
    names: ["NODE_COMPILE_CACHE"],
    meaning: "a directory that only you can write. Node 22.1 or later keeps compiled code there, and mls starts faster"
  },
  { names: ["MLS_LOG"], meaning: "debug: as -v" },
  { names: ["BROWSER"], meaning: "the program that opens pages" },
  { names: ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "NODE_EXTRA_CA_CERTS"], meaning: "see mls help proxies" },
  { names: ["NO_COLOR"], meaning: "no colours" }
]

const COLUMN = 32
const WIDTH = 112

/** Two columns, as every list of the help is. */
export const columns = (name: string, text: string, column: number): string => {
  const left = `  ${name}`
  const start = left.length + 2 > column ? `${left}\n${" ".repeat(column)}` : left.padEnd(column)
  return start + wrap(text, WIDTH - column).replaceAll("\n", `\n${" ".repeat(column)}`)
}

/** What `mls help environment` says. */
export const environmentText = [
  "Environment: an option wins over a variable, and a variable wins over the profile",
  "",
  ...variables.map(({ meaning, names }) => columns(names.join(", "), meaning, COLUMN)),
  "",
  "  mls config show --origin      show every setting, and where it comes from"
].join("\n")
