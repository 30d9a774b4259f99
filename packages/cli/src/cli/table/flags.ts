/**
 * Every flag of `mls`, once: parsing, help, completions, `help --json` and the docs are made from this table. A command
 * names the flags that it takes in `commandTable.ts`.
 */

import type { Flag, ValueOf } from "./flag.js"
import { SERVICE_FLAGS } from "./serviceFlags.js"

/** How a person signs in; `auto` chooses by the other options. */
export const METHODS = ["auto", "password", "aad-device", "aad-browser", "aad-password"] as const
/** Where tokens rest. */
export const STORES = ["keyring", "encrypted", "file", "memory"] as const
/** Settings that can be taken off a profile. */
export const REMOVABLE = ["allow-http", "azure", "cacert", "login-path", "store"] as const
/** Shells that `token --env-format` writes for; `sh` is every one that POSIX knows. */
export const VARIABLE_SHELLS = ["sh", "pwsh", "fish", "cmd"] as const

/** The table. */
export const FLAGS = {
  json: { kind: "boolean", help: "Print the answer as one JSON object on stdout, and errors as JSON on stderr." },
  verbose: {
    kind: "boolean",
    short: "v",
    help: "Print on stderr what happens, without secrets.",
    env: ["MLS_LOG=debug"]
  },
  noInput: { kind: "boolean", help: "Never ask a question: fail instead.", env: ["MLS_NO_INPUT", "CI"] },
  timeout: { kind: "text", value: "duration", help: "How long to wait for an answer: 30s, 5m.", env: ["MLS_TIMEOUT"] },
  cacert: {
    kind: "file",
    remembered: "caFile",
    value: "file",
    help: "Also trust the certificate authority in this PEM file.",
    env: ["MLS_CACERT"]
  },
  allowHttp: {
    kind: "boolean",
    remembered: "allowHttp",
    help: "Allow plain http to another machine: secrets cross the network unencrypted."
  },
  profile: {
    kind: "text",
    short: "p",
    value: "name",
    help: "The profile to use.",
    env: ["MLS_PROFILE"],
    also: ".mls.json"
  },
  server: { kind: "text", value: "url", help: "The server to use, instead of a profile's.", env: ["MLS_HOST"] },
  ignoreEnv: { kind: "boolean", help: "Use the stored session, even if MLS_ACCESS_TOKEN or MLS_PASSWORD is set." },

  user: {
    kind: "text",
    short: "u",
    value: "name",
    help: "The user who signs in: DOMAIN\\user, user@domain, or admin.",
    env: ["MLS_USERNAME"]
  },
  passwordStdin: { kind: "boolean", help: "Read the password from stdin, without one line break at its end." },
  tokenStdin: { kind: "boolean", help: "Read an existing access token from stdin, and use it unchanged." },
  force: { kind: "boolean", help: "Sign in again, even if the session still works." },
  method: {
    kind: "choice",
    remembered: "method",
    choices: METHODS,
    help: "Who checks the sign-in. password: the server; aad-device, aad-browser, aad-password: Azure. Default: auto, by the other options.",
    env: ["MLS_METHOD"]
  },
  authuri: {
    kind: "text",
    remembered: "azure.authuri",
    value: "url",
    help: "Azure's address. Default: the global cloud.",
    env: ["MLS_AUTHURI"]
  },
  tenant: {
    kind: "text",
    remembered: "azure.tenant",
    value: "id",
    help: "The tenant in Azure, GUID or domain.",
    env: ["MLS_TENANT"]
  },
  clientid: {
    kind: "text",
    remembered: "azure.clientid",
    value: "id",
    help: "The native application in Azure.",
    env: ["MLS_CLIENT_ID"]
  },
  resource: {
    kind: "text",
    remembered: "azure.resource",
    value: "id",
    help: "The web application that stands for the server.",
    env: ["MLS_RESOURCE"]
  },
  wire: {
    kind: "choice",
    remembered: "azure.wire",
    choices: ["v1", "v2"],
    help: "The version of Azure's endpoints. Default: v1."
  },
  loginPath: {
    kind: "text",
    remembered: "loginPath",
    value: "path",
    help: "The path of sign-ins at the server. Default: /login."
  },
  store: {
    kind: "choice",
    remembered: "store",
    choices: STORES,
    help: "Where tokens are. keyring, encrypted: encrypted with a key from the keyring, or in a file; file: unencrypted. Default: the safest available.",
    env: ["MLS_STORE"]
  },
  context: {
    kind: "file",
    value: "file",
    help: "Read these settings from the Python client's `context`, as JSON; - is stdin."
  },
  newCodes: {
    kind: "integer",
    value: "number",
    default: 0,
    help: "How many new device codes to ask for after one expires. Default: 0."
  },
  claims: { kind: "text", value: "json", help: "The claims that the sign-in must satisfy, as an error printed them." },

  allProfilesOut: {
    name: "all",
    kind: "boolean",
    help: "Sign out of every profile. If one fails, the others continue."
  },
  forget: { kind: "boolean", help: "Also remove the profile." },

  check: { kind: "boolean", help: "Also ask the server, with one call." },
  allProfiles: { name: "all", kind: "boolean", help: "Print one line for each profile." },

  bearer: { name: "header", kind: "boolean", help: "Print the header, for `mls token --header | curl -H @- URL`." },
  minTtl: { kind: "text", value: "duration", help: "The shortest time that the token must still live. Default: 5m." },
  forceRefresh: { kind: "boolean", help: "Renew it first, however long it still lives, as `mls refresh` does." },
  envFormat: {
    kind: "choice",
    choices: VARIABLE_SHELLS,
    help: "Print MLS_HOST and MLS_ACCESS_TOKEN as lines for a shell to evaluate."
  },
  inspect: {
    kind: "boolean",
    help: "Print the content of the token instead, for a person to read. It is not verified."
  },
  verify: { kind: "boolean", help: "The same as --inspect, verified with the keys of the Azure tenant." },

  verb: {
    name: "method",
    kind: "text",
    short: "X",
    value: "method",
    help: "The HTTP method, as in curl: the same as METHOD before the path."
  },
  textField: {
    kind: "text",
    short: "f",
    value: "key=value",
    repeated: true,
    help: "Add a field whose value is a string: to the JSON body, or with GET to the query."
  },
  jsonField: { kind: "text", short: "F", value: "key:=json", repeated: true, help: "Add a field whose value is JSON." },
  input: {
    kind: "file",
    value: "file",
    help: "Send this file as the body; - is stdin. It is JSON unless you set a content-type."
  },
  header: { kind: "text", short: "H", value: "name:value", repeated: true, help: "Add a header to the request." },
  include: { kind: "boolean", short: "i", help: "Also print the status line and the headers of the answer." },
  output: {
    kind: "file",
    short: "o",
    value: "file",
    help: "Write the body of a success to a file, as a whole or not at all; - is stdout."
  },
  silent: { kind: "boolean", help: "Do not print the body of the answer." },
  field: {
    kind: "text",
    value: "a.b",
    help: "Print only this value of a JSON answer: names, and numbers in lists, separated by dots."
  },
  noRetry: { kind: "boolean", help: "Take a 401 as the answer: do not renew, and do not send again." },
  dryRun: { kind: "boolean", help: "Print the request without secrets, and do not send it." },
  yes: { kind: "boolean", short: "y", help: "Do not ask first. You need it where there is no terminal." },

  ...SERVICE_FLAGS,

  unset: { kind: "choice", choices: REMOVABLE, repeated: true, help: "Remove a setting, so that its default applies." },
  origin: { kind: "boolean", help: "Also say where each value comes from." },
  offline: { kind: "boolean", help: "Check this machine only, and send nothing." },
  bundle: {
    kind: "file",
    value: "file",
    help: "Also write the report to a file for an administrator, without tokens and names of users."
  },

  port: {
    kind: "text",
    value: "number",
    default: "12800",
    help: "The port on 127.0.0.1; 0 is a free port. Default: 12800."
  },
  admin: { kind: "boolean", help: "Have the local account `admin`, instead of three users." },
  accessTokenLife: {
    kind: "text",
    value: "duration",
    help: "How long access tokens live, like 30s to see renewals. Default: 1h."
  },
  azure: { kind: "boolean", help: "Leave sign-ins to a stand-in for Azure Active Directory, at the same address." },
  cors: {
    kind: "text",
    value: "origin",
    repeated: true,
    help: "Let pages of this origin call it (CORS), like http://localhost:5173; * is every origin."
  },
  helpJson: {
    name: "json",
    kind: "boolean",
    help: "Print every command, exit code and variable as JSON; or those of one command."
  }
} as const satisfies Readonly<Record<string, Flag>>

/** A key of the table. */
export type FlagKey = keyof typeof FLAGS

/** What the command line says, for these flags. */
export type Given<K extends FlagKey> = { readonly [key in K]: ValueOf<(typeof FLAGS)[key]> }

/** The name of a flag, without dashes: `noInput` is `no-input`. */
export const nameOf = (key: FlagKey): string => {
  const { name }: Flag = FLAGS[key]
  return name ?? key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
