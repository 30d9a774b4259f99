/**
 * A file that an answer goes to (`--output`): as it comes, under another name beside it until all is there, so that it is
 * whole or as it was before. What is no file, like /dev/null or a pipe, is written to at once.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { randomBytes } from "node:crypto"
import { unlinkSync } from "node:fs"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { OutputFailed } from "../cli/output.js"

/** Where an answer goes. */
export interface Download {
  readonly file: string
  readonly write: (chunk: Uint8Array) => Effect.Effect<void, OutputFailed>
  /** All is there: it appears under its name, in the place of what had it. Yields its length in bytes. */
  readonly complete: Effect.Effect<number, OutputFailed>
}

interface Target {
  /** Behind links. */
  readonly path: string
  /** Who may do what with the file that it replaces. */
  readonly mode: number | undefined
  readonly isFile: boolean
}

const failed = (file: string) => (error: unknown) =>
  new OutputFailed({ file, code: (error as NodeJS.ErrnoException).code ?? "unknown" })

const targetOf = async (file: string): Promise<Target> => {
  const path = await Fs.realpath(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined
    throw error
  })
  if (path === undefined) return { path: file, mode: undefined, isFile: true }
  const found = await Fs.stat(path)
  if (found.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" })
  // What may not be written to is not replaced either, as other programs have it.
  await Fs.access(path, Fs.constants.W_OK)
  return { path, mode: found.mode & 0o777, isFile: found.isFile() }
}

/** Opens the file that is written to, and says what it is called until it is complete. */
const begun = async ({ isFile, mode, path }: Target) => {
  if (!isFile) return { handle: await Fs.open(path, "w"), temporary: undefined }
  const temporary = Path.join(Path.dirname(path), `.mls-${randomBytes(6).toString("hex")}.part`)
  const handle = await Fs.open(temporary, "wx")
  if (mode !== undefined) await handle.chmod(mode).catch(() => undefined)
  return { handle, temporary }
}

type Begun = Awaited<ReturnType<typeof begun>>

/** Also where the program is ended by a second Ctrl-C, which waits for nothing. */
const removing = ({ temporary }: Begun) => {
  const remove = (): void => {
    if (temporary === undefined) return
    try {
      unlinkSync(temporary)
    } catch {
      // It has its name by now, or another program removed it.
    }
  }
  process.once("exit", remove)
  return remove
}

const writing = async (handle: Fs.FileHandle, chunk: Uint8Array): Promise<void> => {
  for (let at = 0; at < chunk.length;) at += (await handle.write(chunk, at)).bytesWritten
}

/** Opens it before anything is sent, so that a place where nothing can be written costs no call. */
export const open = (name: string): Effect.Effect<Download, OutputFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const file = Path.resolve(name)
    const trying = <A>(attempt: () => Promise<A>) => Effect.tryPromise({ try: attempt, catch: failed(file) })
    const target = yield* trying(() => targetOf(file))
    const begin = Effect.map(
      trying(() => begun(target)),
      (opened) => ({ ...opened, remove: removing(opened) })
    )
    const { handle, temporary } = yield* Effect.acquireRelease(begin, ({ handle, remove }) =>
      Effect.promise(async () => {
        await handle.close().catch(() => undefined)
        process.off("exit", remove)
        remove()
      })
    )
    let length = 0
    return {
      file,
      write: (chunk) => {
        length += chunk.length
        return trying(() => writing(handle, chunk))
      },
      complete: trying(async () => {
        // Some disks say only now that they are full.
        await handle.close()
        if (temporary !== undefined) await Fs.rename(temporary, target.path)
        return length
      })
    }
  })
