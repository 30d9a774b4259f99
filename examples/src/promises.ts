/** Promises and `fetch`, without Effect: 20 calls at once, one of which is given up, and what a call says after the sign-out. */
import { connect, MlServerAuthError } from "@mlserver-auth/client"

// MLS_USERNAME and MLS_PASSWORD, or MLS_ACCESS_TOKEN.
await using client = await connect({ server: process.env["MLS_HOST"] ?? "" })

const services = (await (await client.fetch("/services")).json()) as ReadonlyArray<{ readonly name: string }>
console.log(`services: ${services.map(({ name }) => name).join(", ")}`)

const leaving = new AbortController()
const calls = Array.from({ length: 20 }, (_, at) =>
  client.fetch("/services", at === 0 ? { signal: leaving.signal } : {}).then(({ status }) => status)
)
leaving.abort(new Error("not needed any more"))
const [first, ...others] = await Promise.allSettled(calls)
console.log(first?.status === "rejected" ? String(first.reason) : "came in time")
console.log(`the others: ${[...new Set(others.map((each) => each.status))].join(", ")}`)

await client.signOut()
await client.fetch("/elsewhere", { signal: AbortSignal.timeout(10_000) }).catch((error: unknown) => {
  if (error instanceof MlServerAuthError) console.log(`${error.code}: ${error.fix}`)
})
