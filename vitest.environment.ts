/**
 * What a developer's shell sets must not decide whether a test passes: workers and the programs that tests start get an
 * environment without it. A test about such a variable sets it itself. Imported before any worker starts.
 */
import { mkdirSync, rmSync } from "node:fs"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const DROPPED = [
  // Proxies, certificates and options of Node: NODE_EXTRA_CA_CERTS alone makes each start five times as much work.
  /^(?:https?|all|no|ftp)_proxy$/i,
  /^npm_config_(?:https?_|no)?proxy$/i,
  /^NODE_(?!ENV$|PATH$)/,
  /^SSL_CERT_/,
  // Directories, buses and programs of a desktop; above all no test asks the developer's own keyring.
  /^XDG_/,
  /^DBUS_/,
  /^(?:DISPLAY|WAYLAND_DISPLAY|BROWSER|PAGER|EDITOR|VISUAL)$/,
  // Settings of `mls`; MLS_TEST_… and MLS_MODEL choose how much is tested.
  /^MLS_(?!TEST_|MODEL$)/,
  // How output looks.
  /^(?:NO_COLOR|FORCE_COLOR|CLICOLOR.*|COLORTERM|COLUMNS|LINES|TERM)$/,
  /^(?:LANGUAGE|LC_.*)$/
]

/** A home with nothing in it, so that no test reads or writes the developer's. */
const emptyHome = (): string => {
  const home = join(dirname(fileURLToPath(import.meta.url)), "node_modules", ".cache", `test-home-${process.pid}`)
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home, { recursive: true, mode: 0o700 })
  // The configuration of each project evaluates this module anew, in one process.
  const mark = Symbol.for("mlserver-auth/test-home")
  if (!(mark in process)) process.once("exit", () => rmSync(home, { recursive: true, force: true }))
  Object.assign(process, { [mark]: true })
  return home
}

for (const name of Object.keys(process.env)) if (DROPPED.some((each) => each.test(name))) delete process.env[name]
const home = emptyHome()
Object.assign(process.env, { HOME: home, USERPROFILE: home, LANG: "C.UTF-8" })
// Tests that start `node` mean this one.
process.env["PATH"] = [dirname(process.execPath), process.env["PATH"]].join(delimiter)
