/**
 * The look of `mls doctor` at the lock of a session: who holds it, without touching it.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import { type Check, fail, ok } from "./DoctorCheck.js"
import * as Durations from "./Durations.js"
import { ExitCode } from "./ExitCode.js"

/** As much of a lock file as people are told. */
const Lock = Schema.parseJson(
  Schema.Struct({
    since: Schema.Number,
    holder: Schema.Struct({
      pid: Schema.Int.pipe(Schema.positive()),
      host: Schema.String,
      space: Schema.optional(Schema.String),
      started: Schema.optional(Schema.String)
    })
  })
)
const decode = Schema.decodeOption(Lock)
type Holder = (typeof Lock.Type)["holder"]

/** Milliseconds: a renewal is over long before. */
const LONG = 120_000

const quietly = (read: () => Promise<string>): Promise<string | undefined> => read().catch(() => undefined)

/** `undefined` where it cannot be looked at from here. */
const lives = async ({ host, pid, space, started }: Holder): Promise<boolean | undefined> => {
  if (host !== Os.hostname().slice(0, 255)) return undefined
  if (space !== (await quietly(() => Fs.readlink("/proc/self/ns/pid")))?.slice(0, 255)) return undefined
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false
  }
  const stat = await quietly(() => Fs.readFile(`/proc/${pid}/stat`, "latin1"))
  // After the name in brackets: the state, and 19 fields later the start, which tells it from who had the number before.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? []
  if (fields[0] === "Z" || fields[0] === "X") return false
  return started === undefined || fields[19] === undefined || fields[19] === started
}

/** Who holds the lock beside a record. */
export const look = (directory: string, record: string): Effect.Effect<Check> =>
  Effect.gen(function* () {
    const path = Path.join(directory, `${record}.lock`)
    const text = yield* Effect.promise(() => quietly(() => Fs.readFile(path, "utf8")))
    if (text === undefined) return ok("lock", "free")
    const found = Option.getOrUndefined(decode(text))
    if (found === undefined) {
      return fail("lock", ExitCode.locked, `held by a program that does not say who it is: ${path}`, `rm '${path}'`)
    }
    const { holder, since } = found
    const held = (yield* Clock.currentTimeMillis) - since
    const alive = yield* Effect.promise(() => lives(holder))
    const who = `process ${holder.pid} on ${holder.host}`
    if (alive === false) return ok("lock", `left by ${who}, which has ended: the next command takes it over`)
    const told = `held by ${who} for ${Durations.words(held)}`
    if (held < LONG) return ok("lock", `${told}: others wait for it`)
    if (alive === undefined) {
      return fail(
        "lock",
        ExitCode.locked,
        `${told}, and cannot be looked at from here`,
        `End it there, or: rm '${path}'`
      )
    }
    return fail("lock", ExitCode.locked, `${told}, longer than any renewal takes`, `kill ${holder.pid}`)
  })
