/** What the demo's server counted, and what it can be made to do: of the demo, and of no real server. */
import * as Schema from "effect/Schema"
import type { Choice } from "./choice.js"
import { byId } from "./dom.js"

const Counts = Schema.Struct({
  signIns: Schema.Number,
  renewals: Schema.Number,
  unauthorized: Schema.Number,
  reused: Schema.Number
})
export type Counts = typeof Counts.Type

/** Everybody's access tokens, or everybody's sessions. */
export type Knob = "revoke-access-tokens" | "end-sessions"

/** Whether it was done. */
export const turn = async (place: Choice["place"], knob: Knob): Promise<boolean> => {
  const answer = await fetch(`control/${place}/${knob}`, { method: "POST" }).catch(() => undefined)
  return answer?.ok === true
}

/** Shows what was counted so far, where the server can be asked. */
export const count = async (place: Choice["place"]): Promise<Counts | undefined> => {
  const answer = await fetch(`control/${place}/counts`).catch(() => undefined)
  if (answer?.ok !== true) return undefined
  const counts = Schema.decodeUnknownSync(Counts)(await answer.json())
  for (const [name, value] of Object.entries(counts)) byId(`count-${name}`, HTMLElement).textContent = String(value)
  return counts
}
