/**
 * The look of `mls doctor` at the lock of a session: who holds it, without touching it.
 */
import type { TokenKey } from "@mlserver-auth/core/TokenKey"
import * as Inspection from "@mlserver-auth/node/Inspection"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type Check, fail, ok } from "./DoctorCheck.js"
import * as Durations from "./Durations.js"
import { ExitCode } from "./ExitCode.js"
import { quoted } from "./SameCommand.js"

/** Milliseconds: a renewal is over long before. */
const LONG = 120_000

const stuck = (message: string, fix: string): Check => fail("lock", ExitCode.locked, message, fix)

/** Who holds the lock beside a record. */
export const look = (directory: string, key: TokenKey): Effect.Effect<Check> =>
  Effect.gen(function* () {
    const found = yield* Inspection.lock(directory, key)
    const removal = `rm ${quoted(found.path)}`
    if (found._tag === "Free") return ok("lock", "free")
    if (found._tag === "Nameless") {
      return stuck(`held by a program that does not say who it is: ${found.path}`, removal)
    }
    const { host, pid, runs, since } = found
    const held = (yield* Clock.currentTimeMillis) - since
    const who = `process ${pid} on ${host}`
    if (runs === false) return ok("lock", `left by ${who}, which has ended: the next command takes it over`)
    const told = `held by ${who} for ${Durations.words(held)}`
    if (held < LONG) return ok("lock", `${told}: others wait for it`)
    return runs === true
      ? stuck(`${told}, longer than any renewal takes`, `kill ${pid}`)
      : stuck(`${told}, and cannot be looked at from here`, `End it there, or: ${removal}`)
  })
