/**
 * What `mls doctor` says, and what it writes for an administrator: the same, without who it is about.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as HomeDirectory from "@mlserver-auth/node/HomeDirectory"
import * as PrivateFile from "@mlserver-auth/node/PrivateFile"
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as Os from "node:os"
import * as Path from "node:path"
import { type Check, IDS } from "./check.js"
import type { Findings } from "./doctor.js"
import { VERSION } from "../cli/version.js"

/** Columns: the longest verdict, the longest name of a look, and two apart. */
const VERDICT = 6
const ID = Math.max(...IDS.map(({ length }) => length)) + 2

/** A line for each look, and one more for what to do. */
export const text = (checks: ReadonlyArray<Check>): string =>
  checks
    .flatMap(({ fix, id, message, verdict }) => [
      `${verdict.padEnd(VERDICT)}${id.padEnd(ID)}${message}`,
      ...(fix === undefined ? [] : [`${" ".repeat(VERDICT + ID)}Do: ${fix}`])
    ])
    .join("\n")

/** As programs read it. */
export const json = (checks: ReadonlyArray<Check>) => ({
  checks: checks.map(({ fix, id, message, verdict }) => ({ id, verdict, message, fix }))
})

const escaped = (literal: string): string => literal.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/** As a word of its own: what is also a part of other words would make the report unreadable. */
const masked = (report: string, names: ReadonlyArray<string>, flags: "u" | "iu"): string =>
  names
    .filter((name) => name !== "")
    .reduce(
      (text, name) =>
        text.replaceAll(new RegExp(String.raw`(?<![\p{L}\d])${escaped(name)}(?![\p{L}\d])`, `g${flags}`), "(user)"),
      report
    )

/** `DOMAIN\name` and `name@domain` by their parts too. */
const namesOf = (user: string | undefined): ReadonlyArray<string> => {
  if (user === undefined) return []
  const [local = ""] = (user.split("\\").at(-1) ?? "").split("@")
  return [user, local]
}

const systemUser = (): ReadonlyArray<string> => {
  try {
    return [Os.userInfo().username]
  } catch {
    // A container may have no name for its user.
    return []
  }
}

/** The redacted report: nothing of it is a secret, and no person is named. */
export const bundle = ({ checks, user }: Findings, now: number, home: string | undefined): string => {
  const about = [
    `mls doctor, ${new Date(now).toISOString()}`,
    `mls ${VERSION}, Node.js ${process.versions.node} (OpenSSL ${process.versions.openssl}), ${process.platform} ${process.arch} ${Os.release()}`
  ]
  const lines = text(checks).replaceAll(home === undefined || home === "/" ? "\0" : home, "~")
  return `${[...about, "", masked(masked(lines, namesOf(user), "iu"), systemUser(), "u")].join("\n")}\n`
}

/** Writes it, for its owner only. */
export const save = (file: string, findings: Findings): Effect.Effect<void, ConfigurationInvalid> =>
  Effect.gen(function* () {
    const home = Option.getOrUndefined(yield* Effect.option(HomeDirectory.find))
    const report = bundle(findings, yield* Clock.currentTimeMillis, home)
    yield* Effect.mapError(
      PrivateFile.replace(Path.resolve(file), report),
      (code) =>
        new ConfigurationInvalid({
          setting: "bundle",
          problem: `cannot be written (${code})`,
          fix: "Name another file: --bundle FILE"
        })
    )
  })
