/** A person who signs in at the dev server's authority, in a browser that is a few requests. */
import { AzureDirectory } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Net from "node:net"
import { vi } from "vitest"
import type { AuthError } from "@mlserver-auth/core/AuthError"

/** What came back, and from where. */
export interface Page {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

const fetched = async (url: string, init: RequestInit = {}): Promise<Page> => {
  const response = await fetch(url, { redirect: "manual", ...init })
  return { url, status: response.status, headers: response.headers, text: await response.text() }
}

/** Opens an address, and stays there. */
export const open = (url: string, init: RequestInit = {}): Effect.Effect<Page> =>
  Effect.promise(() => fetched(url, init))

/** Sends the form of the page at this address; the answer is where that leads to. */
export const decided = (url: string, fields: Readonly<Record<string, string>>): Effect.Effect<string> =>
  Effect.promise(async () => {
    const { headers, status, text } = await fetched(url, { method: "POST", body: new URLSearchParams(fields) })
    const location = headers.get("location")
    if (location === null) throw new Error(`led nowhere: ${status} ${text}`)
    return location
  })

const { password, username } = AzureDirectory.ada

/** What ada sends to sign in. */
export const ACCEPT = { decision: "accept", username, password }
export const CANCEL = { decision: "cancel" }

/** A browser that does this with the address, goes where it is sent, and lives on by itself. */
export const browser =
  (fields: Readonly<Record<string, string>> = ACCEPT, pages?: Queue.Enqueue<Page>) =>
  (url: string): Effect.Effect<boolean> =>
    decided(url, fields).pipe(
      Effect.flatMap((back) => open(back)),
      Effect.tap((page) => (pages === undefined ? Effect.void : Queue.offer(pages, page))),
      Effect.forkDaemon,
      Effect.as(true)
    )

/** A program that may ask people, whatever it runs in. */
export const allowed = Effect.acquireRelease(
  Effect.sync(() => {
    vi.stubEnv("CI", "")
    vi.stubEnv("MLS_NO_INPUT", "")
  }),
  () => Effect.sync(() => vi.unstubAllEnvs())
)

/** Whether somebody takes a connection. */
export const connects = (host: string, port: number): Effect.Effect<boolean> =>
  Effect.async<boolean>((resume) => {
    const socket = Net.connect({ host, port })
    socket.once("connect", () =>
      resume(
        Effect.as(
          Effect.sync(() => socket.destroy()),
          true
        )
      )
    )
    socket.once("error", () => resume(Effect.succeed(false)))
  })

/** What an error is, in a word or two. */
export const told = (error: AuthError): string => ("reason" in error ? `${error._tag} ${error.reason}` : error._tag)
