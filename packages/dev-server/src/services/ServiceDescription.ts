/**
 * `GET /api/{name}/{version}/swagger.json`: a service's own description, from which clients are generated. Its paths and
 * definitions are those that a server of 9.1 and later gives.
 */
import type { Parameter, Service } from "./Services.js"

const typeOf = (type: Parameter["type"]) => {
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
  properties: Object.fromEntries(parameters.map((it) => [it.name, { ...typeOf(it.type), description: it.type }]))
})

const ref = (name: string) => ({ $ref: `#/definitions/${name}` })
const listOf = (items: object) => ({ type: "array", items })
const strings = listOf({ type: "string" })

const operation = (
  operationId: string,
  tag: string,
  parameters: ReadonlyArray<unknown>,
  schema: object,
  status = "200"
) => ({
  operationId,
  tags: [tag],
  parameters,
  responses: {
    [status]: { description: status === "202" ? "Accepted" : "OK", schema },
    default: { description: "Unexpected error", schema: ref("Error") }
  }
})

const inBody = (name: string, schema: object) => ({ name, in: "body", required: true, schema })
const inPath = (name: string, type = "string") => ({ name, in: "path", required: true, type })
const inQuery = (name: string, type: string) => ({ name, in: "query", required: false, type })

const textsOf = (...names: ReadonlyArray<string>) => ({
  type: "object",
  properties: Object.fromEntries(names.map((name) => [name, { type: "string" }]))
})

const authentication = (loginPath: string) => ({
  [loginPath]: {
    post: operation("login", "User", [inBody("loginRequest", ref("LoginRequest"))], ref("AccessTokenResponse"))
  },
  [`${loginPath}/refreshToken`]: {
    post: operation(
      "renewToken",
      "User",
      [inBody("renewTokenRequest", ref("RenewTokenRequest"))],
      ref("AccessTokenResponse")
    ),
    delete: operation(
      "revokeRefreshToken",
      "User",
      [{ ...inQuery("refreshToken", "string"), required: true }],
      ref("AccessTokenResponse")
    )
  }
})

const batch = (name: string, at: string) => {
  const [id, index] = [inPath("executionId"), inPath("index", "integer")]
  return {
    [`${at}/batch`]: {
      get: operation("GetBatchExecutions", name, [], strings),
      post: operation(
        "StartBatchExecution",
        name,
        [
          inBody("BatchWebServiceParameters", listOf(ref("InputParameters"))),
          { ...inQuery("parallelCount", "integer"), format: "int32" }
        ],
        ref("StartBatchExecutionResponse"),
        "202"
      )
    },
    [`${at}/batch/{executionId}`]: {
      get: operation(
        "GetBatchExecutionStatus",
        name,
        [id, inQuery("showPartialResults", "boolean")],
        ref("BatchWebServiceResult")
      ),
      delete: operation("CancelAndDeleteBatchExecution", name, [id], strings)
    },
    [`${at}/batch/{executionId}/{index}/files`]: {
      get: operation("GetBatchExecutionFiles", name, [id, index], strings)
    },
    [`${at}/batch/{executionId}/{index}/files/{fileName}`]: {
      get: operation("GetBatchExecutionFile", name, [id, index, inPath("fileName")], { type: "file" })
    }
  }
}

const paths = ({ definition, name, version }: Service, loginPath: string) => {
  const at = `/api/${name}/${version}`
  const inputs = [inBody("WebServiceParameters", ref("InputParameters"))]
  return {
    ...authentication(loginPath),
    [at]: { post: operation(definition.operationId ?? name, name, inputs, ref("WebServiceResult")) },
    ...batch(name, at)
  }
}

const results = {
  WebServiceResult: {
    type: "object",
    properties: {
      success: { type: "boolean" },
      errorMessage: { type: "string" },
      consoleOutput: { type: "string" },
      changedFiles: strings,
      outputParameters: ref("OutputParameters"),
      outputFiles: { type: "object" }
    }
  },
  StartBatchExecutionResponse: textsOf("batchExecutionId"),
  BatchWebServiceResult: {
    type: "object",
    properties: {
      state: { type: "string", enum: ["pending", "inProgress", "ready", "complete"] },
      completedItemCount: { type: "integer", format: "int32" },
      totalItemCount: { type: "integer", format: "int32" },
      parallelCount: { type: "integer", format: "int32" },
      batchExecutionResults: listOf(ref("WebServiceResult"))
    }
  },
  LoginRequest: textsOf("username", "password"),
  RenewTokenRequest: textsOf("refreshToken"),
  AccessTokenResponse: textsOf("token_type", "access_token", "expires_on", "refresh_token"),
  Error: textsOf("message", "link", "exceptionType")
}

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
    ...results
  }
})
