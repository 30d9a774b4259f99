import { TextFile } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"

const TEXT = '{"name":"Zürich €"}\r\n'

const swapped = (bytes: Buffer): Buffer => Buffer.from(bytes).swap16()

describe("text of a person's editor or shell", () => {
  const little = Buffer.from(`\uFEFF${TEXT}`, "utf16le")
  for (const [name, bytes] of [
    ["UTF-8", Buffer.from(TEXT)],
    ["UTF-8 with a byte-order mark", Buffer.from(`\uFEFF${TEXT}`)],
    ["UTF-16, as PowerShell 5.1 writes it", little],
    ["UTF-16 of the other order", swapped(little)]
  ] as const) {
    it(`${name} is read, and the mark is no part of it`, () => {
      assert.strictEqual(TextFile.decode(bytes), TEXT)
      assert.strictEqual(TextFile.decode(bytes, { fatal: true }), TEXT)
    })
  }

  it("what is neither is replaced, or refused where that is asked for", () => {
    for (const bytes of [Buffer.from([0x61, 0xff]), Buffer.from([0xff, 0xfe, 0x00])]) {
      assert.include(TextFile.decode(bytes), "\uFFFD")
      assert.throws(() => TextFile.decode(bytes, { fatal: true }), TypeError)
    }
  })

  it("nothing is an empty text", () => assert.strictEqual(TextFile.decode(new Uint8Array()), ""))
})

/** Pipes are tested with `mls`, in processes: packages/cli/test/NamedPipes.test.ts. */
describe("a file that a person names", () => {
  const inDirectory = async (use: (file: string) => Promise<void>) => {
    const directory = await Fs.mkdtemp(Path.join(Os.tmpdir(), "mls-named-"))
    await use(Path.join(directory, "named")).finally(() => Fs.rm(directory, { recursive: true }))
  }

  it("is read whole, or to one byte beyond the limit", () =>
    inDirectory(async (file) => {
      await Fs.writeFile(file, TEXT.repeat(40_000))
      const { size } = await Fs.stat(file)
      assert.strictEqual((await TextFile.read(file, size)).length, size)
      assert.strictEqual((await TextFile.read(file, size - 5)).length, size - 4)
      assert.strictEqual((await TextFile.read("/dev/zero", 99)).length, 100)
    }))
})
