/** What a server answers besides its API: pages on its own origin, which need no permission to call it. */
import * as Effect from "effect/Effect"
import type { Api } from "../api/Api.js"
import type { Answer } from "./Reply.js"
import type { Request } from "./Request.js"

/** Answers the requests that are for pages, and leaves the others to the server. They are not counted. */
export type Pages = (request: Request) => Effect.Effect<Answer> | undefined

/** The same server, with pages. */
export const around = (api: Api, pages: Pages): Api => ({
  handle: (request) => Effect.suspend(() => pages(request) ?? api.handle(request))
})
