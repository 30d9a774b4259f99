/** `mls doctor`: what stands between this machine and a token that works. Changes nothing and asks nobody. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { failureOf } from "../DoctorCheck.js"
import * as Invocation from "../Invocation.js"
import { Output } from "../Output.js"
import type * as ServerSettings from "../ServerSettings.js"
import { usage } from "../Usage.js"

const config = {
  name: Args.text({ name: "PROFILE" }).pipe(
    Args.withDescription("The profile to look at; otherwise the one that holds here."),
    Args.optional
  ),
  offline: Options.boolean("offline").pipe(Options.withDescription("Look at this machine only: nothing is sent.")),
  bundle: Options.text("bundle").pipe(
    Options.withPseudoName("file"),
    Options.withDescription("Write the same into a file for an administrator, without tokens and names of users."),
    Options.optional
  ),
  ...Invocation.serverOption,
  ...Invocation.remoteOptions
}

type Given = ServerSettings.Given & {
  readonly name: Option.Option<string>
  readonly offline: boolean
  readonly bundle: Option.Option<string>
  readonly ignoreEnv: boolean
  readonly profile: Option.Option<string>
}

const run = (given: Given) =>
  Effect.gen(function* () {
    const output = yield* Output
    if (Option.isSome(given.name) && Option.isSome(given.profile)) {
      return yield* usage("Two profiles are named", "mls doctor PROFILE")
    }
    const [doctor, report] = yield* Effect.promise(() =>
      Promise.all([import("../Doctor.js"), import("../DoctorReport.js")])
    )
    const findings = yield* doctor.examine({ ...given, profile: Option.orElse(given.name, () => given.profile) })
    const { checks } = findings
    yield* (yield* Invocation.Invocation).json
      ? output.answerJson(report.json(checks))
      : output.answerText(report.text(checks))
    if (Option.isSome(given.bundle)) {
      yield* report.save(given.bundle.value, findings)
      yield* output.marked("✓", `Written to ${given.bundle.value}. Read it before you send it.`)
    }
    const failure = failureOf(checks)
    if (failure !== undefined) return yield* failure
  })

/** The command. */
export const doctor = Command.make("doctor", config, (given) => Invocation.run(given, run(given))).pipe(
  Command.withDescription(
    "Look at settings, store, network, server and session, and say what to do. Exit code 0 when nothing failed."
  )
)
