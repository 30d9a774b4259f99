/**
 * The library as promises, for adapters that serve programs without Effect. `@mlserver-auth/client` and the script for a
 * script tag are built on it.
 */
export { make, type Parts } from "./client.js"
export type { Abortable, Client, Fetch, SignedIn, SignedOut, SignOut, State } from "./PromiseClient.js"
export { type Code, type Details, MlServerAuthError } from "./MlServerAuthError.js"
export { type Failure, plain, settle, Thrown } from "./settle.js"
