/** `mls` as a process, which says whether the whole program was asked for. */
import { spawn } from "node:child_process"
import type * as Host from "./Host.js"

/** What came of it. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly asksForProgram: boolean
}

const HOOK = new URL("loadedTap.cjs", import.meta.url).pathname

/** Runs it to its end. */
export const run = ({ args, cwd, entry, env }: Pick<Host.Call, "args" | "cwd" | "entry" | "env">): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const stdio = ["ignore", "pipe", "pipe", "pipe"] as const
    const child = spawn(process.execPath, ["--require", HOOK, entry, ...args], { cwd, env, stdio: [...stdio] })
    const told: ReadonlyArray<Array<Buffer>> = [[], [], [], []]
    child.stdio.forEach((stream, at) => stream?.on("data", (chunk: Buffer) => told[at]?.push(chunk)))
    child.once("error", reject)
    child.once("close", (code) => {
      const [, stdout = "", stderr = "", loaded = ""] = told.map((chunks) => Buffer.concat(chunks).toString("utf8"))
      resolve({ code, stdout, stderr, asksForProgram: loaded.includes("chunk-program") })
    })
  })
