/**
 * The Chromium inside the development dependency, which is the same on each machine. It is unpacked beside what else is
 * installed, once: several runs that unpack at the same time find it half.
 */
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join, resolve } from "node:path"

/** A browser's program, and what its environment must have besides. */
export interface Executable {
  readonly path: string
  readonly env: { readonly [name: string]: string }
}

/** Throws where it cannot run. */
export const pinned = async (): Promise<Executable> => {
  const machine = `${process.platform} ${process.arch}`
  if (machine !== "linux x64") throw new Error(`it is made for linux x64, and this is ${machine}`)
  const folder = join(home(), "unpacked")
  if (!existsSync(folder)) await unpack(folder)
  const path = join(folder, "chromium")
  // On a machine that never had a browser the libraries and fonts it wants may be missing; the package has them, too.
  const libraries = lacksLibraries(path) ? { LD_LIBRARY_PATH: join(folder, "al2023", "lib") } : {}
  const fonts = existsSync("/etc/fonts") ? {} : { FONTCONFIG_PATH: join(folder, "fonts") }
  return { path, env: { ...libraries, ...fonts } }
}

const lacksLibraries = (path: string): boolean => {
  try {
    return execFileSync("ldd", [path], { encoding: "utf8" }).includes("not found")
  } catch {
    // Nothing that could tell: its start will.
    return false
  }
}

/** A folder for this version, beside what else is installed: nobody else can put a program there. */
const home = (): string => {
  const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium")
  const root = entry.slice(0, entry.lastIndexOf("node_modules"))
  const { version } = JSON.parse(readFileSync(resolve(dirname(entry), "../../package.json"), "utf8")) as {
    readonly version: string
  }
  return join(root, "node_modules", ".cache", `chromium-${version}`)
}

/** The package unpacks into the system's folder for temporary files, and its libraries only at Amazon. */
const unpack = async (folder: string): Promise<void> => {
  const own = join(dirname(folder), `unpacking-${process.pid}`)
  rmSync(own, { recursive: true, force: true })
  mkdirSync(own, { recursive: true })
  const before = { ...process.env }
  Object.assign(process.env, { TMPDIR: own, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs20.x" })
  try {
    const { default: sparticuz } = await import("@sparticuz/chromium")
    await sparticuz.executablePath()
  } finally {
    for (const name of ["TMPDIR", "AWS_EXECUTION_ENV", "LD_LIBRARY_PATH", "FONTCONFIG_PATH"]) delete process.env[name]
    Object.assign(process.env, before)
  }
  try {
    renameSync(own, folder)
  } catch (error) {
    // Another run was quicker.
    rmSync(own, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
}
