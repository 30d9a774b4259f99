/** The checks of single imports, and of circles among them. */
import * as rules from "./rules.mjs"
import { fits, lineAt, packageOf, target } from "./sources.mjs"

/** Every import of a package's modules: from where, to what, on which line. */
const each = (pkg, judge) =>
  pkg.modules.flatMap((module) =>
    module.imports.flatMap((it) => {
      const problem = judge(module, it.specifier)
      return problem === undefined ? [] : [{ file: module.path, line: it.line, problem }]
    })
  )

const isRelative = (specifier) => specifier.startsWith(".")
const isBuiltIn = (specifier) => specifier.startsWith("node:")

/** Package to package: only the arrows of the plan, only through public doors, never by a path out of the package. */
export const betweenPackages = (pkg) => {
  const allowed = rules.packages[pkg.name]
  if (allowed === undefined) {
    const file = `packages/${pkg.name}/package.json`
    return [{ file, line: 1, problem: `unknown package: say in scripts/boundaries/rules.mjs what it may import` }]
  }
  return each(pkg, (module, specifier) => {
    if (isRelative(specifier)) {
      return target(module.path, specifier).startsWith(`packages/${pkg.name}/src/`)
        ? undefined
        : `"${specifier}" leaves the package: import the other package by its name`
    }
    if (!specifier.startsWith(rules.scope)) return undefined
    const other = packageOf(specifier).slice(rules.scope.length)
    if (other === pkg.name) return `"${specifier}" is this very package: import the module by its relative path`
    if (!allowed.includes(other)) {
      const may = allowed.length === 0 ? "none of our packages" : `only ${allowed.join(", ")}`
      return `${pkg.name} may not import ${other} (it may import ${may})`
    }
    return specifier.includes("/internal/") ? `"${specifier}" is internal to ${other}` : undefined
  })
}

/** Only what the manifest declares is there after an installation. */
export const declaredOnly = (pkg) => {
  const { dependencies, devDependencies, peerDependencies } = pkg.manifest
  const declared = {
    ...dependencies,
    ...peerDependencies,
    ...(rules.bundled.includes(pkg.name) ? devDependencies : {})
  }
  return each(pkg, (_, specifier) => {
    if (isRelative(specifier) || isBuiltIn(specifier) || packageOf(specifier) in declared) return undefined
    return `${packageOf(specifier)} is not a dependency or a peer of ${pkg.name}: declare it in its package.json`
  })
}

export const noBarrels = (pkg) =>
  each(pkg, (_, specifier) =>
    rules.barrels.includes(specifier)
      ? `"${specifier}" is a barrel: import the module, like "${specifier}/…"`
      : undefined
  )

/** Relative imports are written as they are at run time. */
export const withEnding = (pkg) =>
  each(pkg, (_, specifier) =>
    isRelative(specifier) && !specifier.endsWith(".js") ? `"${specifier}" must end in .js` : undefined
  )

/** Nothing of Node where any platform will do. */
export const platformFree = (pkg) => {
  if (!rules.platformFree.includes(pkg.name)) return []
  const globals = pkg.modules.flatMap((module) =>
    [
      ...module.text.matchAll(/^(?!\s*(?:\*|\/\/|\/\*)).*?(?<![\w.$"'`])(Buffer|process|__dirname|require)\s*[.([]/gm)
    ].map((match) => ({
      file: module.path,
      line: lineAt(module.text, match.index),
      problem: `${match[1]} is Node's: ${pkg.name} runs anywhere`
    }))
  )
  return [
    ...each(pkg, (_, specifier) =>
      isBuiltIn(specifier) ? `"${specifier}" is Node's: ${pkg.name} runs anywhere` : undefined
    ),
    ...globals
  ]
}

/** Arrows inside core point down only, and `@effect/platform` is touched in few files. */
export const coreArrows = (pkg) => {
  if (pkg.name !== "core") return []
  const roomOf = (inside) => rules.coreRooms.find((room) => fits(inside, room.modules))
  const homeless = pkg.modules
    .filter((module) => roomOf(module.inside) === undefined)
    .map(({ path }) => ({ file: path, line: 1, problem: "belongs to no room: add it in scripts/boundaries/rules.mjs" }))
  const upwards = each(pkg, (module, specifier) => {
    if (specifier.startsWith("@effect/platform") && !fits(module.inside, rules.corePlatformFiles)) {
      return "may not touch @effect/platform (see corePlatformFiles in scripts/boundaries/rules.mjs)"
    }
    const mayImport = rules.coreOptional[packageOf(specifier)]
    if (mayImport !== undefined && !fits(module.inside, mayImport)) {
      return `"${specifier}" is optional: only ${mayImport.join(", ")} may import it`
    }
    if (!isRelative(specifier)) return undefined
    const from = roomOf(module.inside)
    const to = roomOf(target(module.path, specifier).slice("packages/core/src/".length))
    if (from === undefined || to === undefined || from === to || from.below.includes(to.name)) return undefined
    return `"${specifier}": ${from.name} may not look up to ${to.name} (below it: ${from.below.join(", ") || "nothing"})`
  })
  return [...homeless, ...upwards]
}

/** Circles, type-only imports included. Each is told once, at its first module by name. */
export const circles = (pkg) => {
  const edges = new Map(
    pkg.modules.map(({ imports, path }) => [
      path,
      imports.filter((it) => isRelative(it.specifier)).map((it) => target(path, it.specifier))
    ])
  )
  const found = new Map()
  const done = new Set()
  const visit = (path, trail) => {
    const at = trail.indexOf(path)
    if (at !== -1) {
      const circle = trail.slice(at)
      found.set(circle.toSorted().join(), circle)
    } else if (!done.has(path)) {
      for (const next of edges.get(path) ?? []) visit(next, [...trail, path])
      done.add(path)
    }
  }
  for (const path of edges.keys()) visit(path, [])
  return [...found.values()].map((circle) => {
    const names = [...circle, circle[0]].map((path) => path.split("/src/")[1])
    return { file: circle[0], line: 1, problem: `a circle: ${names.join(" -> ")}` }
  })
}
