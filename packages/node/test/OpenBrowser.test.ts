import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { vi } from "vitest"
import { openBrowser, openers, placesOf } from "../src/internal/loopback/openBrowser.js"
import * as Authority from "./authority.js"

const posix = process.platform !== "win32"

describe("which program opens a page", () => {
  for (const [name, env, platform, expected] of [
    ["a Linux desktop", { DISPLAY: ":0" }, "linux", [["xdg-open"]]],
    ["Wayland", { WAYLAND_DISPLAY: "wayland-0" }, "linux", [["xdg-open"]]],
    ["Linux without a display", {}, "linux", []],
    ["an empty DISPLAY", { DISPLAY: "" }, "linux", []],
    ["SSH, even with a display forwarded", { SSH_CONNECTION: "1.2.3.4 5 6.7.8.9 22", DISPLAY: ":10" }, "linux", []],
    ["SSH to a Mac", { SSH_TTY: "/dev/ttys001" }, "darwin", []],
    ["a Mac", {}, "darwin", [["open"]]],
    ["Windows", {}, "win32", [[String.raw`C:\Windows\System32\rundll32.exe`, "url.dll,FileProtocolHandler"]]],
    [
      "Windows elsewhere",
      { SystemRoot: String.raw`D:\Win` },
      "win32",
      [[String.raw`D:\Win\System32\rundll32.exe`, "url.dll,FileProtocolHandler"]]
    ],
    [
      "Windows whose root is a relative path",
      { SystemRoot: "Win" },
      "win32",
      [[String.raw`C:\Windows\System32\rundll32.exe`, "url.dll,FileProtocolHandler"]]
    ],
    ["WSL", { WSL_DISTRO_NAME: "Debian" }, "linux", [["wslview"], ["explorer.exe"]]],
    ["BROWSER", { BROWSER: "firefox", DISPLAY: ":0" }, "linux", [["firefox"]]],
    [
      "BROWSER over SSH",
      { BROWSER: "/opt/editor/browser.sh", SSH_TTY: "/dev/pts/1" },
      "linux",
      [["/opt/editor/browser.sh"]]
    ],
    ["BROWSER=none", { BROWSER: "none", DISPLAY: ":0" }, "linux", []],
    ["BROWSER that needs a shell", { BROWSER: "firefox %s; rm -rf x", DISPLAY: ":0" }, "linux", [["xdg-open"]]],
    ["BROWSER that is more than a command, and nothing else", { BROWSER: "firefox $(id)" }, "linux", []]
  ] as const) {
    it(name, () => {
      assert.deepStrictEqual(openers(env, platform), expected)
    })
  }
})

describe("where a program is looked for: never in the working directory", () => {
  for (const [name, command, env, platform, expected] of [
    ["a bare name", "firefox", { PATH: "/usr/bin::.:bin:/opt" }, "linux", ["/usr/bin/firefox", "/opt/firefox"]],
    ["a path", "/opt/firefox", { PATH: "/usr/bin" }, "linux", ["/opt/firefox"]],
    ["a path from here on", "./firefox", { PATH: "/usr/bin" }, "linux", []],
    ["no PATH", "open", {}, "darwin", []],
    [
      "a bare name on Windows",
      "firefox",
      { Path: String.raw`C:\a;.;;b;\\server\share` },
      "win32",
      [
        String.raw`C:\a\firefox.exe`,
        String.raw`C:\a\firefox.com`,
        String.raw`\\server\share\firefox.exe`,
        String.raw`\\server\share\firefox.com`
      ]
    ],
    ["a whole name on Windows", "x.exe", { PATH: String.raw`C:\a` }, "win32", [String.raw`C:\a\x.exe`]],
    ["a path of Windows from here on", String.raw`bin\x.exe`, { PATH: String.raw`C:\a` }, "win32", []]
  ] as const) {
    it(name, () => assert.deepStrictEqual(placesOf(command, env, platform), expected))
  }
})

/** A program that writes down its arguments and variables and ends with this code. */
const browser = (exit: number) =>
  Effect.gen(function* () {
    const directory = yield* Authority.directory
    const [program, record] = [Path.join(directory, "browser"), Path.join(directory, "record")]
    const script = `#!/bin/sh\n{ printf '%s\\n' "$#" "$@"; env; } > ${record}.new && mv ${record}.new ${record}\nexit ${exit}\n`
    yield* Effect.promise(() => Fs.writeFile(program, script, { mode: 0o700 }))
    yield* Effect.addFinalizer(() => Effect.sync(() => vi.unstubAllEnvs()))
    vi.stubEnv("BROWSER", program)
    return Effect.promise(() => Fs.readFile(record, "utf8").catch(() => undefined))
  })

// A second passes by the tests' clock, which stands still: how long the shell takes decides nothing.
describe.skipIf(!posix)("opening a page (the stand-in for a browser is a shell script)", () => {
  it.scoped("the address is one argument whatever is in it, and no variable of ours goes along", () =>
    Effect.gen(function* () {
      const record = yield* browser(0)
      vi.stubEnv("MLS_PASSWORD", "canary-password")
      assert.isTrue(yield* openBrowser("https://x.test/device?a=1&b=$(id)'\" c"))
      const [count, address, ...variables] = ((yield* record) ?? "").split("\n")
      assert.strictEqual(count, "1")
      assert.strictEqual(address, "https://x.test/device?a=1&b=$(id)%27%22%20c")
      assert.isTrue(variables.some((line) => line.startsWith("PATH=")))
      assert.notInclude(variables.join("\n"), "canary-password")
    })
  )

  it.scoped("a program of that name in the working directory is not run, also where PATH names it so", () =>
    Effect.gen(function* () {
      const record = yield* browser(0)
      const program = process.env["BROWSER"] ?? ""
      yield* Effect.acquireRelease(
        Effect.sync(() => vi.spyOn(process, "cwd").mockReturnValue(Path.dirname(program))),
        (spy) => Effect.sync(() => spy.mockRestore())
      )
      vi.stubEnv("BROWSER", "browser")
      vi.stubEnv("PATH", `.::${Path.relative("/", Path.dirname(program))}:/usr/bin`)
      assert.isFalse(yield* openBrowser("https://x.test/device"))
      assert.isUndefined(yield* record)
      vi.stubEnv("PATH", `/usr/bin:/bin:${Path.dirname(program)}`)
      assert.isTrue(yield* openBrowser("https://x.test/device"))
      assert.isDefined(yield* record)
    })
  )

  it.scoped("a browser that fails is known to have failed", () =>
    Effect.gen(function* () {
      yield* browser(3)
      assert.isFalse(yield* openBrowser("https://x.test/device"))
    })
  )

  it.scoped("a program that is not there is known to have failed", () =>
    Effect.gen(function* () {
      yield* browser(0)
      vi.stubEnv("BROWSER", "/no/such/browser")
      assert.isFalse(yield* openBrowser("https://x.test/device"))
    })
  )

  for (const address of ["file:///etc/passwd", "javascript:alert(1)", "--new-window", "ms-settings:privacy", ""]) {
    it.scoped(`no web address is never opened: ${JSON.stringify(address)}`, () =>
      Effect.gen(function* () {
        const record = yield* browser(0)
        assert.isFalse(yield* openBrowser(address))
        assert.isUndefined(yield* record)
      })
    )
  }
})
