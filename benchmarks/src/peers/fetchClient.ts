/** `HttpClient` over the built-in `fetch`. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { over } from "./layerClient.js"

export const make = () => over(FetchHttpClient.layer)
