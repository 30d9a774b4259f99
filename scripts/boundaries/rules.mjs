/**
 * Who may import whom, as data. Change the house here first, and docs/architecture.md with it.
 */

/** Our packages, and which of ours each may import. Nobody may import cli. */
export const packages = {
  core: [],
  node: ["core"],
  browser: ["core"],
  services: ["core"],
  redis: ["core"],
  sql: ["core"],
  "dev-server": [],
  client: ["core", "node", "services", "browser"],
  cli: ["core", "node", "services", "dev-server"]
}

/** The scope of our packages. */
export const scope = "@mlserver-auth/"

/** Packages that are bundled into one file: what they import may be a development dependency. */
export const bundled = ["cli", "client"]

/** Never imported whole: a barrel costs start-up time and 20 % of a browser's bundle. Import the module. */
export const barrels = [
  "effect",
  "@effect/platform",
  "@mlserver-auth/core",
  "@mlserver-auth/node",
  "@mlserver-auth/browser",
  "@mlserver-auth/services",
  "@mlserver-auth/redis",
  "@mlserver-auth/sql"
]

/** Packages that run anywhere: nothing of Node in them. */
export const platformFree = ["core", "services", "redis", "sql"]

/** Packages whose every module outside `internal/` is public, and in their index. */
export const whollyPublic = ["core", "services"]

/**
 * The rooms of core, from the front door down to the cellar. A module imports its own room and the rooms named in
 * `below`; every module belongs to exactly one room.
 */
export const coreRooms = [
  {
    name: "front door",
    modules: ["index.ts", "MlServerAuth.ts", "EntraAuth.ts", "Sessions.ts", "DeviceSignIn.ts"],
    below: ["client", "session", "shared store", "issuers", "ports", "values", "telemetry"]
  },
  {
    name: "promises",
    modules: ["promises/*.ts"],
    below: ["front door", "client", "session", "ports", "values"]
  },
  { name: "verifier", modules: ["verifier/*.ts"], below: ["issuers", "ports", "values"] },
  {
    name: "shared store",
    modules: ["KeyValueTokenStore.ts", "LeasedTokenStore.ts", "internal/shared/*.ts"],
    below: ["ports", "values"]
  },
  { name: "testing", modules: ["testing/*.ts"], below: ["ports", "values"] },
  {
    name: "client",
    modules: ["AuthHttpClient.ts", "internal/renewedInVain.ts", "internal/signing.ts"],
    below: ["session", "ports", "values", "telemetry"]
  },
  {
    name: "session",
    modules: ["Session.ts", "internal/session/*.ts"],
    below: ["ports", "values", "telemetry"]
  },
  {
    name: "issuers",
    modules: ["MlServerIssuer.ts", "EntraIssuer.ts", "EntraAdvice.ts", "internal/issuer/*.ts", "internal/entra/*.ts"],
    below: ["ports", "values"]
  },
  {
    name: "ports",
    modules: [
      "StoreEngine.ts",
      "TokenIssuer.ts",
      "TokenStore.ts",
      "CredentialSource.ts",
      "CredentialPrompt.ts",
      "UnauthorizedPolicy.ts"
    ],
    below: ["values"]
  },
  {
    name: "values",
    modules: [
      "Authority.ts",
      "AuthorizationCode.ts",
      "internal/spent.ts",
      "Credential.ts",
      "DeviceAuthorization.ts",
      "Diagnosis.ts",
      "internal/answerBody.ts",
      "internal/apart.ts",
      "internal/monotonic.ts",
      "internal/proxyRefusal.ts",
      "internal/address.ts",
      "internal/words/*.ts",
      "internal/errors/*.ts",
      "internal/seal.ts",
      "internal/sessionFacts.ts",
      "RecordCodec.ts",
      "RequestReport.ts",
      "Lateness.ts",
      "TimeLimit.ts",
      "JsonText.ts",
      "ServerAddress.ts",
      "Token.ts",
      "TokenFields.ts",
      "TokenKey.ts",
      "ServerEndpoint.ts",
      "SessionState.ts",
      "Challenge.ts",
      "AuthError.ts"
    ],
    below: []
  },
  { name: "telemetry", modules: ["internal/telemetry.ts"], below: [] }
]

/** The only files of core that touch `@effect/platform`: it moves elsewhere in Effect 4, and these move with it. */
export const corePlatformFiles = [
  "AuthHttpClient.ts",
  "EntraAuth.ts",
  "EntraIssuer.ts",
  "KeyValueTokenStore.ts",
  "MlServerAuth.ts",
  "MlServerIssuer.ts",
  "RequestReport.ts",
  "Sessions.ts",
  "internal/answerBody.ts",
  "internal/entra/realm.ts",
  "internal/entra/signIn.ts",
  "internal/entra/wire.ts",
  "internal/issuer/exchange.ts",
  "internal/issuer/foreignTracing.ts",
  "internal/signing.ts",
  "promises/*.ts",
  "testing/*.ts",
  "verifier/*.ts"
]

/** What only some files of core may import: an optional peer that those who do not use these files need not have. */
export const coreOptional = { jose: ["verifier/*.ts"] }

/** Lines of a module and of a test. */
export const maxLines = { src: 250, test: 300 }

/** Modules that may be longer, each with the reason. */
export const longModules = {}
