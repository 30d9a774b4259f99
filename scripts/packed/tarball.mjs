/** What must not be in a tarball, and what must be. */
import { readFileSync, readdirSync } from "node:fs"
import { dirname, join, normalize } from "node:path"

const unwanted = [
  [/(^|\/)(test|tests|__tests__)\/|\.(test|spec)\.[cm]?[jt]sx?$/, "a test"],
  [/\.tsbuildinfo/, "a compiler's notes"],
  [/(^|\/)\.(npmrc|env)|\.(pem|key|p12|pfx|jks)$|(^|\/)(id_rsa|credentials|tokens?)(\.json)?$/, "looks like a secret"],
  [/(^|\/)(\.DS_Store|node_modules|coverage)(\/|$)/, "litter"]
]

const secrets = [
  // The line alone is in every program that reads keys; a key is what follows it.
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----(\s|\\[rn])*(\S+: \S+(\s|\\[rn])+)*[\w+/=]{16}/, "a private key"],
  [/\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/, "a JSON web token"],
  [/\b(npm_[A-Za-z0-9]{36}|gh[pousr]_[A-Za-z0-9]{36})\b/, "an access token"]
]

/** Everything wrong with an unpacked tarball; `machine` is a path of this machine that must not show. */
export const problemsIn = (folder, machine) => {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1))
  const has = new Set(files)
  const missing = ["README.md", "LICENSE"].filter((file) => !has.has(file)).map((file) => `${file} is missing`)
  return missing.concat(
    files.flatMap((file) => {
      const text = readFileSync(join(folder, file), "utf8")
      return [
        ...unwanted.filter(([pattern]) => pattern.test(file)).map(([, what]) => `${file}: ${what}`),
        ...secrets.filter(([pattern]) => pattern.test(text)).map(([, what]) => `${file}: holds ${what}`),
        ...(text.includes(machine) ? [`${file}: names a path of this machine`] : []),
        ...mapsToNowhere(file, text, has)
      ]
    })
  )
}

/** What in a manifest would make publishing fail, or an installation come to packages that do not fit. */
export const manifestProblems = (manifest, directory, version) => [
  ...(manifest.version === version ? [] : [`version ${manifest.version}, the others have ${version}`]),
  ...Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies })
    .filter(([name, range]) => name.startsWith("@mlserver-auth/") && range !== version)
    .map(([name, range]) => `wants ${name} ${range}, not ${version}`),
  // Provenance is refused where this is not the repository that builds.
  ...(manifest.repository?.directory === directory ? [] : [`repository.directory is not ${directory}`]),
  ...(manifest.publishConfig?.access === "public" && manifest.publishConfig.provenance === true
    ? []
    : ["publishConfig is not public with provenance"])
]

/** A map that is announced must be there, and so must the sources that it names without holding them. */
const mapsToNowhere = (file, text, has) => {
  const beside = (name) => normalize(join(dirname(file), name))
  const announced = /\.(js|d\.ts)$/.test(file)
    ? /^\/\/# sourceMappingURL=(?!data:)(\S+)\s*$/m.exec(text)?.[1]
    : undefined
  if (announced !== undefined && !has.has(beside(announced))) return [`${file}: its map ${announced} is missing`]
  if (!file.endsWith(".map")) return []
  const { sourceRoot = "", sources, sourcesContent = [] } = JSON.parse(text)
  return sources
    .filter((source, at) => typeof sourcesContent[at] !== "string" && !has.has(beside(join(sourceRoot, source))))
    .map((source) => `${file}: maps to ${source}, which is not in the package`)
}
