import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { atTerminal, hasTerminals } from "./PseudoTerminal.js"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

/** Grace in the default profile, rob in the profile `second`; a working directory some levels down. */
const prepared = Effect.gen(function* () {
  const server = yield* Servers.makeSignedIn()
  const rob = ["--user", "CONTOSO\\rob", "--password-stdin"]
  const { code, stderr } = yield* server.mls(["login", server.url, "--profile", "second", ...rob], {
    stdin: Servers.passwords.rob
  })
  assert.strictEqual(code, 0, stderr)
  const project = Path.join(server.home, "project")
  const cwd = Path.join(project, "deep", "down")
  yield* Effect.promise(() => Fs.mkdir(cwd, { recursive: true }))
  const file = Path.join(project, ".mls.json")
  const write = (contents: object) => Effect.promise(() => Fs.writeFile(file, JSON.stringify(contents)))
  yield* server.control.resetCounts
  return { ...server, cwd, file, write, mls: (args: ReadonlyArray<string>) => server.mls(args, { cwd }) }
})

const statusOf = ({ stdout }: Sandbox.Ended) =>
  Sandbox.jsonOf(stdout) as { readonly user: string; readonly chosenBy: object }

describe("a .mls.json above the working directory", () => {
  it.scopedLive("selects a profile: less than option and variable, more than the default", () =>
    Effect.gen(function* () {
      const { cwd, file, home, start, write, mls } = yield* prepared
      yield* write({ profile: "second" })
      const real = Path.join(yield* Effect.promise(() => Fs.realpath(home)), Path.relative(home, file))
      const found = statusOf(yield* mls(["status", "--json"]))
      assert.deepInclude(found, { user: "CONTOSO\\rob", chosenBy: { by: "directory", what: real } })
      assert.deepInclude(statusOf(yield* mls(["status", "--json", "-p", "127.0.0.1"])), { user: "grace" })
      const env = { MLS_PROFILE: "127.0.0.1" }
      const byVariable = yield* (yield* start(["status", "--json"], { cwd, env })).ended
      assert.deepInclude(statusOf(byVariable), { user: "grace" })
    })
  )

  it.scopedLive("that names a profile which does not exist is exit 3 with those that do, whatever host it names", () =>
    Effect.gen(function* () {
      const { control, mls, url, write } = yield* prepared
      for (const contents of [{ profile: "evil" }, { profile: "evil", host: url }]) {
        yield* write(contents)
        const { code, stderr } = yield* mls(["api", "services"])
        assert.strictEqual(code, 3)
        assert.include(stderr, "there are: 127.0.0.1, second")
      }
      assert.strictEqual((yield* control.counts).requests, 0)
    })
  )

  it.scopedLive("cannot name a host: no command goes there, and login asks nobody where nobody is", () =>
    Effect.gen(function* () {
      const evil = yield* Servers.make()
      const { cwd, mls, start, url, write } = yield* prepared
      yield* write({ host: evil.url })
      const call = yield* mls(["status", "--check", "--json"])
      assert.deepInclude(Sandbox.jsonOf(call.stdout), { server: url, user: "grace" })
      assert.include(call.stderr, "only `mls login` asks about it")
      const env = { MLS_USERNAME: "grace", MLS_PASSWORD: Servers.passwords.grace }
      const login = yield* (yield* start(["login", "--force"], { cwd, env })).ended
      assert.strictEqual(login.code, 2, login.stderr)
      assert.include(login.stderr, `proposes the server ${evil.url}`)
      assert.strictEqual((yield* evil.control.counts).requests, 0)
      // A profile of that name goes where the profile says.
      yield* write({ profile: "second", host: evil.url })
      assert.deepInclude(Sandbox.jsonOf((yield* mls(["status", "--check", "--json"])).stdout), { server: url })
      assert.strictEqual((yield* evil.control.counts).requests, 0)
    })
  )

  it.scopedLive(
    "is refused where it is a link, a pipe, a directory or no JSON: exit 3, unless a profile is named",
    () =>
      Effect.gen(function* () {
        const { file, home, mls } = yield* prepared
        const elsewhere = Path.join(home, "elsewhere.json")
        yield* Effect.promise(() => Fs.writeFile(elsewhere, `{"profile":"second"}`))
        for (const make of [
          () => Fs.symlink(elsewhere, file),
          async () => void ChildProcess.execFileSync("mkfifo", [file]),
          () => Fs.mkdir(file),
          () => Fs.writeFile(file, "profile: second"),
          () => Fs.writeFile(file, `{"profile":"second"}${" ".repeat(100_000)}`)
        ]) {
          yield* Effect.promise(make)
          const { code, stderr } = yield* mls(["status"])
          assert.strictEqual(code, 3, stderr)
          assert.include(stderr, ".mls.json")
          assert.strictEqual((yield* mls(["status", "-p", "second"])).code, 0)
          yield* Effect.promise(() => Fs.rm(file, { recursive: true }))
        }
      })
  )

  it.scopedLive("is not looked for above the home directory", () =>
    Effect.gen(function* () {
      const { cwd, home, start, write } = yield* prepared
      yield* write({ profile: "second" })
      const inner = { HOME: Path.join(home, "project", "deep") }
      const { stdout } = yield* (yield* start(["status", "--json"], { cwd, env: inner })).ended
      assert.deepInclude(Sandbox.jsonOf(stdout), { user: "grace" })
    })
  )

  it.runIf(process.getuid?.() === 0)("of another user is not obeyed, which is said", () =>
    Effect.gen(function* () {
      const { file, mls, write } = yield* prepared
      yield* write({ profile: "second" })
      yield* Effect.promise(() => Fs.chown(file, 12345, 12345))
      const status = yield* mls(["status", "--json"])
      assert.deepInclude(statusOf(status), { user: "grace" })
      assert.strictEqual(status.stderr.split("belongs to another user, so mls ignores it").length, 2)
    }).pipe(Effect.scoped, Effect.runPromise)
  )

  it.runIf(process.getuid?.() === 0)(
    "of another user is told of and passed over, whatever it is: a link, a pipe, one that cannot be read",
    () =>
      Effect.gen(function* () {
        const { file, home, mls } = yield* prepared
        const above = Path.join(home, ".mls.json")
        yield* Effect.promise(() => Fs.writeFile(above, `{"profile":"second"}`))
        for (const make of [
          () => Fs.symlink("/nonexistent", file),
          async () => void ChildProcess.execFileSync("mkfifo", [file]),
          () => Fs.mkdir(file),
          () => Fs.symlink(Path.basename(file), file)
        ]) {
          yield* Effect.promise(make)
          yield* Effect.promise(() => Fs.lchown(file, 12345, 12345))
          const status = yield* mls(["status", "--json"])
          assert.strictEqual(status.code, 0, status.stderr)
          assert.include(status.stderr, "belongs to another user, so mls ignores it")
          // The one above it, which is one's own, still counts.
          assert.deepInclude(statusOf(status), { user: "CONTOSO\\rob" })
          yield* Effect.promise(() => Fs.rm(file, { recursive: true }))
        }
      }).pipe(Effect.scoped, Effect.runPromise)
  )
})

