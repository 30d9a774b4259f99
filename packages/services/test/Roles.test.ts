/** Who may do what, as the server's page of roles has it: the whole table, verb by verb, seen through the library. */
import { describe, expect, it } from "@effect/vitest"
import { Accounts } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import type * as Services from "../src/Services.js"
import { server, servicesOf, type User } from "./Servers.js"

const { ada, olga, rhea } = Accounts
const nobody = { username: "sal", password: "sal-without-a-role" }
const accounts = Accounts.directory({
  users: [...Accounts.sampleUsers, nobody],
  roles: Accounts.sample.roles
})

const code = { code: "x" }
const own = { name: "own", version: "1" }
const others = { name: "theirs", version: "1" }

type Verb = (services: Services.Service) => Effect.Effect<unknown, Services.Error>

const batchOf = (services: Services.Service) => services.batch.start(others, [{}])

const verbs: Readonly<Record<string, Verb>> = {
  list: (it) => it.list(),
  get: (it) => it.get(others),
  swagger: (it) => it.swagger(others),
  consume: (it) => Effect.catchTag(it.consume(others), "ServiceFailed", () => Effect.void),
  "batch.start": batchOf,
  "batch.list": (it) => it.batch.list(others),
  "batch.status": (it) => Effect.flatMap(batchOf(it), (batch) => it.batch.status(batch)),
  "batch.results": (it) => Effect.flatMap(batchOf(it), (batch) => it.batch.results(batch)),
  "batch.artifacts": (it) => Effect.flatMap(batchOf(it), (batch) => it.batch.artifacts(batch, 0)),
  "batch.cancel": (it) => Effect.flatMap(batchOf(it), (batch) => it.batch.cancel(batch)),
  "publish, a new name": (it) => it.publish({ name: "new", version: "1" }, code),
  "publish, another's name": (it) => it.publish({ ...others, version: "2" }, code),
  "update, own": (it) => it.update(own, { description: "…" }),
  "update, another's": (it) => it.update(others, { description: "…" }),
  "remove, own": (it) => it.remove(own),
  "remove, another's": (it) => it.remove(others)
}

/** `no`: 403. A dash: users of that role have no service of their own. */
const table = `
                          Owner  Contributor  Reader  none
list                      yes    yes          yes     no
get                       yes    yes          yes     no
swagger                   yes    yes          yes     no
consume                   yes    yes          yes     no
batch.start               yes    yes          yes     no
batch.list                yes    yes          yes     no
batch.status              yes    yes          yes     no
batch.results             yes    yes          yes     no
batch.artifacts           yes    yes          yes     no
batch.cancel              yes    yes          yes     no
publish, a new name       yes    yes          no      no
publish, another's name   yes    no           no      no
update, own               yes    yes          -       -
update, another's         yes    no           no      no
remove, own               yes    yes          -       -
remove, another's         yes    no           no      no
`

const users: Readonly<Record<string, User>> = { Owner: olga, Contributor: ada, Reader: rhea, none: nobody }

const cells = table
  .trim()
  .split("\n")
  .slice(1)
  .flatMap((line) => {
    const [verb = "", ...may] = line.split(/ {2,}/)
    return Object.keys(users).flatMap((role, at) => (may[at] === "-" ? [] : [{ verb, role, may: may[at] === "yes" }]))
  })

it("the table has every verb, and every verb is one of the library", () => {
  expect([...new Set(cells.map(({ verb }) => verb))]).toEqual(Object.keys(verbs))
  expect(cells).toHaveLength(14 * 4 + 2 * 2)
})

describe("a user", () => {
  it.scoped.each(cells)("with the role $role: $verb, $may", ({ may, role, verb }) =>
    Effect.gen(function* () {
      const peer = yield* server({ accounts })
      const user = users[role] ?? nobody
      // Somebody else's: the Owner's, and for the Owner the Contributor's.
      const other = yield* servicesOf(peer, role === "Owner" ? ada : olga)
      yield* other.services.publish(others, code)
      const { services } = yield* servicesOf(peer, user)
      if (verb.endsWith(", own")) yield* services.publish(own, code)
      const act = verbs[verb] ?? (() => Effect.dieMessage("no such verb"))
      const ended = yield* Effect.either(act(services))
      const word =
        ended._tag === "Right" ? "done" : ended.left._tag === "ServiceRefused" ? ended.left.reason : ended.left
      expect(word).toBe(may ? "done" : "Forbidden")
      if (ended._tag === "Left" && ended.left._tag === "ServiceRefused") {
        const wants =
          role === "none" && !/^(publish|update|remove)/.test(verb)
            ? "Reader"
            : expect.stringMatching(/^(Owner|Contributor)$/)
        expect(ended.left.role).toEqual(wants)
      }
    })
  )
})
