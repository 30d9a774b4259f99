/**
 * WebKitGTK by WebDriver, as the tests of stores and tabs use a browser: of what playwright offers, that part. What it lacks is
 * named when it is asked for. Each profile is a browser of its own with a driver of its own, which has one session.
 */
import { spawn } from "node:child_process"
import * as Net from "node:net"
import type { Browser } from "playwright-core"

const DRIVER = "WebKitWebDriver"

type Send = (method: "GET" | "POST" | "DELETE", path: string, body?: object) => Promise<unknown>

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = Net.createServer().on("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as Net.AddressInfo
      server.close(() => resolve(port))
    })
  })

/** How long between looks at what has no signal, in milliseconds. */
const GLANCE = 10
const glance = () => new Promise((resolve) => setTimeout(resolve, GLANCE))

const reached = async (url: string): Promise<void> => {
  for (;;) {
    const answer = await fetch(`${url}/status`).catch(() => undefined)
    if (answer?.ok === true) return
    await glance()
  }
}

/** One driver with its session. */
const session = async (display: string): Promise<{ readonly send: Send; readonly end: () => Promise<void> }> => {
  const port = await freePort()
  const driver = spawn(DRIVER, [`--port=${port}`], { env: { ...process.env, DISPLAY: display }, stdio: "ignore" })
  const failed = new Promise<never>((_, reject) => {
    driver.on("error", reject).on("exit", () => reject(new Error(`${DRIVER} has ended`)))
  })
  // It ends at last, when it is not waited for any more.
  failed.catch(() => undefined)
  const url = `http://127.0.0.1:${port}`
  const send: Send = async (method, path, body) => {
    const answer = await fetch(url + path, { method, ...(method === "POST" && { body: JSON.stringify(body ?? {}) }) })
    const { value } = (await answer.json()) as { readonly value: unknown }
    if (answer.ok) return value
    const { error, message } = value as { readonly error: string; readonly message: string }
    throw new Error(`WebDriver: ${error}: ${message}`)
  }
  await Promise.race([failed, reached(url)])
  const { sessionId } = (await send("POST", "/session", { capabilities: {} })) as { readonly sessionId: string }
  return {
    send: (method, path, body) => send(method, `/session/${sessionId}${path}`, body),
    end: async () => {
      await send("DELETE", `/session/${sessionId}`).finally(() => driver.kill())
    }
  }
}

/** JSON has no `undefined`. */
const NOTHING = "\u0000nothing"

const revived = (value: unknown): unknown => {
  if (value === NOTHING) return undefined
  if (Array.isArray(value)) return value.map(revived)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, revived(each)]))
}

/** What a test calls in the page may go on there while others are asked; its end is looked for. */
const begun = (run: string, argument: unknown, id: number): string => `
  const ends = (globalThis.endsOfTests ??= {})
  const text = (value) => JSON.stringify(value, (_, each) => (each === undefined ? ${JSON.stringify(NOTHING)} : each))
  const value = (${run})(${JSON.stringify(argument) ?? "undefined"})
  if (!(value instanceof Promise)) return { text: text(value) }
  value.then(
    (value) => void (ends[${id}] = { text: text(value) }),
    (error) => void (ends[${id}] = { problem: String(error) })
  )
  return null`

const looked = (id: number): string => `
  const ends = globalThis.endsOfTests
  if (ends === undefined) return { problem: "the page was left" }
  const end = ends[${id}]
  delete ends[${id}]
  return end ?? null`

type End = { readonly text: string } | { readonly problem: string } | null

let calls = 0

/** A tab; one command after the other has the session's attention. */
const pageOf = (handle: string, send: Send, alone: <A>(use: () => Promise<A>) => Promise<A>) => {
  const here = (method: "GET" | "POST" | "DELETE", path: string, body?: object) =>
    alone(async () => {
      await send("POST", "/window", { handle })
      return send(method, path, body)
    })
  const script = (text: string) => here("POST", "/execute/sync", { script: text, args: [] })
  const evaluate = async (run: unknown, argument?: unknown): Promise<unknown> => {
    const id = ++calls
    let end = (await script(begun(String(run), argument, id))) as End
    while (end === null) {
      await glance()
      end = (await script(looked(id))) as End
    }
    if ("problem" in end) throw new Error(end.problem)
    return revived(JSON.parse(end.text))
  }
  return named("page", {
    evaluate,
    waitForFunction: async (run: unknown) => {
      while (!(await evaluate(run))) await glance()
    },
    waitForURL: async (url: RegExp) => {
      while (!url.test(String(await here("GET", "/url")))) await glance()
    },
    goto: (url: string) => here("POST", "/url", { url }),
    reload: () => here("POST", "/refresh"),
    close: () => here("DELETE", "/window"),
    // WebDriver tells of no complaints.
    on: () => undefined
  })
}

const contextOf = async (display: string) => {
  const { end, send } = await session(display)
  let turn: Promise<unknown> = Promise.resolve()
  const alone = <A>(use: () => Promise<A>): Promise<A> => {
    const next = turn.then(use, use)
    turn = next
    return next
  }
  return named("context", {
    setDefaultTimeout: () => undefined,
    // The first window stays, so that the session does.
    newPage: async () => {
      const { handle } = (await alone(() => send("POST", "/window/new", { type: "tab" }))) as {
        readonly handle: string
      }
      return pageOf(handle, send, alone)
    },
    close: () => alone(end)
  })
}

/** Says what it lacks; a promise it is not. */
const named = <A extends object>(what: string, offered: A): A =>
  new Proxy(offered, {
    get: (target, name, receiver) => {
      if (name in target || typeof name === "symbol" || name === "then") return Reflect.get(target, name, receiver)
      throw new Error(`WebKitGTK's driver has no ${what}.${name} here`)
    }
  })

/** Browsers on that display. */
export const browser = (display: string): Browser =>
  named("browser", { newContext: () => contextOf(display), close: () => Promise.resolve() }) as unknown as Browser

/** A display that has no screen, until it is closed. */
export const display = async (): Promise<{
  readonly wsEndpoint: () => string
  readonly close: () => Promise<void>
}> => {
  const screen = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1024x768x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"]
  })
  const number = await new Promise<string>((resolve, reject) => {
    screen.on("error", reject).on("exit", () => reject(new Error("Xvfb has ended")))
    screen.stdio[3]?.on("data", (text: Buffer) => resolve(text.toString().trim()))
  })
  return { wsEndpoint: () => `:${number}`, close: () => Promise.resolve(void screen.kill()) }
}
