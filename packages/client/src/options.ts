/** What `connect` and `users` are given. Nothing of Effect in these types. */
import type { Abortable, Client as AnyClient } from "@mlserver-auth/core/promises/PromiseClient"

/** A user of the server's directory, or of Azure's. */
export interface UsernamePassword {
  /** As the server or Azure knows the user: `ada`, or `ada@contoso.com`. */
  readonly username: string
  readonly password: string
}

/** An access token from elsewhere, without the word `Bearer`. Used as it is, and never renewed. */
export interface AccessToken {
  readonly accessToken: string
}

/**
 * A person who enters a code in any browser, also on another device (RFC 8628). Azure only. The client calls `onPrompt` with
 * the code. Without `onPrompt` the terminal shows it.
 */
export interface DeviceCode {
  readonly deviceCode: true
  /** How many times the client gets a new code by itself after one expires. Default: 0. */
  readonly newCodes?: number | undefined
}

/** A sign-in in the browser of this machine (RFC 8252). The answer comes back to a port of this machine. Azure only. */
export interface Browser {
  readonly browser: true
  /** What this machine is called in the redirect address as it is registered. Default: `127.0.0.1`. */
  readonly host?: "127.0.0.1" | "localhost" | undefined
  /** The path in the registered address. Default: `/`. */
  readonly path?: string | undefined
  /**
   * Opens the address, and says whether it did. Default: the program that `BROWSER` names, or the desktop's browser. `false`:
   * nothing is opened, and the person opens the address that `onPrompt` or the terminal shows.
   */
  readonly open?: false | ((url: string) => boolean | Promise<boolean>) | undefined
  /**
   * What Azure asks of a person whom it knows already: "login" the password again, "select_account" which account, "consent"
   * the consent. With "none" it asks nothing, and where it would have to, the sign-in is rejected with `InteractionRequired`.
   * Default: Azure decides.
   */
  readonly ask?: "none" | "login" | "select_account" | "consent" | undefined
  /** The user name that the sign-in page shows filled in. Default: none. */
  readonly loginHint?: string | undefined
  /** The domain whose sign-in page opens at once (`contoso.com`). Default: none. */
  readonly domainHint?: string | undefined
  /** How long the person may take, in milliseconds. Default: 15 minutes. */
  readonly patience?: number | undefined
}

/** What a user signs in with. */
export type Credential = UsernamePassword | AccessToken | DeviceCode | Browser

/** What to show a person while they sign in. */
export type Prompt =
  | {
      readonly _tag: "DeviceCode"
      /** What the person types at `verificationUri`; meant for their eyes alone. */
      readonly userCode: string
      readonly verificationUri: string
      /** The same address with the code in it, for a QR code, if the issuer gave one. */
      readonly verificationUriComplete: string | undefined
      /** When the code ends, in epoch milliseconds. */
      readonly expiresAt: number
    }
  | { readonly _tag: "DeviceCodeExpired" }
  | {
      readonly _tag: "Browser"
      /** Where the person signs in. */
      readonly url: string
      /** The port of this machine on which the answer is waited for. */
      readonly port: number
      /** Whether a browser shows it already. */
      readonly opened: boolean
    }

/** Shows a sign-in to a person. The client waits for it. If it throws, the sign-in is rejected with what it threw. */
export type OnPrompt = (prompt: Prompt) => void | Promise<void>

/** The settings of Azure Active Directory: the four that the person who set up the server knows, and more. */
export interface Entra {
  /** The address of Azure's sign-ins. Default: `https://login.microsoftonline.com`. */
  readonly authuri?: string | URL | undefined
  /** The tenant: a GUID or a domain (`contoso.com`). */
  readonly tenant: string
  /** Id of the native application. */
  readonly clientid: string
  /** Id of the web application that stands for the server. */
  readonly resource: string
  /** The version of Azure's endpoints. Default: "v1". */
  readonly wire?: "v1" | "v2" | undefined
}

/** Proxies that you name. Each has the meaning of the environment variable of its name. */
export interface Proxies {
  /** The proxy for https addresses, as HTTPS_PROXY. Default: none. */
  readonly https?: string | undefined
  /** The proxy for http addresses, as HTTP_PROXY. Default: none. */
  readonly http?: string | undefined
  /** Hosts that need no proxy, with commas between, as NO_PROXY. Default: none. */
  readonly noProxy?: string | undefined
}

