/**
 * The exit codes of `mls`: stable, documented in the package's README, and tested.
 */

/** What each number means. */
export const ExitCode = {
  ok: 0,
  /** A fault of this program. */
  fault: 1,
  /** The command line is wrong, or an input is needed and there is no person to ask. */
  usage: 2,
  /** A setting, a file or a store cannot be used. */
  configuration: 3,
  /** No user is signed in, or the session is over. */
  signInRequired: 4,
  /** The server refused the sign-in. */
  signInRefused: 5,
  /** A call was answered 4xx or 5xx, or a service ran and failed. */
  apiRefused: 6,
  /** The server could not be reached; nothing is known about the session. */
  unreachable: 7,
  /** Another program holds the lock. */
  locked: 8,
  sigint: 130,
  sigterm: 143
} as const

/** Signals that end the program, with the exit code of each (128 and the signal's number). */
export const signals = { SIGHUP: 129, SIGINT: ExitCode.sigint, SIGTERM: ExitCode.sigterm } as const
