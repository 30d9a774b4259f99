import { RecordKey } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Authority from "./authority.js"
import { bundled } from "./bundled.js"
import type { Order, Report } from "./keyProgram.js"
import { held, run } from "./programs.js"
import { list, records } from "./sealed.js"

const started = (program: string, order: Order) =>
  Effect.map(run(process.execPath, [program, JSON.stringify(order)]), (text) => JSON.parse(text) as Report)

/** What lies in a directory at one moment: modes that others could use, and texts with a secret. Files may go meanwhile. */
const seen = async (directory: string, others: Set<string>, secrets: Set<string>, names: Set<string>) => {
  const entries = await Fs.readdir(directory).catch(() => [])
  for (const name of ["", ...entries]) {
    const path = Path.join(directory, name)
    const stats = await Fs.stat(path).catch(() => undefined)
    if (stats === undefined) continue
    names.add(name.endsWith(".tmp") ? "temporary" : name)
    if ((stats.mode & 0o077) !== 0) others.add(`${name} ${(stats.mode & 0o777).toString(8)}`)
    const text = stats.isFile() ? await Fs.readFile(path, "latin1").catch(() => "") : ""
    if (/canary|Y2FuYXJ5|NhbmFye|jYW5hcn/.test(text)) secrets.add(name)
  }
}

describe("programs that share a directory", () => {
  it.scopedLive("and make the key in the same moment end with the same one, and leave nothing else", () =>
    Effect.gen(function* () {
      const program = yield* bundled("../test/keyProgram", true)
      for (let round = 0; round < 2; round++) {
        const directory = Path.join(yield* Authority.directory, "state")
        const order: Order = { directory, sealing: "keyFile", action: "key" }
        const programs = Array.from({ length: 6 }, () => held([program, JSON.stringify(order)]))
        const ready = yield* Effect.all(programs, { concurrency: "unbounded" })
        const reports = yield* Effect.all(ready, { concurrency: "unbounded" })
        const keys = new Set(reports.map((text) => (JSON.parse(text) as Report).done ?? text))
        assert.strictEqual(keys.size, 1)
        assert.match([...keys].join(), /^[0-9a-f]{32}$/)
        assert.deepStrictEqual(yield* list(directory), ["store.key"])
      }
    })
  )

  it.scopedLive("end with the same key also where many fibers of one make it", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const obtain = Effect.map(RecordKey.keyFile(directory).obtain, (key) =>
        Buffer.from(Redacted.value(key)).toString("hex")
      )
      const keys = yield* Effect.all(
        Array.from({ length: 20 }, () => obtain),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(keys).size, 1)
      assert.deepStrictEqual(yield* list(directory), ["store.key"])
    })
  )

  it.scopedLive("read what the other wrote, whoever made the key", () =>
    Effect.gen(function* () {
      const program = yield* bundled("../test/keyProgram", true)
      const directory = yield* Authority.directory
      const order: Order = { directory, sealing: "keyFile", action: "write", name: "shared" }
      const written = yield* Effect.all([started(program, order), started(program, order)], { concurrency: 2 })
      for (const report of written) assert.strictEqual(report.done, "written")
      const read = yield* started(program, { ...order, action: "read" })
      assert.strictEqual(read.done, "canary-access-shared")
    })
  )
})

describe("a directory while records are written", () => {
  for (const sealing of ["keyFile", "none"] as const) {
    it.scopedLive.skipIf(process.getuid === undefined)(
      `(sealing ${sealing}) holds nothing that others can use, at any moment and whatever the umask; sealed, no secret`,
      () =>
        Effect.gen(function* () {
          const program = yield* bundled("../test/keyProgram", true)
          const directory = Path.join(yield* Authority.directory, "state")
          const [others, secrets, names] = [new Set<string>(), new Set<string>(), new Set<string>()]
          const order: Order = { directory, sealing, action: "fill" }
          const watching = yield* Effect.fork(
            Effect.forever(Effect.promise(() => seen(directory, others, secrets, names)))
          )
          const command = `umask 0; exec "$0" "$1" '${JSON.stringify(order)}'`
          const writers = Array.from({ length: 2 }, () => run("sh", ["-c", command, process.execPath, program]))
          const reports = yield* Effect.all(writers, { concurrency: 2 })
          yield* Fiber.interrupt(watching)
          yield* Effect.promise(() => seen(directory, others, secrets, names))
          for (const report of reports) assert.include(report, '"done":"written"')
          assert.deepStrictEqual([...others], [])
          assert.strictEqual(secrets.size > 0, sealing === "none")
          // The watch saw files that live for a moment only, the key, the record and its turns.
          const [record = ""] = yield* records(directory)
          const kept = sealing === "none" ? [] : ["store.key"]
          const turn = Path.basename(record).replace(".json", ".turn")
          for (const name of ["temporary", Path.basename(record), turn, ...kept]) assert.include([...names], name)
        })
    )
  }

  it.scopedLive("shows a secret to the same watch where records are in clear", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const [others, secrets, names] = [new Set<string>(), new Set<string>(), new Set<string>()]
      for (const text of ["canary-access-1", Buffer.from("xcanary-access").toString("base64")]) {
        secrets.clear()
        yield* Effect.promise(() => Fs.writeFile(Path.join(directory, "open.json"), text, { mode: 0o644 }))
        yield* Effect.promise(() => seen(directory, others, secrets, names))
        assert.deepStrictEqual([...secrets], ["open.json"])
        assert.deepStrictEqual([...others], ["open.json 644"])
      }
    })
  )
})
