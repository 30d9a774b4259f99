/**
 * What the process that talks to a keyring runs: one question on stdin, one answer on stdout, so that no secret is ever
 * an argument that other users can list. A dot says that it is loaded and asks now; written at once, since what
 * follows may stop the thread for ever. Plain JavaScript in a text, because it must run wherever this package was bundled
 * to; and CommonJS, since Node's loader of ES modules takes longer to start than all the rest of it.
 */
export const PROGRAM = `
const { readFileSync, writeSync } = require("node:fs")
const { module: path, service, account, action, secret } = JSON.parse(readFileSync(0, "utf8"))
const answer = (value) => writeSync(1, JSON.stringify(value))
const ask = (loaded) => {
  writeSync(1, ".")
  if (loaded === undefined) return answer({ refused: "NotInstalled" })
  try {
    const { Entry } = loaded.Entry === undefined ? loaded.default : loaded
    const entry = new Entry(service, account, { linux: { store: "secret-service" } })
    if (action === "get") answer({ value: entry.getPassword() })
    if (action === "set") answer({ value: (entry.setPassword(secret), null) })
    if (action === "delete") answer({ value: (entry.deletePassword(), null) })
  } catch (error) {
    // In the words of D-Bus: "did not receive a reply [...] blocked the reply, the reply timeout expired".
    const said = String(error && error.message)
    const silent = /not receive a reply|timed? ?out/i.test(said)
    answer({ refused: silent ? "TimedOut" : /dismissed|\\blocked\\b/i.test(said) ? "Locked" : "NoKeyring" })
  }
}
let loaded
try {
  loaded = require(path)
} catch {
  // An ES module, on a Node that requires none.
  import(require("node:url").pathToFileURL(path).href).then(ask, () => ask(undefined))
}
if (loaded !== undefined) ask(loaded)
`
