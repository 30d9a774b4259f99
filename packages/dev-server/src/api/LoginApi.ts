/**
 * `POST /login`, `POST /login/refreshToken` and `DELETE /login/refreshToken`: the doors without a bearer token.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Accounts from "../Accounts.js"
import * as Grants from "../Grants.js"
import * as Reply from "../http/Reply.js"
import { objectBody, type Request } from "../http/Request.js"
import * as Tokens from "../Tokens.js"
import type { World } from "../World.js"

const INVALID_CREDENTIALS = "Unauthorized (invalid credentials)"
const INVALID_REFRESH_TOKEN = "Unauthorized (invalid or expired refresh token)"

const refuse = (world: World, refusal: Reply.Refusal) =>
  Effect.succeed(Reply.refused(world.configuration.apiVersion, refusal))

const pair = (world: World, grant: Grants.Grant): Effect.Effect<Reply.Answer> => {
  const { accounts, shape } = world.configuration
  const role = Accounts.roleOf(accounts, grant.username)
  return Effect.map(world.tokens.mint(grant, role), (access_token) => {
    if (shape.accessTokenOnly) return Reply.json(200, { access_token })
    const expires_on = Math.floor(grant.accessExpiresAt / 1000)
    return Reply.json(200, {
      token_type: "Bearer",
      access_token,
      ...(shape.expiresIn ? { expires_in: Math.floor((grant.accessExpiresAt - grant.issuedAt) / 1000) } : {}),
      expires_on: shape.expiresOn === "string" ? String(expires_on) : expires_on,
      refresh_token: grant.refresh
    })
  })
}

/** A server that trusts Azure Active Directory has no tokens of its own to give or to take back. */
export const refuseAll = (world: World, kind: "login" | "refresh" | "revoke"): Effect.Effect<Reply.Answer> => {
  if (kind === "login") world.meter.loginRefused()
  return refuse(
    world,
    kind === "login"
      ? Reply.unauthorized(INVALID_CREDENTIALS)
      : Reply.unauthorized(INVALID_REFRESH_TOKEN, "invalid_token")
  )
}

/** A name and a password for a pair: 400 when either is missing, 401 when they do not belong together. */
export const login = (world: World, request: Request, now: number): Effect.Effect<Reply.Answer> => {
  const body = objectBody(request.body)
  const [username, password] = [body?.["username"], body?.["password"]]
  if (typeof username !== "string" || typeof password !== "string" || username === "") {
    return refuse(world, Reply.badRequest("The body must be JSON with a username and a password."))
  }
  if (!Accounts.verify(world.configuration.accounts, username, password)) {
    world.meter.loginRefused()
    return refuse(world, Reply.unauthorized(INVALID_CREDENTIALS))
  }
  const [grant, next] = Grants.login(world.grants, username, now, Tokens.freshIds())
  world.grants = next
  return pair(world, grant)
}

/** A refresh token for a new pair: 401 when it is used, revoked, expired or unknown. */
export const refresh = (world: World, request: Request, now: number): Effect.Effect<Reply.Answer> => {
  const token = objectBody(request.body)?.["refreshToken"]
  if (typeof token !== "string" || token === "") {
    return refuse(world, Reply.badRequest("The body must be JSON with a refreshToken."))
  }
  const [answer, next] = Grants.refresh(world.grants, token, now, Tokens.freshIds())
  world.grants = next
  return Either.isLeft(answer)
    ? refuse(world, Reply.unauthorized(INVALID_REFRESH_TOKEN, "invalid_token"))
    : pair(world, answer.right)
}

const inPath = (path: string): string | undefined => {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

/**
 * The token to revoke: from the query, or from the path as older servers had it. `+` in a query is a space here as it
 * is there.
 */
const presented = (world: World, request: Request): string | undefined => {
  const door = `${world.configuration.loginPath}/refreshToken/`
  const tail = request.path.slice(door.length)
  return tail === "" ? (new URLSearchParams(request.query).get("refreshToken") ?? undefined) : inPath(tail)
}

/** A refresh token is given back, and its pair dies: 401 when it was dead already. */
export const revoke = (world: World, request: Request, now: number): Effect.Effect<Reply.Answer> => {
  const token = presented(world, request)
  if (token === undefined || token === "") return refuse(world, Reply.badRequest("A refreshToken must be given."))
  const [answer, next] = Grants.revoke(world.grants, token, now)
  world.grants = next
  if (Either.isLeft(answer)) return refuse(world, Reply.unauthorized(INVALID_REFRESH_TOKEN, "invalid_token"))
  return world.configuration.shape.revocation === "pair" ? pair(world, answer.right) : Effect.succeed(Reply.empty(200))
}
