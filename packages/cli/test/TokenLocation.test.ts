import { assert, describe, it } from "@effect/vitest"
import * as TokenLocation from "../src/config/tokenLocation.js"

describe("tokens in clear", () => {
  const place = { protection: "file", directory: "/state", keyFile: undefined } as const

  it("are said to be readable by their owner only where modes say so", () => {
    assert.include(TokenLocation.words(place, "linux"), "readable by you only")
    assert.include(TokenLocation.words(place, "darwin"), "readable by you only")
  })

  it("are promised nothing on Windows, where modes mean nothing", () => {
    const told = TokenLocation.words(place, "win32")
    assert.notInclude(told, "you only")
    assert.include(told, "users who may read that directory")
  })
})
