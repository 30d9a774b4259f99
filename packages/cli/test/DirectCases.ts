/** What `mls token` may find: settings, records, arguments and variables, the usual ones and every kind of unusual ones. */
import * as Token from "@mlserver-auth/core/Token"
import * as TokenKey from "@mlserver-auth/core/TokenKey"
import { FileTokenStore } from "@mlserver-auth/node"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"

const { constantFrom, option, oneof, record } = FastCheck

/** Mostly the usual value: many cases must be usual in all respects. */
const mostly = <A>(usual: A, ...others: ReadonlyArray<A>) =>
  oneof({ weight: 6, arbitrary: constantFrom(usual) }, { weight: 1, arbitrary: constantFrom(...others) })

const MINUTE = 60_000

/** Minutes from now, none of them a limit: time goes on while a case runs. */
const token = record({
  accessToken: mostly("eyJhbGciOiJub25lIn0.e30.x", "a\u001b[2Jb", "tökén", "a b\tc", "x".repeat(9000)),
  refreshToken: mostly<string | undefined>("refresh", undefined),
  expires: oneof(constantFrom<number | undefined>(60, 7), constantFrom<number | undefined>(60, 4, -1, undefined)),
  obtained: mostly(-1, 0.5, 3, -600),
  principal: option(constantFrom("grace", ""), { nil: undefined })
})

const profile = record({
  url: mostly("http://127.0.0.1:9", "http://127.0.0.1:9/", "HTTP://LOCALHOST:9/a//", "http://far.test", "no url"),
  session: mostly<string | undefined>(undefined, "5f0c", ""),
  store: oneof(mostly<string | undefined>("encrypted", undefined, "keyring", "cloud"), constantFrom("file")),
  storeAssumed: mostly<unknown>(undefined, true, "yes"),
  allowHttp: mostly<unknown>(undefined, true, 1),
  loginPath: mostly<string | undefined>(undefined, "/user/login", "../x"),
  caFile: mostly<string | undefined>(undefined, "/nowhere/ca.pem"),
  method: mostly<string | undefined>(undefined, "password", "aad-device", "magic"),
  azure: mostly<object | undefined>(undefined, { tenant: "t", clientid: "c", resource: "r" }, { tenant: "t" })
})

const any = record({
  token,
  profile,
  file: record({
    version: mostly<unknown>(2, 1, 3, "2"),
    default: mostly<unknown>("main", "other", undefined, 1),
    others: mostly<ReadonlyArray<unknown>>([], [{ name: "other", url: "http://127.0.0.1:8" }], [{ name: "-" }], [null]),
    spelling: mostly("plain", "mark", "utf16", "broken"),
    mode: mostly(0o600, 0o644, 0o666)
  }),
  sealing: mostly<"keyFile" | "none">("keyFile", "none"),
  spoiled: constantFrom<Spoiled>(
    "no",
    "cut",
    "changed",
    "gone",
    "open",
    "newer",
    "keyGone",
    "keyOpen",
    "link",
    "openDirectory"
  ),
  args: oneof(
    constantFrom<ReadonlyArray<string>>([], ["--header"]),
    constantFrom<ReadonlyArray<string>>(["-p", "main"], ["--profile", "main", "--header"], ["--header", "-p", "main"]),
    constantFrom<ReadonlyArray<string>>(
      ["-p", "other"],
      ["-p"],
      ["-p", "--header"],
      ["--profile=main"],
      ["--header", "--header"],
      ["--json"],
      ["-v"],
      ["--help"],
      ["main"],
      ["--min-ttl", "2h"],
      ["--", "--header"]
    )
  ),
  env: oneof(
    { weight: 3, arbitrary: constantFrom<Record<string, string>>({}) },
    {
      weight: 2,
      arbitrary: constantFrom<Record<string, string>>(
        { MLS_PROFILE: "main" },
        { MLS_PROFILE: "other" },
        { MLS_PROFILE: "no/name" },
        { MLS_PROFILE: "" },
        { MLS_NO_INPUT: "1", CI: "1" },
        { MLS_HOST: "http://127.0.0.1:8" },
        { MLS_LOG: "debug" },
        { MLS_STORE: "file" },
        { MLS_STORE: "gone" },
        { MLS_TIMEOUT: "soon" },
        { MLS_ACCESS_TOKEN: "other" },
        { MLS_PASSWORD: "alone" },
        { MLS_TENANT: "t" },
        { MLS_CONFIG_DIR: "state" },
        { MLS_CONFIG_DIR: "" },
        { XDG_CONFIG_HOME: "config" },
        { XDG_STATE_HOME: "" },
        { HOME: "" }
      )
    }
  ),
  nearby: constantFrom<string | undefined>(undefined, '{"profile":"main"}', '{"host":"http://127.0.0.1:8"}', "{", "{}")
})

type Case = typeof any extends FastCheck.Arbitrary<infer A> ? A : never

