/**
 * The tests of the transport, with the transport as the program has it: bundled, with all it needs, by the same settings.
 * What a bundle leaves out or puts in another order shows here and not in the sources.
 *
 * `npx vitest run --config packages/cli/vitest.transport.config.ts`
 */
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { mergeConfig } from "vitest/config"
import { project } from "../../vitest.shared.js"
import Reporter from "../../vitest.reporter.js"

interface Bundler {
  readonly adapters: (directory: string) => Promise<string>
}

const directory = Fs.mkdtempSync(Path.join(Os.tmpdir(), "mls-transport-"))
process.once("exit", () => Fs.rmSync(directory, { recursive: true, force: true }))

const { adapters } = (await import(new URL("bundle.mjs", import.meta.url).href)) as Bundler

export default mergeConfig(project("transport", { include: ["test/NodeHttp.*.test.ts"] }), {
  root: Path.join(import.meta.dirname, "../node"),
  resolve: { alias: [{ find: /^@mlserver-auth\/node$/, replacement: await adapters(directory) }] },
  test: {
    reporters: [new Reporter()],
    silent: "passed-only",
    // Whether anybody watches is seen by Effect's own tracer, of which a bundle has another than the tests.
    testNamePattern: /^(?!.*nobody watches: no header)/
  }
})
