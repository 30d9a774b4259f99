/** A terminal for the program: util-linux's `script` gives a process one of its own, and passes its exit code on. */
import * as ChildProcess from "node:child_process"

export const hasTerminals =
  ChildProcess.spawnSync("script", ["-qec", "exit 7", "/dev/null"], { stdio: "ignore" }).status === 7

export const atTerminal = (command: string): string =>
  `script -qec "mls() { \\"$NODE\\" \\"$MLS\\" \\"\\$@\\"; }; ${command}" /dev/null`

export const CTRL_C = "\u0003"
