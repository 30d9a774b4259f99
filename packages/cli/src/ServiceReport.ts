/** Services, told to people. All of it is a server's text, and made harmless for a terminal. */
import { plainLine } from "./Plain.js"
import type { Outcome, Service } from "./ServiceCalls.js"

const HEAD = ["NAME", "VERSION", "OWNER", "CREATED", "DESCRIPTION"]

/** A day is enough in a list; the server says no time zone. */
const cellsOf = ({ creationTime, description, name, version, versionPublishedBy }: Service): ReadonlyArray<string> =>
  [name, version, versionPublishedBy ?? "—", (creationTime ?? "—").slice(0, 10), description ?? ""].map(plainLine)

/** A line for each version, with a head. */
export const table = (services: ReadonlyArray<Service>): string => {
  const rows = [HEAD, ...services.map(cellsOf)]
  const widths = HEAD.map((_, at) => Math.max(...rows.map((cells) => (cells[at] ?? "").length)))
  return rows
    .map((cells) =>
      cells
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}

const parameters = (given: Service["inputParameterDefinitions"]): string =>
  (given ?? []).map(({ name, type }) => `${name} (${type ?? "any"})`).join(", ") || "none"

/** One version in full, but for its code. */
export const details = (service: Service): string =>
  (
    [
      ["Service", `${service.name} ${service.version}`],
      ["Description", service.description],
      ["Owner", service.versionPublishedBy],
      ["You may", service.myPermissionOnService],
      ["Created", service.creationTime],
      ["Runs in", service.runtimeType],
      ["Inputs", parameters(service.inputParameterDefinitions)],
      ["Outputs", parameters(service.outputParameterDefinitions)]
    ] as const
  )
    .flatMap(([label, value]) =>
      value === undefined || value === null || value === "" ? [] : [`${label.padEnd(14)}${plainLine(value)}`]
    )
    .join("\n")

/** An output on each line: its name, and its value as JSON. */
export const outputs = ({ outputParameters }: Outcome): ReadonlyArray<string> =>
  Object.entries(outputParameters ?? {}).map(([name, value]) => plainLine(`${name}  ${JSON.stringify(value)}`))
