/** What the demo's server tells its page: where the servers are, and which accounts there are. */
import * as Schema from "effect/Schema"

const users = Schema.Array(Schema.Struct({ username: Schema.String, password: Schema.String }))

const Settings = Schema.Struct({
  onPremises: Schema.Struct({ server: Schema.String, users }),
  cloud: Schema.Struct({
    server: Schema.String,
    authuri: Schema.String,
    tenant: Schema.String,
    clientid: Schema.String,
    resource: Schema.String,
    users
  })
})

export type Settings = typeof Settings.Type

/** Rejected where the demo's server is gone. */
export const load = async (): Promise<Settings> =>
  Schema.decodeUnknownSync(Settings)(await (await fetch("settings.json")).json())
