/** What is published on the server, and how to call it. */
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { AuthHttpClient } from "@mlserver-auth/core"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Connection } from "./connection.js"
import { byId, copyOf, element, within } from "./dom.js"
import * as Problem from "./problem.js"

const Parameter = Schema.Struct({ name: Schema.String, type: Schema.String })

const Service = Schema.Struct({
  name: Schema.String,
  version: Schema.String,
  versionPublishedBy: Schema.String,
  description: Schema.String,
  inputParameterDefinitions: Schema.Array(Parameter)
})
type Service = typeof Service.Type

const Outcome = Schema.Struct({
  success: Schema.Boolean,
  errorMessage: Schema.String,
  outputParameters: Schema.Record({ key: Schema.String, value: Schema.Unknown })
})

/** The server answered, and not with what was asked for. */
class Answered extends Data.TaggedError("Answered")<{ readonly status: number }> {
  get reason(): string {
    return String(this.status)
  }
  override get message(): string {
    return `the server answered ${this.status}`
  }
}

const good = (response: HttpClientResponse.HttpClientResponse) =>
  response.status === 200 ? Effect.succeed(response) : Effect.fail(new Answered({ status: response.status }))

const list = Effect.flatMap(AuthHttpClient.AuthHttpClient, (http) =>
  http
    .get("/services")
    .pipe(Effect.flatMap(good), Effect.flatMap(HttpClientResponse.schemaBodyJson(Schema.Array(Service))))
)

const consume = ({ name, version }: Service, inputs: Readonly<Record<string, number>>) =>
  Effect.flatMap(AuthHttpClient.AuthHttpClient, (http) =>
    http
      .post(`/api/${encodeURIComponent(name)}/${encodeURIComponent(version)}`, { body: HttpBody.unsafeJson(inputs) })
      .pipe(Effect.flatMap(good), Effect.flatMap(HttpClientResponse.schemaBodyJson(Outcome)))
  )

/** Values to begin with, for what a new server has. */
const EXAMPLES: Readonly<Record<string, string>> = { x: "1", y: "2", hp: "120", wt: "2.8" }

/** A data.frame is nothing to be typed into a field. */
const takesNumbers = ({ inputParameterDefinitions }: Service) =>
  inputParameterDefinitions.every(({ type }) => type === "numeric")

const inputOf = ({ name }: typeof Parameter.Type) => {
  const value = EXAMPLES[name] ?? ""
  const input = element("input", { name, type: "number", step: "any", required: true, defaultValue: value })
  return element("label", {}, [document.createTextNode(name), input])
}

const NUMBERS = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 6 })

const worded = (value: unknown): string => (typeof value === "number" ? NUMBERS.format(value) : JSON.stringify(value))

const run = async (calls: Calls, service: Service, form: HTMLFormElement, output: HTMLOutputElement) => {
  const inputs = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, Number(value)]))
  const told = await calls.run(consume(service, inputs))
  output.classList.toggle("failed", !(told.ok && told.value.success))
  if (!told.ok) output.value = Problem.sentence(told.error)
  else if (!told.value.success) output.value = told.value.errorMessage
  else
    output.value = Object.entries(told.value.outputParameters)
      .map(([name, value]) => `${name} = ${worded(value)}`)
      .join(", ")
  return told
}

/** How calls are made. */
export type Calls = Pick<Connection, "run">

/** Called with each failure, which may be the end of the session. */
export type OnFailure = (failure: Problem.Failure) => void

const item = (calls: Calls, service: Service, onFailure: OnFailure): HTMLElement => {
  const made = copyOf("service-template")
  const form = within(made, "form", HTMLFormElement)
  const output = within(made, "output", HTMLOutputElement)
  within(made, "h3", HTMLElement).append(service.name, " ", element("span", { textContent: service.version }))
  within(made, ".quiet", HTMLElement).textContent = `${service.description} By ${service.versionPublishedBy}.`
  within(made, ".inputs", HTMLElement).append(...service.inputParameterDefinitions.map(inputOf))
  within(made, "button", HTMLButtonElement).setAttribute("aria-label", `Run ${service.name}`)
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    void run(calls, service, form, output).then((told) => {
      if (!told.ok) onFailure(told.error)
    })
  })
  return made
}

const tell = (text: string): void => {
  const empty = byId("services-empty", HTMLElement)
  empty.textContent = text
  empty.hidden = text === ""
}

/** As for somebody who is not signed in. */
export const hide = (): void => {
  byId("services", HTMLElement).replaceChildren()
  byId("list", HTMLButtonElement).hidden = true
  Problem.show(byId("services-problem", HTMLElement), undefined)
  tell("Sign in to see what is published.")
}

/** Failures that say that nobody is signed in any more: told where people sign in, and not here. */
const ENDS: ReadonlyArray<string> = ["SessionExpired", "CredentialRequired"]

/** Asks, and shows what there is or why there is nothing. */
export const show = async (calls: Calls, onFailure: OnFailure): Promise<void> => {
  byId("list", HTMLButtonElement).hidden = false
  const told = await calls.run(list)
  if (!told.ok) {
    if (ENDS.includes(told.error._tag)) hide()
    else {
      Problem.show(byId("services-problem", HTMLElement), told.error)
      tell("")
    }
    return onFailure(told.error)
  }
  Problem.show(byId("services-problem", HTMLElement), undefined)
  const shown = told.value.filter(takesNumbers)
  byId("services", HTMLElement).replaceChildren(...shown.map((service) => item(calls, service, onFailure)))
  tell(shown.length === 0 ? "Nothing is published on this server yet." : "")
}

/** Ten calls at once; how many were answered. */
export const ten = async (calls: Calls): Promise<number> => {
  const told = await Promise.all(Array.from({ length: 10 }, () => calls.run(list)))
  return told.filter(({ ok }) => ok).length
}
