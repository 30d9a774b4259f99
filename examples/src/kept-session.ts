/** Tokens at rest: one program signs in, the next one finds the session, sealed on the disk. */
import { type AuthHttpClient, Session } from "@mlserver-auth/core"
import { NodeAuth } from "@mlserver-auth/node"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

const directory = await mkdtemp(join(tmpdir(), "kept-session-"))
const settings = {
  server: Config.string("MLS_HOST"),
  store: Config.succeed({ directory, sealing: "keyFile" } as const)
}

const program = <A, E>(body: Effect.Effect<A, E, AuthHttpClient.AuthHttpClient | Session.Session>) =>
  Effect.runPromise(Effect.provide(body, NodeAuth.layerConfig(settings)))

const { principal } = await program(Effect.flatMap(Session.Session, (session) => session.signIn()))
console.log(`signed in as ${principal}`)

const state = await program(Effect.flatMap(Session.Session, (session) => session.peek))
console.log(`the next program: ${state._tag}`)

for (const name of await readdir(directory)) {
  const text = await readFile(join(directory, name), "utf8").catch(() => "")
  console.log(
    `${name.replace(/^[0-9a-f]{8,}/, "…")}: ${text.includes("eyJ") ? "a token in clear" : "no token in clear"}`
  )
}
await rm(directory, { recursive: true })
