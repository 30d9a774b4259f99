import { FileTokenStore, RecordKey } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { inspect } from "node:util"
import * as Authority from "./authority.js"
import { accessOf, key, list, records, token } from "./sealed.js"

/** A keyring whose entries are files, and which a test spoils by what it puts before its methods. */
const prepared = Effect.gen(function* () {
  const root = yield* Authority.directory
  const [directory, entries, module] = [
    Path.join(root, "state"),
    Path.join(root, "entries"),
    Path.join(root, "ring.mjs")
  ]
  yield* Effect.promise(() => Fs.mkdir(entries))
  const spoil = (get = "", set = "", make = "") =>
    Effect.promise(() =>
      Fs.writeFile(
        module,
        `import * as Fs from "node:fs"
         export class Entry {
           constructor(service, account) { ${make}; this.path = ${JSON.stringify(`${entries}/`)} + service + " " + account }
           getPassword() { ${get}; return Fs.existsSync(this.path) ? Fs.readFileSync(this.path, "utf8") : null }
           setPassword(secret) { ${set}; Fs.writeFileSync(this.path, secret) }
           deletePassword() { Fs.rmSync(this.path) }
         }`
      )
    )
  yield* spoil()
  const options = { directory, sealing: "keyring", keyring: { module } } as const
  return { directory, entries, module, options, spoil, ring: RecordKey.keyring(directory, { module }) }
})

const secretsIn = (entries: string) =>
  Effect.promise(async () => {
    const names = await Fs.readdir(entries)
    return await Promise.all(names.map((name) => Fs.readFile(Path.join(entries, name), "utf8")))
  })

const failureOf = (service: RecordKey.Service) =>
  Effect.map(Effect.flip(service.obtain), (error) => {
    assert.notMatch(inspect(error) + error.message, /canary/)
    return error
  })

describe("a key in a keyring", () => {
  it.scopedLive("is made once, and found by the next program; the directory names its entry and holds no key", () =>
    Effect.gen(function* () {
      const { directory, entries, options } = yield* prepared
      const store = yield* FileTokenStore.make(options)
      assert.isTrue(Option.isNone(yield* store.read(key)))
      yield* store.write(key, token("first"))
      const next = yield* FileTokenStore.make(options)
      assert.strictEqual(accessOf(yield* next.read(key)), "canary-access-first")
      const [secret = "", ...more] = yield* secretsIn(entries)
      assert.deepStrictEqual(more, [])
      const names = yield* list(directory)
      assert.strictEqual(names.length, 2)
      for (const name of names) {
        const text = yield* Effect.promise(() => Fs.readFile(Path.join(directory, name), "utf8"))
        assert.isFalse(secret === "" || text.includes(secret))
      }
    })
  )

  it.scopedLive("is the same for programs that make one in the same moment, and no other stays behind", () =>
    Effect.gen(function* () {
      const { entries, module } = yield* prepared
      const directory = yield* Authority.directory
      // Neither finds a mark: that is looked for at once, and a keyring needs a process.
      const made = yield* Effect.all(
        Array.from({ length: 3 }, () => RecordKey.keyring(directory, { module }).obtain),
        { concurrency: "unbounded" }
      )
      const [secret, ...more] = yield* secretsIn(entries)
      assert.deepStrictEqual(more, [])
      for (const each of made) assert.strictEqual(Buffer.from(Redacted.value(each)).toString("base64url"), secret)
      assert.deepStrictEqual(yield* list(directory), ["store.keyring"])
    })
  )

  it.scopedLive("that the keyring does not give is unknown, not gone: nothing is written over, nothing set aside", () =>
    Effect.gen(function* () {
      const { directory, entries, options, spoil } = yield* prepared
      const store = yield* FileTokenStore.make(options)
      yield* store.write(key, token("first"))
      const before = yield* secretsIn(entries)
      yield* spoil("return null")
      const next = yield* FileTokenStore.make(options)
      for (const attempt of [
        Effect.asVoid(next.read(key)),
        next.write(key, token("lost")),
        next.remove(key, token("first"))
      ]) {
        const error = yield* Effect.flip(attempt)
        assert.include(error.message, "does not return the key")
        assert.include(error.fix, "Unlock it")
        assert.isTrue(error.retryable)
      }
      assert.deepStrictEqual(yield* secretsIn(entries), before)
      assert.strictEqual((yield* records(directory)).length, 1)
      yield* spoil()
      assert.strictEqual(accessOf(yield* next.read(key)), "canary-access-first")
      yield* spoil("return null")
      const leaving = yield* FileTokenStore.make(options)
      yield* leaving.remove(key)
      assert.strictEqual((yield* records(directory)).length, 0)
    })
  )

  it.scopedLive("that is not kept is noticed before anything is sealed with it", () =>
    Effect.gen(function* () {
      const { directory, ring, spoil } = yield* prepared
      yield* spoil("", "return")
      assert.deepInclude(yield* failureOf(ring), { reason: "NotThere", retryable: true })
      assert.deepStrictEqual(yield* Effect.promise(() => Fs.readdir(directory).catch(() => [])), [])
    })
  )

  it.scopedLive("that was changed is not used", () =>
    Effect.gen(function* () {
      const { ring, spoil } = yield* prepared
      yield* ring.obtain
      yield* spoil(`return "canary".padEnd(43, "A")`)
      assert.strictEqual((yield* failureOf(ring)).reason, "NotThere")
    })
  )
})

