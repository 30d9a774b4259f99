import { assert, describe, it } from "@effect/vitest"
import * as UserDirectories from "../src/UserDirectories.js"

const HOME = String.raw`C:\Users\ada`

const on = (
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string>>,
  home: string | undefined
): UserDirectories.User => ({ platform, env, listed: () => home })

const all = (user: UserDirectories.User) => [UserDirectories.state(user, "x"), UserDirectories.config(user, "x")]

describe("the directories of a user of Windows", () => {
  it("are those that the system names", () => {
    const env = { USERPROFILE: HOME, LOCALAPPDATA: String.raw`D:\Local`, APPDATA: String.raw`\\server\ada\Roaming` }
    assert.deepStrictEqual(all(on("win32", env, undefined)), [
      String.raw`D:\Local\x\state`,
      String.raw`\\server\ada\Roaming\x`
    ])
    assert.strictEqual(
      UserDirectories.formerConfig(on("win32", env, undefined), "x"),
      String.raw`C:\Users\ada\.config\x`
    )
  })

  for (const odd of ["", "Local", String.raw`.\Local`, String.raw`\Local`, "C:Local", "/Local", "~"]) {
    it(`are below the home where a variable says ${JSON.stringify(odd)}`, () => {
      const expected = [String.raw`C:\Users\ada\AppData\Local\x\state`, String.raw`C:\Users\ada\AppData\Roaming\x`]
      assert.deepStrictEqual(
        all(on("win32", { USERPROFILE: HOME, LOCALAPPDATA: odd, APPDATA: odd }, undefined)),
        expected
      )
      assert.deepStrictEqual(all(on("win32", { USERPROFILE: odd, LOCALAPPDATA: odd }, HOME)), expected)
      assert.deepStrictEqual(all(on("win32", { USERPROFILE: odd, LOCALAPPDATA: odd }, odd)), [undefined, undefined])
    })
  }

  it("are what XDG names where it does", () => {
    const env = { USERPROFILE: HOME, XDG_STATE_HOME: "D:/s", XDG_CONFIG_HOME: String.raw`D:\c` }
    assert.deepStrictEqual(all(on("win32", env, undefined)), [String.raw`D:\s\x`, String.raw`D:\c\x`])
  })
})

it("the directories of a user of macOS and Linux", () => {
  assert.deepStrictEqual(all(on("darwin", { HOME: "/Users/ada" }, undefined)), [
    "/Users/ada/Library/Application Support/x",
    "/Users/ada/.config/x"
  ])
  assert.deepStrictEqual(all(on("linux", { HOME: "/home/ada" }, undefined)), [
    "/home/ada/.local/state/x",
    "/home/ada/.config/x"
  ])
})
