/** The world with Azure Active Directory in it, and a person who approves device codes. */
import { Credential } from "@mlserver-auth/core"
import { AzureDirectory } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import type { AuthError } from "@mlserver-auth/core/AuthError"
import type { Event } from "@mlserver-auth/core/DeviceAuthorization"
import { type World, world, type WorldOptions } from "./world.js"

export const ada = Credential.usernamePassword(AzureDirectory.ada)
export const olga = Credential.usernamePassword(AzureDirectory.olga)

/** A server in the cloud and a client of it. */
export const cloud = (options: WorldOptions = {}): ReturnType<typeof world> =>
  world({ ...options, dev: { azure: true, ...options.dev } })

/** A device code whose events are kept, and whose device codes are watched for. */
export const device = ({ canary }: World, options: Omit<Credential.DeviceCodeOptions, "prompt"> = {}) => {
  const events: Array<Event> = []
  const show = (event: Event) =>
    Effect.sync(() => {
      events.push(event)
      canary.show(event)
      if ("authorization" in event) canary.plant(Redacted.value(event.authorization.deviceCode))
    })
  return { events, credential: Credential.deviceCode({ ...options, prompt: { show } }) }
}

/** Signs in with a device code that this user approves while the client waits. */
export const approved = (
  world: World,
  username?: string,
  options: Omit<Credential.DeviceCodeOptions, "prompt"> = {}
): Effect.Effect<ReadonlyArray<Event>, AuthError> =>
  Effect.gen(function* () {
    const { credential, events } = device(world, options)
    const fiber = yield* Effect.fork(world.session.signIn(credential))
    yield* TestClock.adjust("6 seconds")
    const [userCode = ""] = yield* world.control.azure.waiting
    if (!(yield* world.control.azure.approve(userCode, username))) yield* Effect.dieMessage("nobody waits")
    yield* TestClock.adjust("5 seconds")
    yield* Fiber.join(fiber)
    return events
  })
