import { addEqualityTesters } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { expect } from "vitest"

addEqualityTesters()

// Without this any two secrets are equal to a test: a Redacted has nothing to compare but what it hides.
expect.addEqualityTesters([
  (a: unknown, b: unknown) =>
    Redacted.isRedacted(a) && Redacted.isRedacted(b) ? Redacted.value(a) === Redacted.value(b) : undefined
])
