/** What the JSON of `mls` is made of: fields with their words, and the parts that several outputs share. */
import * as Schema from "effect/Schema"
import { fromCli } from "../errors/catalogue.mjs"

const { Method, Store } = await fromCli("ConfigFile.js")
const described = (schema, description) => schema.annotations({ description })

/** A pattern that `format: date-time` leaves to each validator: UTC, with milliseconds or without. */
export const INSTANT = String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z$`

export const text = (description) => described(Schema.String, description)
export const flag = (description) => described(Schema.Boolean, description)
export const word = (description, ...words) => described(Schema.Literal(...words), description)
export const always = (value, description) => word(description, value)
export const list = (item, description) => described(Schema.Array(item), description)
/** A field that is there with `null` where nothing is known. */
export const known = (schema, description) => described(Schema.NullOr(schema), description)
export const knownText = (description) => known(Schema.String, description)
/** A field that is left out where nothing is known. */
export const maybe = (schema) => Schema.optionalWith(schema, { exact: true })
export const shape = (fields) => Schema.Struct(fields)

/** What an annotation of JSON Schema says, it says alone. */
const spelled = (schema, jsonSchema, description) =>
  schema.annotations({ jsonSchema: { ...jsonSchema, description }, description })
const numeric = (jsonSchema, description) => spelled(Schema.Number, jsonSchema, description)
export const whole = (description) => numeric({ type: "integer" }, description)
export const count = (description) => numeric({ type: "integer", minimum: 0 }, description)
export const amount = (description) => numeric({ type: "number", minimum: 0 }, description)
export const oneOf = (numbers, description) => numeric({ type: "integer", enum: [...numbers] }, description)
export const httpStatus = (description) => numeric({ type: "integer", minimum: 100, maximum: 599 }, description)
/** A point in time, as a string alone. */
export const instantText = (description) =>
  spelled(Schema.String, { type: "string", format: "date-time", pattern: INSTANT }, description)

/** Any JSON: it is somebody else's, and mls hands it on. */
export const anything = (description) => spelled(Schema.Unknown, {}, description)
export const anyMembers = (description) =>
  spelled(Schema.Object, { type: "object", additionalProperties: true }, description)
/** Somebody else's object, of which these members are known. */
export const open = (properties, required, description) =>
  spelled(Schema.Object, { type: "object", properties, required, additionalProperties: true }, description)

const Instant = shape({
  at: instantText("The point in time (RFC 3339, UTC)."),
  epochSeconds: whole("The same in whole seconds since 1970-01-01T00:00:00Z, rounded down.")
}).annotations({ identifier: "Instant", description: "A point in time, in both spellings that programs want." })
/** A point in time, or `null`. */
export const instant = (description) => known(Instant, description)

const azureFields = {
  authuri: text("The address of the authority."),
  tenant: text("The tenant: a GUID or a domain."),
  clientid: text("The native application."),
  resource: text("The web application that stands for the server.")
}
/** The settings of Azure as somebody hands them over. */
export const AzureSettings = shape(azureFields)

const Azure = shape({
  ...azureFields,
  authuri: knownText("The address of the authority; null: the global cloud's."),
  wire: word("Which of Azure's endpoints are used.", "v1", "v2")
}).annotations({ identifier: "Azure", description: "The settings of Azure Active Directory." })
/** The settings of Azure as a profile or a session has them, or `null`. */
export const azure = known(Azure, "The settings of Azure; null where the server itself checks who signs in.")

/** The same as a file has them that is handed on. */
export const sharedAzure = Schema.Struct({
  ...azureFields,
  authuri: maybe(text("The address of the authority, if it is not the global cloud's.")),
  wire: maybe(word("Which of Azure's endpoints are used; v1 unless said.", "v1", "v2"))
}).annotations({ description: "The settings of Azure; none where the server itself checks who signs in." })

const METHODS = Method.literals
export const method = (description) => known(Schema.Literal(...METHODS), description)
export const methodOfProfile = word("How one signs in.", ...METHODS)
export const store = known(
  Schema.Literal(...Store.literals),
  "Where the tokens rest; null until a sign-in has settled it."
)

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

export const profile = knownText("The name of the profile; null where a server was named that has none.")
export const server = text("The address of the server, without a slash at its end.")
export const user = knownText("Who is signed in; null where the issuer did not say, or an access token was given.")
export const revocation = word(
  "What the issuer was told: that the session is over; nothing, since there was nothing to revoke; nothing, since it was not reached; nothing, since it has no way to be told (Azure).",
  "revoked",
  "nothing-to-revoke",
  "not-told",
  "not-supported"
)

/** A session, as far as is known without the network. Never a token. */
export const session = {
  signedIn: always(true, "Somebody is signed in."),
  profile,
  chosenBy,
  server,
  user,
  source,
  fingerprint: knownText("Of the token in MLS_ACCESS_TOKEN where that is used: 8 hex digits of its SHA-256."),
  store: described(
    shape({
      kind: word(
        "How they are protected; `unknown`: the record cannot be read.",
        "keyring",
        "encrypted",
        "file",
        "memory",
        "unknown"
      ),
      directory: knownText("The directory that they are in; null for `memory`.")
    }),
    "Where the tokens rest."
  ),
  method: method("How it was signed in; null for an access token that was given."),
  azure,
  revocable: flag("Whether `mls logout` can have it revoked."),
  accessToken: described(
    shape({ expires: instant("When it ends; null where nobody said: good until the server refuses it.") }),
    "The access token."
  ),
  renewable: flag("Whether it renews itself on use."),
  idleEnds: instant("When it ends if not used before, as the issuer documents it; it may be earlier."),
  chainEnds: instant("When it ends whatever happens, as the issuer documents it; it may be earlier.")
}
export const usable = flag("Whether it can be used, as far as is known without asking the server.")
