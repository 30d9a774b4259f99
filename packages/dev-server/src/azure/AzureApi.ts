/**
 * The authority without a transport: which door a request is for, and what it answers there.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Reply from "../http/Reply.js"
import type { Kind, Request } from "../http/Request.js"
import type { Authority } from "./Authority.js"
import { type Call, echoed, type Form, formOf, knownTenant, type Outcome, refused } from "./Call.js"
import * as AuthorizePage from "./authorization/AuthorizePage.js"
import * as CrossOrigin from "./CrossOrigin.js"
import * as DevicePage from "./device/DevicePage.js"
import * as Discovery from "./Discovery.js"
import * as Failure from "./Failure.js"
import * as TokenEndpoint from "./token/TokenEndpoint.js"

type Place = "token" | "authorize" | "devicecode" | "page" | "keys" | "metadata" | "realm"

interface Door {
  readonly place: Place
  readonly wire: "v1" | "v2"
  /** The first segment of the path. */
  readonly tenant: string
  /** What comes after the door's own part of the path. */
  readonly tail: string
}

const places: Readonly<Record<string, readonly [Place, "v1" | "v2"]>> = {
  "oauth2/token": ["token", "v1"],
  "oauth2/v2.0/token": ["token", "v2"],
  "oauth2/authorize": ["authorize", "v1"],
  "oauth2/v2.0/authorize": ["authorize", "v2"],
  "oauth2/devicecode": ["devicecode", "v1"],
  "oauth2/v2.0/devicecode": ["devicecode", "v2"],
  deviceauth: ["page", "v2"],
  "discovery/keys": ["keys", "v1"],
  "discovery/v2.0/keys": ["keys", "v2"],
  ".well-known/openid-configuration": ["metadata", "v1"],
  "v2.0/.well-known/openid-configuration": ["metadata", "v2"]
}

const REALM = /^\/common\/userrealm\/([^/]+)$/i
const PATH = /^\/([^/]+)\/(.+?)\/?$/

/** The server has services by any name below these. */
const OF_THE_SERVER = ["services", "api"]

const doorOf = (path: string): Door | undefined => {
  const realm = REALM.exec(path)
  if (realm !== null) return { place: "realm", wire: "v1", tenant: "common", tail: realm[1] ?? "" }
  const [, tenant = "", rest = ""] = PATH.exec(path) ?? []
  const found = Object.hasOwn(places, rest) ? places[rest] : undefined
  return found === undefined || OF_THE_SERVER.includes(tenant)
    ? undefined
    : { place: found[0], wire: found[1], tenant, tail: "" }
}

const ofGrant = (form: Form | undefined): Kind => {
  const grant = form?.get("grant_type") ?? ""
  if (grant === "refresh_token") return "azureRefresh"
  if (grant === "authorization_code") return "azureCode"
  return grant.endsWith("device_code") ? "devicePoll" : "azureToken"
}

/** Which of the authority's doors a request is for; `undefined` when it is for the server. */
export const kindOf = (request: Request): Kind | undefined => {
  const door = doorOf(request.path)
  switch (door?.place) {
    case undefined:
      return undefined
    case "token":
      return ofGrant(formOf(request))
    case "authorize":
      return "authorizePage"
    case "devicecode":
      return "deviceCode"
    case "page":
      return "devicePage"
    case "realm":
      return "realm"
    default:
      return "azureMetadata"
  }
}

type Handler = (call: Call) => Outcome<Effect.Effect<Reply.Answer>>

const posted =
  (handler: Handler): Handler =>
  (call) =>
    call.request.method === "POST" ? handler(call) : Either.left(Failure.onlyPost(call.request.method))

const succeed = (answer: Reply.Answer) => Either.right(Effect.succeed(answer))

const read =
  (document: (call: Call, tail: string) => Effect.Effect<Reply.Answer>) =>
  (call: Call, tail: string): Outcome<Effect.Effect<Reply.Answer>> =>
    call.request.method === "GET" ? Either.right(document(call, tail)) : succeed(Reply.empty(405, { allow: "GET" }))

const handlers: Readonly<Record<Place, (call: Call, tail: string) => Outcome<Effect.Effect<Reply.Answer>>>> = {
  token: (call) =>
    call.request.method === "OPTIONS" ? succeed(CrossOrigin.preflight(call)) : posted(TokenEndpoint.token)(call),
  authorize: (call) => succeed(AuthorizePage.answer(call)),
  devicecode: posted(TokenEndpoint.deviceCode),
  page: (call) => succeed(DevicePage.page(call)),
  keys: read(Discovery.keys),
  metadata: read((call) => Effect.succeed(Discovery.metadata(call))),
  realm: read((call, tail) => Effect.succeed(Discovery.realm(call, tail)))
}

/** Answers a request that {@link kindOf} knows. */
export const handle = (authority: Authority, request: Request, now: number): Effect.Effect<Reply.Answer> => {
  const door = doorOf(request.path)
  const form = formOf(request)
  if (door === undefined || form === undefined) {
    return Effect.succeed(echoed(request, refused({ authority, request, now }, Failure.malformed)))
  }
  const { place, tail, tenant, wire } = door
  const call: Call = { authority, request, wire, tenant, form, now }
  const told = (answer: Reply.Answer) =>
    echoed(request, place === "token" ? CrossOrigin.readable(call, answer) : answer)
  return Either.match(
    Either.flatMap(knownTenant(call), () => handlers[place](call, tail)),
    {
      onLeft: (failure) =>
        Effect.succeed(place === "authorize" ? AuthorizePage.refused(failure) : told(refused(call, failure))),
      onRight: (answering) => Effect.map(answering, told)
    }
  )
}

/** A planned failure in the authority's own words. */
export const planned = (authority: Authority, request: Request, now: number, status: number): Reply.Answer =>
  echoed(request, refused({ authority, request, now }, Failure.planned(status)))
