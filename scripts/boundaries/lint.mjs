/** The house's boundaries as rules of the linter: `rules.mjs` says which, this puts them into its words. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, posix } from "node:path"
import * as rules from "./rules.mjs"
import { filesBelow, fits } from "./sources.mjs"

/** The settings of the linter without the boundaries, as editors read them. */
export const base = JSON.parse(readFileSync(new URL("../../.oxlintrc.json", import.meta.url), "utf8"))

const globals = "no-restricted-globals"
const [, ...everywhere] = base.overrides.find(({ rules: own }) => globals in own).rules[globals]
const ofNode = ["Buffer", "__dirname", "__filename", "require"]

const except = (...allowed) => allowed.map((pattern) => `!${pattern}`)
const within = (name) => [name, `${name}/**`]

/** One list, of which the last pattern that fits decides: in the linter an exception of one list is one of all of them. */
const only = (message, ...allowed) => [
  "error",
  {
    paths: rules.barrels.map((name) => ({ name, message: "a barrel: import the module" })),
    patterns: [{ group: ["**", ...allowed], message: `${message}; see scripts/boundaries/rules.mjs` }]
  }
]

/** The packages that one may import: those of ours that the plan has, and of all those that its manifest declares. */
const packagesFor = (name, { dependencies, devDependencies, peerDependencies }) => {
  const bundled = rules.bundled.includes(name) ? devDependencies : {}
  const declared = Object.keys({ ...dependencies, ...peerDependencies, ...bundled })
  const planned = rules.packages[name].map((other) => `${rules.scope}${other}`)
  const may = declared.filter((other) => !other.startsWith(rules.scope) || planned.includes(other))
  const node = rules.platformFree.includes(name) ? [] : ["node:*", "node:*/**"]
  return { may, patterns: [...except(...may.flatMap(within), ...node), `${rules.scope}*/internal/**`] }
}

const globalsOf = (name) =>
  rules.platformFree.includes(name) ? { "no-restricted-globals": ["error", ...everywhere, ...ofNode] } : {}

/** A package, folder by folder: how many steps up lead out of it depends on the depth. */
const packageRules = (name, manifest) => {
  const { may, patterns } = packagesFor(name, manifest)
  const message = `${name} may import ${may.join(", ") || "no package"} and itself by relative paths, and no internals`
  return [1, 2, 3, 4].map((depth) => ({
    files: [`packages/${name}/src/${"*/".repeat(depth - 1)}*.ts`],
    rules: {
      "no-restricted-imports": only(message, ...patterns, ...except("./**", "../**"), `${"../".repeat(depth)}**`),
      ...globalsOf(name)
    }
  }))
}

/** Arrows inside core: a module may import its own room and those below, each by the one path that leads there. */
const coreRules = (modules, manifest) => {
  const { patterns } = packagesFor("core", manifest)
  const roomOf = (module) => {
    const room = rules.coreRooms.find(({ modules: own }) => fits(module, own))
    if (room === undefined)
      throw new Error(`core's ${module} belongs to no room: add it in scripts/boundaries/rules.mjs`)
    return room
  }
  const pathTo = (from, to) => {
    const path = posix.relative(posix.dirname(from), to.replace(/\.ts$/, ".js"))
    return path.startsWith(".") ? path : `./${path}`
  }
  return modules.map((module) => {
    const room = roomOf(module)
    const near = modules.filter((other) => roomOf(other) === room || room.below.includes(roomOf(other).name))
    const optional = Object.entries(rules.coreOptional).flatMap(([name, files]) =>
      fits(module, files) ? [] : within(name)
    )
    const platform = fits(module, rules.corePlatformFiles) ? [] : within("@effect/platform")
    const message = `${room.name} of core may look to ${[room.name, ...room.below].join(", ")}; @effect/platform and jose are for few files`
    const paths = except(...near.map((other) => pathTo(module, other)))
    return {
      files: [`packages/core/src/${module}`],
      rules: {
        "no-restricted-imports": only(message, ...patterns, ...paths, ...platform, ...optional),
        ...globalsOf("core")
      }
    }
  })
}

const linesOf = (root, file) => readFileSync(join(root, file), "utf8").trimEnd().split("\n").length

/** A module that may be longer no more is told, or the list would only grow. */
const sizes = (root, longModules) => {
  const long = Object.keys(longModules).filter((file) => existsSync(join(root, file)))
  for (const file of long) {
    if (linesOf(root, file) <= rules.maxLines.src)
      throw new Error(`${file} is listed as long in scripts/boundaries/rules.mjs and is not`)
  }
  const max = (files, lines) => ({ files, rules: { "max-lines": ["error", { max: lines }] } })
  const unlimited = long.length === 0 ? [] : [{ files: long, rules: { "max-lines": "off" } }]
  return [
    max(["packages/*/src/**/*.ts"], rules.maxLines.src),
    max(["packages/*/test/**/*.ts"], rules.maxLines.test),
    ...unlimited
  ]
}

/** The overrides for the packages below `root`. Throws where the plan has no place for something. */
export const overrides = (root, { longModules } = rules) => {
  const names = readdirSync(join(root, "packages")).filter((name) =>
    existsSync(join(root, "packages", name, "package.json"))
  )
  const perPackage = names.flatMap((name) => {
    if (rules.packages[name] === undefined) {
      throw new Error(`unknown package ${name}: say in scripts/boundaries/rules.mjs what it may import`)
    }
    const manifest = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"))
    const prefix = `packages/${name}/src/`
    const modules = filesBelow(root, prefix, [".ts"]).map((file) => file.slice(prefix.length))
    return [...(name === "core" ? coreRules(modules, manifest) : packageRules(name, manifest))]
  })
  return [
    {
      files: ["packages/*/src/**/*.ts"],
      rules: { "import/extensions": ["error", "always", { ignorePackages: true }] }
    },
    ...sizes(root, longModules),
    ...perPackage
  ]
}
