/**
 * Looks at a record without Effect and without changing anything, one system call after the other: for a program that ends at
 * once. Where anything is unusual it says nothing, and the store itself is to be asked.
 */
import * as Path from "node:path"
import { isOpenToOthers, MAX_BYTES, READ, assertOwner } from "./fileRules.js"

/** The text of a private file in a private directory; `undefined`, or an error, where there is none or it is not private. */
export const textOf = (directory: string, name: string): string | undefined => {
  // Without the copy of all that it exports which an `import` is where a program is bundled to CommonJS.
  const Fs = process.getBuiltinModule("node:fs")
  const there = Fs.lstatSync(directory)
  if (!there.isDirectory()) return undefined
  assertOwner("the directory", there)
  const file = Fs.openSync(Path.join(directory, name), READ)
  try {
    const stats = Fs.fstatSync(file)
    assertOwner("a record", stats)
    const isUsual = stats.isFile() && !isOpenToOthers(stats) && stats.size <= MAX_BYTES
    return isUsual ? Fs.readFileSync(file, "utf8") : undefined
  } finally {
    Fs.closeSync(file)
  }
}
