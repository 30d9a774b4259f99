/** What it means that an issuer brought neither a token nor a refusal: each failure is made here, for every issuer. */
import {
  type AuthError,
  InvalidResponse,
  type Operation,
  RenewalUncertain,
  ServerUnavailable
} from "../../AuthError.js"
import type { Diagnosis } from "../../Diagnosis.js"
import { type Answer, type Fault, retryAfter } from "./exchange.js"
import { wantsClientCertificate } from "./tokenAnswer.js"

/** Whether a status says that the issuer, or a gateway before it, cannot answer now. */
export const isNotNow = (status: number): boolean => status >= 500 || status === 429 || status === 408

/** The code of a transport, where it had one: an error of another has no such field. */
const coded = (code: string | undefined) => (code === undefined ? {} : { code })

/** The failures of one issuer. `from`: "authority" for one that is no Machine Learning Server. */
export const make = (server: string, from?: "authority") => {
  /** An answer that such an issuer does not give. */
  const invalid = (operation: Operation, { body, status }: Pick<Answer, "body" | "status">, problem: string) =>
    new InvalidResponse({
      operation,
      server,
      status,
      problem,
      from,
      reason: wantsClientCertificate(body) ? "ClientCertificateWanted" : undefined
    })

  return {
    invalid,

    /** An answer whose status is `isNotNow`, or whose error says the same. */
    notNow: (operation: Operation, answer: Answer, diagnosis?: Diagnosis) =>
      new ServerUnavailable({
        operation,
        server,
        reason: "Status",
        status: answer.status,
        retryAfter: retryAfter(answer),
        diagnosis
      }),

    /** No answer, or not all of it, to what an issuer does not remember. */
    unreachable: (operation: Operation, { code, reason, refusal, status = 200 }: Fault): AuthError =>
      refusal ??
      (reason === "TooLarge"
        ? invalid(operation, { status, body: "" }, "the answer is larger than 1 MiB")
        : new ServerUnavailable({ operation, server, reason, ...coded(code) })),

    /** No answer to a renewal that was sent: it may have been carried out. */
    uncertain: ({ code, reason }: Fault) =>
      new RenewalUncertain({ server, reason: reason === "TooLarge" ? "InvalidResponse" : reason, ...coded(code) }),

    /** An answer that leaves it open whether the renewal was carried out. */
    uncertainAfter: (reason: "Status" | "InvalidResponse", answer: Answer) =>
      new RenewalUncertain({
        server,
        reason,
        status: answer.status,
        retryAfter: reason === "Status" ? retryAfter(answer) : undefined
      })
  }
}

/** The failures of one issuer. */
export type IssuerError = ReturnType<typeof make>