/** A case that is usual in all respects. */
export const usual: FastCheck.Arbitrary<Case> = record({
  token: FastCheck.constant({
    accessToken: "eyJhbGciOiJub25lIn0.e30.x",
    refreshToken: "refresh",
    expires: 60,
    obtained: -1,
    principal: "grace"
  }),
  profile: FastCheck.constant({
    url: "http://127.0.0.1:9",
    session: undefined,
    store: "encrypted",
    storeAssumed: undefined,
    allowHttp: undefined,
    loginPath: undefined,
    caFile: undefined,
    method: undefined,
    azure: undefined
  }),
  file: FastCheck.constant({ version: 2, default: "main", others: [], spelling: "plain", mode: 0o600 }),
  sealing: constantFrom("keyFile"),
  spoiled: constantFrom("no"),
  args: constantFrom<ReadonlyArray<string>>([], ["--header"]),
  env: FastCheck.constant({}),
  nearby: FastCheck.constant(undefined)
})

/** A usual case with up to two parts that may be anything: more than that, and the program answers nearly always. */
export const cases: FastCheck.Arbitrary<Case> = FastCheck.tuple(
  usual,
  any,
  FastCheck.shuffledSubarray(["token", "profile", "file", "sealing", "spoiled", "args", "env", "nearby"] as const, {
    maxLength: 2
  })
).map(([one, other, parts]) => ({ ...one, ...Object.fromEntries(parts.map((part) => [part, other[part]])) }))

type Spoiled = "no" | "cut" | "changed" | "gone" | "open" | "newer" | "keyGone" | "keyOpen" | "link" | "openDirectory"

/** Where a case is laid out. */
export interface Place {
  readonly home: string
  readonly cwd: string
  readonly state: string
  readonly env: Record<string, string>
}

const spelled = (spelling: string, text: string): Buffer | string => {
  if (spelling === "utf16") return Buffer.from(`\ufeff${text}`, "utf16le")
  return spelling === "mark" ? `\ufeff${text}` : spelling === "broken" ? text.slice(1) : text
}

const spoil = async (how: Spoiled, state: string): Promise<void> => {
  const name = (await Fs.readdir(state)).find((file) => file.endsWith(".json")) ?? ""
  const [path, key] = [Path.join(state, name), Path.join(state, "store.key")]
  const text = await Fs.readFile(path, "utf8")
  if (how === "cut") await Fs.writeFile(path, text.slice(0, -9))
  if (how === "changed") await Fs.writeFile(path, text.replace(/..(?="\}$)/, "Zz"))
  if (how === "newer") await Fs.writeFile(path, text.replace(/"version":\d/, '"version":9'))
  if (how === "gone") await Fs.rm(path)
  if (how === "open") await Fs.chmod(path, 0o644)
  if (how === "openDirectory") await Fs.chmod(state, 0o755)
  if (how === "keyGone") await Fs.rm(key, { force: true })
  if (how === "keyOpen") await Fs.chmod(key, 0o640).catch(() => undefined)
  if (how === "link") await Fs.rename(path, `${path}.real`).then(() => Fs.symlink(`${path}.real`, path))
}

const tokenOf = ({ accessToken, expires, obtained, principal, refreshToken }: Case["token"], now: number) =>
  Token.first(
    {
      accessToken: Redacted.make(accessToken),
      refreshToken: refreshToken === undefined ? undefined : Redacted.make(refreshToken),
      obtainedAt: now + Math.round(obtained * MINUTE),
      expiresAt: expires === undefined ? undefined : now + expires * MINUTE,
      clockDifference: 0
    },
    principal
  )

/** Lays a case out in a home directory. */
export const prepare = (one: Case, home: string): Effect.Effect<Place> =>
  Effect.gen(function* () {
    const [config, state, cwd] = [Path.join(home, "config/mls"), Path.join(home, "state/mls"), Path.join(home, "work")]
    const { default: used, mode, others, spelling, version } = one.file
    const profiles = [{ name: "main", ...one.profile }, ...others]
    const store = yield* Effect.orDie(FileTokenStore.make({ directory: state, sealing: one.sealing }))
    const { session, url } = one.profile
    const issuer = url.toLowerCase().replace(/\/*$/, "")
    const client = session === undefined ? "" : `#${session}`
    const written = store.write(TokenKey.make({ issuer, client }), tokenOf(one.token, Date.now()))
    yield* Effect.orDie(written)
    yield* Effect.promise(async () => {
      await spoil(one.spoiled, state)
      await Fs.mkdir(config, { recursive: true })
      await Fs.mkdir(cwd)
      const path = Path.join(config, "config.json")
      await Fs.writeFile(path, spelled(spelling, JSON.stringify({ version, default: used, profiles })))
      await Fs.chmod(path, mode)
      if (one.nearby !== undefined) await Fs.writeFile(Path.join(home, ".mls.json"), one.nearby)
    })
    const base = { HOME: home, XDG_CONFIG_HOME: Path.join(home, "config"), XDG_STATE_HOME: Path.join(home, "state") }
    return { home, cwd, state, env: { ...base, ...one.env } }
  })

/** All that is below a directory: what is in the files, and who may read them. */
export const snapshot = async (directory: string): Promise<ReadonlyArray<string>> => {
  const entries = await Fs.readdir(directory, { recursive: true, withFileTypes: true })
  const told = entries.map(async (entry) => {
    const path = Path.join(entry.parentPath, entry.name)
    const { mode } = await Fs.lstat(path)
    return `${path} ${mode} ${entry.isFile() ? await Fs.readFile(path, "latin1") : ""}`
  })
  return (await Promise.all(told)).sort()
}
