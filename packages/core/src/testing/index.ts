/** For tests of stores and of applications; no test runner needed. */
export * as TokenStoreContract from "./TokenStoreContract.js"
