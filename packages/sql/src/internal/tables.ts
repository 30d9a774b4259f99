/** The two tables, and every statement about them. What may be said of a table is said of its name alone. */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as Effect from "effect/Effect"

export interface Tables {
  readonly channel: string
  readonly schema: ReadonlyArray<string>
  readonly read: string
  readonly put: string
  readonly create: string
  readonly replace: string
  readonly remove: string
  readonly removeIf: string
  readonly take: string
  readonly release: string
  readonly sweep: string
}

/** Unquoted, PostgreSQL would read it in small letters; the name of a table has 63 bytes at most, and so has that of a channel. */
const NAME = /^(?:[a-z_][a-z0-9_]{0,50}\.)?[a-z_][a-z0-9_]{0,50}$/

export const make = (table = "mlserver_auth_tokens"): Effect.Effect<Tables, ConfigurationInvalid> =>
  NAME.test(table) && table.length <= 63
    ? Effect.succeed(tablesOf(table))
    : Effect.fail(
        new ConfigurationInvalid({
          setting: "table",
          problem: "it is no name of a table",
          fix: "Give `name` or `schema.name`, in small letters, digits and underscores, 51 at most each and 63 together."
        })
      )

const tablesOf = (table: string): Tables => {
  const leases = `${table}_leases`
  const channel = table.replace(".", "_")
  const life = (place: string) => `clock_timestamp() + ${place}::float8 * interval '1 millisecond'`
  // In the statement itself: told when it is done, and not where it is not.
  const told = (change: string, news: string) =>
    `with done as (${change} returning name) select pg_notify('${channel}', ${news}) as told from done`
  return {
    channel,
    schema: [
      `create table if not exists ${table} (
  name text primary key,
  record text not null,
  until timestamptz not null
)`,
      `create index if not exists ${channel}_until on ${table} (until)`,
      `create table if not exists ${leases} (
  name text primary key,
  owner text not null,
  until timestamptz not null,
  awaited boolean not null
)`
    ],
    read: `select record from ${table} where name = $1 and until > clock_timestamp()`,
    put: told(
      `insert into ${table} as t (name, record, until) values ($1, $2, ${life("$3")})
on conflict (name) do update set record = excluded.record, until = excluded.until`,
      "$4"
    ),
    create: told(
      `insert into ${table} as t (name, record, until) values ($1, $2, ${life("$3")})
on conflict (name) do update set record = excluded.record, until = excluded.until where t.until <= clock_timestamp()`,
      "$4"
    ),
    replace: told(
      `update ${table} set record = $2, until = ${life("$3")}
where name = $1 and record = $5 and until > clock_timestamp()`,
      "$4"
    ),
    remove: told(`delete from ${table} where name = $1`, "$2"),
    removeIf: told(`delete from ${table} where name = $1 and record = $3`, "$2"),
    take: `with taken as (
  insert into ${leases} as l (name, owner, until, awaited) values ($1, $2, ${life("$3")}, false)
  on conflict (name) do update set owner = excluded.owner, until = excluded.until
  where l.owner = excluded.owner or l.until <= clock_timestamp()
  returning name
), awaited as (
  update ${leases} set awaited = true
  where name = $1 and not awaited and owner <> $2 and not exists (select from taken)
)
select 0::float8 as remains from taken
union all
select greatest(1, extract(epoch from until - clock_timestamp()) * 1000)::float8 as remains from ${leases}
where name = $1 and not exists (select from taken)`,
    release: `with done as (delete from ${leases} where name = $1 and owner = $2 returning awaited)
select pg_notify('${channel}', $3) as told from done where awaited`,
    sweep: `with gone as (delete from ${leases} where until < clock_timestamp() - interval '1 day')
delete from ${table} where until < clock_timestamp()`
  }
}
