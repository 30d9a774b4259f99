/** What the browser's bundles may cost, in bytes after gzip. `limit` fails the check, `aim` is told. */
export const BUDGETS = {
  script: { what: "mlserver-auth.js, self-contained", limit: 82_000, aim: 75_000 },
  azure: { what: "mlserver-auth-azure.js, the same with sign-ins at Azure", limit: 95_600, aim: 90_000 },
  own: { what: "code of core and browser in an application's bundle", limit: 21_100, aim: 8_000 },
  added: { what: "that, with what it makes the application take from effect", limit: 29_100, aim: 8_000 }
}

const imports = `
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
const decode = HttpClientResponse.schemaBodyJson(Schema.Array(Schema.Struct({ name: Schema.String })))
const App = Layer.effectDiscard(Effect.flatMap(HttpClient.get("/names"), decode))
void Effect.runPromise(Layer.launch(Layer.provide(App, FetchHttpClient.layer)))
`

/** One that calls a server and decodes what comes, without this library and with it, tokens in memory. */
export const application = {
  without: imports,
  with: `${imports}
import * as AuthHttpClient from "@mlserver-auth/core/AuthHttpClient"
import * as BrowserAuth from "@mlserver-auth/browser/BrowserAuth"
const services = Effect.flatMap(AuthHttpClient.AuthHttpClient, (http) => http.get("/services"))
void Effect.runPromise(Effect.provide(services, BrowserAuth.layer({ server: "https://mlserver.contoso.com:12800" })))
`
}
