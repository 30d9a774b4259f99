/** What answers at a door that a bearer token opens. */
import type * as Either from "effect/Either"
import type * as Reply from "../http/Reply.js"
import type { Request } from "../http/Request.js"
import type * as Services from "../services/Services.js"
import type { World } from "../World.js"

/** The caller is known and the clock was read. */
export interface Call {
  readonly world: World
  readonly request: Request
  readonly caller: Services.Caller
  readonly now: number
}

/** What answers: the call, and the parts of its path. */
export type Handler = (
  call: Call,
  name: string,
  version: string,
  rest: ReadonlyArray<string>
) => Either.Either<Reply.Answer, Reply.Refusal>
