/**
 * Every error that the library and `mls` can end with, asked of the code itself: an instance of each is made, and what
 * it says is what is told here. Reads what `tsc -b` has built; reasons come from the schemas, so that a new one is here by itself.
 */
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as AuthError from "@mlserver-auth/core/AuthError"
import * as EntraAdvice from "@mlserver-auth/core/EntraAdvice"
import * as Credential from "@mlserver-auth/core/Credential"
import * as ServerEndpoint from "@mlserver-auth/core/ServerEndpoint"
import * as Cause from "effect/Cause"
import * as Either from "effect/Either"
import { readdirSync, readFileSync } from "node:fs"
import { docOf, exportsOf } from "../docs/docComments.mjs"

const builtCli = new URL("../../packages/cli/dist/tsc/", import.meta.url)
/** A module of the program, as `tsc -b` has built it. */
export const fromCli = (name) => import(new URL(name, builtCli).href)
export const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")

/** Stands for an address. */
const SERVER = "SERVER"

/** A value for each field that is no choice among words; what is not here is left out, or the catalogue cannot be made. */
const SAMPLES = {
  server: SERVER,
  operation: "renewal",
  detail: "",
  setting: "SETTING",
  problem: "what is wrong",
  fix: "What to do.",
  method: "GET",
  url: `${SERVER}/services`,
  challenge: "",
  status: 200,
  retryable: false
}

/** What tells the cases of an error apart, if not `reason`; and cases that no single field tells. */
const CASES = {
  ConfigurationInvalid: () => {
    const refused = (either) => Either.getOrThrow(Either.flip(either))
    const of = (username, password) => Credential.validate(Credential.usernamePassword({ username, password }))
    return [
      ...[
        "mlserver",
        "ftp://mlserver.example.com",
        "http://mlserver.example.com",
        "https://ada@mlserver.example.com"
      ].map((url) => ServerEndpoint.make(url)),
      of("", "…"),
      of("ada", ""),
      Credential.validate(Credential.accessToken("Bearer eyJ"))
    ].map((either) => ({ error: refused(either), when: refused(either).setting }))
  },
  ServerUnavailable: (make) => [
    { error: make({ reason: "Transport", code: "ECONNREFUSED" }), when: "Transport" },
    { error: make({ reason: "Transport", code: "SELF_SIGNED_CERT_IN_CHAIN" }), when: "Transport" },
    { error: make({ reason: "Timeout" }), when: "Timeout" },
    { error: make({ reason: "Status", status: 503, retryAfter: 30_000 }), when: "Status" }
  ],
  RenewalUncertain: (make, reasons) =>
    reasons.map((reason) => ({
      error: make({
        reason,
        ...(reason === "Transport" ? { code: "ECONNRESET" } : reason === "Status" ? { status: 502 } : {})
      }),
      when: reason
    })),
  InvalidResponse: (make) => [
    { error: make({ problem: "the body is HTML, not JSON" }), when: "the server" },
    { error: make({ problem: "the body is HTML, not JSON", from: "authority" }), when: "the authority" }
  ],
  StoreUnavailable: (make) =>
    AuthError.StoreUnavailable.fields.operation.literals.map((operation) => ({
      error: make({
        operation,
        ...(operation === "lock" ? { reason: "Held", retryable: true } : { retryable: false })
      }),
      when: operation
    }))
}

const isErrorClass = (value) => typeof value === "function" && typeof value._tag === "string" && "fields" in value

/** A function that makes instances of an error, with samples for what is not said. */
export const maker = (Class) => (known) => {
  const required = Object.entries(Class.fields).filter(
    ([name, field]) => name !== "_tag" && !(name in known) && field.ast?._tag !== "PropertySignatureDeclaration"
  )
  const missing = required.filter(([name]) => !(name in SAMPLES)).map(([name]) => name)
  if (missing.length > 0) throw new Error(`${Class._tag}: no sample for ${missing.join(", ")}`)
  return new Class({ ...Object.fromEntries(required.map(([name]) => [name, SAMPLES[name]])), ...known })
}

/** What Azure alone refuses for has its words beside the number: those of the first one. */
const azureSays = (reason) => {
  const found = EntraAdvice.table.find((each) => each.reason === reason && each.setting === undefined)
  if (found === undefined || ["InvalidCredentials", "MultiFactorRequired", "Refused"].includes(reason)) return {}
  const { code, fix, remedy, says } = found
  return { diagnosis: { error: "", codes: [code], says, fix, ...(remedy === undefined ? {} : { remedy }) } }
}

