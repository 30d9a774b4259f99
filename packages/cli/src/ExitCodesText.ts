/** What the exit codes mean: for `mls help exit-codes`, and for programs. */
import { columns } from "./EnvironmentText.js"
import { ExitCode, signals } from "./ExitCode.js"

/** An exit code, or several of one meaning. */
export interface Meaning {
  readonly codes: ReadonlyArray<number>
  readonly meaning: string
  /** Whether the same command may succeed later, without anybody doing anything; `null`: it depends, or does not apply. */
  readonly mayPass: boolean | null
}

/** All of them. */
export const meanings: ReadonlyArray<Meaning> = [
  {
    codes: [ExitCode.ok],
    meaning: "success. Also: a reader of stdout who left early (mls api … | head)",
    mayPass: null
  },
  { codes: [ExitCode.fault], meaning: "a fault of mls", mayPass: false },
  {
    codes: [ExitCode.usage],
    meaning:
      "the command line is wrong, or an input is missing and there is nobody to ask; the message names the option",
    mayPass: false
  },
  {
    codes: [ExitCode.configuration],
    meaning:
      "a setting cannot be used: an unknown profile, a bad URL, not a Machine Learning Server, an unreadable file, a store that cannot be written",
    mayPass: false
  },
  {
    codes: [ExitCode.signInRequired],
    meaning: "sign-in required: nobody is signed in, or the session is over by the server's word",
    mayPass: false
  },
  {
    codes: [ExitCode.signInRefused],
    meaning: "the sign-in was refused, or a person must sign in. Not tried twice: accounts lock",
    mayPass: false
  },
  {
    codes: [ExitCode.apiRefused],
    meaning: "a call was answered 4xx or 5xx (the answer is on stdout all the same), or a service ran and failed",
    mayPass: null
  },
  {
    codes: [ExitCode.unreachable],
    meaning:
      "the server was not reached, or not in time. Nothing is known about the session, and it is kept. Try again later",
    mayPass: true
  },
  { codes: [ExitCode.locked], meaning: "another program holds the lock. Try again later", mayPass: true },
  { codes: Object.values(signals), meaning: "ended by SIGHUP, SIGINT (Ctrl-C), SIGTERM", mayPass: null }
]

const COLUMN = 17

/** What `mls help exit-codes` says. */
export const exitCodesText = [
  "Exit codes: they stay as they are",
  "",
  ...meanings.flatMap(({ codes, meaning }) => columns(codes.join(", "), meaning, COLUMN)),
  "",
  "With --json an error is one object on the last line of stderr: code, exit, message, transient, fix, docs."
].join("\n")
