/**
 * The keyring of a real desktop: gnome-keyring on a D-Bus of its own, without a screen, with `@napi-rs/keyring`. Skipped
 * where one of them is missing; `.ci/run` installs them, and says so where it cannot.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs/promises"
import { createRequire } from "node:module"
import * as Path from "node:path"
import * as Authority from "./authority.js"
import { bundled } from "./bundled.js"
import type { Order, Report } from "./keyProgram.js"
import { run } from "./programs.js"
import { list, records } from "./sealed.js"

const found = (): string | undefined => {
  try {
    return createRequire(import.meta.url).resolve("@napi-rs/keyring")
  } catch {
    return undefined
  }
}
const module = found()
const has = (command: string) => spawnSync("which", [command]).status === 0
// A container may forbid what it was given the right to, and then it does not even start.
const starts = spawnSync("gnome-keyring-daemon", ["--version"]).status === 0
const desktop = module !== undefined && starts && ["dbus-run-session", "dbus-send", "secret-tool"].every(has)

const UNLOCK = "printf pw | gnome-keyring-daemon --unlock --components=secrets --daemonize > /dev/null 2>&1"
const LOCK = `dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \\
  org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login > /dev/null`

/** The one on this bus, and no other. */
const DAEMON = `DAEMON=$(dbus-send --session --print-reply --dest=org.freedesktop.DBus / \\
  org.freedesktop.DBus.GetConnectionUnixProcessID string:org.freedesktop.secrets | awk '/uint32/ { print $2 }')`

/** Milliseconds. A keyring has three seconds to answer; the process that asks it starts slowly on a busy machine. */
const BOUND = 10_000

/** Runs shell lines in a session of their own with a home of its own; `$MLS write`, `read`: the program. What each printed. */
const session = (directory: string, lines: ReadonlyArray<string>, sealing: Order["sealing"] = "keyring") =>
  Effect.gen(function* () {
    const home = yield* Authority.directory
    const program = yield* bundled("../test/keyProgram", true)
    const order = (action: Order["action"]): Order => ({
      directory,
      sealing,
      action,
      name: "desktop",
      ...(module === undefined ? {} : { keyring: { module } })
    })
    const script = Path.join(home, "session.sh")
    const mls = (action: Order["action"]) => `'${process.execPath}' '${program}' '${JSON.stringify(order(action))}'`
    const text = lines.map((line) => line.replace(/\$MLS (write|read)/g, (_, action: "write" | "read") => mls(action)))
    yield* Effect.promise(() => Fs.writeFile(script, text.join("\n")))
    const out = yield* run("dbus-run-session", ["--", "sh", script], { HOME: home, XDG_RUNTIME_DIR: home, DISPLAY: "" })
    return out
      .trim()
      .split("\n")
      .flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Report] : []))
  })

describe.skipIf(!desktop)("the keyring of a desktop (needs gnome-keyring, dbus and secret-tool)", () => {
  it.scopedLive("unlocked: keeps the key between programs, asked within the bound", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const [written, read] = yield* session(directory, [UNLOCK, "$MLS write", "$MLS read"])
      assert.deepInclude(written, { done: "written" })
      assert.deepInclude(read, { done: "canary-access-desktop" })
      assert.isBelow(read?.millis ?? Infinity, BOUND)
      assert.include(yield* list(directory), "store.keyring")
      assert.notInclude(yield* list(directory), "store.key")
    })
  )

  it.scopedLive("locked: said, and the record stays", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const [, read, again] = yield* session(directory, [UNLOCK, "$MLS write", LOCK, "$MLS read", "$MLS write"])
      for (const report of [read, again]) {
        assert.match(report?.failed ?? "", /the keyring is locked|does not return the key/)
        assert.match(report?.failed ?? "", /[Uu]nlock it/)
        assert.isBelow(report?.millis ?? Infinity, BOUND)
      }
      assert.strictEqual((yield* list(directory)).length, 2)
    })
  )

  it.scopedLive("never unlocked, or no bus at all: said at once, and nothing is left", () =>
    Effect.gen(function* () {
      const directory = Path.join(yield* Authority.directory, "state")
      const [never, none] = yield* session(directory, ["$MLS write", "DBUS_SESSION_BUS_ADDRESS= $MLS write"])
      for (const report of [never, none]) {
        assert.match(report?.failed ?? "", /no keyring that stores keys|the keyring is locked/)
        assert.isBelow(report?.millis ?? Infinity, BOUND)
      }
      assert.deepStrictEqual(yield* list(directory), [])
    })
  )

  it.scopedLive("hanging: given up within the bound, and the record stays", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const stopped = [DAEMON, 'kill -STOP "$DAEMON"', "$MLS read", 'kill -CONT "$DAEMON"']
      const [, read] = yield* session(directory, [UNLOCK, "$MLS write", ...stopped])
      assert.include(read?.failed ?? "", "the keyring did not answer in time")
      assert.isBelow(read?.millis ?? Infinity, BOUND)
      assert.strictEqual((yield* records(directory)).length, 1)
    })
  )

  it.scopedLive("whose entry is deleted by another program: said, and the record is neither replaced nor lost", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const entries = `secret-tool search --all service mlserver-auth 2> /dev/null | grep -c "^secret = "`
      const counted = `printf '{"done":"%s","millis":0}\\n' "$(${entries})"`
      const deleted = "secret-tool clear service mlserver-auth"
      const lines = [UNLOCK, "$MLS write", counted, deleted, counted, "$MLS read", "$MLS write"]
      const [, before, after, read, again] = yield* session(directory, lines)
      assert.deepStrictEqual([before?.done, after?.done], ["1", "0"])
      for (const report of [read, again]) assert.include(report?.failed ?? "", "does not return the key")
      assert.strictEqual((yield* records(directory)).length, 1)
    })
  )

  it.scopedLive('"best" without one takes the key file, and does not lose a record of the keyring', () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      yield* session(directory, [UNLOCK, "$MLS write"])
      const [read] = yield* session(directory, ["DBUS_SESSION_BUS_ADDRESS= $MLS read"], "best")
      assert.include(read?.failed ?? "", "no keyring that stores keys")
      const [write, again] = yield* session(
        directory,
        ["DBUS_SESSION_BUS_ADDRESS= $MLS write", "DBUS_SESSION_BUS_ADDRESS= $MLS read"],
        "best"
      )
      assert.deepInclude(write, { done: "written" })
      assert.deepInclude(again, { done: "canary-access-desktop" })
      assert.include(yield* list(directory), "store.key")
    })
  )
})
