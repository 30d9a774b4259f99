/**
 * Once, before the tests: the browser that they share is started, each test has a profile of its own in it.
 *
 * `MLS_TEST_BROWSER` says which: `pinned` (the one inside a development dependency), `installed` (Chrome or Chromium of
 * this machine), `firefox` (as Mozilla or a distribution builds it, driven by WebDriver BiDi), `webkit` (WebKitGTK by WebDriver,
 * on a display of Xvfb: for the tests of stores and tabs), `none`, or the path of a Chromium. Unless it says so, the first Chromium that starts; without any, the tests that need a browser are skipped.
 *
 * A driver switches off much of what people's browsers do. With `MLS_TEST_PROFILE=people` an installed Chromium keeps that:
 * storage is partitioned, pages rest in the back/forward cache, windows that nobody asked for are blocked, timers of hidden
 * pages slow. `Profile.people.test.ts` looks whether it does.
 */
import { existsSync } from "node:fs"
import { type BrowserServer, chromium, firefox } from "playwright-core"
import type { TestProject } from "vitest/node"
import { type Executable, pinned } from "./PinnedChromium.js"
import * as WebKit from "./WebKit.js"

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

/** What playwright switches off and people have on; a window is blocked unless a click opens it. */
const PEOPLE = [
  "--disable-back-forward-cache",
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
  "--disable-popup-blocking"
]

/**
 * In the place of playwright's own, since the last one counts: the features that it switches off, but for
 * `ThirdPartyStoragePartitioning` and `RenderDocument`, which people have.
 */
const NOT_PEOPLE =
  "--disable-features=AcceptCHFrame,AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,DialMediaRouteProvider,GlobalMediaControls,HttpsUpgrades,LensOverlay,MediaRouter,PaintHolding,Translate,AutoDeElevate,OptimizationHints"

/** Whether the browser is to be as people have it. */
const isPeople = process.env["MLS_TEST_PROFILE"] === "people"

const FIREFOX = [
  "/usr/bin/firefox-esr",
  "/usr/bin/firefox",
  "/snap/bin/firefox",
  "/Applications/Firefox.app/Contents/MacOS/firefox"
]

/** What runs pages. */
export type Engine = "chromium" | "firefox" | "webkit"

declare module "vitest" {
  export interface ProvidedContext {
    /** Where the browser is reached, or why there is none. */
    readonly chromium:
      | { readonly endpoint: string; readonly engine: Engine; readonly people: boolean }
      | { readonly missing: string }
  }
}

type Choice = readonly [name: string, find: () => Promise<Executable>, engine: Engine]

const at = (path: string): Choice => [path, () => Promise.resolve({ path, env: {} }), "chromium"]

const firstOf = (paths: ReadonlyArray<string>) => () => {
  const path = paths.find((each) => existsSync(each))
  return path === undefined ? Promise.reject(new Error("there is none")) : Promise.resolve({ path, env: {} })
}

const installed: Choice = ["an installed Chrome or Chromium", firstOf(INSTALLED), "chromium"]

const choices = (asked: string | undefined): ReadonlyArray<Choice> => {
  const ownOf: Choice = ["the pinned Chromium", pinned, "chromium"]
  // The pinned one is a shell, which lacks most of what people have.
  if (asked === undefined || asked === "") return isPeople ? [installed] : [ownOf, installed]
  if (asked === "none") return []
  if (asked === "pinned") return [ownOf]
  if (asked === "firefox") return [["an installed Firefox", firstOf(FIREFOX), "firefox"]]
  if (asked === "webkit") return [["WebKitGTK", firstOf(["/usr/bin/WebKitWebDriver"]), "webkit"]]
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

const launch = async (find: Choice[1], engine: Engine): Promise<Pick<BrowserServer, "wsEndpoint" | "close">> => {
  const { env, path } = await find()
  if (engine === "webkit") return WebKit.display()
  const common = {
    executablePath: path,
    env: { ...process.env, LC_ALL: "C.UTF-8", ...env },
    host: "127.0.0.1",
    timeout: 120_000
  }
  if (engine === "firefox") return firefox.launchServer({ ...common, channel: "moz-firefox" })
  if (!isPeople) return chromium.launchServer({ ...common, args: ARGUMENTS })
  return chromium.launchServer({ ...common, args: [...ARGUMENTS, NOT_PEOPLE], ignoreDefaultArgs: PEOPLE })
}

export default async ({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> => {
  const asked = process.env["MLS_TEST_BROWSER"] ?? process.env["CHROME_PATH"]
  const failures: Array<string> = []
  for (const [name, find, engine] of choices(asked)) {
    try {
      const server = await launch(find, engine)
      if (failures.length > 0) process.stderr.write(`browser: ${name}, since ${failures.join("; ")}\n`)
      provide("chromium", { endpoint: server.wsEndpoint(), engine, people: isPeople && engine === "chromium" })
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
