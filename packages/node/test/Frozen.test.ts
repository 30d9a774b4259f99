import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import * as Fs from "node:fs/promises"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as Path from "node:path"
import * as Readline from "node:readline"
import { setTimeout as passed } from "node:timers/promises"
import * as Authority from "./authority.js"
import { bundled } from "./bundled.js"
import type { Order } from "./frozenProgram.js"
import type { Order as KeyOrder, Report } from "./keyProgram.js"
import { run } from "./programs.js"

/** Long enough for a renewal on loopback that does not have to wait; the program is away for longer than this. */
const LIMIT = 1000

const pair = (access: string) => JSON.stringify({ access_token: access, refresh_token: "r", expires_in: 3600 })

/** A server that lets a test do something between a renewal's arrival and its answer. */
const server = (beforeAnswer: () => Promise<void>) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const made = Http.createServer((request, response) => {
        request.resume().on("end", () => {
          if (request.url !== "/login/refreshToken") return void response.end(pair("first"))
          void beforeAnswer().then(() => response.end(pair("second")))
        })
      })
      await once(made.listen(0, "127.0.0.1"), "listening")
      return { made, url: `http://127.0.0.1:${(made.address() as AddressInfo).port}` }
    }),
    ({ made }) =>
      Effect.promise(async () => {
        made.closeAllConnections()
        await new Promise((resolve) => made.close(resolve))
      })
  )

/** The program, when its renewal has reached the server and is being answered; what it says last. */
const renewing = (away: (child: ChildProcess, lines: AsyncIterator<string>) => Promise<void>) =>
  Effect.gen(function* () {
    const file = yield* bundled("../test/frozenProgram", true)
    let begin = (): Promise<void> => Promise.reject(new Error("nothing was started"))
    const { url } = yield* server(() => begin())
    const order: Order = { server: url, limit: LIMIT }
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => spawn(process.execPath, [file, JSON.stringify(order)], { stdio: ["pipe", "pipe", "inherit"] })),
      (started) => Effect.sync(() => started.kill("SIGKILL"))
    )
    const lines = Readline.createInterface(child.stdout)[Symbol.asyncIterator]()
    // One reader at a time.
    const read = new Promise<string>((resolve) => {
      begin = async () => {
        await away(child, lines)
        void lines.next().then(({ value }) => resolve(value as string))
      }
    })
    return yield* Effect.promise(() => read)
  })

/** A keyring that stops the program that asks it once, answers, and lets it go on when its time is over. */
const RING = `
import { spawn } from "node:child_process"
import * as Fs from "node:fs"
const file = import.meta.filename + ".entry"
export class Entry {
  getPassword() {
    if (!Fs.existsSync(file + ".stopped")) {
      Fs.writeFileSync(file + ".stopped", "")
      // It has heard by then that its question was understood, and counts the time from there.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${LIMIT / 4})
      process.kill(process.ppid, "SIGSTOP")
      spawn("sh", ["-c", "sleep 2; kill -CONT " + process.ppid], { detached: true, stdio: "ignore" }).unref()
    }
    return Fs.readFileSync(file, "utf8")
  }
  setPassword(secret) { Fs.writeFileSync(file, secret) }
  deletePassword() { Fs.rmSync(file) }
}`

describe("an answer that arrives while the program is not there is read before its time limit counts", () => {
  it.scopedLive.skipIf(process.platform === "win32")("stopped and continued, as by Ctrl-Z and fg", () =>
    Effect.gen(function* () {
      const said = yield* renewing(async (child) => {
        child.kill("SIGSTOP")
        void passed(2 * LIMIT).then(() => child.kill("SIGCONT"))
      })
      assert.strictEqual(said, "second")
    })
  )

  it.scopedLive.skipIf(process.platform === "win32")("stopped while its keyring answers", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const module = Path.join(directory, "ring.mjs")
      yield* Effect.promise(() => Fs.writeFile(module, RING))
      const program = yield* bundled("../test/keyProgram")
      const order: KeyOrder = {
        directory: Path.join(directory, "state"),
        sealing: "keyring",
        keyring: { module, patience: LIMIT / 2 },
        action: "write"
      }
      const report = JSON.parse(yield* run(process.execPath, [program, JSON.stringify(order)])) as Report
      assert.strictEqual(report.done ?? report.failed, "written")
    })
  )

  it.scopedLive("its thread busy with something else", () =>
    Effect.gen(function* () {
      const said = yield* renewing(async (child, lines) => {
        child.stdin?.write("be busy\n")
        assert.strictEqual((await lines.next()).value, "busy")
      })
      assert.strictEqual(said, "second")
    })
  )
})
