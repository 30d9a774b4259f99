/** `mls doctor`: what stands between this machine and a token that works. Changes nothing and asks no person. */
import * as Effect from "effect/Effect"
import { failureOf } from "../doctor/check.js"
import { answered } from "../cli/answered.js"
import { Output } from "../cli/output.js"
import type { Given } from "../cli/table/commandTable.js"
import { usage } from "../cli/usage.js"

/** The command. */
export const run = (given: Given<"doctor">) =>
  Effect.gen(function* () {
    const output = yield* Output
    if (given.name !== undefined && given.profile !== undefined) {
      return yield* usage("Two profiles are named", "mls doctor PROFILE")
    }
    const [doctor, report] = yield* Effect.promise(() =>
      Promise.all([import("../doctor/doctor.js"), import("../doctor/report.js")])
    )
    const findings = yield* doctor.examine({ ...given, profile: given.name ?? given.profile })
    const { checks } = findings
    yield* answered("doctor", report.json(checks), output.answerText(report.text(checks)))
    if (given.bundle !== undefined) {
      yield* report.save(given.bundle, findings)
      yield* output.marked("✓", `Written to ${given.bundle}. Read it before you send it.`)
    }
    const failure = failureOf(checks)
    if (failure !== undefined) return yield* failure
  })
