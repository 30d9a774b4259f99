/**
 * What must hold on Windows, run under Wine: programs that share a store, records and locks that another program has open,
 * and a story of `mls`. `.ci/windows` prepares it and says where everything is.
 *
 * `node scripts/windows/show.mjs DRIVE NODE [RUNS]`: the directory that is C:, a Node on it, how often the races are run.
 */
import { Credential, Session } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { NodeAuth } from "@mlserver-auth/node"
import * as Effect from "effect/Effect"
import { build } from "esbuild"
import { spawn } from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { bundle } from "../../packages/cli/bundle.mjs"

const [drive = "", node = "", runs = "1"] = process.argv.slice(2)
const root = Path.resolve(import.meta.dirname, "../..")
const { password, username } = Accounts.ada
const failures = []

const check = (what, isSo, more = "") => {
  console.log(`${isSo ? "ok  " : "FAIL"} ${what}${more === "" ? "" : `: ${more}`}`)
  if (!isSo) failures.push(what)
}

const at = (...names) => Path.join(drive, ...names)
const windows = (path) => `C:\\${Path.relative(drive, path).replaceAll("/", "\\")}`

/** Its exit code and what it printed. Streams are files, since Node has no pipes there. */
const run = async (command, args, { env = {}, input = "" } = {}) => {
  const files = await Fs.mkdtemp(at("streams-"))
  await Fs.writeFile(Path.join(files, "in"), input)
  const handles = await Promise.all([
    Fs.open(Path.join(files, "in")),
    Fs.open(Path.join(files, "out"), "w"),
    Fs.open(Path.join(files, "err"), "w")
  ])
  const child = spawn("wine", [command, ...args], {
    cwd: drive,
    env: { ...process.env, ...env },
    stdio: handles.map(({ fd }) => fd)
  })
  const code = await new Promise((resolve) => child.on("exit", (code) => resolve(code ?? 255)))
  await Promise.all(handles.map((handle) => handle.close()))
  const [stdout, stderr] = await Promise.all(["out", "err"].map((name) => Fs.readFile(Path.join(files, name), "utf8")))
  return { code, stdout, stderr }
}

const onNode = (program, args, options) =>
  run(windows(at(node)), ["--require", windows(at("preload.cjs")), windows(program), ...args], options)