describe("a keyring that does not answer as it should", () => {
  for (const [what, code, expected] of [
    ["is locked", `throw new Error("unlock prompt was dismissed canary")`, { reason: "Locked", retryable: true }],
    [
      "is silent",
      `throw new Error("Did not receive a reply. canary: the bus blocked the reply, the reply timeout expired")`,
      { reason: "TimedOut", retryable: true }
    ],
    ["is none", `throw new Error("no storage canary")`, { reason: "NoKeyring", retryable: false }],
    ["dies", "process.exit(3)", { reason: "NoKeyring" }]
  ] as const) {
    it.scopedLive(`${what}: told as such, without its own words`, () =>
      Effect.gen(function* () {
        const { ring, spoil } = yield* prepared
        yield* spoil("", "", code)
        const error = yield* failureOf(ring)
        assert.deepInclude(error, expected)
        assert.include(error.fix, '`store: "encrypted"`')
      })
    )
  }

  it.scopedLive("cannot be loaded: like a package that is not there", () =>
    Effect.gen(function* () {
      const { module, ring } = yield* prepared
      yield* Effect.promise(() => Fs.writeFile(module, `throw new Error("canary: no such binary")`))
      assert.deepInclude(yield* failureOf(ring), { reason: "NotInstalled", retryable: false })
    })
  )

  it.scopedLive("stops the thread that asks it: given up in time, also where nothing can be interrupted", () =>
    Effect.gen(function* () {
      const { directory, module, spoil } = yield* prepared
      yield* spoil("", "", "for (;;);")
      const ring = RecordKey.keyring(directory, { module, patience: 300 })
      assert.deepInclude(yield* Effect.uninterruptible(failureOf(ring)), { reason: "TimedOut", retryable: true })
    })
  )
})

describe("a keyring that changes while a program runs", () => {
  const gone = {
    "its entry is deleted": ({ entries }: Gone) => Fs.readdir(entries).then((all) => removed(entries, all)),
    "the directory is made anew": ({ directory }: Gone) => Fs.rm(directory, { recursive: true })
  }
  for (const [what, act] of Object.entries(gone)) {
    it.scopedLive(`${what}: the key is put back by the next save, and the next program opens it`, () =>
      Effect.gen(function* () {
        const world = yield* prepared
        const store = yield* FileTokenStore.make(world.options)
        yield* store.write(key, token("first"))
        yield* Effect.promise(() => act(world))
        yield* store.write(key, token("second"))
        const next = yield* FileTokenStore.make(world.options)
        assert.strictEqual(accessOf(yield* next.read(key)), "canary-access-second")
      })
    )
  }

  it.scopedLive("it stops answering: what is renewed is saved all the same, with the key that it gave before", () =>
    Effect.gen(function* () {
      const { options, spoil } = yield* prepared
      const store = yield* FileTokenStore.make(options)
      yield* store.write(key, token("first"))
      yield* spoil(`throw new Error("locked")`)
      yield* store.write(key, token("second"))
      yield* spoil()
      const next = yield* FileTokenStore.make(options)
      assert.strictEqual(accessOf(yield* next.read(key)), "canary-access-second")
    })
  )
})

interface Gone {
  readonly directory: string
  readonly entries: string
}

const removed = async (directory: string, names: ReadonlyArray<string>) => {
  for (const name of names) await Fs.rm(Path.join(directory, name))
}
