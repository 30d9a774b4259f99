/**
 * The server without a transport: a request in, a reply out. Adapters for a socket and for memory are beside it.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Authorisation from "./Authorisation.js"
import * as AzureApi from "../azure/AzureApi.js"
import type { Delay, Fault } from "../control/Faults.js"
import type { Call } from "./Handler.js"
import * as LoginApi from "./LoginApi.js"
import * as Reply from "../http/Reply.js"
import { BODY_LIMIT, type Kind, kindOf, type Request } from "../http/Request.js"
import * as ServerApi from "./ServerApi.js"
import type { World } from "../World.js"

/** Answers requests. */
export interface Api {
  readonly handle: (request: Request) => Effect.Effect<Reply.Reply>
}

const bearer = /^Bearer +([^ ]+) *$/i

const bearerToken = (request: Request): string | undefined => {
  const header = request.headers["authorization"]
  return typeof header === "string" ? bearer.exec(header)?.[1] : undefined
}

const noToken = Reply.unauthorized("Unauthorized")

const methodOf = (door: ServerApi.Door, call: Call): Either.Either<Reply.Answer, Reply.Refusal> => {
  const handler = Object.hasOwn(door.handlers, call.request.method) ? door.handlers[call.request.method] : undefined
  return handler === undefined
    ? Either.left(Reply.methodNotAllowed("Method not allowed.", { allow: Object.keys(door.handlers).join(", ") }))
    : handler(call, door.name, door.version, door.rest)
}

const authorised = (world: World, request: Request, door: ServerApi.Door, id: string | undefined, now: number) => {
  const holder = Authorisation.holderOf(world, id, now)
  if (Either.isRight(holder) && world.faults.takeRejection()) return Either.left(Authorisation.invalidToken)
  return holder.pipe(
    Either.flatMap((username) => ServerApi.callerOf(world, username)),
    Either.flatMap((caller) => methodOf(door, { world, request, caller, now }))
  )
}

const api = (world: World, request: Request, now: number): Effect.Effect<Reply.Answer> => {
  const version = world.configuration.apiVersion
  const door = ServerApi.find(request.path)
  if (door === undefined)
    return Effect.succeed(Reply.refused(version, Reply.notFound("There is nothing at this path.")))
  const token = bearerToken(request)
  if (token === undefined) return Effect.succeed(Reply.refused(version, noToken))
  return Effect.map((world.azure ?? world).tokens.read(token, now), (id) =>
    Either.getOrElse(authorised(world, request, door, id, now), (refusal) => Reply.refused(version, refusal))
  )
}

const loginDoors = { login: LoginApi.login, refresh: LoginApi.refresh, revoke: LoginApi.revoke }

const azure = (world: World, request: Request, now: number): Effect.Effect<Reply.Answer> =>
  world.azure === undefined ? api(world, request, now) : AzureApi.handle(world.azure, request, now)

const work = (world: World, kind: Kind, request: Request, now: number): Effect.Effect<Reply.Answer> => {
  if (request.body.length > BODY_LIMIT) {
    const refusal = Reply.tooLarge(`A body must not be larger than ${BODY_LIMIT} bytes.`)
    return Effect.succeed(Reply.refused(world.configuration.apiVersion, refusal))
  }
  switch (kind) {
    case "login":
    case "refresh":
    case "revoke":
      return world.azure === undefined ? loginDoors[kind](world, request, now) : LoginApi.refuseAll(world, kind)
    case "api":
      return api(world, request, now)
    default:
      return azure(world, request, now)
  }
}

const lengthOf = (body: string | Uint8Array): number =>
  typeof body === "string" ? Buffer.byteLength(body) : body.length

/** The headers every answer carries. A body that HTTP forbids is not announced either. */
const finish = (answer: Reply.Answer, now: number): Reply.Answer => {
  const bodiless = answer.status === 204 || answer.status === 304
  return {
    ...answer,
    headers: {
      date: new Date(now).toUTCString(),
      ...(bodiless ? {} : { "content-length": String(lengthOf(answer.body)) }),
      ...answer.headers
    }
  }
}

const underTest = (kind: Kind, world: World, request: Request, fault: Fault | undefined, delay: Delay | undefined) =>
  Effect.gen(function* () {
    yield* world.gates.pass(kind, "before")
    if (delay !== undefined && delay.stage !== "after") yield* Effect.sleep(delay.duration)
    const now = (yield* Clock.currentTimeMillis) + world.clockOffset
    const answer =
      fault?._tag === "Answer" ? fault.answer({ kind, request, now }) : yield* work(world, kind, request, now)
    yield* world.gates.pass(kind, "after")
    if (delay?.stage === "after") yield* Effect.sleep(delay.duration)
    if (fault?._tag === "Drop") {
      world.meter.dropped()
      return "dropped"
    }
    world.meter.answered(kind, answer.status)
    const finished = finish(answer, (yield* Clock.currentTimeMillis) + world.clockOffset)
    return fault?._tag === "Stall" ? { ...finished, stalled: true } : finished
  })

/** Nothing planned and every gate open: no step that is not needed. */
const straight = (kind: Kind, world: World, request: Request): Effect.Effect<Reply.Reply> =>
  Effect.clockWith((clock) => {
    const now = clock.unsafeCurrentTimeMillis() + world.clockOffset
    return Effect.map(work(world, kind, request, now), (answer) => {
      world.meter.answered(kind, answer.status)
      return finish(answer, now)
    })
  })

const doorOf = (world: World, request: Request): Kind =>
  (world.azure === undefined ? undefined : AzureApi.kindOf(request)) ??
  kindOf(world.configuration.loginPath, request.method, request.path)

/** The doors of a world. */
export const make = (world: World): Api => ({
  handle: (request) =>
    Effect.suspend(() => {
      const kind = doorOf(world, request)
      world.meter.arrived(kind, request.method, request.path)
      const reply = (): Effect.Effect<Reply.Reply> => {
        if (world.faults.isQuiet() && world.gates.isOpen()) return straight(kind, world, request)
        const { delay, fault } = world.faults.take(kind)
        return underTest(kind, world, request, fault, delay)
      }
      return Effect.ensuring(Effect.suspend(reply), Effect.sync(world.meter.left))
    })
})
