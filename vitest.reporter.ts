/**
 * Quiet when green: a line for each package, what was skipped by name, and the total. When red: the failures first, and
 * the command that runs each file of them alone.
 */
import type { TestModule, TestSpecification } from "vitest/node"
import { DefaultReporter } from "vitest/reporters"
import { TOGETHER } from "./vitest.shared.js"

interface Counts {
  passed: number
  failed: number
  skipped: number
}

const countsOf = (modules: ReadonlyArray<TestModule>): Counts => {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state !== "pending") counts[state]++
    }
  }
  return counts
}

/** The project by which a file is run alone: where packages run together, that of its package. */
const partOf = ({ moduleId, project }: Pick<TestSpecification, "moduleId" | "project">): string =>
  (project.name === TOGETHER ? /\/packages\/([^/]+)\/test\//.exec(moduleId)?.[1] : undefined) ?? project.name

const hasFailed = (module: TestModule): boolean => module.state() === "failed"

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

const sumOf = (modules: ReadonlyArray<TestModule>): string => {
  const { failed, passed, skipped } = countsOf(modules)
  return `${passed} passed, ${failed} failed, ${skipped} skipped in ${plural(modules.length, "file")}`
}

/** What a module left out: whole groups by their names, single tests by theirs, with the reason where one was given. */
const skippedIn = (module: TestModule): ReadonlyArray<string> => {
  const found = new Map<string, number>()
  for (const test of module.children.allTests("skipped")) {
    const result = test.result()
    const note = result.state === "skipped" ? result.note : undefined
    const group = test.parent.type === "suite" && [...test.parent.children.allTests()].every(isSkipped)
    const name = note ?? (group ? test.parent.fullName : test.fullName)
    found.set(name, (found.get(name) ?? 0) + 1)
  }
  return Array.from(found, ([name, count]) => `${name} (${plural(count, "test")})`)
}

const isSkipped = (test: { readonly result: () => { readonly state: string } }): boolean =>
  test.result().state === "skipped"

const skippedOf = (modules: ReadonlyArray<TestModule>): ReadonlyMap<string, ReadonlyArray<string>> => {
  const byProject = new Map<string, ReadonlyArray<string>>()
  for (const module of modules) {
    const name = partOf(module)
    const lines = [...(byProject.get(name) ?? []), ...skippedIn(module)]
    if (lines.length > 0) byProject.set(name, lines)
  }
  return byProject
}

/** What failed in a module, and the beginning of why: the last lines of a long log are what people look at first. */
const failuresIn = (module: TestModule): ReadonlyArray<string> =>
  [module, ...module.children.allSuites(), ...module.children.allTests("failed")].flatMap((each) => {
    const errors = each.type === "test" ? (each.result().errors ?? []) : each.errors()
    const name = each.type === "module" ? "the file itself" : each.fullName
    return errors.map(({ message }) => `${name}: ${briefly(message)}`)
  })

const briefly = (message: string): string => {
  const lines = message.split("\n").slice(0, 4)
  return lines.map((line) => (line.length > 400 ? `${line.slice(0, 400)}…` : line)).join("\n      ")
}

export default class QuietReporter extends DefaultReporter {
  readonly #open = new Map<string, number>()
  readonly #ended = new Map<string, Array<TestModule>>()
  #began = performance.now()

  override onTestRunStart(specifications: ReadonlyArray<TestSpecification>): void {
    super.onTestRunStart(specifications)
    this.#began = performance.now()
    this.#open.clear()
    this.#ended.clear()
    for (const name of specifications.map(partOf)) this.#open.set(name, (this.#open.get(name) ?? 0) + 1)
  }

  override onTestModuleEnd(module: TestModule): void {
    super.onTestModuleEnd(module)
    const name = partOf(module)
    const ended = [...(this.#ended.get(name) ?? []), module]
    this.#ended.set(name, ended)
    const open = (this.#open.get(name) ?? 0) - 1
    this.#open.set(name, open)
    if (open === 0) this.#printProject(name, ended)
  }

  /** A failure is told at once, in short; the whole of it comes at the end. */
  protected override printTestModule(module: TestModule): void {
    if (hasFailed(module)) super.printTestModule(module)
  }

  /** After the failures, which the caller prints first. */
  override reportTestSummary(): void {
    const modules = this.ctx.state.getTestModules()
    for (const [project, lines] of skippedOf(modules)) {
      this.log(`  skipped in ${project}:`)
      for (const line of lines) this.log(`    ${line}`)
    }
    const red = modules.filter(hasFailed)
    if (red.length > 0) this.log("One file alone:")
    for (const module of red) {
      this.log(`  npx vitest run --project ${partOf(module)} ${this.relative(module.moduleId)}`)
      for (const line of failuresIn(module)) this.log(`    ${line}`)
    }
    this.log(`${sumOf(modules)}, ${this.#took()}`)
  }

  #took(): string {
    return `${((performance.now() - this.#began) / 1000).toFixed(1)} s`
  }

  #printProject(name: string, modules: ReadonlyArray<TestModule>): void {
    this.log(`${modules.some(hasFailed) ? "✗" : "✓"} ${name.padEnd(12)} ${sumOf(modules)}, after ${this.#took()}`)
  }
}
