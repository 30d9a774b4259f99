/** What axe-core finds on a page. */
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { Page } from "playwright-core"

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8")

interface Violation {
  readonly id: string
  readonly help: string
  readonly nodes: ReadonlyArray<{ readonly html: string }>
}

/** Every violation, whatever its weight, with where it is. */
export const violations = (page: Page): Effect.Effect<ReadonlyArray<string>> =>
  Effect.promise(async () => {
    await load(page)
    const found = await page.evaluate(() => {
      const { axe } = globalThis as unknown as {
        readonly axe: { readonly run: () => Promise<{ readonly violations: ReadonlyArray<Violation> }> }
      }
      return axe.run().then((result) => result.violations)
    })
    return found.flatMap(({ help, id, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`))
  })

/** Past the page's policy, which is about the page's own code: in Firefox, a driver's is not held to it anyway. */
const load = async (page: Page): Promise<void> => {
  if (page.context().browser()?.browserType().name() === "firefox") {
    await page.evaluate(source)
    return
  }
  const devtools = await page.context().newCDPSession(page)
  await devtools.send("Runtime.evaluate", { expression: source })
  await devtools.detach()
}
