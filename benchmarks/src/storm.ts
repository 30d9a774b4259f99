/** Fifty programs meet one ended token: how many renewals, how many failures, when is the last one served, what does it cost? */
import * as Credential from "@mlserver-auth/core/Credential"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import * as MlServerAuth from "@mlserver-auth/core/MlServerAuth"
import { Session } from "@mlserver-auth/core/Session"
import { TokenStore } from "@mlserver-auth/core/TokenStore"
import { Accounts } from "@mlserver-auth/dev-server"
import * as NodeHttp from "@mlserver-auth/node/NodeHttp"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ChildProcess } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as DevServer from "./devServerControl.js"
import * as Servers from "./engineServers.js"
import * as Programs from "./programs.js"
import type { Answer, Row } from "./report.js"
import { open, type Place, prepare } from "./sharedPlaces.js"
import type * as Program from "./stormProgram.js"

const started = (setup: Program.Setup) => Programs.started("./stormProgram.js", setup)

const tell = (child: ChildProcess, order: Program.Order) => Programs.tell<Program.Order, Program.Answer>(child, order)

const signIn = (place: Place, url: string) => {
  const { password, username } = Accounts.ada
  const auth = MlServerAuth.layer({ server: url }).pipe(
    Layer.provide([
      NodeHttp.layer({ proxy: "none" }),
      Layer.scoped(TokenStore, Effect.orDie(open(place))),
      CredentialSource.layerNone
    ])
  )
  const signedIn = Effect.flatMap(Session, (session) =>
    session.signIn(Credential.usernamePassword({ username, password }))
  )
  return Effect.runPromise(Effect.zipRight(prepare(place), Effect.provide(signedIn, auth)))
}

/** What one round came to. */
interface Round {
  readonly refreshes: number
  readonly reused: number
  readonly failed: number
  readonly last: number
  readonly middle: number
  readonly processor: number
}

class Storm {
  readonly #server: Awaited<ReturnType<typeof DevServer.start>>
  readonly #programs: ReadonlyArray<ChildProcess>

  constructor(server: Awaited<ReturnType<typeof DevServer.start>>, programs: ReadonlyArray<ChildProcess>) {
    this.#server = server
    this.#programs = programs
  }

  async #all(order: Program.Order): Promise<ReadonlyArray<Program.Answer>> {
    return await Promise.all(this.#programs.map((child) => tell(child, order)))
  }

  async round(why: "expired" | "revoked"): Promise<Round> {
    const before = await this.#all("begin")
    if (why === "revoked") await this.#all("ask")
    const [first] = this.#programs
    if (why === "expired" && first !== undefined) await tell(first, "expire")
    await this.#server.tell(why === "expired" ? "expire" : "revoke")
    await this.#server.tell("resetCounts")
    const began = performance.timeOrigin + performance.now()
    const answers = await this.#all("ask")
    const times = answers.map(({ at }) => at - began).sort((a, b) => a - b)
    const spent = answers.map(({ processor }, at) => processor - (before[at]?.processor ?? 0))
    const { refreshes, reusedRefreshTokens } = await this.#server.counts()
    return {
      refreshes,
      reused: reusedRefreshTokens,
      failed: answers.filter(({ said }) => said !== "200").length,
      last: times.at(-1) ?? 0,
      middle: times[times.length >> 1] ?? 0,
      processor: spent.reduce((sum, each) => sum + each, 0)
    }
  }
}

const rowsOf = (name: string, many: number, rounds: ReadonlyArray<Round>): ReadonlyArray<Row> => [
  { what: `${name}: renewals a round`, values: rounds.map(({ refreshes }) => refreshes), unit: "", always: 1 },
  { what: `${name}: reused`, values: rounds.map(({ reused }) => reused), unit: "", always: 0 },
  { what: `${name}: failed`, values: rounds.map(({ failed }) => failed), unit: "", always: 0 },
  { what: `${name}: half of ${many} served after`, values: rounds.map(({ middle }) => middle), unit: "ms" },
  { what: `${name}: the last of ${many} served after`, values: rounds.map(({ last }) => last), unit: "ms" },
  { what: `${name}: processor time of all`, values: rounds.map(({ processor }) => processor), unit: "ms" }
]

const stormOn = async (place: Place, many: number, rounds: number): Promise<ReadonlyArray<Row>> => {
  const server = await DevServer.start()
  await server.tell("slowRefresh")
  await signIn(place, server.url)
  const programs: Array<ChildProcess> = []
  for (let at = 0; at < many; at++) programs.push(await started({ place, url: server.url }))
  try {
    const storm = new Storm(server, programs)
    const rows: Array<Row> = []
    for (const why of ["expired", "revoked"] as const) {
      const found: Array<Round> = []
      for (let round = 0; round < rounds; round++) found.push(await storm.round(why))
      rows.push(...rowsOf(`${Programs.NAMES[place.kind]}, ${why}`, many, found))
    }
    return rows
  } finally {
    for (const child of programs) child.disconnect()
    server.stop()
  }
}

export const run = async (quick: boolean): Promise<ReadonlyArray<Answer>> => {
  const [many, rounds] = quick ? [3, 1] : [50, 20]
  const directory = mkdtempSync(join(tmpdir(), "bench-storm-"))
  const [redis, postgres] = [await Servers.redis(), await Servers.postgres()]
  const places: ReadonlyArray<Place> = [
    { kind: "files", at: directory },
    ...(redis === undefined ? [] : [{ kind: "redis", at: redis.at } as const]),
    ...(postgres === undefined ? [] : [{ kind: "postgres", at: postgres.at } as const])
  ]
  try {
    const rows: Array<Row> = []
    for (const place of places) rows.push(...(await stormOn(place, many, rounds)))
    const notes = [
      "Each program is a process with a store of its own. Expired: with a new session each round, that finds the ended token in the store.",
      "Revoked: with the token in memory, which the server does not take any more. A renewal takes the server 50 ms at least."
    ]
    return [{ question: `${many} programs meet one ended token at once, ${rounds} times`, rows, notes }]
  } finally {
    await redis?.end()
    await postgres?.end()
    rmSync(directory, { recursive: true, force: true })
  }
}
