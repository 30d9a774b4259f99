/** A copy of the program that has a keyring's package beside it: one whose entries are files, and which can be locked. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import { inject } from "vitest"

/** A program, and its keyring. */
export interface Keyring {
  /** The program's entry file. */
  readonly entry: string
  readonly lock: Effect.Effect<void>
  readonly unlock: Effect.Effect<void>
  /** How often it was asked since this was asked last. */
  readonly asked: Effect.Effect<number>
}

const MODULE = `
import * as Fs from "node:fs"
import { fileURLToPath } from "node:url"
const here = fileURLToPath(new URL(".", import.meta.url))
export class Entry {
  constructor(service, account) {
    Fs.appendFileSync(here + "asked", ".")
    if (Fs.existsSync(here + "locked")) throw new Error("the collection is locked")
    this.path = here + "entry-" + Buffer.from(service + " " + account).toString("hex")
  }
  getPassword() { return Fs.existsSync(this.path) ? Fs.readFileSync(this.path, "utf8") : null }
  setPassword(secret) { Fs.writeFileSync(this.path, secret) }
  deletePassword() { Fs.rmSync(this.path) }
}`

/** Ends with the scope. */
export const make: Effect.Effect<Keyring, never, Scope.Scope> = Effect.gen(function* () {
  const directory = yield* Effect.acquireRelease(
    Effect.promise(() => Fs.mkdtemp(Path.join(Os.tmpdir(), "mls-keyring-"))),
    (made) => Effect.promise(() => Fs.rm(made, { recursive: true, force: true }))
  )
  const ring = Path.join(directory, "node_modules", "@napi-rs", "keyring")
  yield* Effect.promise(async () => {
    await Fs.cp(Path.dirname(inject("mls")), directory, { recursive: true })
    await Fs.mkdir(ring, { recursive: true })
    await Fs.writeFile(
      Path.join(ring, "package.json"),
      `{"name":"@napi-rs/keyring","type":"module","exports":"./index.js"}`
    )
    await Fs.writeFile(Path.join(ring, "index.js"), MODULE)
  })
  const count = async () => {
    const path = Path.join(ring, "asked")
    const asked = await Fs.readFile(path, "utf8").catch(() => "")
    await Fs.rm(path, { force: true })
    return asked.length
  }
  return {
    entry: Path.join(directory, "mls.cjs"),
    lock: Effect.promise(() => Fs.writeFile(Path.join(ring, "locked"), "")),
    unlock: Effect.promise(() => Fs.rm(Path.join(ring, "locked"))),
    asked: Effect.promise(count)
  }
})
