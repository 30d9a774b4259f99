/** What the JSON of `mls` is made of: fields with their words, and the parts that several outputs share. Never loaded by `mls`. */
import * as Schema from "effect/Schema"
import { METHODS, STORES } from "../config/profile.js"

/** One output of `mls`: which command prints it, what it is about, and its schema. */
export const output = <A>(command: string, about: string, schema: Schema.Schema<A>) => ({ command, about, schema })

type Words = readonly [string | number | boolean | null, ...ReadonlyArray<string | number | boolean | null>]

/** A pattern that `format: date-time` leaves to each validator: UTC, with milliseconds or without. */
export const INSTANT = String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z$`

export const text = (description: string) => Schema.String.annotations({ description })
export const flag = (description: string) => Schema.Boolean.annotations({ description })
export const word = <const W extends Words>(description: string, ...words: W) =>
  Schema.Literal(...words).annotations({ description })
export const always = <const V extends Words[0]>(value: V, description: string) => word(description, value)
export const list = <S extends Schema.Schema.Any>(item: S, description: string) =>
  Schema.Array(item).annotations({ description })
/** A field that is there with `null` where nothing is known. */
export const known = <S extends Schema.Schema.Any>(schema: S, description: string) =>
  Schema.NullOr(schema).annotations({ description })
export const knownText = (description: string) => known(Schema.String, description)
/** A field that is left out where nothing is known. */
export const maybe = <S extends Schema.Schema.Any>(schema: S) => Schema.optional(schema)
export const shape = Schema.Struct

/** What an annotation of JSON Schema says, it says alone. */
const spelled = (jsonSchema: object, description: string) => ({
  jsonSchema: { ...jsonSchema, description },
  description
})
const numeric = (jsonSchema: object, description: string) => Schema.Number.annotations(spelled(jsonSchema, description))
export const whole = (description: string) => numeric({ type: "integer" }, description)
export const count = (description: string) => numeric({ type: "integer", minimum: 0 }, description)
export const amount = (description: string) => numeric({ type: "number", minimum: 0 }, description)
export const oneOf = (numbers: ReadonlyArray<number>, description: string) =>
  numeric({ type: "integer", enum: [...numbers] }, description)
/** A word of a list that is made from the code's own. */
export const oneWord = (words: Iterable<string>, description: string) =>
  Schema.String.annotations(spelled({ type: "string", enum: [...words] }, description))
export const httpStatus = (description: string) => numeric({ type: "integer", minimum: 100, maximum: 599 }, description)
/** A point in time, as a string alone. */
export const instantText = (description: string) =>
  Schema.String.annotations(spelled({ type: "string", format: "date-time", pattern: INSTANT }, description))

const Members = Schema.Record({ key: Schema.String, value: Schema.Unknown })

/** Any JSON: it is the server's, and mls hands it on. */
export const anything = (description: string) => Schema.Unknown.annotations(spelled({}, description))
export const anyMembers = (description: string) =>
  Members.annotations(spelled({ type: "object", additionalProperties: true }, description))
/** A server's object, of which these members are known. */
export const open = (properties: object, required: ReadonlyArray<string>, description: string) =>
  Schema.Object.annotations(spelled({ type: "object", properties, required, additionalProperties: true }, description))

const Instant = shape({
  at: instantText("The point in time (RFC 3339, UTC)."),
  epochSeconds: whole("The same in whole seconds since 1970-01-01T00:00:00Z, rounded down.")
}).annotations({ identifier: "Instant", description: "A point in time, in two formats." })
/** A point in time, or `null`. */
export const instant = (description: string) => known(Instant, description)

const azureFields = {
  authuri: text("The address of the authority."),
  tenant: text("The tenant: a GUID or a domain."),
  clientid: text("The native application."),
  resource: text("The web application that stands for the server.")
}
/** The settings of Azure as an administrator hands them over. */
export const AzureSettings = shape(azureFields)

const Azure = shape({
  ...azureFields,
  authuri: knownText("The address of the authority. null: the global cloud's."),
  wire: word("The version of Azure's endpoints.", "v1", "v2")
}).annotations({ identifier: "Azure", description: "The settings of Azure Active Directory." })
/** The settings of Azure as a profile or a session has them, or `null`. */
export const azure = known(Azure, "The settings of Azure. null if the server itself checks sign-ins.")

/** The same as a file has them that is handed on. */
export const sharedAzure = Schema.Struct({
  ...azureFields,
  authuri: maybe(text("The address of the authority, if it is not the global cloud's.")),
  wire: maybe(word("The version of Azure's endpoints. Default: v1.", "v1", "v2"))
}).annotations({ description: "The settings of Azure. Absent if the server itself checks sign-ins." })

export const method = (description: string) => known(Schema.Literal(...METHODS), description)
export const methodOfProfile = word("How one signs in.", ...METHODS)
export const store = known(Schema.Literal(...STORES), "Where the tokens are. null until the first sign-in has chosen.")

export const chosenBy = shape({
  by: word("What chose it.", "argument", "option", "environment", "directory", "configuration"),
  what: text("`--profile`, `MLS_HOST`, the path of a `.mls.json` or of the configuration, …")
}).annotations({ identifier: "ChosenBy", description: "What chose the profile, or the server." })

export const source = word(
  "`stored`, or the variable whose credential is used.",
  "stored",
  "MLS_ACCESS_TOKEN",
  "MLS_PASSWORD"
)

export const profile = knownText("The name of the profile. null if the server has no profile.")
export const server = text("The address of the server, without a slash at its end.")
export const user = knownText(
  "The user who is signed in. null if the issuer did not name one, or if you supplied an access token."
)
export const revocation = word(
  "What happened at the issuer: it ended the session; there was nothing to revoke; it was not reached; it accepts no sign-out (Azure).",
  "revoked",
  "nothing-to-revoke",
  "unreachable",
  "not-supported"
)

/** A session, as far as is known without the network. Never a token. */
export const session = {
  signedIn: always(true, "A user is signed in."),
  profile,
  chosenBy,
  server,
  user,
  source,
  fingerprint: knownText(
    "The fingerprint of the token in MLS_ACCESS_TOKEN, if it is used: 8 hex digits of its SHA-256."
  ),
  store: shape({
    kind: word(
      "How they are protected; `unknown`: the record cannot be read.",
      "keyring",
      "encrypted",
      "file",
      "memory",
      "unknown"
    ),
    directory: knownText("Their directory. null for `memory`.")
  }).annotations({ description: "Where the tokens rest." }),
  method: method("The method of the sign-in. null for an access token that you supplied."),
  azure,
  revocable: flag("Whether `mls logout` can end it at the issuer."),
  accessToken: shape({
    expires: instant("When it ends. null if the issuer did not say: it is valid until the server refuses it.")
  }).annotations({ description: "The access token." }),
  renewable: flag("Whether the session can be renewed."),
  idleEnds: instant("When the session ends without use, by the issuer's documentation. It may be earlier."),
  chainEnds: instant("When the session ends in any case, by the issuer's documentation. It may be earlier.")
}
export const usable = flag("Whether the session can be used, as far as `mls` knows without asking the server.")

/** Names and values, as HTTP has them. */
export const headers = (description: string) =>
  Schema.Record({ key: Schema.String, value: Schema.String }).annotations({ description })
