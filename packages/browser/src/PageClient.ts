/**
 * The types for pages without Effect, with a script tag or with `@mlserver-auth/client/browser`. They name nothing of
 * Effect.
 */
import type { Abortable, Client as AnyClient, State } from "@mlserver-auth/core/promises/PromiseClient"
import type { Advice, Verdict } from "./internal/serverAdvice.js"
import type { GiveUpTexts, Texts } from "./internal/dialog/texts.js"

/**
 * Where tokens are. "memory": they end with the page. "session": in this tab's sessionStorage, in clear; they survive a reload.
 * "encrypted": in IndexedDB, encrypted, for all tabs; they survive a restart. "localStorageReadableByScripts": in localStorage, in
 * clear, for all tabs. docs/how-to/browser.md says what each protects against.
 */
export type Store = "memory" | "session" | "encrypted" | "localStorageReadableByScripts"

/** Of every connection of a page. */
interface Connection extends Abortable {
  /** The address of the server, usually with port 12800. */
  readonly server: string | URL
  /** Where tokens are. Default: "memory". */
  readonly store?: Store | undefined
  /** The user whose session it is; a sign-in as another user is then refused. Default: whoever signs in. */
  readonly principal?: string | undefined
  /** Allows plain http to another machine. Passwords and tokens then cross the network in clear. Default: false. */
  readonly dangerouslyAllowHttp?: boolean | undefined
}

/** Options for a server that signs people in itself. */
export interface ConnectOptions extends Connection {
  /** An access token from elsewhere, used instead of sign-ins and never renewed. Default: none. */
  readonly accessToken?: string | undefined
  /** The path of sign-ins. Default: `/login`. */
  readonly loginPath?: string | undefined
  /** Words of the dialog in the place of the English ones. Default: all in English. */
  readonly texts?: Partial<Texts> | undefined
}

/** A credential that the page has asked for. */
export interface GivenByPage {
  readonly username: string
  readonly password: string
}

/** No credential: the dialog asks. */
export interface AskedByDialog {
  readonly username?: undefined
  readonly password?: undefined
}

/**
 * The client of one server and one user. `signIn` takes what is given; without, it opens a dialog that stays until a try
 * has worked or the person leaves (`CredentialRequired` `Cancelled`).
 */
export type Client = AnyClient<GivenByPage | AskedByDialog>

/** How the person goes to the authority. */
export interface Person {
  /** In a window beside the page, or by the page itself. Default: as `entra` of the connection says; "popup" without. */
  readonly way?: "popup" | "redirect" | undefined
  /**
   * What Azure asks of a person whom it knows already: "login" the password again, "select_account" which account, "consent"
   * the consent. With "none" it asks nothing, and where it would have to, the sign-in is rejected with `InteractionRequired`.
   * Default: Azure decides.
   */
  readonly ask?: "none" | "login" | "select_account" | "consent" | undefined
  /** The user name that the sign-in page shows filled in. It is part of an address, so others may see it. Default: none. */
  readonly loginHint?: string | undefined
  /** The domain whose sign-in page opens at once (`contoso.com`). Default: none. */
  readonly domainHint?: string | undefined
}

/** The authority, the application and the resource of sign-ins at Azure Active Directory. */
export interface Entra extends Person {
  /** The address of Azure's sign-ins. Default: `https://login.microsoftonline.com`. */
  readonly authuri?: string | URL | undefined
  /** The tenant: a GUID or a domain (`contoso.com`). */
  readonly tenant: string
  /** Id of the application that stands for this page. */
  readonly clientid: string
  /** Id of the application that stands for the server. */
  readonly resource: string
  /**
   * Where the authority leads back to, registered as that of a single-page application: for a window a page that calls `answer`
   * and does nothing else. Default: this page, without query and fragment.
   */
  readonly redirectUri?: string | undefined
  /** How long the person may take, in milliseconds. Default: 15 minutes. */
  readonly patience?: number | undefined
  /** Whether a frame may open the window although a page around it is of another origin of this site. Default: no. */
  readonly inFrames?: boolean | undefined
}

/** Options for a server that leaves sign-ins to Azure Active Directory. */
export interface AzureConnectOptions extends Connection {
  readonly entra: Entra
  /** Words of the dialog about a window that may have been closed. Default: all in English. */
  readonly texts?: Partial<GiveUpTexts> | undefined
}

/** The sign-in of a person who came back from the authority's page. */
export interface Returned {
  /** The address of the page that they left. */
  readonly from: string
  readonly state: State
}

/** A client of a server that leaves sign-ins to Azure. `signIn` by a window must be called in the handler of a click. */
export interface AzureClient extends AnyClient<Person> {
  /**
   * Ends the sign-in that the person has come back from, if they have: to be called when the page starts, before anything
   * else looks at its address. `undefined` where there is none.
   */
  readonly resume: (options?: Abortable) => Promise<Returned | undefined>
  /** Signs out here, and then at the authority, to which the page leaves: for every application of this browser. */
  readonly signOutEverywhere: (options?: Abortable) => Promise<never>
}

/** Options of `checkServer`. */
export interface CheckOptions extends Abortable {
  /** Allows plain http to another machine. Default: false. */
  readonly dangerouslyAllowHttp?: boolean | undefined
  /** The path of sign-ins. Default: `/login`. */
  readonly loginPath?: string | undefined
  /** How long each of at most eight requests may take, in milliseconds. Default: 10,000. */
  readonly timeout?: number | undefined
}

/** What stands between this page and a server. */
export interface Report extends Advice {
  /** `Ready`, or the first obstacle. */
  readonly verdict: Verdict
  /** Whether a page of this origin can sign in there and call it. */
  readonly ready: boolean
}