const there = async (path, seconds = 480) => {
  const end = performance.now() + seconds * 1000
  for (;;) {
    const found = await Fs.readFile(path, "utf8").catch(() => undefined)
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`${path} did not come`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const prepared = async () => {
  await Fs.copyFile(Path.join(import.meta.dirname, "preload.cjs"), at("preload.cjs"))
  await build({
    entryPoints: [Path.join(root, "packages/node/test/windowsProgram.ts")],
    outfile: at("program.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["@mlserver-auth/source"],
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);'
    },
    logLevel: "error"
  })
  const { entry } = await bundle(at("mls"))
  return { mls: entry, program: at("program.mjs") }
}

/** Programs that have begun; a round of them at a time. */
const started = async (program, task, server, directory, rounds, count) => {
  const signals = await Fs.mkdtemp(at("signals-"))
  const ended = Array.from({ length: count }, (_, number) =>
    onNode(program, [task, server, windows(directory), String(rounds), String(number), windows(signals)])
  )
  const all = (name) =>
    Promise.all(Array.from({ length: count }, (_, number) => there(Path.join(signals, `${name}-${number}`))))
  const ready = await all("ready")
  return {
    ready,
    round: async (round) => {
      await Fs.writeFile(Path.join(signals, `go-${round}`), "")
      return await all(`done-${round}`)
    },
    ended: Promise.all(ended)
  }
}

const recordIn = async (directory) => {
  const name = (await Fs.readdir(directory)).find((each) => /^[0-9a-f]{64}\.json$/.test(each))
  return Path.join(directory, name ?? "no record")
}

const expire = async (directory) => {
  const path = await recordIn(directory)
  const record = JSON.parse(await Fs.readFile(path, "utf8"))
  await Fs.writeFile(path, JSON.stringify({ ...record, token: { ...record.token, expiresAt: 1 } }))
}

const racesOfRenewals = async ({ program }, server) => {
  const directory = await Fs.mkdtemp(at("store-"))
  const signIn = Effect.flatMap(Session.Session, (session) =>
    session.signIn(Credential.usernamePassword({ username, password }))
  )
  await Effect.runPromise(
    Effect.provide(signIn, NodeAuth.layer({ server: server.url, store: { directory }, http: { proxy: "none" } }))
  )
  const { ended, round } = await started(program, "request", server.url, directory, 20, 8)
  let [refreshes, reused, most] = [0, 0, 0]
  const lost = []
  for (let number = 1; number <= 20; number++) {
    await expire(directory)
    await Effect.runPromise(Effect.all([server.control.expireAccessTokens, server.control.resetCounts]))
    lost.push(...(await round(number)).filter((status) => status !== "200"))
    const counts = await Effect.runPromise(server.control.counts)
    refreshes += counts.refreshes
    most = Math.max(most, counts.refreshes)
    reused += counts.reusedRefreshTokens
  }
  await ended
  const figures = `${lost.length} lost, ${reused} reused, ${refreshes} refreshes in 20 rounds, ${most} at most in one`
  check("8 programs x 20 rounds", lost.length === 0 && reused === 0 && refreshes === 20, `${figures} ${lost[0] ?? ""}`)
  check(
    "8 programs x 20 rounds leave nothing",
    (await Fs.readdir(directory)).length === 1,
    String(await Fs.readdir(directory))
  )
}

const racesOfAdditions = async ({ program }) => {
  const directory = await Fs.mkdtemp(at("store-"))
  const { ended, round } = await started(program, "add", "", directory, 25, 4)
  const answers = await round(1)
  await ended
  const found = /canary-access-(\d+)/.exec(await Fs.readFile(await recordIn(directory), "utf8"))?.[1]
  const wrong = answers.filter((answer) => answer !== "added")
  check("4 programs x 25 additions", found === "100", `${100 - Number(found)} lost ${wrong[0] ?? ""}`)
}

/** Ends when the file is open in the other program; what is returned ends when that has ended. */
const holding = async (path, milliseconds) => {
  const ready = Path.join(await Fs.mkdtemp(at("holder-")), "ready")
  const ended = run(windows(at("hold.exe")), [windows(path), String(milliseconds), windows(ready)])
  return { open: there(ready), ended }
}

const heldLocks = async ({ program }) => {
  for (const milliseconds of [700, 8000]) {
    const directory = await Fs.mkdtemp(at("store-"))
    const { ended, round } = await started(program, "sections", "", directory, 40, 1)
    await round(1)
    // It has the lock of one of the sections open, whichever it comes upon.
    const name = await lockName()
    const holder = await holding(Path.join(directory, name), milliseconds)
    const answers = []
    for (let number = 2; number <= 40; number++) answers.push(...(await round(number)))
    const { code } = await holder.ended
    await ended
    check("that lock was open in the other program", code === 0)
    const wrong = answers.filter((answer) => answer !== "200")
    check(`sections while a lock is held open for ${milliseconds} ms`, wrong.length === 0, wrong[0])
  }
}

const lockName = async () => {
  const { createHash } = await import("node:crypto")
  const { TokenKey } = await import("@mlserver-auth/core")
  const { id } = TokenKey.make({ issuer: "https://canary-server.test", principal: "canary-user" })
  return `${createHash("sha256").update(id).digest("hex")}.lock`
}

const story = async (programs, server) => {
  const { mls } = programs
  const home = await Fs.mkdtemp(at("störy-"))
  const env = { MLS_CONFIG_DIR: windows(home), MLS_STORE: "encrypted", MLS_NO_INPUT: "1", NO_COLOR: "1" }
  const told = async (args, code, options = {}) => {
    const ended = await onNode(mls, args, { env, ...options })
    check(
      `mls ${args.join(" ").replace(server.url, "URL")}: ${code}`,
      ended.code === code,
      ended.code === code ? "" : ended.stderr.slice(0, 400)
    )
    return ended
  }
  await told(["login", server.url, "--user", username, "--password-stdin"], 0, { input: `${password}\r\n` })
  await told(["status", "--json"], 0)
  await told(["api", "services"], 0)
  await told(["token", "--env-format", "cmd"], 0)
  await told(["doctor", "--offline"], 0)
  const record = await recordIn(Path.join(home, "state"))
  for (const milliseconds of [700, 8000]) {
    const holder = await holding(record, milliseconds)
    await holder.open
    await told(["refresh"], 0)
    await holder.ended
    await told(["api", "services"], 0)
  }
  const lock = await holding(record.replace(/\.json$/, ".lock"), 8000)
  await told(["refresh"], 0)
  await told(["refresh"], 0)
  check("that lock was open in the other program", (await lock.ended).code === 0)
  await givenAgain(record, told, programs)
  const refused = await told(["login", server.url, "--user", username, "--password-stdin", "--force"], 5, {
    input: "wrong \r\n"
  })
  check("the blank that echo of cmd sends is told of", refused.stderr.includes("ends with a blank"))
  await told(["logout"], 0)
  await told(["status"], 4)
}

/** A lock whose process ended, and whose number another one has by now: this program lives, and does not hold it. */
const givenAgain = async (record, told, { program }) => {
  const store = await Fs.mkdtemp(at("store-"))
  const { ended, ready, round } = await started(program, "sections", "", store, 1, 1)
  const lock = record.replace(/\.json$/, ".lock")
  await Fs.writeFile(
    lock,
    JSON.stringify({ version: 1, token: "0".repeat(32), since: 1, holder: JSON.parse(ready[0]) })
  )
  const seen = await told(["doctor", "--offline"], 8)
  check("doctor ends no process that is not proved to be it", !/taskkill|kill \d/.test(seen.stdout + seen.stderr))
  await told(["refresh"], 0)
  await round(1)
  await ended
}

/** Where settings are, without MLS_CONFIG_DIR. */
const directories = async ({ mls }) => {
  const home = await Fs.mkdtemp(at("home-"))
  const user = { USERPROFILE: windows(home), APPDATA: windows(Path.join(home, "Roaming")), LOCALAPPDATA: "" }
  const env = { SHOW_ENVIRONMENT: JSON.stringify(user), NO_COLOR: "1" }
  const profiles = [{ name: "former", url: "https://former.example.com" }]
  const former = Path.join(home, ".config", "mls")
  await Fs.mkdir(former, { recursive: true })
  await Fs.writeFile(Path.join(former, "config.json"), `\uFEFF${JSON.stringify({ version: 2, profiles })}`)
  const listed = await onNode(mls, ["profile", "list"], { env })
  check(
    "settings in their former place, with a byte-order mark, are read",
    listed.stdout.includes("former"),
    listed.stderr
  )
  await Fs.rm(former, { recursive: true })
  const added = await onNode(mls, ["profile", "add", "new", "https://new.example.com"], { env })
  const file = await Fs.readFile(Path.join(home, "Roaming", "mls", "config.json"), "utf8").catch(() => "")
  check("settings are in %APPDATA%", added.code === 0 && file.includes("new.example.com"), added.stderr)
}

const programs = await prepared()
await Effect.runPromise(
  Effect.scoped(
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      yield* server.control.delay({ on: "refresh", duration: "50 millis" })
      yield* Effect.promise(async () => {
        const began = performance.now()
        const seconds = () => `(after ${Math.round((performance.now() - began) / 1000)} s)`
        for (let number = 1; number <= Number(runs); number++) {
          console.log(`run ${number} ${seconds()}`)
          await racesOfRenewals(programs, server)
          await racesOfAdditions(programs)
        }
        console.log(`files that are held open ${seconds()}`)
        await heldLocks(programs)
        console.log(`mls ${seconds()}`)
        await story(programs, server)
        await directories(programs)
        console.log(`done ${seconds()}`)
      })
    })
  )
)
process.exit(failures.length === 0 ? 0 : 1)