describe("a credential of the environment where a .mls.json chooses the profile", () => {
  const grace = { MLS_USERNAME: "grace", MLS_PASSWORD: Servers.passwords.grace }

  it.scopedLive("goes nowhere: exit 3, naming the file, the variable and the server, and nothing is sent", () =>
    Effect.gen(function* () {
      const lab = yield* Servers.make()
      const { control, cwd, start, write, mls } = yield* prepared
      assert.strictEqual((yield* mls(["profile", "add", "lab", lab.url])).code, 0)
      yield* write({ profile: "lab" })
      for (const [variable, env] of [
        ["MLS_PASSWORD", grace],
        ["MLS_ACCESS_TOKEN", { MLS_ACCESS_TOKEN: "of.the.other.server" }]
      ] as const) {
        for (const args of [["api", "services"], ["token"], ["services", "list"], ["refresh"], ["status", "--check"]]) {
          const { code, stderr, stdout } = yield* (yield* start(args, { cwd, env })).ended
          assert.strictEqual(code, 3, `${args.join(" ")}: ${stderr}`)
          assert.include(stderr, ".mls.json")
          assert.include(stderr, variable)
          assert.include(stderr, lab.url)
          assert.strictEqual(stdout, "")
        }
        const doctor = yield* (yield* start(["doctor"], { cwd, env })).ended
        assert.strictEqual(doctor.code, 3)
        assert.include(doctor.stdout, variable)
        assert.notInclude(doctor.stdout, "ok    call")
      }
      const login = yield* (yield* start(["login"], { cwd, env: grace })).ended
      assert.strictEqual(login.code, 3, login.stderr)
      const { logins } = yield* lab.control.counts
      assert.strictEqual(logins, 0)
      assert.strictEqual((yield* control.counts).requests, 0)
    })
  )

  it.scopedLive("goes where a person says: --profile, MLS_PROFILE, MLS_HOST; or is left alone by --ignore-env", () =>
    Effect.gen(function* () {
      const { cwd, start, url, write } = yield* prepared
      yield* write({ profile: "second" })
      for (const [args, more] of [
        [["-p", "second"], {}],
        [["--server", url], {}],
        [[], { MLS_PROFILE: "second" }],
        [[], { MLS_HOST: url }],
        [["--ignore-env"], {}]
      ] as const) {
        const { code, stderr } = yield* (yield* start(["api", "services", ...args], {
          cwd,
          env: { ...grace, ...more }
        })).ended
        assert.strictEqual(code, 0, stderr)
      }
    })
  )
})

describe.runIf(hasTerminals)("a host that a .mls.json proposes, at a terminal", () => {
  it.scopedLive("is shown in full, and used only when a person says so; the profile is made then", () =>
    Effect.gen(function* () {
      const { control, cwd, mls, shell, url, write } = yield* Effect.gen(function* () {
        const server = yield* Servers.make()
        const directory = Path.join(server.home, "project")
        yield* Effect.promise(() => Fs.mkdir(directory))
        const contents = JSON.stringify({ profile: "team", host: `${server.url}/` })
        yield* Effect.promise(() => Fs.writeFile(Path.join(directory, ".mls.json"), contents))
        return { ...server, cwd: directory, write: contents }
      })
      assert.include(write, url)
      const no = yield* shell(atTerminal("mls login --user grace"), { stdin: Sandbox.OPEN, cwd })
      yield* no.awaitPrinted(`Sign in to ${url}? [y/N]`)
      yield* no.type("\r")
      assert.strictEqual((yield* no.ended).code, 2)
      assert.strictEqual((yield* control.counts).requests, 0)
      const yes = yield* shell(atTerminal("mls login --user grace"), { stdin: Sandbox.OPEN, cwd })
      yield* yes.awaitPrinted(`Sign in to ${url}? [y/N]`)
      yield* yes.type("y\r")
      yield* yes.awaitPrinted("Password of grace")
      yield* yes.type(`${Servers.passwords.grace}\r`)
      const ended = yield* yes.ended
      assert.strictEqual(ended.code, 0, ended.stdout)
      assert.include(ended.stdout, "New profile team.")
      const status = yield* mls(["status", "--json"], { cwd })
      assert.deepInclude(Sandbox.jsonOf(status.stdout), { profile: "team", user: "grace", server: url })
    })
  )
})
