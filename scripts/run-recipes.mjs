// Runs the recipes for a shell that the documentation marks as runnable, with the bundled `mls` and a dev server.
import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { bundle } from "../packages/cli/bundle.mjs"
import { pages } from "./commands/markdown.mjs"
import { asKubectl } from "./recipes/kubectl.mjs"
import { adapted, recipesIn } from "./recipes/recipes.mjs"

const root = fileURLToPath(new URL("../", import.meta.url))
const place = mkdtempSync(join(tmpdir(), "recipes-"))
const { password, username } = Accounts.ada

const { entry } = await bundle(join(place, "program"))
mkdirSync(join(place, "bin"))
symlinkSync(entry, join(place, "bin", "mls"))

const scope = await Effect.runPromise(Scope.make())
const { url } = await Effect.runPromise(Scope.extend(DevServer.make(), scope))

/** The server lives in this process, so a recipe must not block it. */
const shell = (script, directory, variables, cwd = directory) => {
  const env = {
    PATH: [join(place, "bin"), process.env.PATH].join(":"),
    HOME: directory,
    MLS_CONFIG_DIR: join(directory, "mls"),
    ...variables
  }
  const child = spawn("bash", ["-uo", "pipefail", "-c", script], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"]
  })
  let said = ""
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (said += bytes))
  return new Promise((resolve) => child.once("close", (code, signal) => resolve({ code: code ?? signal, said })))
}

const signIn = `printf %s "$PASSWORD" | mls login "${url}" --user ${username} --password-stdin`

const run = async ({ code, inClone, secret, signedIn, text }) => {
  const directory = mkdtempSync(join(place, "run-"))
  writeFileSync(join(directory, "rows.json"), JSON.stringify({ hp: 120, wt: 2.8 }))
  if (signedIn) {
    const before = await shell(signIn, directory, { PASSWORD: password })
    if (before.code !== 0) return before
  }
  const variables = secret === undefined ? {} : { [secret]: password }
  const ran = await shell(adapted(code, { url, username }), directory, variables, inClone ? root : directory)
  if (ran.code !== 0 || !code.includes("ExecCredential")) return ran
  const after = await asKubectl(text, directory, shell)
  if (after === undefined) console.log("not run: the kubeconfig, for want of kubectl or openssl")
  return after ?? ran
}

let failed = 0
const recipes = pages(root).flatMap(({ file, text }) => recipesIn(text).map((recipe) => ({ file, text, ...recipe })))
for (const recipe of recipes) {
  const { code, said } = await run(recipe)
  console.log(`${recipe.file}:${recipe.line}  ${code === 0 ? "ran" : `ended with ${code}`}`)
  if (code === 0) continue
  failed++
  console.log(said.replaceAll(/^/gm, "    "))
}
await Effect.runPromise(Scope.close(scope, Exit.void))
rmSync(place, { recursive: true })
console.log(`recipes in the documentation: ${recipes.length - failed} ran, ${failed} failed`)
process.exitCode = failed === 0 && recipes.length > 0 ? 0 : 1
