/** What befalls the store and the server by itself, and no program is told of. */
import type { TokenKey } from "@mlserver-auth/core"
import type { Step } from "./machine.js"
import { type Shared, tellAll } from "./ports.js"
import { pairOf } from "./server.js"

export const accidents = (shared: Shared, key: TokenKey.TokenKey): ReadonlyArray<Step> => {
  const { before, left, monitor, server } = shared
  const restored = () => {
    left.restored--
    shared.record = before
    shared.before = undefined
    monitor.restored(before === undefined ? undefined : pairOf(before))
    tellAll(shared, key)
    shared.machine.settle()
  }
  const revoked = () => {
    left.revoked--
    server.refuseAccess()
    monitor.revoked()
  }
  return [
    ...(left.restored > 0 && before !== undefined
      ? [{ label: `the store goes back to ${pairOf(before)}`, take: restored }]
      : []),
    ...(left.revoked > 0 ? [{ label: "the server declares all access tokens dead", take: revoked }] : [])
  ]
}
