/**
 * `GET /api/{name}/{version}/swagger.json`: a service's own description, from which clients are generated.
 */
import type { Parameter, Service } from "./Services.js"

const schemaOf = (type: Parameter["type"]) => {
  switch (type) {
    case "numeric":
      return { type: "number" }
    case "integer":
      return { type: "integer" }
    case "logical":
      return { type: "boolean" }
    case "character":
      return { type: "string" }
    case "data.frame":
      return { type: "object" }
    default:
      return { type: "array", items: { type: "number" } }
  }
}

const objectOf = (parameters: ReadonlyArray<Parameter> = []) => ({
  type: "object",
  properties: Object.fromEntries(parameters.map((it) => [it.name, schemaOf(it.type)]))
})

const ref = (name: string) => ({ $ref: `#/definitions/${name}` })

const operation = (operationId: string, tag: string, parameters: ReadonlyArray<unknown>, result: string) => ({
  operationId,
  tags: [tag],
  parameters,
  responses: {
    "200": { description: "OK", schema: ref(result) },
    default: { description: "Unexpected error", schema: ref("Error") }
  }
})

const inBody = (name: string, schema: string) => ({ name, in: "body", required: true, schema: ref(schema) })

const strings = (...names: ReadonlyArray<string>) => ({
  type: "object",
  properties: Object.fromEntries(names.map((name) => [name, { type: "string" }]))
})

const paths = (service: Service, loginPath: string) => ({
  [loginPath]: {
    post: operation("login", "Authentication", [inBody("loginRequest", "LoginRequest")], "AccessTokenResponse")
  },
  [`${loginPath}/refreshToken`]: {
    post: operation(
      "renewToken",
      "Authentication",
      [inBody("renewTokenRequest", "RenewTokenRequest")],
      "AccessTokenResponse"
    ),
    delete: operation(
      "revokeRefreshToken",
      "Authentication",
      [{ name: "refreshToken", in: "query", required: true, type: "string" }],
      "AccessTokenResponse"
    )
  },
  [`/api/${service.name}/${service.version}`]: {
    post: operation(
      service.definition.operationId ?? service.name,
      service.name,
      [inBody("WebServiceParameters", "InputParameters")],
      "WebServiceResult"
    )
  }
})

/** The Swagger 2.0 document of a service. */
export const swagger = (service: Service, loginPath: string) => ({
  swagger: "2.0",
  info: { title: service.name, version: service.version, description: service.definition.description ?? "" },
  schemes: ["http", "https"],
  consumes: ["application/json"],
  produces: ["application/json"],
  securityDefinitions: { Bearer: { type: "apiKey", name: "Authorization", in: "header" } },
  paths: paths(service, loginPath),
  definitions: {
    InputParameters: objectOf(service.definition.inputParameterDefinitions),
    OutputParameters: objectOf(service.definition.outputParameterDefinitions),
    WebServiceResult: {
      type: "object",
      properties: {
        success: { type: "boolean" },
        errorMessage: { type: "string" },
        consoleOutput: { type: "string" },
        changedFiles: { type: "array", items: { type: "string" } },
        outputParameters: ref("OutputParameters"),
        outputFiles: { type: "object" }
      }
    },
    LoginRequest: strings("username", "password"),
    RenewTokenRequest: strings("refreshToken"),
    AccessTokenResponse: strings("token_type", "access_token", "expires_on", "refresh_token"),
    Error: strings("message", "link", "exceptionType")
  }
})
