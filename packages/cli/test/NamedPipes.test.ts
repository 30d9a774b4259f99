/** Files that are named pipes. As processes: what waits in a system call keeps a process from ending, also after Ctrl-C. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Servers from "./Servers.js"

const QUICK = { env: { MLS_LOG: "", MLS_TEST_TAP: "", NODE_OPTIONS: "" } }

const pipe = (path: string) =>
  Effect.promise(async () => {
    await Fs.rm(path, { force: true })
    ChildProcess.execFileSync("mkfifo", [path])
  })

describe.skipIf(process.platform === "win32")("a named pipe", () => {
  it.scopedLive("in place of the configuration: no command waits for it, each says what to do, exit 3", () =>
    Effect.gen(function* () {
      const { home, mls, mlsProcess } = yield* Servers.makeSignedIn()
      const path = Path.join(home, "config", "mls", "config.json")
      yield* Effect.promise(() => Fs.copyFile(path, `${path}.kept`))
      yield* pipe(path)
      const commands = [
        ["token"],
        ["status"],
        ["doctor", "--offline"],
        ["profile", "list"],
        ["login", "https://h.test"]
      ]
      for (const args of commands) {
        const { code, stderr, stdout } = yield* mlsProcess(args, QUICK)
        assert.strictEqual(code, 3, `${args.join(" ")}: ${stderr}`)
        assert.include(stderr + stdout, "config.json")
        assert.match(stderr + stdout, /is not a file[\s\S]*Move it away, or set MLS_CONFIG_DIR/)
      }
      yield* Effect.promise(() => Fs.rename(`${path}.kept`, path))
      assert.strictEqual((yield* mls(["status"])).code, 0)
    })
  )

  it.scopedLive("as --cacert: read where a program writes into it, else refused at once, exit 3", () =>
    Effect.gen(function* () {
      const { home, mlsProcess, shell } = yield* Servers.makeSignedIn()
      const path = Path.join(home, "authority.pem")
      yield* pipe(path)
      const { code, stderr } = yield* mlsProcess(["api", "services", "--cacert", path], QUICK)
      assert.strictEqual(code, 3)
      assert.match(stderr, /authority\.pem holds no PEM certificate[\s\S]*Name a readable PEM file/)
      // Read to its end: it has the marks of a certificate in its last part.
      const parts = "echo first; sleep 0.2; printf -- '-----BEGIN CERTIFICATE-----\\nx\\n-----END CERTIFICATE-----\\n'"
      const command = `"$NODE" "$MLS" api services --cacert <(${parts}); echo $?`
      yield* Effect.promise(() => Fs.writeFile(Path.join(home, "call.bash"), command))
      const written = yield* (yield* shell("exec bash call.bash", QUICK)).ended
      assert.include(written.stderr, "holds a certificate that cannot be read")
      assert.strictEqual(written.stdout, "3\n")
    })
  )

  it.scopedLive("that is named for an input is waited for, as every program does, and a signal ends that", () =>
    Effect.gen(function* () {
      const { home, shell } = yield* Servers.makeSignedIn()
      const path = Path.join(home, "given")
      yield* pipe(path)
      const later = yield* (yield* shell(
        `mls profile import given --json & printf '{"mlsProfiles":1,"profiles":[{"name":"lab","url":"https://lab.test"}]}' >given; wait $!`,
        QUICK
      )).ended
      assert.strictEqual(later.code, 0, later.stderr)
      assert.include(later.stdout, '"outcome":"new"')
      for (const args of [
        "profile import given",
        "login https://h.test --context given",
        "api services -X POST --input given",
        "services publish x --code given"
      ]) {
        // The shell's own end opens when mls has opened the other one.
        const ended = yield* (yield* shell(`"$NODE" "$MLS" ${args} & exec 3>given; kill -TERM $!; wait $!`, QUICK))
          .ended
        assert.strictEqual(ended.code, 143, `${args}: ${ended.stderr}`)
      }
    })
  )
})
