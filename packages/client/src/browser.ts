/**
 * For a page with a bundler and without Effect: `connect(…)` and plain promises, with a dialog, stores that tabs share and one
 * renewal for all. It may be imported where there is no page.
 *
 * @example
 * import { connect } from "@mlserver-auth/client/browser"
 *
 * const client = await connect({ server: "https://mlserver.contoso.com:12800", store: "encrypted" })
 * if ((await client.state())._tag === "SignedOut") await client.signIn()
 */
export { checkServer, connect, MlServerAuthError } from "@mlserver-auth/browser/global"
export type {
  Abortable,
  AskedByDialog,
  CheckOptions,
  Client,
  Code,
  ConnectOptions,
  Fetch,
  GivenByPage,
  Report,
  SignOut,
  State,
  Store
} from "@mlserver-auth/browser/global"
