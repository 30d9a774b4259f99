/**
 * Who may import whom, as data. Change the house here first, and docs/architecture.md with it.
 */

/** Our packages, and which of ours each may import. Nobody may import cli. */
export const packages = {
  core: [],
  node: ["core"],
  browser: ["core"],
  "dev-server": [],
  cli: ["core", "node", "dev-server"]
}

/** The scope of our packages. */
export const scope = "@mlserver-auth/"

/** Packages that are bundled into one file: what they import may be a development dependency. */
export const bundled = ["cli"]

/** Never imported whole: a barrel costs start-up time and 20 % of a browser's bundle. Import the module. */
export const barrels = [
  "effect",
  "@effect/platform",
  "@effect/cli",
  "@mlserver-auth/core",
  "@mlserver-auth/node",
  "@mlserver-auth/browser"
]

/** Packages that run anywhere: nothing of Node in them. */
export const platformFree = ["core"]

/** Packages whose every module outside `internal/` is public, and in their index. */
export const whollyPublic = ["core"]

/**
 * The rooms of core, from the front door down to the cellar. A module imports its own room and the rooms named in
 * `below`; every module belongs to exactly one room.
 */
export const coreRooms = [
  {
    name: "front door",
    modules: ["index.ts", "MlServerAuth.ts", "EntraAuth.ts", "Sessions.ts", "DeviceSignIn.ts"],
    below: ["client", "session", "issuers", "ports", "values", "telemetry"]
  },
  { name: "verifier", modules: ["verifier/*.ts"], below: ["issuers", "ports", "values"] },
  { name: "testing", modules: ["testing/*.ts"], below: ["ports", "values"] },
  {
    name: "client",
    modules: ["AuthHttpClient.ts", "internal/renewedInVain.ts"],
    below: ["session", "ports", "values", "telemetry"]
  },
  {
    name: "session",
    modules: [
      "Session.ts",
      "internal/session.ts",
      "internal/entry.ts",
      "internal/renewal.ts",
      "internal/offer.ts",
      "internal/follower.ts",
      "internal/ending.ts",
      "internal/held.ts",
      "internal/flights.ts",
      "internal/parts.ts",
      "internal/restraint.ts"
    ],
    below: ["ports", "values", "telemetry"]
  },
  {
    name: "issuers",
    modules: [
      "MlServerIssuer.ts",
      "EntraIssuer.ts",
      "EntraAdvice.ts",
      "internal/codeFlow.ts",
      "internal/deviceFlow.ts",
      "internal/entraAnswer.ts",
      "internal/entraAuthorization.ts",
      "internal/entraRealm.ts",
      "internal/entraSignIn.ts",
      "internal/entraWire.ts",
      "internal/exchange.ts",
      "internal/foreignTracing.ts",
      "internal/httpDate.ts",
      "internal/idToken.ts",
      "internal/tokenAnswer.ts"
    ],
    below: ["ports", "values"]
  },
  {
    name: "ports",
    modules: ["TokenIssuer.ts", "TokenStore.ts", "CredentialSource.ts", "CredentialPrompt.ts", "UnauthorizedPolicy.ts"],
    below: ["values"]
  },
  {
    name: "values",
    modules: [
      "Authority.ts",
      "AuthorizationCode.ts",
      "Credential.ts",
      "DeviceAuthorization.ts",
      "Diagnosis.ts",
      "internal/monotonic.ts",
      "internal/proxyRefusal.ts",
      "internal/refusal.ts",
      "TimeLimit.ts",
      "Token.ts",
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
  "MlServerAuth.ts",
  "MlServerIssuer.ts",
  "Sessions.ts",
  "internal/entraRealm.ts",
  "internal/entraSignIn.ts",
  "internal/entraWire.ts",
  "internal/exchange.ts",
  "internal/foreignTracing.ts",
  "testing/*.ts",
  "verifier/*.ts"
]

/** What only some files of core may import: an optional peer that those who do not use these files need not have. */
export const coreOptional = { jose: ["verifier/*.ts"] }

/** Lines of a module and of a test. */
export const maxLines = { src: 250, test: 300 }

/** Modules that may be longer, each with the reason. */
export const longModules = {
  "packages/core/src/AuthError.ts": "every way to fail, with its advice, on one page"
}
