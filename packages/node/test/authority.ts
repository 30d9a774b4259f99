/** Certificates made when a test runs, by openssl. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { execFile, spawnSync } from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import { promisify } from "node:util"

const run = promisify(execFile)

/** Whether certificates can be made here; tests that need them are shown as skipped where not. */
export const available = spawnSync("openssl", ["version"]).status === 0

/** A directory that is gone after the scope. */
export const directoryIn = (parent: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(() => Fs.mkdtemp(Path.join(parent, "mlserver-auth-"))),
    (path) => Effect.promise(() => Fs.rm(path, { recursive: true, force: true }))
  )

/** One where temporary files belong. */
export const directory: Effect.Effect<string, never, Scope.Scope> = directoryIn(Os.tmpdir())

export interface Authority {
  /** The authority's certificate as a file. */
  readonly caFile: string
  /** A key and a certificate for the names, signed by the authority. */
  readonly issue: (names: string) => Effect.Effect<{ readonly key: string; readonly cert: string }>
}

/** An authority that nobody knows yet. */
export const make: Effect.Effect<Authority, never, Scope.Scope> = Effect.gen(function* () {
  const path = yield* directory
  const file = (name: string) => Path.join(path, name)
  const openssl = (line: string) => Effect.promise(() => run("openssl", line.split(" "), { cwd: path }))
  const key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
  yield* openssl(`req -x509 ${key} -keyout ca.key -out ca.pem -days 2 -subj /CN=Test-Root`)
  return {
    caFile: file("ca.pem"),
    issue: (names) =>
      Effect.gen(function* () {
        yield* openssl(`req ${key} -keyout leaf.key -out leaf.csr -subj /CN=leaf`)
        yield* Effect.promise(() => Fs.writeFile(file("leaf.ext"), `subjectAltName=${names}\n`))
        const signer = "-CA ca.pem -CAkey ca.key -CAcreateserial"
        yield* openssl(`x509 -req -in leaf.csr ${signer} -out leaf.pem -days 2 -extfile leaf.ext`)
        const [keyText, cert] = yield* Effect.promise(() =>
          Promise.all([Fs.readFile(file("leaf.key"), "utf8"), Fs.readFile(file("leaf.pem"), "utf8")])
        )
        return { key: keyText, cert }
      })
  }
})
