/** Services, told to people. All of it is a server's text, and made harmless for a terminal. */
import { ownerOf, type Outcome, type WebService } from "@mlserver-auth/services/WebService"
import { plainLine } from "../text/sanitize.js"
import { facts, table } from "../text/table.js"

const HEAD = ["NAME", "VERSION", "OWNER", "CREATED", "DESCRIPTION"]

/** A day is enough in a list; the server says no time zone. */
const cellsOf = (service: WebService): ReadonlyArray<string> => [
  service.name,
  service.version,
  ownerOf(service) ?? "—",
  (service.creationTime ?? "—").slice(0, 10),
  service.description ?? ""
]

/** A line for each version, with a head. */
export const services = (found: ReadonlyArray<WebService>): string => table([HEAD, ...found.map(cellsOf)])

const parameters = (given: WebService["inputParameterDefinitions"]): string =>
  (given ?? []).map(({ name, type }) => `${name} (${type ?? "any"})`).join(", ") || "none"

/** One version in full, but for its code. */
export const details = (service: WebService): string =>
  facts([
    ["Service", `${service.name} ${service.version}`],
    ["Description", service.description],
    ["Owner", ownerOf(service)],
    ["You may", service.myPermissionOnService],
    ["Created", service.creationTime],
    ["Runs in", service.runtimeType],
    ["Inputs", parameters(service.inputParameterDefinitions)],
    ["Outputs", parameters(service.outputParameterDefinitions)],
    ["Files", service.outputFileNames?.join(", ")]
  ])

/** An output on each line: its name, and its value as JSON. */
export const outputs = ({ outputParameters }: Outcome): ReadonlyArray<string> =>
  Object.entries(outputParameters ?? {}).map(([name, value]) => plainLine(`${name}  ${JSON.stringify(value)}`))

/** A line for each record: its number, and its outputs as JSON, or why it failed. */
export const records = (outcomes: ReadonlyArray<Outcome | undefined>): ReadonlyArray<string> =>
  outcomes.map((outcome, at) => {
    if (outcome === undefined) return `${at}  —`
    const { errorMessage, outputParameters, success } = outcome
    return plainLine(`${at}  ${success ? JSON.stringify(outputParameters ?? {}) : `failed: ${errorMessage ?? ""}`}`)
  })
