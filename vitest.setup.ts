import { addEqualityTesters, effect, it, live, scoped, scopedLive } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
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

// The cases of a property are the same in each run, so that a rare one is met by who looks for it and not by who happens to run the
// tests: `MLS_TEST_SEED=random` tries others each time, and what fails names its seed.
const asked = process.env["MLS_TEST_SEED"] ?? "20260101"
const seed = asked === "random" ? Date.now() % 2 ** 31 : Number(asked)
if (!Number.isSafeInteger(seed)) throw new Error(`MLS_TEST_SEED=${asked}: a whole number, or random`)
process.env["MLS_TEST_SEED"] = String(seed)
FastCheck.configureGlobal({ ...FastCheck.readConfigureGlobal(), seed })
