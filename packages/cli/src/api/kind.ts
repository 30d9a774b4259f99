/** Whose answer it is: the server's, or that of something in between. No Effect: the direct path of `mls api` goes by this too. */

/** What of an answer says its kind. */
export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
}

/** The call that it answers. */
interface Asked {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** Whether an answer is a web page. */
export const isPage = ({ headers }: Answered): boolean =>
  /^\s*text\/html\b/i.test(String(headers["content-type"] ?? ""))

/**
 * Whether one is whose that stands in between: a captive portal's, or a log-in's. The server itself answers JSON, but for
 * files, which are what their author made of them, and a caller who names the types that will do gets what it named.
 */
export const isStrange = (answer: Answered, { headers, url }: Asked): boolean => {
  const isAsked = /html|text\/\*|\*\/\*/i.test(headers["accept"] ?? "") || /^[^?#]*\/files\//.test(url)
  return isPage(answer) && !isAsked && !/^\s*attachment\b/i.test(String(answer.headers["content-disposition"] ?? ""))
}

/** Whether a page of nginx says that a client must show a certificate. */
export const wantsCertificate = (page: string): boolean => page.includes("SSL certificate")

/** Whether it leads elsewhere; 304 says that nothing has changed. */
export const leadsAway = ({ status }: Answered): boolean => status >= 300 && status < 400 && status !== 304

/** Whether it is an answer of the server itself, not the page of something in between, nor a way elsewhere. */
export const isOfServer = (answer: Answered): boolean => !isPage(answer) && !leadsAway(answer)
