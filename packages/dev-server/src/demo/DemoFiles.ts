/** The files of a page, read once and held: nothing of a request becomes part of a path. */
import { readdir, readFile } from "node:fs/promises"
import { extname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** The directory of the page is not there, or holds no `index.html`. */
export class PagesUnreadable extends Schema.TaggedError<PagesUnreadable>()("PagesUnreadable", {
  directory: Schema.String
}) {
  override get message(): string {
    return `There is no demo page in ${this.directory}: build it first (npm run build:demo), or name its directory`
  }
}

/** A file as it is served. */
export interface File {
  readonly type: string
  readonly body: Uint8Array
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8"
}

/** The files right in a directory, by name; those of other types are left out. */
export const read = (directory: string): Effect.Effect<ReadonlyMap<string, File>, PagesUnreadable> =>
  Effect.tryPromise({
    try: async () => {
      const names = (await readdir(directory)).filter((name) => extname(name) in TYPES)
      const files = names.map(async (name): Promise<[string, File]> => {
        const body = await readFile(join(directory, name))
        return [name, { type: TYPES[extname(name)] ?? "", body }]
      })
      return new Map(await Promise.all(files))
    },
    catch: () => new PagesUnreadable({ directory })
  }).pipe(
    Effect.filterOrFail(
      (files) => files.has("index.html"),
      () => new PagesUnreadable({ directory })
    )
  )
