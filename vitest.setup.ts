import { addEqualityTesters, effect, it, live, scoped, scopedLive } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { expect } from "vitest"

// `layer` of @effect/vitest puts the methods of its layer on the one `it` of a thread: the next file's tests would run with that
// file's services, or with the machine's clock.
Object.assign(it, { effect, scoped, live, scopedLive })

addEqualityTesters()

// Without this any two secrets are equal to a test: a Redacted has nothing to compare but what it hides.
expect.addEqualityTesters([
  (a: unknown, b: unknown) =>
    Redacted.isRedacted(a) && Redacted.isRedacted(b) ? Redacted.value(a) === Redacted.value(b) : undefined
])
