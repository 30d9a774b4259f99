import { assert, describe, it } from "@effect/vitest"
import { IncomingMessage } from "node:http"
import { Socket } from "node:net"
import { ProxyRefused, TransportFailure } from "../src/internal/http/failure.js"
import { type Attempt, ProxyProof } from "../src/internal/http/proxy/proxyProof.js"

const MINUTE = 60_000

const proxy = { origin: "http://proxy:3128", host: "proxy", port: 3128, secure: false, authorization: "Basic x" }

const refusal = () => new ProxyRefused(proxy, Object.assign(new IncomingMessage(new Socket()), { statusCode: 407 }))

/** A proof by a clock that the test sets, and what became of the attempts at it. */
const proving = () => {
  const clock = { now: 0 }
  const proof = new ProxyProof(() => clock.now)
  const told: Array<string> = []
  const attempt = (name: string): Attempt => {
    const made: Attempt = {
      begin: () => void told.push(`${name} begins`),
      refuse: (error) => {
        told.push(`${name}: ${"status" in error ? String(error.status) : error.message}`)
        proof.ended(made, error)
      }
    }
    return made
  }
  const enter = (name: string): Attempt => {
    const made = attempt(name)
    proof.enter(made)
    return made
  }
  return { clock, enter, proof, told, heard: () => told.splice(0) }
}

describe("name and password of a proxy", () => {
  it("one goes first; when it was let through, all go", () => {
    const { enter, heard, proof } = proving()
    const first = enter("a")
    enter("b")
    enter("c")
    assert.deepStrictEqual(heard(), ["a begins"])
    proof.taken()
    proof.ended(first, null)
    enter("d")
    assert.deepStrictEqual(heard(), ["b begins", "c begins", "d begins"])
  })

  it("what is refused is refused to those who wait, and for a quarter of an hour to whoever comes", () => {
    const { clock, enter, heard, proof } = proving()
    const first = enter("a")
    enter("b")
    proof.refused(refusal())
    proof.ended(first, refusal())
    assert.deepStrictEqual(heard(), ["a begins", "b: 407"])
    clock.now = 15 * MINUTE - 1
    enter("c")
    clock.now += 1
    enter("d")
    enter("e")
    assert.deepStrictEqual(heard(), ["c: 407", "d begins"])
  })

  it("one that shows nothing makes way for the next; one that leaves its place is not called", () => {
    const { enter, heard, proof } = proving()
    const first = enter("a")
    const second = enter("b")
    enter("c")
    enter("d")
    proof.ended(second, null)
    proof.ended(first, new Error("ECONNREFUSED"))
    proof.ended(first, null)
    assert.deepStrictEqual(heard(), ["a begins", "c begins"])
  })

  it("those who waited for one whose time ran out do not wait as long again, one by one", () => {
    const { enter, heard, proof } = proving()
    const late = new TransportFailure("MLS_CONNECT_TIMEOUT")
    const first = enter("a")
    enter("b")
    enter("c")
    proof.ended(first, late)
    enter("d")
    assert.deepStrictEqual(heard(), ["a begins", `b: ${late.message}`, `c: ${late.message}`, "d begins"])
  })

  it("a success speaks for a minute: after it one goes first again, since passwords are changed", () => {
    const { clock, enter, heard, proof } = proving()
    proof.ended(enter("a"), (proof.taken(), null))
    clock.now = MINUTE - 1
    enter("b")
    clock.now = MINUTE
    enter("c")
    enter("d")
    assert.deepStrictEqual(heard(), ["a begins", "b begins", "c begins"])
  })

  it("what was taken before and is refused once is tried again soon, and then not", () => {
    const { clock, enter, heard, proof } = proving()
    proof.ended(enter("a"), (proof.taken(), null))
    proof.refused(refusal())
    enter("b")
    clock.now = 30_000
    const again = enter("c")
    proof.refused(refusal())
    proof.ended(again, refusal())
    clock.now = 2 * MINUTE
    enter("d")
    assert.deepStrictEqual(heard(), ["a begins", "b: 407", "c begins", "d: 407"])
  })
})
