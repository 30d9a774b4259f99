/**
 * For a page whose server leaves sign-ins to Azure Active Directory: `connect` with `entra`, by a window or by the page itself.
 * Apart, so that those who need no Azure do not load it.
 *
 * @example
 * import { connect } from "@mlserver-auth/client/browser/azure"
 *
 * const client = await connect({
 *   server: "https://mlserver.contoso.com:12800",
 *   entra: {
 *     tenant: "contoso.com",
 *     clientid: "00000000-0000-0000-0000-000000000000",
 *     resource: "11111111-1111-1111-1111-111111111111",
 *     redirectUri: `${location.origin}/signed-in`
 *   }
 * })
 * document.querySelector("#sign-in")?.addEventListener("click", () => void client.signIn())
 */
export { answer, checkServer, connect, MlServerAuthError } from "@mlserver-auth/browser/azure"
export type {
  Abortable,
  AzureClient,
  AzureConnectOptions,
  Client,
  Code,
  ConnectOptions,
  Entra,
  Fetch,
  Person,
  Returned,
  SignOut,
  State
} from "@mlserver-auth/browser/azure"
