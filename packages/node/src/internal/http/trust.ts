/** Which authorities are believed: those Node believes, and one file more. */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as Effect from "effect/Effect"
import { X509Certificate } from "node:crypto"
import { createReadStream } from "node:fs"
import * as Fs from "node:fs/promises"
import * as Tls from "node:tls"

/**
 * TLS settings that hold for every connection. `rejectUnauthorized` is written out so that
 * NODE_TLS_REJECT_UNAUTHORIZED=0 in somebody's environment does not send a password to a stranger.
 */
export interface Settings {
  readonly minVersion: "TLSv1.2"
  readonly rejectUnauthorized: true
  readonly secureContext?: Tls.SecureContext
}

const base: Settings = { minVersion: "TLSv1.2", rejectUnauthorized: true }

const certificates = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** The settings with the certificates of `caFile` believed in addition; built once, not per connection. */
export const settings = (caFile: string | undefined): Effect.Effect<Settings, ConfigurationInvalid> =>
  caFile === undefined
    ? Effect.succeed(base)
    : Effect.gen(function* () {
        const own = yield* read("caFile", caFile)
        return { ...base, secureContext: contextWith([...(yield* extra), ...own]) }
      })

const invalid = (setting: string, problem: string): ConfigurationInvalid =>
  new ConfigurationInvalid({ setting, problem, fix: "Name a readable PEM file with the certificate of your authority" })

/** Bytes; the lists of whole systems have a tenth of it. */
const LIMIT = 4 * 1024 * 1024

/** `undefined` for what has no end, as devices have none, or is too large. A pipe is read: shells make files of those. */
const textOf = async (path: string): Promise<string | undefined> => {
  const stats = await Fs.stat(path)
  if (!stats.isFile() && !stats.isFIFO()) return undefined
  const chunks: Array<Buffer> = []
  let length = 0
  for await (const chunk of createReadStream(path, { end: LIMIT })) {
    chunks.push(chunk as Buffer)
    length += (chunk as Buffer).length
  }
  return length > LIMIT ? undefined : Buffer.concat(chunks).toString("utf8")
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
        try: () => found.map((pem) => new X509Certificate(pem).toString()),
        catch: () => invalid(setting, `${path} holds a certificate that cannot be read`)
      })
    }
  )

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
 * Naming a `ca` replaces what Node believes, which cannot be told whole: not with --use-openssl-ca, nor before 22.15. So the
 * certificates are added to what Node's own context has: the bundled, the system's or OpenSSL's authorities,
 * whichever way Node was started. What adds them is as old as Node's TLS and not documented; a Node without it can tell
 * the whole list.
 */
const contextWith = (own: ReadonlyArray<string>): Tls.SecureContext => {
  const { minVersion } = base
  const context = Tls.createSecureContext({ minVersion })
  const native = (context as Native).context
  if (native?.addCACert === undefined) return Tls.createSecureContext({ ca: [...told(), ...own], minVersion })
  for (const certificate of own) native.addCACert(certificate)
  return context
}

const told = (): ReadonlyArray<string> =>
  (Tls as { readonly getCACertificates?: (kind: "default") => ReadonlyArray<string> }).getCACertificates?.("default") ??
  Tls.rootCertificates
