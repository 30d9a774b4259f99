/** undici's `request` with nothing around it. */
import { request } from "undici"
import type { Run } from "../oneClient.js"

export const make = (): Run => async (url, count) => {
  for (let i = 0; i < count; i++) {
    const { body } = await request(url, { headers: { authorization: "Bearer x" } })
    await body.json()
  }
}
