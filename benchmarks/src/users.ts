/** Many users over a few programs that share an engine, when every token has ended: what does it take until all are served? */
import * as Effect from "effect/Effect"
import type { ChildProcess } from "node:child_process"
import * as Servers from "./engineServers.js"
import { wall } from "./measure.js"
import * as Programs from "./programs.js"
import type { Answer, Row } from "./report.js"
import { type Place, prepare } from "./sharedPlaces.js"
import type * as Program from "./usersProgram.js"

interface Size {
  readonly users: number
  /** Programs that they are spread over. */
  readonly many: number
}

const started = (setup: Program.Setup) => Programs.started("./usersProgram.js", setup)

const tell = (child: ChildProcess, order: Program.Order) => Programs.tell<Program.Order, Program.Answer>(child, order)

const sum = (answers: ReadonlyArray<Program.Answer>, of: keyof Program.Answer): number =>
  answers.reduce((total, each) => total + each[of], 0)

const on = async (place: Place, engine: Servers.Server, { many, users }: Size): Promise<ReadonlyArray<Row>> => {
  await Effect.runPromise(prepare(place))
  const parts = Array.from({ length: many }, (_, part) => part)
  const programs = await Promise.all(parts.map((part) => started({ place, users, part, parts: many })))
  const all = (order: Program.Order) => Promise.all(programs.map((child) => tell(child, order)))
  try {
    const seeded = await all("seed")
    const [processor, began] = [engine.processor(), wall()]
    const answers = await all("renew")
    const took = (wall() - began) / 1e6
    const spent = engine.processor() - processor
    const name = Programs.NAMES[place.kind]
    return [
      { what: `${name}: renewals`, values: [sum(answers, "renewals")], unit: "", always: users },
      { what: `${name}: failed`, values: [sum(answers, "failed")], unit: "", always: 0 },
      { what: `${name}: all ${users} users served after`, values: [took], unit: "ms" },
      { what: `${name}: its processor time for a user`, values: [(1000 * spent) / users], unit: "us" },
      {
        what: `${name}: that of all programs for a user`,
        values: [(1000 * (sum(answers, "processor") - sum(seeded, "processor"))) / users],
        unit: "us"
      }
    ]
  } finally {
    for (const child of programs) child.disconnect()
  }
}

export const run = (quick: boolean): Promise<ReadonlyArray<Answer>> => spread(quick ? 10 : 1000, quick ? 2 : 8)

/** For so many users, over so many programs. */
export const spread = async (users: number, many: number): Promise<ReadonlyArray<Answer>> => {
  const [redis, postgres] = [await Servers.redis(), await Servers.postgres()]
  try {
    const rows: Array<Row> = []
    if (redis !== undefined) rows.push(...(await on({ kind: "redis", at: redis.at }, redis, { many, users })))
    if (postgres !== undefined)
      rows.push(...(await on({ kind: "postgres", at: postgres.at }, postgres, { many, users })))
    const notes = [
      "Every token has ended. Each user is wanted by two of the programs at once, 32 users at a time in each; a renewal takes the server 20 ms, and no processor time.",
      "With the default Sessions, which follow every user they have."
    ]
    return [{ question: `${users} users over ${many} programs: every token has ended`, rows, notes }]
  } finally {
    await redis?.end()
    await postgres?.end()
  }
}
