/**
 * The program in a desktop session of its own: gnome-keyring behind D-Bus, with `@napi-rs/keyring`. Skipped where one of
 * them is missing.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs/promises"
import { createRequire } from "node:module"
import * as Os from "node:os"
import * as Path from "node:path"
import { inject } from "vitest"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const packaged = (): string | undefined => {
  try {
    const found = createRequire(import.meta.url).resolve("@napi-rs/keyring")
    return found.slice(0, found.lastIndexOf("@napi-rs"))
  } catch {
    return undefined
  }
}
const modules = packaged()
const has = (command: string) => spawnSync("which", [command]).status === 0
const desktop = modules !== undefined && has("dbus-run-session") && has("gnome-keyring-daemon")

/** A copy of the program that finds the package beside it. */
const program = Effect.gen(function* () {
  const directory = yield* Effect.acquireRelease(
    Effect.promise(() => Fs.mkdtemp(Path.join(Os.tmpdir(), "mls-desktop-"))),
    (made) => Effect.promise(() => Fs.rm(made, { recursive: true, force: true }))
  )
  yield* Effect.promise(async () => {
    await Fs.cp(Path.dirname(inject("mls")), directory, { recursive: true })
    await Fs.symlink(modules ?? "", Path.join(directory, "node_modules"))
  })
  return Path.join(directory, "mls.cjs")
})

const UNLOCK = "printf pw | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null 2>&1"

describe.skipIf(!desktop)("the keyring of a desktop", () => {
  it.scopedLive("keeps the key where a person chose it, and is said to be missing where there is no session", () =>
    Effect.gen(function* () {
      const { home, shell, url } = yield* Servers.make({}, Sandbox.makeOf(yield* program))
      const password = Path.join(home, "password")
      yield* Effect.promise(() => Fs.writeFile(password, Servers.passwords.grace))
      const mls = '"$NODE" "$MLS"'
      const login = `${mls} login ${url} --user grace --password-stdin --store keyring < '${password}'`
      const script = Path.join(home, "session.sh")
      const lines = [UNLOCK, `${login} || exit 9`, `${mls} api services --silent || exit 8`, `${mls} status --json`]
      yield* Effect.promise(() => Fs.writeFile(script, lines.join("\n")))
      const env = { XDG_RUNTIME_DIR: home, DISPLAY: "" }
      const session = yield* (yield* shell(`dbus-run-session -- sh '${script}'`, { env })).ended
      assert.strictEqual(session.code, 0, session.stderr)
      assert.nestedInclude(JSON.parse(session.stdout), { "store.kind": "keyring", user: "grace" })
      const outside = yield* (yield* shell(`exec ${mls} token`, { env })).ended
      assert.strictEqual(outside.code, 3, outside.stderr)
      assert.match(outside.stderr, /no keyring that stores keys|locked|does not return the key/)
    })
  )
})
