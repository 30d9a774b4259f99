/** What `mls api` and `mls services` print. */
import * as Schema from "effect/Schema"
import * as S from "./parts.js"

const service = S.open(
  { name: { type: "string" }, version: { type: "string" } },
  ["name", "version"],
  "As the server sends it. Servers of different versions send more or fewer fields."
)
const serviceVersion = (description: string) =>
  S.shape({ name: S.text("The service."), version: S.text("Its version.") }).annotations({ description })

const outcome = S.open(
  {
    success: { type: "boolean", description: "Whether the service ran to its end." },
    errorMessage: { type: ["string", "null"], description: "What went wrong." },
    consoleOutput: { type: ["string", "null"], description: "What the service printed." },
    outputParameters: { type: ["object", "null"], description: "Its outputs by name." }
  },
  ["success"],
  "The outcome, as the server sends it."
)

const batch = (description: string) =>
  S.shape({
    name: S.text("The service."),
    version: S.text("Its version."),
    id: S.text("The server's id of the batch.")
  }).annotations({ description })

/** In the order of the help. */
export const CALLS = {
  api: S.output(
    "mls api",
    "The answer of the server, also a refusal (exit code 6). `mls services` prints a refusal in the same way.",
    S.shape({
      status: S.httpStatus("The HTTP status."),
      headers: S.headers("The headers of the answer. Names are in small letters."),
      body: S.anything(
        "The body: JSON unchanged; a string if it is not JSON; null if there was none, or if it went to a file."
      ),
      output: S.maybe(
        S.shape({ file: S.text("Its name."), bytes: S.count("Its length.") }).annotations({
          description: "The file with the body (`--output`). A refusal is not written to a file."
        })
      )
    })
  ),
  "api-dry-run": S.output(
    "mls api --dry-run",
    "The request that would be sent, without secrets.",
    S.shape({
      dryRun: S.always(true, "Nothing was sent."),
      method: S.word("The method.", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
      url: S.text("The address."),
      headers: S.headers("The headers. Names are in small letters."),
      body: S.anything("The body: JSON unchanged; for other bodies a sentence with the size; null if there is none.")
    })
  ),
  "services-list": S.output(
    "mls services list",
    "Every version of every service, or of one.",
    S.shape({ services: S.list(service, "What is published.") })
  ),
  "services-get": S.output("mls services get", "One version of a service.", S.shape({ service })),
  "services-delete": S.output(
    "mls services delete",
    "What was deleted.",
    S.shape({ deleted: serviceVersion("The version that was deleted."), server: S.server })
  ),
  "services-swagger": S.output(
    "mls services swagger",
    "The service's own description, as the server sends it (Swagger 2.0).",
    S.open(
      {
        swagger: { type: "string", description: "`2.0`." },
        paths: { type: "object", additionalProperties: true, description: "What can be called." },
        definitions: {
          type: "object",
          additionalProperties: true,
          description: "Its inputs, outputs and other members."
        }
      },
      ["paths"],
      "A Swagger 2.0 document."
    )
  ),
  "services-types": S.output(
    "mls services types",
    "The inputs and outputs of a service as a module of TypeScript.",
    S.shape({
      name: S.text("The service."),
      version: S.text("Its version."),
      typescript: S.text("The module: schemas of Effect, for `Services.typed`.")
    })
  ),
  "services-publish": S.output(
    "mls services publish",
    "What was published.",
    S.shape({ published: serviceVersion("What is there now."), server: S.server })
  ),
  "services-update": S.output(
    "mls services update",
    "What was changed.",
    S.shape({ updated: serviceVersion("The version after the change."), server: S.server })
  ),
  "services-batch-start": S.output(
    "mls services batch start",
    "The batch. Use it to ask for results.",
    S.shape({ batch: batch("The batch that was started.") })
  ),
  "services-batch-list": S.output(
    "mls services batch list",
    "The batches of a service.",
    S.shape({ batches: S.list(Schema.String, "The server's ids of the batches.") })
  ),
  "services-batch-status": S.output(
    "mls services batch status",
    "The progress of a batch.",
    S.shape({
      status: S.shape({
        state: S.word("How far it is.", "pending", "ready", "inProgress", "complete", "failed", "unknown"),
        completed: S.count("How many records have run."),
        total: S.count("How many records there are."),
        outcomes: S.maybe(
          S.list(
            Schema.NullOr(outcome),
            "With --partial: the outcomes in the order of the records; null if a record has not run yet."
          )
        )
      }).annotations({ description: "The batch now." })
    })
  ),
  "services-batch-results": S.output(
    "mls services batch results",
    "The outcomes, when all records have run.",
    S.shape({ outcomes: S.list(outcome, "The outcomes, in the order of the records.") })
  ),
  "services-batch-artifact": S.output(
    "mls services batch artifact",
    "The names of the files of a record. A file itself is not JSON: with the name of a file, `--json` is refused.",
    S.shape({ artifacts: S.list(Schema.String, "Their names.") })
  ),
  "services-batch-cancel": S.output(
    "mls services batch cancel",
    "What was cancelled.",
    S.shape({ cancelled: batch("The batch that was cancelled."), server: S.server })
  ),
  "services-consume": S.output(
    "mls services consume",
    "The outcome, as the server sends it, also if the service failed (exit code 6).",
    outcome
  )
} as const
