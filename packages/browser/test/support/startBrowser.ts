/**
 * Once, before the tests: the browser that they share is started, each test has a profile of its own in it.
 *
 * `MLS_TEST_BROWSER` says which: `pinned` (the one inside a development dependency), `installed` (Chrome or Chromium of
 * this machine), `none`, or the path of one. Unless it says so, the first of these that starts; without any, the tests
 * that need a browser are skipped.
 */
import { existsSync } from "node:fs"
import { type BrowserServer, chromium } from "playwright-core"
import type { TestProject } from "vitest/node"
import { type Executable, pinned } from "./PinnedChromium.js"

const INSTALLED = [
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe"
]

/**
 * Beside playwright's own, which keep it from the network and from asking. Not the arguments that `@sparticuz/chromium`
 * proposes: they switch the same-origin policy off and put every page in one process, and both are what these tests are
 * about.
 */
const ARGUMENTS = [
  "--no-sandbox",
  "--no-zygote",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-domain-reliability",
  "--no-pings",
  // Every page is on this machine, whatever proxy its environment names.
  "--no-proxy-server"
]

declare module "vitest" {
  export interface ProvidedContext {
    /** Where the browser is reached, or why there is none. */
    readonly chromium: { readonly endpoint: string } | { readonly missing: string }
  }
}

type Choice = readonly [name: string, find: () => Promise<Executable>]

const at = (path: string): Choice => [path, () => Promise.resolve({ path, env: {} })]

const installed: Choice = [
  "an installed Chrome or Chromium",
  () => {
    const path = INSTALLED.find((each) => existsSync(each))
    return path === undefined ? Promise.reject(new Error("there is none")) : Promise.resolve({ path, env: {} })
  }
]

const choices = (asked: string | undefined): ReadonlyArray<Choice> => {
  const ownOf: Choice = ["the pinned Chromium", pinned]
  if (asked === undefined || asked === "") return [ownOf, installed]
  if (asked === "none") return []
  if (asked === "pinned") return [ownOf]
  return [asked === "installed" ? installed : at(asked)]
}

/** The first line that says something. */
const briefly = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error)
  const lines = text.split("\n").map((line) => line.trim())
  // Playwright puts what the program printed last among what it did itself.
  const printed = lines.find((line) => /error while loading|not found|cannot execute|Permission denied/i.test(line))
  return printed?.replace(/^.*\[err\] /, "") ?? lines.find((line) => line !== "") ?? "no reason given"
}

const launch = async (find: Choice[1]): Promise<BrowserServer> => {
  const { env, path } = await find()
  return chromium.launchServer({
    executablePath: path,
    args: ARGUMENTS,
    env: { ...process.env, LC_ALL: "C.UTF-8", ...env },
    host: "127.0.0.1",
    timeout: 120_000
  })
}

export default async ({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> => {
  const asked = process.env["MLS_TEST_BROWSER"] ?? process.env["CHROME_PATH"]
  const failures: Array<string> = []
  for (const [name, find] of choices(asked)) {
    try {
      const server = await launch(find)
      if (failures.length > 0) process.stderr.write(`browser: ${name}, since ${failures.join("; ")}\n`)
      provide("chromium", { endpoint: server.wsEndpoint() })
      return () => server.close()
    } catch (error) {
      failures.push(`${name} does not start: ${briefly(error)}`)
    }
  }
  // Who asks for one by name wants to know that it was used.
  if (failures.length > 0 && asked !== undefined && asked !== "") throw new Error(failures.join("; "))
  const why = failures.length === 0 ? "MLS_TEST_BROWSER=none" : failures.join("; ")
  provide("chromium", { missing: `no browser: ${why}` })
  return undefined
}
