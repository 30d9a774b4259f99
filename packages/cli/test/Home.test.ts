/** A home directory that is none: empty, relative, or not known to the system at all. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { inject } from "vitest"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

/** No directory is named, so that the home directory decides. */
const NONE = { XDG_CONFIG_HOME: "", XDG_STATE_HOME: "", MLS_LOG: "", NODE_OPTIONS: "" }
const grace = { MLS_USERNAME: "grace", MLS_PASSWORD: Servers.passwords.grace }

const root = process.getuid?.() === 0
const setpriv = ChildProcess.spawnSync("setpriv", ["--version"]).status === 0

/** A user whom the system does not know, as in many containers. */
const asStranger = (args: string) => `exec setpriv --reuid 12345 --clear-groups "$NODE" "$MLS" ${args}`

/** A server, and a working directory that says where passwords go, as a repository may. */
const prepared = Effect.gen(function* () {
  const server = yield* Servers.make()
  const other = yield* Servers.make()
  const cwd = Path.join(server.home, "clone")
  const program = Path.join(server.home, "program")
  const config = { version: 2, default: "evil", profiles: [{ name: "evil", url: other.url }] }
  yield* Effect.promise(async () => {
    await Fs.chmod(server.home, 0o755)
    // Where another user can read it.
    await Fs.cp(Path.dirname(inject("mls")), program, { recursive: true })
    await Fs.chmod(program, 0o755)
    await Fs.mkdir(cwd, { mode: 0o777 })
    await Fs.chmod(cwd, 0o777)
    for (const directory of [".config/mls", "~/.config/mls", "home/.config/mls"]) {
      await Fs.mkdir(Path.join(cwd, directory), { recursive: true })
      await Fs.writeFile(Path.join(cwd, directory, "config.json"), JSON.stringify(config))
    }
  })
  const files = Effect.promise(async () => (await Fs.readdir(cwd, { recursive: true })).sort())
  const own = { ...NONE, ...grace, MLS: Path.join(program, "mls.cjs") }
  return { ...server, cwd, evil: other, files, own, before: yield* files }
})

describe.skipIf(!root || !setpriv)("a user without a home directory (only root can become one)", () => {
  for (const HOME of ["", "~", "home"]) {
    it.scopedLive(`HOME=${JSON.stringify(HOME)}: nothing is read or written below the current directory, exit 3`, () =>
      Effect.gen(function* () {
        const { before, control, cwd, evil, files, own, shell, url } = yield* prepared
        const options = { cwd, env: { ...own, HOME } }
        for (const args of ["api services", `login ${url}`, "status", "profile list", "logout"]) {
          const { code, stderr } = yield* (yield* shell(asStranger(args), options)).ended
          if (args !== "profile list") assert.strictEqual(code, 3, `${args}: ${stderr}`)
          if (args !== "profile list") assert.match(stderr, /HOME[\s\S]*MLS_CONFIG_DIR/)
        }
        assert.deepStrictEqual(yield* files, before)
        assert.strictEqual((yield* evil.control.counts).requests, 0)
        assert.strictEqual((yield* control.counts).requests, 0)
      })
    )
  }

  it.scopedLive("what needs no home works: MLS_STORE=memory with MLS_HOST, and MLS_CONFIG_DIR", () =>
    Effect.gen(function* () {
      const { before, cwd, files, home, own, shell, url } = yield* prepared
      const env = { ...own, HOME: "", MLS_HOST: url }
      const memory = { cwd, env: { ...env, MLS_STORE: "memory" } }
      for (const args of ["api services", "config show"]) {
        const { code, stderr } = yield* (yield* shell(asStranger(args), memory)).ended
        assert.strictEqual(code, 0, `${args}: ${stderr}`)
      }
      const doctor = yield* (yield* shell(asStranger("doctor"), memory)).ended
      assert.match(doctor.stdout, /FAIL +config +HOME/)
      assert.match(doctor.stdout, /ok +server/)
      const directory = Path.join(home, "elsewhere")
      yield* Effect.promise(async () => {
        await Fs.mkdir(directory)
        await Fs.chown(directory, 12345, 12345)
      })
      const chosen = { cwd, env: { ...env, MLS_CONFIG_DIR: directory } }
      for (const args of [`login ${url} --store encrypted`, "api services", "logout"]) {
        const { code, stderr } = yield* (yield* shell(asStranger(args), chosen)).ended
        assert.strictEqual(code, 0, `${args}: ${stderr}`)
      }
      assert.deepStrictEqual(yield* files, before)
    })
  )
})

describe("the program", () => {
  it.scopedLive("keeps nothing that runs, and runs nothing that was put where it might", () =>
    Effect.gen(function* () {
      const { home, mls } = yield* Servers.makeSignedIn()
      const caches = Path.join(home, "caches")
      const env = { HOME: home, XDG_CACHE_HOME: caches }
      const before = yield* Effect.promise(() => Fs.readdir(home))
      yield* mls(["status"], { env })
      yield* mls(["api", "services"], { env })
      assert.deepStrictEqual(yield* Effect.promise(() => Fs.readdir(home)), before)
      // Under the name that versions before had for kept code, and damaged: V8 would end the process.
      const chunks = (yield* Effect.promise(() => Fs.readdir(Path.dirname(inject("mls"))))).filter((name) =>
        name.startsWith("chunk-")
      )
      assert.isAbove(chunks.length, 0)
      yield* Effect.promise(async () => {
        await Fs.mkdir(Path.join(caches, "mls"), { recursive: true, mode: 0o700 })
        for (const chunk of chunks) {
          await Fs.writeFile(Path.join(caches, "mls", `${chunk}-${process.versions.v8}`), "not code")
        }
      })
      assert.strictEqual((yield* mls(["status"], { env })).code, 0)
    })
  )
})

describe("MLS_CONFIG_DIR", () => {
  it.scopedLive("that is relative is refused: it would be another directory wherever a command is run", () =>
    Effect.gen(function* () {
      const { before, cwd, evil, files, mls } = yield* prepared
      for (const MLS_CONFIG_DIR of [".config/mls", "~/.config/mls", "."]) {
        const { code, stderr } = yield* mls(["api", "services"], { cwd, env: { ...grace, MLS_CONFIG_DIR } })
        assert.strictEqual(code, 3)
        assert.include(stderr, "MLS_CONFIG_DIR")
      }
      assert.deepStrictEqual(yield* files, before)
      assert.strictEqual((yield* evil.control.counts).requests, 0)
    })
  )
})

describe("a HOME that is none, of a user whom the system knows", () => {
  it.scopedLive("is that of the list of users, and nothing of the current directory", () =>
    Effect.gen(function* () {
      const { cwd, mlsProcess } = yield* prepared
      for (const HOME of ["", "~", "home"]) {
        const { stdout } = yield* mlsProcess(["config", "show", "--json", "--server", "http://127.0.0.1:1"], {
          cwd,
          env: { ...NONE, HOME }
        })
        const { settings } = Sandbox.jsonOf(stdout) as { settings: ReadonlyArray<{ name: string; value: string }> }
        for (const { name, value } of settings) {
          if (name !== "configuration" && name !== "tokens") continue
          assert.isTrue(Path.isAbsolute(value), value)
          assert.isFalse(value.startsWith(cwd), value)
        }
      }
    })
  )
})
