import { assert, describe, it } from "@effect/vitest"
import * as ReaderShell from "../src/text/shellQuote.js"

const OWN = {
  USERPROFILE: String.raw`C:\Users\ada`,
  PSModulePath: String.raw`C:\Users\ada\OneDrive\Dokumente\PowerShell\Modules;C:\Program Files\PowerShell\Modules`
}
const SYSTEMS = { ...OWN, PSModulePath: String.raw`C:\Program Files\WindowsPowerShell\Modules;C:\Windows\x\Modules` }

describe("the shell that its reader types at", () => {
  for (const [name, platform, env, expected] of [
    ["Linux", "linux", OWN, "sh"],
    ["macOS", "darwin", {}, "sh"],
    ["cmd", "win32", SYSTEMS, "cmd"],
    ["PowerShell", "win32", OWN, "pwsh"],
    ["Git Bash", "win32", { ...OWN, MSYSTEM: "MINGW64" }, "sh"],
    ["Windows that says nothing", "win32", {}, "cmd"]
  ] as const) {
    it(name, () => assert.strictEqual(ReaderShell.detect(platform, env), expected))
  }
})

describe("advice in the words of a shell", () => {
  const PATH = String.raw`C:\Users\Ada's & co\mls`
  const said = (shell: ReaderShell.ReaderShell) => [
    ReaderShell.removal(PATH, shell),
    ReaderShell.opened(String.raw`C:\a`, "600", shell),
    ReaderShell.killing(284, shell),
    ReaderShell.withoutProxy("HTTPS_PROXY", "mls.test", shell),
    ReaderShell.piped("mls login", shell),
    ReaderShell.fromFile("MLS_PASSWORD", shell)
  ]

  it("cmd", () =>
    assert.deepStrictEqual(said("cmd"), [
      String.raw`del "C:\Users\Ada's & co\mls"`,
      String.raw`icacls C:\a /grant "%USERNAME%:F"`,
      "taskkill /PID 284 /F",
      "set HTTPS_PROXY=, or: set NO_PROXY=%NO_PROXY%,mls.test",
      "echo %PASSWORD%| mls login",
      "set /p MLS_PASSWORD=<FILE"
    ]))

  it("PowerShell", () =>
    assert.deepStrictEqual(said("pwsh"), [
      String.raw`Remove-Item 'C:\Users\Ada''s & co\mls'`,
      String.raw`icacls C:\a /grant "$($env:USERNAME):F"`,
      "taskkill /PID 284 /F",
      'Remove-Item Env:HTTPS_PROXY, or: $env:NO_PROXY += ",mls.test"',
      "$env:PASSWORD | mls login",
      "$env:MLS_PASSWORD = Get-Content FILE"
    ]))

  it("sh", () =>
    assert.deepStrictEqual(said("sh"), [
      String.raw`rm 'C:\Users\Ada'\''s & co\mls'`,
      String.raw`chmod 600 'C:\a'`,
      "kill 284",
      'unset HTTPS_PROXY, or: export NO_PROXY="$NO_PROXY,mls.test"',
      'printf %s "$PASSWORD" | mls login',
      'export MLS_PASSWORD="$(cat FILE)"'
    ]))
})

describe("advice for a system", () => {
  it("names what ends the input, converts a text and sets a clock there", () => {
    assert.strictEqual(ReaderShell.endOfInput("win32"), "Ctrl-Z and Enter")
    assert.strictEqual(ReaderShell.endOfInput("darwin"), "Ctrl-D")
    assert.notInclude(ReaderShell.converted("win32"), "iconv")
    assert.include(ReaderShell.clockSet("win32"), "w32tm")
    assert.include(ReaderShell.clockSet("linux"), "timedatectl")
    assert.notInclude(ReaderShell.clockSet("darwin"), "timedatectl")
  })

  it("knows the blank that echo of cmd sends, on Windows alone", () => {
    assert.isTrue(ReaderShell.isOfEcho("secret \r\n", "win32"))
    assert.isFalse(ReaderShell.isOfEcho("secret\r\n", "win32"))
    assert.isFalse(ReaderShell.isOfEcho("secret \n", "win32"))
    assert.isFalse(ReaderShell.isOfEcho("secret \r\n", "linux"))
  })
})
