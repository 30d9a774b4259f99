export * as KeySet from "./KeySet.js"
export * as TokenVerifier from "./TokenVerifier.js"