const casesOf = (Class) => {
  const make = maker(Class)
  const reasons = Class.fields.reason?.literals ?? []
  const own = CASES[Class._tag]
  if (own !== undefined) return own(make, reasons)
  if (reasons.length === 0) throw new Error(`${Class._tag}: it has no reasons; say what its cases are`)
  return reasons.map((reason) => ({
    error: make({ reason, ...("diagnosis" in Class.fields ? azureSays(reason) : {}) }),
    when: reason
  }))
}

/** The sources that declare the errors of the library, in the order of the page. */
export const sources = () =>
  ["settings", "signIn", "exchange", "store"]
    .map((name) => read(`packages/core/src/internal/errors/${name}.ts`))
    .join("\n")

/** The errors of the library. `when` is the reason, or what else tells the cases apart. */
export const ofLibrary = async () => {
  const { exitOf, fixOf } = await fromCli("cli/advice.js")
  const source = sources()
  const exported = new Map(Object.entries(AuthError))
  return exportsOf(source)
    .map(({ name }) => exported.get(name))
    .filter(isErrorClass)
    .map((Class) => ({
      tag: Class._tag,
      doc: docOf(source, Class._tag),
      cases: casesOf(Class).map(({ error, when }) => {
        if (!AuthError.isAuthError(error)) throw new Error(`${Class._tag}: isAuthError does not know it`)
        const { fix, retryable } = error
        return { when, says: AuthError.headlineOf(error), fix, retryable, exit: exitOf(error), advice: fixOf(error) }
      })
    }))
}

/** What the program's own errors are made with. */
const OWN_SAMPLES = {
  ChecksFailed: { exit: 7, failed: ["tcp", "server"] },
  ApiRefused: { method: "GET", url: `${SERVER}/services/none`, server: SERVER, status: 404 },
  ListenError: { reason: "PortInUse", host: "127.0.0.1", port: 12_800 },
  OutputFailed: { code: "ENOSPC" },
  ProfileUnknown: { by: "--profile", profiles: ["contoso", "lab"] },
  ServerUnknown: {},
  ServiceFailed: { reason: "Failed", server: SERVER },
  TokenRefused: { server: SERVER },
  TokenUnverified: { server: SERVER, reason: "SignatureInvalid", says: "what is wrong" },
  UsageError: { message: "What is wrong with the command line", fix: ["what to type instead"] }
}

/** Ends a command without being told: whoever read stdout has left. */
const UNTOLD = ["ReaderGone"]

/** The classes of errors that modules of the program export, by tag. */
const ownClasses = async () => {
  const files = readdirSync(builtCli, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js"))
  const declaring = files.filter((file) => /TaggedError\(/.test(readFileSync(new URL(file, builtCli), "utf8")))
  const modules = await Promise.all(declaring.map(fromCli))
  const { DevServer } = await import("@mlserver-auth/dev-server")
  const exported = modules.flatMap((module) => Object.entries(module)).concat([["ListenError", DevServer.ListenError]])
  const isError = ([name, value]) =>
    typeof value === "function" && value.prototype instanceof Error && !UNTOLD.includes(name)
  return exported.filter(isError).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** The errors that only `mls` has. */
export const ofProgram = async () => {
  const { fromCause, fromFailure } = await fromCli("cli/problem.js")
  const { listenFailed } = await fromCli("commands/devServer.js")
  const own = (await ownClasses()).map(([tag, Class]) => {
    if (!(tag in OWN_SAMPLES)) throw new Error(`${tag}: say in OWN_SAMPLES what it is made with`)
    const error = new Class(OWN_SAMPLES[tag])
    const problem = fromFailure(tag === "ListenError" ? listenFailed(error) : error)
    // Told beside each check, in the answer, and not once more after it.
    return tag === "ChecksFailed" ? { ...problem, fix: ["What the report says of each failed check"] } : problem
  })
  const request = HttpClientRequest.get(`${SERVER}/services`)
  const unsendable = new HttpClientError.RequestError({ request, reason: "InvalidUrl" })
  return [...own, fromFailure(unsendable), fromCause(Cause.die(new TypeError()))]
}

/** What the exit codes mean, several of which are one. */
export const exitCodes = async () => {
  const { meanings } = await fromCli("cli/help/exitCodes.js")
  const sentence = (text) => `${text.replace(/^(?!mls )./, (letter) => letter.toUpperCase())}.`
  return meanings.map(({ codes, meaning }) => ({ codes, means: sentence(meaning) }))
}
