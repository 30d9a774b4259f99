/** What a stranger without Effect 3 would write with `@mlserver-auth/client`: compiled and run by `client.mjs`, on a server's address. */
import { connect, type Client, type ConnectOptions, MlServerAuthError, users } from "@mlserver-auth/client"
import type { Client as PageClient } from "@mlserver-auth/client/browser"
import type { AzureClient } from "@mlserver-auth/client/browser/azure"

const [server = "", username = "", password = ""] = process.argv.slice(2)
const options: ConnectOptions = { server, credential: { username, password } }
const client: Client = await connect(options)
const globalLike: typeof fetch = client.fetch
const services = (await (await globalLike("/services")).json()) as ReadonlyArray<unknown>
const { revocation } = await client.signOut()
const everybody = await users({ server })
const error: unknown = await everybody
  .of("ada")
  .fetch("/services")
  .catch((caught: unknown) => caught)
const code =
  error instanceof MlServerAuthError ? `${error.code} ${error.reason} ${String(error.retryable)} ${error.fix}` : "?"
await client.close()
await everybody.close()
const pages = [await import("@mlserver-auth/client/browser"), await import("@mlserver-auth/client/browser/azure")]
const doors = pages.map((door) => Object.keys(door).sort().join(" "))

/** Types of a page's clients are there too. */
export type Pages = readonly [PageClient, AzureClient]

const found = JSON.stringify([services.length > 0, revocation, code, doors])
const expected = JSON.stringify([
  true,
  "Revoked",
  "CredentialRequired NotSignedIn false Sign in.",
  ["MlServerAuthError checkServer connect", "MlServerAuthError answer checkServer connect"]
])
if (found !== expected) throw new Error(`expected ${expected}, found ${found}`)
