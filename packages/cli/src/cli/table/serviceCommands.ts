/** The commands of `mls services`, as `commandTable.ts` has them. */
import { fields, session } from "./flagGroups.js"

/** The definition of a service. */
const definition = ["code", "initCode", "runtime", "in", "out", "artifact", "description", "alias"] as const

const NAME = { label: "NAME", help: "The service." } as const
const SINGLE = { label: "VERSION", help: "You can omit it if there is only one.", optional: true } as const
const NEWEST = { label: "VERSION", help: "Default: the version that was published last.", optional: true } as const

/** The commands, in the order of the help. */
export const SERVICES = {
  services: { help: "List, show, run, publish, change and delete services.", arguments: {}, flags: [] },
  "services list": {
    help: "List every version of every service, or of one service.",
    arguments: { name: { ...NAME, optional: true } },
    flags: ["field", ...session]
  },
  "services get": {
    help: "Show the inputs, outputs and owner of a service, and what you may do with it.",
    arguments: { name: NAME, version: NEWEST },
    flags: ["field", ...session]
  },
  "services swagger": {
    help: "Print a service's own description (Swagger 2.0), to generate clients from.",
    arguments: { name: NAME, version: NEWEST },
    flags: ["field", ...session]
  },
  "services consume": {
    help: "Run a service with inputs, and print its outputs. Exit code 6 if it fails.",
    arguments: { name: NAME, version: NEWEST },
    flags: [...fields, "field", ...session]
  },
  "services types": {
    help: "Print the inputs and outputs of a service as TypeScript, for `Services.typed`.",
    arguments: { name: NAME, version: NEWEST },
    flags: session
  },
  "services publish": {
    help: "Publish a version of a service from code in R or Python.",
    arguments: {
      name: NAME,
      version: { label: "VERSION", help: "Default: the server chooses one.", optional: true }
    },
    flags: [...definition, ...session]
  },
  "services update": {
    help: "Replace the given parts of a version of a service. Shows name, version and owner, and asks first.",
    arguments: { name: NAME, version: SINGLE },
    flags: [...definition, "yes", ...session]
  },
  "services delete": {
    help: "Delete a version of a service. Shows name, version and owner, and asks first.",
    arguments: { name: NAME, version: SINGLE },
    flags: ["yes", ...session]
  },
  "services batch": {
    help: "Let the server run a service once for each record: start, list, status, results, artifact, cancel.",
    arguments: {
      action: {
        label: "ACTION",
        help: "start and list take NAME [VERSION]; status, results and cancel NAME VERSION ID; artifact NAME VERSION ID RECORD [FILE].",
        choices: ["start", "list", "status", "results", "artifact", "cancel"]
      },
      name: NAME,
      version: { label: "VERSION", help: "Its version.", optional: true },
      id: { label: "ID", help: "The server's id of the batch.", optional: true },
      record: { label: "RECORD", help: "The number of a record, from 0.", optional: true },
      file: { label: "FILE", help: "The name of one of its files. Default: print the names of all.", optional: true }
    },
    flags: [...fields, "parallel", "partial", "field", ...session]
  }
} as const
