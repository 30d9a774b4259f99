/** The token on a request, and off it again as soon as the request was sent. */
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Redacted from "effect/Redacted"
import { MASK } from "../RequestReport.js"
import type { Token } from "../Token.js"
import { concealsRequest } from "./answerBody.js"

export const signed = (
  request: HttpClientRequest.HttpClientRequest,
  token: Token
): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.setHeader(request, "authorization", Redacted.value(token.authorization))

/** Whether a request brings its own Authorization; one taken from an answer, with a mask for it, does not. */
export const bringsItsOwn = ({ headers }: HttpClientRequest.HttpClientRequest): boolean =>
  headers["authorization"] !== undefined && headers["authorization"] !== MASK

/**
 * Answers and errors carry the request they belong to, and print its headers in clear when inspected or turned into
 * JSON. The signed request is a copy that is not needed once it was sent: its header is masked. (Masked, not deleted:
 * deleting a property makes the object a dictionary, at three times the price of signing.)
 */
const unsign = (request: HttpClientRequest.HttpClientRequest): void => {
  const headers = request.headers as Record<string, string>
  if (headers["authorization"] !== undefined) headers["authorization"] = MASK
}

export const unsignedAnswer = (
  response: HttpClientResponse.HttpClientResponse
): HttpClientResponse.HttpClientResponse => {
  if (!(concealsRequest in response)) unsign(response.request)
  return response
}

export const unsignedError = (error: HttpClientError.HttpClientError): HttpClientError.HttpClientError => {
  unsign(error.request)
  if (error._tag === "ResponseError") unsign(error.response.request)
  return error
}
