/**
 * `@mlserver-auth/client` as a stranger gets it: beside Effect 4, beside Effect 3 and with none, under each package manager that
 * can be had, installed without a warning, compiled with every type looked at, and run.
 */
import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** Each with how it is started; those that are not here come from the registry, of these versions. */
const MANAGERS = {
  npm: { command: ["npm"], install: ["install", "--no-audit", "--no-fund", "--prefer-offline"] },
  pnpm: { command: ["npx", "--yes", "pnpm@10.34.8"], install: ["install", "--prefer-offline", "--no-frozen-lockfile"] },
  yarn: { command: ["npx", "--yes", "yarn@1.22.22"], install: ["install", "--prefer-offline", "--non-interactive"] }
}

const BESIDE = { "Effect 4": { effect: "4.1.0" }, "Effect 3": { effect: "3.22.4" }, "no Effect": {} }

/** What package managers say where something does not fit. Words about themselves and the project are not that. */
const COMPLAINT = /\bwarn(ing)?\b|ERESOLVE|peer dep/i
const OF_THEMSELVES =
  /new (major|minor|patch) version|update available|No license field|npm (notice|warn exec)|Ignored build scripts/i

const complaints = (text) => text.split("\n").filter((line) => COMPLAINT.test(line) && !OF_THEMSELVES.test(line))

/** Every folder of a package named so, however deep. With types, since links are not followed then. */
const copiesOf = (folder, name) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name === "package.json")
    .map((entry) => entry.parentPath ?? entry.path)
    .filter((path) => path.endsWith(join("node_modules", name)))

const started = (cwd, [command, ...first], ...args) => {
  const { status, stderr, stdout } = spawnSync(command, [...first, ...args], { cwd, encoding: "utf8" })
  return { ok: status === 0, said: `${stdout ?? ""}${stderr ?? ""}` }
}

/** The managers that start here; the others are named. */
const managersIn = (folder, step) =>
  Object.entries(MANAGERS).filter(([name, { command }]) => {
    const { ok } = started(folder, command, "--version")
    if (!ok) step(`skipped: ${name}, which cannot be had here`)
    return ok
  })

const project = (folder, tarball, beside) => {
  mkdirSync(join(folder, "src"), { recursive: true })
  const dependencies = { "@mlserver-auth/client": `file:${tarball}`, "@types/node": "20.19.43", ...beside }
  const manifest = { name: "consumer", version: "1.0.0", private: true, type: "module", dependencies }
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest))
  const compilerOptions = {
    target: "ES2022",
    lib: ["ES2022"],
    module: "NodeNext",
    strict: true,
    exactOptionalPropertyTypes: true,
    // Every type of the package is looked at, not only those that are used.
    skipLibCheck: false,
    types: ["node"],
    rootDir: "src",
    outDir: "dist"
  }
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }))
}

/** Fails where one of them is not well. */
export const judgeClient = ({ folder, root, run, step, tarball, tsc }) => {
  for (const [manager, { command, install }] of managersIn(folder, step)) {
    for (const [what, beside] of Object.entries(BESIDE)) {
      step(`client under ${manager}, beside ${what}`)
      const at = join(folder, `client-${manager}-${what.replace(" ", "-")}`)
      project(at, tarball, beside)
      writeFileSync(join(at, "src", "main.ts"), readFileSync(join(root, "scripts/packed/promises.ts")))
      const { ok, said } = started(at, command, ...install)
      const heard = complaints(said)
      if (!ok || heard.length > 0) throw new Error(`${manager} beside ${what}: ${ok ? heard.join("\n") : said}`)
      const copies = copiesOf(at, "effect")
      if (copies.length > Object.keys(beside).length)
        throw new Error(`more of Effect than asked for: ${copies.join(", ")}`)
      run(at, tsc, "-p", ".")
      run(root, process.execPath, "scripts/packed/served.mjs", join(at, "dist/main.js"))
    }
  }
}
