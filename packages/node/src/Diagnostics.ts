/**
 * Reports what stands between this machine and a token that works: store, key, lock, the way through a proxy, and the
 * server's certificates. For programs that show people what is wrong, as `mls doctor` does. It changes, opens and repairs
 * nothing, and no value contains a token, a key or a password.
 */
import type { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import type { TokenKey } from "@mlserver-auth/core/TokenKey"
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as FileAccess from "./internal/diagnostics/access.js"
import type * as Network from "./internal/diagnostics/network.js"
import type { Limit, Target, TlsChain } from "./internal/diagnostics/network.js"
import * as Stored from "./internal/diagnostics/stored.js"
import * as Proxy from "./internal/http/proxy/proxy.js"
import * as ProxyVariables from "./internal/http/proxy/proxyVariables.js"
import * as SocketAddress from "./internal/http/socketAddress.js"
import * as Trust from "./internal/http/trust.js"
import type * as NodeHttp from "./NodeHttp.js"
import type * as RecordKey from "./RecordKey.js"

export type { Certificate, Limit, Target, TlsChain } from "./internal/diagnostics/network.js"

/** Whether this user, and no other, can use a file or a directory. */
export type Access = Data.TaggedEnum<{
  readonly Usable: { readonly path: string }
  readonly Absent: { readonly path: string }
  /** Something else stands there: `kind` is what is wanted. A link counts as something else, unless root made it. */
  readonly WrongKind: { readonly path: string; readonly kind: "directory" | "file" }
  /** It belongs to another user, of this number. */
  readonly Foreign: { readonly path: string; readonly uid: number }
  /** Other users may read or write it. `mode`: the nine bits of its permissions. */
  readonly Open: { readonly path: string; readonly kind: "directory" | "file"; readonly mode: number }
  /** The system refuses it: `code` is Node's (`EACCES`, `EROFS`, `ENOTDIR`, …). */
  readonly Unusable: { readonly path: string; readonly kind: "directory" | "file"; readonly code: string }
}>
/** Constructors and matching for `Access`. */
export const Access = Data.taggedEnum<Access>()

/**
 * Looks at one file or directory. On Windows it looks at no rights, since modes do not tell them there.
 *
 * @example
 * import { Diagnostics } from "@mlserver-auth/node"
 * import * as Effect from "effect/Effect"
 *
 * const isPrivate = Effect.map(Diagnostics.access("/run/secrets/mls", "file"), ({ _tag }) => _tag === "Usable")
 */
export const access = (path: string, kind: "directory" | "file"): Effect.Effect<Access> =>
  Effect.promise(() => FileAccess.look(path, kind))

/** A record of tokens. No token in it. */
export type StoredRecord = Data.TaggedEnum<{
  /** Nothing that could be read is there. */
  readonly Absent: { readonly path: string }
  /** The tokens are in clear. */
  readonly Clear: { readonly path: string }
  /** The tokens are sealed; with a key in a file, `keyFile` is its path, whether it is there or not. */
  readonly Sealed: { readonly path: string; readonly place: RecordKey.Place; readonly keyFile: string | undefined }
  /** A newer version of this package wrote it. */
  readonly Newer: { readonly path: string }
  /** It is no record of this key. */
  readonly Damaged: { readonly path: string }
}>
/** Constructors and matching for `StoredRecord`. */
export const StoredRecord = Data.taggedEnum<StoredRecord>()

/**
 * What the record of a key in a directory of `FileTokenStore` says about itself. Only its key shows whether it opens.
 *
 * @example
 * import type { TokenKey } from "@mlserver-auth/core/TokenKey"
 * import { Diagnostics } from "@mlserver-auth/node"
 * import * as Effect from "effect/Effect"
 *
 * const isSealed = (directory: string, key: TokenKey) =>
 *   Effect.map(Diagnostics.record(directory, key), ({ _tag }) => _tag === "Sealed")
 */
export const record = (directory: string, key: TokenKey): Effect.Effect<StoredRecord> => Stored.record(directory, key)

/** Where the tokens of a key are, from the directory to the record. */
export interface Store {
  readonly directory: Access
  /** The file of the record. */
  readonly file: Access
  readonly record: StoredRecord
  /** The file of the key that seals it; `undefined` where the record is not sealed with a key in a file. */
  readonly keyFile: Access | undefined
}

/**
 * The directory of `FileTokenStore`, the record of a key in it, and the file of the key that seals it.
 *
 * @example
 * import { TokenKey } from "@mlserver-auth/core"
 * import { Diagnostics, RecordKey } from "@mlserver-auth/node"
 * import * as Effect from "effect/Effect"
 *
 * const told = Effect.fn(function* (directory: string, issuer: string) {
 *   const { file, record } = yield* Diagnostics.store(directory, TokenKey.make({ issuer }))
 *   if (Diagnostics.StoredRecord.$is("Absent")(record)) return "sign in first"
 *   if (Diagnostics.Access.$is("Open")(file)) return `others can read ${file.path}: mode ${file.mode.toString(8)}`
 *   const key = yield* Diagnostics.key(RecordKey.keyFile(directory))
 *   if (!Diagnostics.KeyState.$is("Present")(key)) return `the key cannot be read: ${key._tag}`
 *   const lock = yield* Diagnostics.lock(directory, TokenKey.make({ issuer }))
 *   return Diagnostics.StoredLock.$is("Held")(lock) ? `process ${lock.pid} renews it now` : "ready"
 * })
 */
export const store = (directory: string, key: TokenKey): Effect.Effect<Store> =>
  Effect.gen(function* () {
    const found = yield* record(directory, key)
    const keyFile = found._tag === "Sealed" ? found.keyFile : undefined
    return {
      directory: yield* access(directory, "directory"),
      file: yield* access(found.path, "file"),
      record: found,
      keyFile: keyFile === undefined ? undefined : yield* access(keyFile, "file")
    }
  })

/** Whether the key that seals records can be read. The key is not in it. */
export type KeyState = Data.TaggedEnum<{
  readonly Present: { readonly place: RecordKey.Place }
  /** It is certain that no key was made there. */
  readonly Absent: { readonly place: RecordKey.Place }
  /** Whether there is one cannot be said now: a keyring is locked, a file is damaged, … */
  readonly Unavailable: { readonly place: RecordKey.Place; readonly error: RecordKey.RecordKeyUnavailable }
}>
/** Constructors and matching for `KeyState`. */
export const KeyState = Data.taggedEnum<KeyState>()

/** Asks for the key of a place, and makes none. A keyring may ask the person to unlock it. */
export const key = ({ find, place }: RecordKey.Service): Effect.Effect<KeyState> =>
  Effect.match(find, {
    onFailure: (error) => KeyState.Unavailable({ place, error }),
    onSuccess: (found) => (Option.isSome(found) ? KeyState.Present({ place }) : KeyState.Absent({ place }))
  })

/** The lock that `exclusive` takes. */
export type StoredLock = Data.TaggedEnum<{
  readonly Free: { readonly path: string }
  /**
   * `runs`: true if it is certain that the process of this number holds the lock. `undefined` if that cannot be seen from here:
   * it gives signs of life, and is on another machine, or the system does not tell when a process was started.
   */
  readonly Held: {
    readonly path: string
    readonly pid: number
    readonly host: string
    /** Epoch milliseconds of the holder's clock. */
    readonly since: number
    readonly runs: boolean | undefined
  }
  /** Its holder does not say who it is: a newer version wrote it, or it is damaged. */
  readonly Nameless: { readonly path: string }
}>
/** Constructors and matching for `StoredLock`. */
export const StoredLock = Data.taggedEnum<StoredLock>()

/** Finds out which program holds the lock of a key. The next program takes over the lock of one that has ended. */
export const lock = (directory: string, key: TokenKey): Effect.Effect<StoredLock> => Stored.lock(directory, key)

/** Where the first connection of a request goes: to the proxy if one is used, otherwise to the server. */
export interface Route extends Target {
  /** The proxy for addresses of this protocol; `undefined` where the settings name none. */
  readonly proxy: NamedProxy | undefined
}

/** A proxy that the settings name. */
export interface NamedProxy {
  /** Its address without user name and password. */
  readonly origin: string
  /** The environment variable that names it; `undefined` where the program named it. */
  readonly variable: string | undefined
  /** Whether it is used for this address: not for this machine itself, nor for what NO_PROXY names. */
  readonly used: boolean
}

/**
 * The way that a client of `NodeHttp` with these proxies takes to an address. Nothing is sent. Fails with `ConfigurationInvalid` if a setting is
 * not the address of a proxy; the message does not repeat it. Default: "environment".
 */
export const route = (
  url: URL,
  proxy: NonNullable<NodeHttp.Options["proxy"]> = "environment"
): Effect.Effect<Route, ConfigurationInvalid> =>
  Effect.gen(function* () {
    const isEnvironment = proxy === "environment"
    const proxies = isEnvironment ? ProxyVariables.fromEnvironment(process.env) : proxy === "none" ? {} : proxy
    const named = yield* Proxy.named(proxies, url.protocol)
    const used = (yield* Proxy.route(proxies))(url)
    const { host, port } = used ?? { host: SocketAddress.unbracketed(url.hostname), port: SocketAddress.portOf(url) }
    if (named === undefined) return { host, port, proxy: undefined }
    const variable = isEnvironment ? ProxyVariables.variableFor(url.protocol, process.env) : undefined
    return { host, port, proxy: { origin: named.origin, variable, used: used !== undefined } }
  })

/** A step of the way to a server failed. */
export class Unreachable extends Schema.TaggedError<Unreachable>()("Unreachable", {
  step: Schema.Literal("name", "connection", "tls"),
  host: Schema.String,
  /** Node's (`ENOTFOUND`, `ECONNREFUSED`, `ERR_SSL_WRONG_VERSION_NUMBER`, …); `MLS_CONNECT_TIMEOUT` where no answer came in time. */
  code: Schema.String
}) {
  override get message(): string {
    return `${this.host}, ${this.step}: ${this.code}`
  }
}

/** The network's part is loaded when it is needed. */
const step = <A>(name: Unreachable["step"], host: string, run: (network: typeof Network) => Effect.Effect<A, string>) =>
  Effect.promise(() => import("./internal/diagnostics/network.js")).pipe(
    Effect.flatMap(run),
    Effect.mapError((code) => new Unreachable({ step: name, host, code }))
  )

/** The addresses of a name, as connections find them. Of an address: itself. Fails with `Unreachable` (`name`). */
export const addresses = (host: string, limit: Limit = {}): Effect.Effect<ReadonlyArray<string>, Unreachable> =>
  step("name", host, (network) => network.addresses(host, limit))

/** Makes a TCP connection and ends it; how long it took, with the look-up of the name. Fails with `Unreachable` (`connection`). */
export const connection = (target: Target, limit: Limit = {}): Effect.Effect<Duration.Duration, Unreachable> =>
  step("connection", target.host, (network) => network.connection(target, limit))

/**
 * Makes a TLS connection, not through a proxy, sends nothing on it, and ends it. `caFile`: as in `NodeHttp`. Fails with `Unreachable` (`tls`).
 *
 * @example
 * import { Diagnostics } from "@mlserver-auth/node"
 * import * as Duration from "effect/Duration"
 * import * as Effect from "effect/Effect"
 *
 * const told = Effect.gen(function* () {
 *   const { host, port } = yield* Diagnostics.route(new URL("https://mls.contoso.com:12800")) // or those of the proxy
 *   const [address] = yield* Diagnostics.addresses(host)
 *   const took = yield* Diagnostics.connection({ host, port }, { timeout: "2 seconds" })
 *   const { refusal = "trusted" } = yield* Diagnostics.tls({ host, port }, { caFile: "contoso-root.pem" })
 *   return `${address}, ${Duration.format(took)}, ${refusal}` // 10.0.0.7, 12ms, CERT_HAS_EXPIRED
 * }).pipe(Effect.catchTag("Unreachable", (error) => Effect.succeed(error.message))) // mls.contoso.com, name: ENOTFOUND
 */
export const tls = (
  target: Target,
  options: Limit & { readonly caFile?: string | undefined } = {}
): Effect.Effect<TlsChain, Unreachable | ConfigurationInvalid> =>
  Effect.flatMap(Trust.settings(options.caFile), (trust) =>
    step("tls", target.host, (network) => network.tls(target, trust, options))
  )
