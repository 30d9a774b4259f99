/** A sign-in as the caller shows it. */
import type { Prompt as DevicePrompt } from "@mlserver-auth/core/DeviceAuthorization"
import { Thrown } from "@mlserver-auth/core/promises"
import * as Effect from "effect/Effect"
import type { OnPrompt, Prompt } from "../options.js"

/** Calls a function of the caller; what it throws is theirs, and goes back to them. */
export const called = <A>(call: () => A | Promise<A>): Effect.Effect<A> =>
  Effect.promise(async () => {
    try {
      return await call()
    } catch (error) {
      throw new Thrown(error)
    }
  })

export const tell = (onPrompt: OnPrompt, prompt: Prompt): Effect.Effect<void> => called(() => onPrompt(prompt))

/** Steps that a person need not see are not told. */
export const devicePrompt = (onPrompt: OnPrompt): DevicePrompt => ({
  show: (event) => {
    if (event._tag === "Expired") return tell(onPrompt, { _tag: "DeviceCodeExpired" })
    if (event._tag !== "Issued" && event._tag !== "Reissued") return Effect.void
    const { expiresAt, userCode, verificationUri, verificationUriComplete } = event.authorization
    return tell(onPrompt, { _tag: "DeviceCode", userCode, verificationUri, verificationUriComplete, expiresAt })
  }
})
