/** Which authorities are believed: those Node believes, and one file more. */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as Effect from "effect/Effect"
import type * as Tls from "node:tls"
import * as TextFile from "../../TextFile.js"
import { crypto, fs, tls } from "../builtins.js"
import { type Settings, TLS } from "./defaults.js"

const certificates = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** The settings with the certificates of `caFile` believed in addition; built once, not per connection. */
export const settings = (caFile: string | undefined): Effect.Effect<Settings, ConfigurationInvalid> =>
  caFile === undefined
    ? Effect.succeed(TLS)
    : Effect.gen(function* () {
        const own = yield* read("caFile", caFile)
        return { ...TLS, secureContext: contextWith([...(yield* extra), ...own]) }
      })

const invalid = (setting: string, problem: string): ConfigurationInvalid =>
  new ConfigurationInvalid({ setting, problem, fix: "Name a readable PEM file with the certificate of your authority" })

/** Bytes; the lists of whole systems have a tenth of it. */
const LIMIT = 4 * 1024 * 1024

/**
 * `undefined` for what has no end, as devices have none, or is too large. A pipe is read, since shells make files of those; one
 * that nothing writes to is empty.
 */
const textOf = async (path: string): Promise<string | undefined> => {
  const stats = await fs().promises.stat(path)
  if (!stats.isFile() && !stats.isFIFO()) return undefined
  const bytes = await TextFile.read(path, LIMIT, { waits: false })
  return bytes.length > LIMIT ? undefined : TextFile.decode(bytes)
}

const read = (setting: string, path: string): Effect.Effect<ReadonlyArray<string>, ConfigurationInvalid> =>
  Effect.flatMap(
    Effect.tryPromise({
      try: () => textOf(path),
      catch: () => invalid(setting, `${path} cannot be read`)
    }),
    (text) => {
      if (text === undefined) return Effect.fail(invalid(setting, `${path} is no file of certificates`))
      const found = text.match(certificates) ?? []
      if (found.length === 0) return Effect.fail(invalid(setting, `${path} holds no PEM certificate`))
      return Effect.try({
        try: () => found.map(normalised),
        catch: () => invalid(setting, `${path} holds a certificate that cannot be read`)
      })
    }
  )

const normalised = (pem: string): string => {
  const { X509Certificate } = crypto()
  return new X509Certificate(pem).toString()
}

/** Before Node 22 a context that is added to forgets them. Node skips a file that cannot be read, with a warning; so do we. */
const extra: Effect.Effect<ReadonlyArray<string>> = Effect.suspend(() => {
  const file = process.env["NODE_EXTRA_CA_CERTS"]
  return file === undefined || file === ""
    ? Effect.succeed([])
    : Effect.orElseSucceed(read("NODE_EXTRA_CA_CERTS", file), () => [])
})

interface Native {
  readonly context?: { readonly addCACert?: (pem: string) => void }
}

/**
 * Naming a `ca` replaces what Node believes, of which there is no complete list: not with --use-openssl-ca, nor before 22.15. So the
 * certificates are added to what Node's own context has: the bundled, the system's or OpenSSL's authorities,
 * whichever way Node was started. What adds them is as old as Node's TLS and not documented; a Node without it can tell
 * the whole list.
 */
const contextWith = (own: ReadonlyArray<string>): Tls.SecureContext => {
  const { minVersion } = TLS
  const { createSecureContext } = tls()
  const context = createSecureContext({ minVersion })
  const native = (context as Native).context
  if (native?.addCACert === undefined) return createSecureContext({ ca: [...defaultAuthorities(), ...own], minVersion })
  for (const certificate of own) native.addCACert(certificate)
  return context
}

interface Telling {
  readonly getCACertificates?: (kind: "default") => ReadonlyArray<string>
}

const defaultAuthorities = (): ReadonlyArray<string> =>
  (tls() as Telling).getCACertificates?.("default") ?? tls().rootCertificates
