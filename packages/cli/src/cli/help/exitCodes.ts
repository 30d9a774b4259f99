/** What the exit codes mean: for `mls help exit-codes`, and for programs. */
import type * as Outputs from "../../outputs/outputs.js"
import { columns } from "./environment.js"
import { ExitCode, signals } from "../exitCode.js"

type Meaning = Outputs.Of<"help">["exitCodes"][number]

/** All of them; several have one meaning. */
export const meanings: ReadonlyArray<Omit<Meaning, "code"> & { readonly codes: ReadonlyArray<number> }> = [
  {
    codes: [ExitCode.ok],
    meaning: "success. Also if the reader of stdout stops early (mls api … | head)",
    mayPass: null
  },
  { codes: [ExitCode.fault], meaning: "a fault of mls", mayPass: false },
  {
    codes: [ExitCode.usage],
    meaning:
      "the command line is wrong, or an input is missing and mls may not ask for it. The message names the option",
    mayPass: false
  },
  {
    codes: [ExitCode.configuration],
    meaning:
      "mls cannot use a setting: an unknown profile, a bad URL, not a Machine Learning Server, an unreadable file, a store that it cannot write",
    mayPass: false
  },
  {
    codes: [ExitCode.signInRequired],
    meaning: "you must sign in: there is no session, or the server ended it",
    mayPass: false
  },
  {
    codes: [ExitCode.signInRefused],
    meaning: "the server refused the sign-in, or a person must sign in. mls does not try again, because accounts lock",
    mayPass: false
  },
  {
    codes: [ExitCode.apiRefused],
    meaning: "the server answered a call with 4xx or 5xx (the answer is on stdout), or a service ran and failed",
    mayPass: null
  },
  {
    codes: [ExitCode.unreachable],
    meaning: "mls did not reach the server, or not in time. The session stays. Try again later",
    mayPass: true
  },
  { codes: [ExitCode.locked], meaning: "another program holds the lock. Try again later", mayPass: true },
  { codes: Object.values(signals), meaning: "ended by SIGHUP, SIGINT (Ctrl-C), SIGTERM", mayPass: null }
]

const COLUMN = 17

/** What `mls help exit-codes` says. */
export const exitCodesText = [
  "Exit codes. They do not change between versions",
  "",
  ...meanings.map(({ codes, meaning }) => columns(codes.join(", "), meaning, COLUMN)),
  "",
  "With --json an error is one object on the last line of stderr: code, exit, message, transient, fix, docs."
].join("\n")
