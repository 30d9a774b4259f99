/** The words of every failure, by its tag. */
import { type Diagnosis, trail } from "../../Diagnosis.js"
import * as Failures from "./failures.js"
import * as Refusals from "./refusals.js"
import type { Words } from "./wording.js"

type Of<Tag extends string, Say extends (of: never) => Words> = { readonly _tag: Tag } & Parameters<Say>[0]

/** The fields of an error that its words are made from. */
export type Failure =
  | Of<"CredentialRequired", typeof Failures.credentialRequired>
  | Of<"CredentialRejected", typeof Refusals.credentialRejected>
  | Of<"InteractionRequired", typeof Refusals.interactionRequired>
  | Of<"SessionExpired", typeof Failures.sessionExpired>
  | Of<"RequestUnauthorized", typeof Failures.requestUnauthorized>
  | Of<"ServerUnavailable", typeof Failures.serverUnavailable>
  | Of<"RenewalUncertain", typeof Failures.renewalUncertain>
  | Of<"InvalidResponse", typeof Failures.invalidResponse>
  | {
      readonly _tag: "ConfigurationInvalid"
      readonly setting: string
      readonly problem: string
      readonly fix: string
      readonly diagnosis?: Diagnosis | undefined
    }
  | {
      readonly _tag: "StoreUnavailable"
      readonly operation: string
      readonly problem: string
      readonly fix: string
    }

/** The words of errors that bring their sentences along. */
const own = (headline: string, fix: string): Words => ({ headline, fix, first: fix, remedy: undefined })

const WORDS: { readonly [Tag in Failure["_tag"]]: (of: Extract<Failure, { readonly _tag: Tag }>) => Words } = {
  ConfigurationInvalid: ({ diagnosis, fix, problem, setting }) => own(`${setting}: ${problem}${trail(diagnosis)}`, fix),
  StoreUnavailable: ({ fix, operation, problem }) => own(`token store, ${operation}: ${problem}`, fix),
  CredentialRequired: Failures.credentialRequired,
  CredentialRejected: Refusals.credentialRejected,
  InteractionRequired: Refusals.interactionRequired,
  SessionExpired: Failures.sessionExpired,
  RequestUnauthorized: Failures.requestUnauthorized,
  ServerUnavailable: Failures.serverUnavailable,
  RenewalUncertain: Failures.renewalUncertain,
  InvalidResponse: Failures.invalidResponse
}

/** What is said of a failure. */
export const wordsOf = (failure: Failure): Words => (WORDS[failure._tag] as (of: Failure) => Words)(failure)

/** A whole message. */
export const messageOf = (failure: Failure): string => {
  const { fix, headline } = wordsOf(failure)
  return `${headline}. ${fix}`
}
