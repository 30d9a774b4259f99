import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import * as TimeLimit from "../src/internal/http/timeLimit.js"

/** What has passed, in its order, of requests that wait for what their names say. */
const make = () => {
  const watch = new TimeLimit.Watch<string>()
  const passed: Array<string> = []
  const waiting = () => {
    const timer = new TimeLimit.Timer<string>(watch, (what) => {
      timer.end()
      passed.push(what)
    })
    timer.begin()
    return timer
  }
  return { watch, passed, waiting }
}

/** That much later. Node runs its timers, reads its sockets, and then runs what the timers put off. */
const after = async (millis: number): Promise<void> => {
  vi.advanceTimersByTime(millis)
  await new Promise(setImmediate)
}

describe("the time limits of a client's requests", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }))
  afterEach(() => void vi.useRealTimers())

  it("pass each at its own time, whichever began first", async () => {
    const { passed, waiting } = make()
    waiting().start("long", 300)
    waiting().start("short", 20)
    await after(19)
    expect(passed).toEqual([])
    await after(1)
    expect(passed).toEqual(["short"])
    await after(279)
    expect(passed).toEqual(["short"])
    await after(1)
    expect(passed).toEqual(["short", "long"])
  })

  it("have one timer between them, and none where nothing is waited for", async () => {
    const { waiting } = make()
    for (let i = 0; i < 100; i++) waiting().start("headers", 1000 + i)
    expect(vi.getTimerCount()).toBe(1)
    waiting().start("never", 0)
    expect(vi.getTimerCount()).toBe(1)
    await after(2000)
    expect(vi.getTimerCount()).toBe(0)
  })

  it("begin anew with each sign of life, but not what was called off", async () => {
    const { passed, waiting } = make()
    const [alive, off] = [waiting(), waiting()]
    alive.start("body", 100)
    off.start("off", 100)
    await after(99)
    alive.refresh()
    off.clear()
    off.refresh()
    await after(99)
    expect(passed).toEqual([])
    await after(1)
    expect(passed).toEqual(["body"])
  })

  it("let what arrived be read first when the thread was busy, and pass after that", async () => {
    const { passed, waiting } = make()
    waiting().start("headers", 100)
    // The clock goes on and no timer runs: a busy thread, or a machine that slept.
    const late = performance.now() + 1000
    const now = vi.spyOn(performance, "now").mockImplementation(() => late)
    await after(100)
    expect(passed).toEqual([])
    now.mockRestore()
    await after(5000)
    expect(passed).toEqual(["headers"])
  })

  it("let what lies in the socket be read first, also where they are noticed in time", async () => {
    const { passed, waiting } = make()
    const [answered, silent] = [waiting(), waiting()]
    answered.start("answered", 50)
    silent.start("silent", 50)
    vi.advanceTimersByTime(50)
    answered.refresh()
    await new Promise(setImmediate)
    expect(passed).toEqual(["silent"])
    await after(50)
    expect(passed).toEqual(["silent", "answered"])
  })

  it("all end with their client, also of requests that wait for no time", () => {
    const { passed, waiting, watch } = make()
    waiting().start("headers", 100)
    waiting()
    waiting().end()
    watch.close("closed")
    expect(passed).toEqual(["closed", "closed"])
    expect(watch.closed).toBe(true)
  })
})
