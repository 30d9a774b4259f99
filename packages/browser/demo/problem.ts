/** Errors in this page's own words; the library's are for developers, and stand below in small. */
import type { AuthError } from "@mlserver-auth/core"
import { element } from "./dom.js"

/** Whatever this page can fail with. */
export interface Failure {
  readonly _tag: string
  readonly message: string
  readonly reason?: string | undefined
}

type Words = readonly [what: string, next: string]

/** Those of calls, beside those of the library. */
type Tag = AuthError.AuthError["_tag"] | "RequestError" | "ResponseError" | "ParseError" | "Answered"

const SILENT: Words = ["The server does not answer.", "You are still signed in. Try again in a moment."]
const SENSELESS: Words = ["The server’s answer makes no sense.", "Is the address that of Machine Learning Server?"]

const WORDS: Readonly<Record<Tag, Words>> = {
  Answered: ["The server could not do that.", "You are still signed in. Try again in a moment."],
  ConfigurationInvalid: ["This page is not set up for that server.", "Tell whoever runs it."],
  CredentialRejected: ["You were not let in.", "Check user name and password, and try again."],
  CredentialRequired: ["You are not signed in.", "Sign in to go on."],
  InteractionRequired: ["The server wants to see you in person.", "Sign in again to go on."],
  InvalidResponse: SENSELESS,
  ParseError: SENSELESS,
  RenewalUncertain: ["The server’s answer was lost.", "Try again; it may ask you to sign in once more."],
  RequestUnauthorized: ["The server refused this call.", "Your session is fine. Ask for access to this service."],
  RequestError: SILENT,
  ResponseError: SENSELESS,
  ServerUnavailable: SILENT,
  SessionExpired: ["The server has ended your session.", "Sign in again to go on."],
  StoreUnavailable: ["This browser does not keep sessions as chosen.", "Choose another place for it."]
}

const BY_REASON: Readonly<Record<string, Words>> = {
  400: ["The server cannot work with these values.", "Change them and try again."],
  403: ["This account may not do that.", "Ask for access to this service."],
  404: ["This service is gone.", "Refresh the list."],
  WindowBlocked: ["The browser blocked the window.", "Allow windows for this page, or sign in on this page."],
  Framed: ["The page is in a frame.", "Open it in a tab, and sign in there."],
  Cancelled: ["The sign-in was cancelled.", "Nothing has changed."],
  SignInDeclined: ["The sign-in was cancelled.", "Nothing has changed."]
}

const isTag = (tag: string): tag is Tag => Object.hasOwn(WORDS, tag)

const wordsOf = ({ _tag, reason = "" }: Failure): Words => {
  const byReason = Object.hasOwn(BY_REASON, reason) ? BY_REASON[reason] : undefined
  return byReason ?? (isTag(_tag) ? WORDS[_tag] : ["That did not work.", "Try again in a moment."])
}

/** One line, where there is no room for more. */
export const sentence = (failure: Failure): string => wordsOf(failure).join(" ")

/** Shows what went wrong; nothing where nothing did. */
export const show = (place: HTMLElement, failure: Failure | undefined): void => {
  if (failure === undefined) return place.replaceChildren()
  const [what, next] = wordsOf(failure)
  const code = failure.reason === undefined ? failure._tag : `${failure._tag}, ${failure.reason}`
  place.replaceChildren(
    element("p", {}, [element("strong", { textContent: what })]),
    element("p", { textContent: next }),
    element("code", { textContent: code })
  )
}
