/** Private files that appear and are replaced as a whole, and are on the disk before they have their name. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { randomBytes } from "node:crypto"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { codeOf, type FileOperation, operation, persistently } from "./diskFaults.js"
import * as HeldFiles from "./heldFiles.js"
import * as Files from "./privateFiles.js"

/**
 * Replaces a file by a new one. Where another program has the old one open, or the new one that is to get its name, the
 * rename alone is tried again: another new file would be looked at by the scanner once more.
 */
export const replace = (path: string, text: string, platform?: NodeJS.Platform): FileOperation<void> => {
  const steadily = <A>(step: () => Promise<A>): FileOperation<A> =>
    HeldFiles.patiently(HeldFiles.TIMEOUT.SAVE, platform)(persistently(operation(step)))
  return Effect.gen(function* () {
    const temporary = yield* steadily(() => written(path, text))
    yield* Effect.onError(
      steadily(() => Fs.rename(temporary, path)),
      () => Effect.promise(() => Files.discard(temporary))
    )
    yield* Effect.promise(() => Files.syncDirectory(Path.dirname(path)))
  })
}

/** Replaces a file in a directory that may be missing yet, and whose mode is its owner's business. */
export const create = (path: string, text: string): FileOperation<void> =>
  Effect.zipRight(
    operation(() => Fs.mkdir(Path.dirname(path), { recursive: true, mode: 0o700 })),
    replace(path, text)
  )

/** Makes a file; false, and nothing changed, where the name is taken. */
export const createOnly = async (path: string, text: string): Promise<boolean> => {
  const temporary = await written(path, text)
  try {
    await Fs.link(temporary, path)
  } catch (error) {
    // Over a network the first answer may be lost, and the second one then tells of our own file.
    if (codeOf(error) === "EEXIST") return await holds(path, text)
    throw error
  } finally {
    await Files.discard(temporary)
  }
  await Files.syncDirectory(Path.dirname(path))
  return true
}

/** The same where one program at a time does it, and no name can be given twice to a file. */
export const createAbsent = async (path: string, text: string): Promise<boolean> => {
  const found = await Files.read(path)
  if (found !== undefined) return found.text === text
  const replaced = await Effect.runPromise(Effect.either(replace(path, text)))
  if (Either.isLeft(replaced)) throw replaced.left
  return true
}

const holds = async (path: string, text: string): Promise<boolean> => (await Files.read(path))?.text === text

/** A file of a moment beside the one that is meant, on the disk. */
const written = async (path: string, text: string): Promise<string> => {
  const temporary = Path.join(Path.dirname(path), `.${Path.basename(path)}.${randomBytes(8).toString("hex")}.tmp`)
  try {
    const handle = await Fs.open(temporary, "wx", 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    return temporary
  } catch (error) {
    await Files.discard(temporary)
    throw error
  }
}
