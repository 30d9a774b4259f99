/**
 * The packages as a user gets them: built, packed, judged by publint and attw, installed into an empty project,
 * type-checked there and run. `node scripts/check-packed.mjs`
 */
import { execFileSync } from "node:child_process"
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { judgeClient } from "./packed/client.mjs"
import { manifestProblems, problemsIn } from "./packed/tarball.mjs"

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "")
const names = ["core", "node", "services", "redis", "sql", "dev-server", "browser", "client", "cli"]
const bin = (name) => join(root, "node_modules", ".bin", name)
const versionOf = (name) => JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version

const step = (what) => console.log(`packed: ${what}`)

/** Runs to the end; what it printed is shown only if it fails. */
const run = (cwd, command, ...args) => {
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
  } catch (error) {
    process.stderr.write(`${error.stdout ?? ""}${error.stderr ?? ""}`)
    throw new Error(`failed: ${command.replace(root, ".")} ${args.join(" ")}`, { cause: error })
  }
}

const pack = (folder, name) => {
  const [{ filename }] = JSON.parse(
    run(join(root, "packages", name), "npm", "pack", "--json", "--pack-destination", folder)
  )
  const unpacked = join(folder, name)
  mkdirSync(unpacked)
  run(folder, "tar", "-xzf", filename, "-C", name, "--strip-components=1")
  return {
    name,
    tarball: join(folder, filename),
    unpacked,
    ...JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8"))
  }
}

const judge = ({ exports, name, tarball, unpacked, ...manifest }, version) => {
  const problems = [...problemsIn(unpacked, root), ...manifestProblems(manifest, `packages/${name}`, version)]
  if (problems.length > 0) throw new Error(`${name}:\n  ${problems.join("\n  ")}`)
  run(root, bin("publint"), "--strict", tarball)
  // A package without an importable door has no types to judge.
  if (Object.keys(exports).some((door) => door !== "./package.json")) {
    run(root, bin("attw"), "--profile", "esm-only", tarball)
  }
}

/** Whether a door leads to types alone: then there is nothing of it at run time, and something for the compiler. */
const isTypesAlone = (unpacked, { default: code, types }) =>
  /^(\/\*[\s\S]*?\*\/\s*|\/\/.*\s*)*export \{\};/.test(readFileSync(join(unpacked, code), "utf8")) &&
  /^export (interface|type) \w/m.test(readFileSync(join(unpacked, types), "utf8"))

/** Imports every door of the packages: each must resolve, for the compiler and at run time. */
const everyDoor = (packages) =>
  packages
    .flatMap(({ exports, name, unpacked }) =>
      Object.entries(exports)
        .filter(([door]) => !door.endsWith(".json"))
        .map(([door, to]) => ({
          door: `@mlserver-auth/${name}${door.slice(1)}`,
          few: isTypesAlone(unpacked, to) ? 0 : 1
        }))
    )
    .map(
      ({ door, few }, at) =>
        `import * as door${at} from "${door}"\nif (Object.keys(door${at}).length < ${few}) throw new Error("${door} is empty")\n`
    )
    .join("")

const install = (project, packages) => {
  const pinned = ["effect", "@effect/platform", "@effect/sql", "@effect/experimental", "@types/node", "jose"].map(
    (name) => `${name}@${versionOf(name)}`
  )
  mkdirSync(join(project, "src"))
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }))
  const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]
  run(project, "npm", "install", ...quiet, ...packages.map(({ tarball }) => tarball), ...pinned)
  run(project, "npm", "ls", "--all")
  for (const { name } of packages) {
    const at = join(project, "node_modules", "@mlserver-auth", name)
    if (!existsSync(at) || lstatSync(at).isSymbolicLink()) throw new Error(`${name} is not installed from its tarball`)
  }
}

const compile = (project, module, moduleResolution) => {
  const compilerOptions = {
    target: "ES2022",
    lib: ["ES2022", "DOM", "DOM.Iterable"],
    module,
    moduleResolution,
    strict: true,
    exactOptionalPropertyTypes: true,
    types: ["node"],
    rootDir: "src",
    outDir: "dist"
  }
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }))
  run(project, bin("tsc"), "-p", ".")
}

const main = (folder) => {
  step("building")
  run(root, "npm", "run", "build")
  const packages = names.map((name) => pack(folder, name)).map((it) => ({ ...it, name: it.name.split("/").at(-1) }))
  for (const it of packages) {
    step(`judging ${it.name} ${it.version}`)
    judge(it, packages[0].version)
  }
  const { tarball } = packages.find(({ name }) => name === "client")
  judgeClient({ folder, root, run, step, tarball, tsc: bin("tsc") })
  const project = join(folder, "consumer")
  mkdirSync(project)
  step("installing the tarballs into an empty project")
  install(project, packages)
  writeFileSync(join(project, "src", "main.ts"), readFileSync(join(root, "scripts", "packed", "consumer.ts")))
  writeFileSync(join(project, "src", "doors.ts"), everyDoor(packages))
  step("compiling there, as a bundler resolves and as Node does")
  compile(project, "ESNext", "Bundler")
  compile(project, "NodeNext", "NodeNext")
  step("running there: log-in, renewal, sign-out; every door; mls")
  run(project, process.execPath, "dist/main.js")
  run(project, process.execPath, "dist/doors.js")
  const version = run(project, join(project, "node_modules", ".bin", "mls"), "--version").trim()
  if (!version.includes(packages.at(-1).version)) throw new Error(`mls --version says ${version}`)
  const schema = "@mlserver-auth/cli/schemas/v1/status.schema.json"
  run(project, process.execPath, "-e", `require("${schema}").$id.endsWith("/status.schema.json") || process.exit(1)`)
}

const folder = mkdtempSync(join(tmpdir(), "packed-"))
try {
  main(folder)
  step("all is well")
} finally {
  rmSync(folder, { recursive: true, force: true })
}
