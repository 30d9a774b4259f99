/**
 * Every command of the program, each with a line that works and one that fails, for what must hold of all of them. The
 * list of commands is the program's own: a command without a row here fails the tests.
 */
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { assert } from "vitest"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

/** A command. */
export interface Row {
  readonly command: string
  /** What works after the rows before this one. */
  readonly works: ReadonlyArray<string>
  /** Where it tells of success: an answer on stdout, or a notice on stderr only. With `--json` always on stdout. */
  readonly tells: "answer" | "notice"
  /** What fails in an empty home directory. */
  readonly fails: ReadonlyArray<string>
  readonly exit: number
  /** Its failure is an answer too: with `--json` only, or always. */
  readonly answersFailure?: "json" | "always"
  /** It has no `--json`. */
  readonly isText?: true
  /** It goes on until it is told to end. */
  readonly lasts?: true
  readonly env?: Readonly<Record<string, string>>
}

/** What somebody else has exported. */
const PROFILES = "profiles.json"

/** The records of a batch; as good as any text for the code of a service that nothing runs. */
const RECORDS = "records.json"

const credential = { MLS_USERNAME: "grace", MLS_PASSWORD: Servers.passwords.grace }

const session = (url: string, service: string): ReadonlyArray<Row> => [
  { command: "login", works: [url], tells: "notice", env: credential, fails: [], exit: 2 },
  { command: "status", works: [], tells: "answer", fails: [], exit: 4, answersFailure: "json" },
  { command: "whoami", works: ["--check"], tells: "answer", fails: ["--all"], exit: 4 },
  { command: "token", works: [], tells: "answer", fails: [], exit: 4 },
  { command: "refresh", works: [], tells: "notice", fails: [], exit: 4 },
  { command: "api", works: [`services/${service}/1.0.0`, "-f", "code=1"], tells: "answer", fails: ["x"], exit: 4 },
  { command: "services list", works: [], tells: "answer", fails: [], exit: 4 },
  { command: "services get", works: [service], tells: "answer", fails: ["add"], exit: 4 },
  { command: "services swagger", works: [service], tells: "answer", fails: ["add"], exit: 4 },
  { command: "services types", works: [service], tells: "answer", fails: ["add"], exit: 4 },
  { command: "services consume", works: ["add", "-F", "x:=1", "-F", "y:=2"], tells: "answer", fails: ["x"], exit: 4 },
  {
    command: "services batch",
    works: ["start", "add", "--input", RECORDS],
    tells: "answer",
    fails: ["start"],
    exit: 2
  },
  {
    command: "services update",
    works: [service, "--description", "Twice.", "--yes"],
    tells: "notice",
    fails: ["x", "--yes"],
    exit: 2
  },
  {
    command: "services publish",
    works: [service, "2.0.0", "--code", RECORDS, "--in", "x:numeric"],
    tells: "notice",
    fails: ["x"],
    exit: 2
  },
  { command: "services delete", works: [service, "1.0.0", "--yes"], tells: "notice", fails: [".."], exit: 2 },
  { command: "config show", works: ["--origin"], tells: "answer", fails: [], exit: 4 },
  { command: "doctor", works: [], tells: "answer", fails: ["nobody"], exit: 3, answersFailure: "always" },
  { command: "logout", works: [], tells: "notice", fails: ["stray"], exit: 2 }
]

const profiles: ReadonlyArray<Row> = [
  {
    command: "profile add",
    works: ["lab", "https://lab.example.com:12800"],
    tells: "notice",
    fails: ["lab", "ftp://lab"],
    exit: 3
  },
  { command: "profile list", works: [], tells: "answer", fails: ["stray"], exit: 2 },
  { command: "profile show", works: ["lab"], tells: "answer", fails: ["nobody"], exit: 3 },
  { command: "profile use", works: ["lab"], tells: "notice", fails: ["nobody"], exit: 3 },
  { command: "profile rename", works: ["lab", "shed"], tells: "notice", fails: ["nobody", "shed"], exit: 3 },
  {
    command: "profile edit",
    works: ["shed", "--login-path", "/user/login"],
    tells: "notice",
    fails: ["nobody"],
    exit: 2
  },
  { command: "profile remove", works: ["shed"], tells: "notice", fails: ["nobody"], exit: 3 },
  { command: "profile export", works: [], tells: "answer", fails: ["nobody"], exit: 3 },
  { command: "profile import", works: [PROFILES], tells: "notice", fails: ["nobody.json"], exit: 3 }
]

const others: ReadonlyArray<Row> = [
  { command: "help", works: ["errors"], tells: "answer", fails: ["nothing"], exit: 2, isText: true },
  { command: "completions", works: ["bash"], tells: "answer", fails: ["cmd"], exit: 2, isText: true },
  { command: "dev-server", works: ["--port", "0"], tells: "answer", fails: ["--port", "x"], exit: 2, lasts: true }
]

/** In an order in which each finds what it needs. `service`: a name that nobody else publishes. */
export const rows = (url: string, service: string): ReadonlyArray<Row> => [
  ...session(url, service),
  ...profiles,
  ...others
]

/** A home directory in which the rows work, one after the other. */
export const place = Effect.tap(Sandbox.make, ({ home, plant }) => {
  plant(Servers.passwords.grace)
  const profiles = [{ name: "theirs", url: "https://theirs.example.com" }]
  const files = { [PROFILES]: { mlsProfiles: 1, profiles }, [RECORDS]: [{ x: 1, y: 2 }] }
  return Effect.forEach(Object.entries(files), ([name, json]) =>
    Effect.promise(() => Fs.writeFile(Path.join(home, name), JSON.stringify(json)))
  )
})

/** The command line of a row. */
export const words = ({ command }: Row, args: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...command.split(" "),
  ...args
]

/** Every command that there is, by what the program says of itself. */
export const commands = (mls: Sandbox.Sandbox["mls"]): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const { stdout } = yield* mls(["--help"])
    const aliases = [...stdout.matchAll(/\(also: (\w+)\)/g)].map(([, name = ""]) => name)
    const names = [...stdout.matchAll(/^ {2}mls ([a-z]\S*)/gm)].map(([, name = ""]) => name)
    const found = yield* Effect.forEach(
      new Set([...names, ...aliases]),
      (name) =>
        Effect.map(mls([name, "--help"]), (help) => {
          const inner = [...help.stdout.matchAll(new RegExp(`^ {2}mls (${name} [a-z]\\S*)`, "gm"))]
          // `mls help` lists its topics there, which are no commands.
          return inner.length === 0 || name === "help" ? [name] : inner.map(([, command = ""]) => command)
        }),
      { concurrency: 3 }
    )
    assert.isAbove(found.flat().length, 20)
    return found.flat()
  })