/** How this process reaches the server. Times are milliseconds; `Infinity` switches a limit off. */
export interface Http {
  /** From the start of connecting to the end of the TLS handshake, in milliseconds. Default: 10 seconds. */
  readonly connectTimeout?: number | undefined
  /** From the end of sending the request to the headers of its answer, in milliseconds. Default: 5 minutes. */
  readonly headersTimeout?: number | undefined
  /** Between two pieces of a body, in milliseconds. Default: 1 minute. */
  readonly bodyTimeout?: number | undefined
  /** The most connections to one origin at the same time. Default: 1024. */
  readonly connections?: number | undefined
  /** The largest answer that is read, in bytes after decompression. Default: 256 MiB. */
  readonly maxResponseBytes?: number | undefined
  /** A PEM file of certificate authorities to trust in addition to Node's own. Default: none. */
  readonly caFile?: string | undefined
  /** Where proxies are named. "environment": in HTTPS_PROXY, HTTP_PROXY and NO_PROXY. Default: "environment". */
  readonly proxy?: "environment" | "none" | Proxies | undefined
}

/** Files that only their owner can read. */
export interface FileStore {
  /** An absolute path. Default: the directory of `mls`, so that the client finds the sessions of `mls login`. */
  readonly directory?: string | undefined
  /**
   * Where the key is that encrypts the files. "keyring": in the desktop's keyring (needs `@napi-rs/keyring`). "keyFile": in a
   * file beside them. "best": in the keyring if there is one, otherwise in a file, with a warning. "none": nowhere, and the
   * files are not encrypted. Default: "none".
   */
  readonly sealing?: "keyring" | "keyFile" | "best" | "none" | undefined
}

/** Options of `connect` and of `users`. */
export interface CommonOptions extends Abortable {
  /** The address of the server, usually with port 12800. */
  readonly server: string | URL
  /** For a server that leaves sign-ins to Azure Active Directory. Default: none; people sign in at the server itself. */
  readonly entra?: Entra | undefined
  /** The path of sign-ins. Default: `/login`. */
  readonly loginPath?: string | undefined
  /** Allows plain http to another machine. Passwords and tokens then cross the network in clear. Default: false. */
  readonly dangerouslyAllowHttp?: boolean | undefined
  /**
   * Where tokens are. "memory": they end with the program. "file": in files that are not encrypted. "encrypted": in files,
   * encrypted with a key in a file beside them. "keyring": in files, encrypted with a key in the desktop's keyring (needs
   * `@napi-rs/keyring`). If the client cannot use the chosen store, `connect` is rejected with `StoreUnavailable`; it never
   * uses a weaker one. Default: "memory".
   */
  readonly store?: "memory" | "file" | "encrypted" | "keyring" | FileStore | undefined
  /** How this process reaches the server. Default: as each field says. */
  readonly http?: Http | undefined
  /** How long one call to the issuer may take, in milliseconds. Default: 30 seconds. */
  readonly issuerTimeout?: number | undefined
  /** How long before its end a token is too old, in milliseconds: callers wait for a new one. Default: 10 seconds. */
  readonly mustRenewWithin?: number | undefined
  /** How long before its end a token is renewed in the background, in milliseconds. Default: 5 minutes. */
  readonly shouldRenewWithin?: number | undefined
  /** Your own display for sign-ins with a device code or in the browser. Default: the terminal. */
  readonly onPrompt?: OnPrompt | undefined
}

/** Options of `connect`. */
export interface ConnectOptions extends CommonOptions {
  /**
   * Kept for as long as the client lives. The client uses a password or a token without asking a person. Default:
   * `MLS_ACCESS_TOKEN`, or `MLS_USERNAME` and `MLS_PASSWORD`, from the environment. For what is missing, `signIn()` asks at
   * the terminal; with `entra` it shows a device code.
   */
  readonly credential?: Credential | undefined
  /**
   * The user whose session it is: the store keeps one for each user. A sign-in as another user is then refused. Default: the
   * user name of the credential, if it is known before a person is asked; otherwise whoever signs in.
   */
  readonly principal?: string | undefined
}

/** Options of `users`. */
export interface UsersOptions extends CommonOptions {
  /** Each user's own credential, if your program has it; used without asking. Default: users sign in by `signIn`. */
  readonly credential?: ((principal: string) => Credential | undefined | Promise<Credential | undefined>) | undefined
  /** How long a session that is not used stays in memory, in milliseconds. Default: 1 hour. */
  readonly idleTimeToLive?: number | undefined
}

/** No credential: `signIn` uses that of the options. */
export interface Nothing {
  readonly username?: undefined
  readonly password?: undefined
  readonly accessToken?: undefined
  readonly deviceCode?: undefined
  readonly browser?: undefined
}

/**
 * The client of one server and one user. `signIn` takes a credential; without, it uses that of the options, which may ask a
 * person.
 */
export type Client = AnyClient<Credential | Nothing>

/** The sessions of many users in one program. */
export interface Users extends AsyncDisposable {
  /**
   * The client of one user; cheap, so ask for it each time. Clients of one name share a session. Throws an
   * `MlServerAuthError` for an empty name.
   */
  readonly of: (principal: string) => Client
  /** Ends all of them, but no session itself. Until then the program does not end by itself. */
  readonly close: () => Promise<void>
}
