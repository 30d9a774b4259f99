/** Disks that are full, cannot be written, or have no links: real ones where this machine lets us make them. */
import { AuthHttpClient, Credential, Session, TokenStore } from "@mlserver-auth/core"
import { TokenStoreContract } from "@mlserver-auth/core/testing"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { FileTokenStore, NodeAuth } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import { vi } from "vitest"
import * as Authority from "./authority.js"
import * as Disks from "./disks.js"
import * as Processes from "./processes.js"

/** The code that a file system without hard links answers; `undefined` where links are made. */
const linking = vi.hoisted(() => ({ code: undefined as string | undefined, tried: 0 }))

vi.mock("node:fs/promises", async (original) => {
  const fs = await original<typeof Fs>()
  const link: typeof fs.link = async (from, to) => {
    linking.tried++
    if (linking.code === undefined) return await fs.link(from, to)
    throw Object.assign(new Error("no links here"), { code: linking.code })
  }
  return { ...fs, link }
})

const { password, username } = Accounts.ada
const credential = Credential.usernamePassword({ username, password })

describe.skipIf(!Disks.mountable)(
  "a token that has expired, in a directory (only root can mount one to test with)",
  () => {
    for (const { breaks, fix, heals, what, retryable } of [
      {
        what: "on a full disk",
        breaks: Disks.fill,
        heals: Disks.empty,
        fix: /ENOSPC[\s\S]*Free some space/,
        retryable: true
      },
      {
        what: "that cannot be written any more",
        breaks: (directory: string) => Disks.remount(directory, "ro"),
        heals: (directory: string) => Disks.remount(directory, "rw"),
        fix: /EROFS[\s\S]*can be written/,
        retryable: false
      }
    ]) {
      it.scopedLive(`${what}: nothing is sent, a typed error says why, and it works again when that is over`, () =>
        Effect.gen(function* () {
          const server = yield* DevServer.make()
          const directory = yield* Disks.disk
          const auth = NodeAuth.layer({ server: server.url, store: { directory }, http: { proxy: "none" } })
          const request = Effect.flatMap(AuthHttpClient.AuthHttpClient, (http) => http.get("/services")).pipe(
            Effect.flatMap((response) => Effect.as(response.text, response.status)),
            Effect.provide(auth)
          )
          yield* Effect.provide(
            Effect.flatMap(Session.Session, (session) => session.signIn(credential)),
            auth
          )
          yield* Processes.expire(directory)
          yield* breaks(directory)
          const error = yield* Effect.flip(request)
          assert.deepInclude(error, { _tag: "StoreUnavailable", operation: "lock", retryable })
          assert.match(error.message, fix)
          assert.include(error.message, directory)
          assert.strictEqual((yield* server.control.counts).refreshes, 0)
          yield* heals(directory)
          assert.strictEqual(yield* request, 200)
          assert.strictEqual((yield* Effect.promise(() => Fs.readdir(directory))).length, 1)
        })
      )
    }
  }
)

describe("a store of its own for every section, as in so many programs", () => {
  for (const code of [undefined, "EPERM", "EACCES", "ENOSYS"]) {
    it.scopedLive(`keeps the contract, where links are ${code === undefined ? "made" : `refused with ${code}`}`, () =>
      Effect.gen(function* () {
        yield* Effect.acquireRelease(
          Effect.sync(() => Object.assign(linking, { code, tried: 0 })),
          () => Effect.sync(() => (linking.code = undefined))
        )
        const directory = yield* Authority.directory
        const make = FileTokenStore.make({ directory })
        // What keeps them apart is the file.
        const store = TokenStore.TokenStore.of({
          ...(yield* make),
          exclusive: (key) => (effect) => Effect.flatMap(make, (own) => own.exclusive(key)(effect))
        })
        yield* Effect.forEach(TokenStoreContract.checks, ({ run: check }) =>
          Effect.provideService(check, TokenStore.TokenStore, store)
        )
        assert.isAbove(linking.tried, 50)
      })
    )
  }
})
