/** Which authorities are believed: those Node believes, and one file more. */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as Effect from "effect/Effect"
import { X509Certificate } from "node:crypto"
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
        const ca = [...(yield* believed), ...own]
        return { ...base, secureContext: Tls.createSecureContext({ ca, minVersion: base.minVersion }) }
      })

const invalid = (setting: string, problem: string): ConfigurationInvalid =>
  new ConfigurationInvalid({ setting, problem, fix: "Name a readable PEM file with the certificate of your authority" })

const read = (setting: string, path: string): Effect.Effect<ReadonlyArray<string>, ConfigurationInvalid> =>
  Effect.flatMap(
    Effect.tryPromise({
      try: () => Fs.readFile(path, "utf8"),
      catch: () => invalid(setting, `${path} cannot be read`)
    }),
    (text) => {
      const found = text.match(certificates) ?? []
      if (found.length === 0) return Effect.fail(invalid(setting, `${path} holds no PEM certificate`))
      return Effect.try({
        try: () => found.map((pem) => new X509Certificate(pem).toString()),
        catch: () => invalid(setting, `${path} holds a certificate that cannot be read`)
      })
    }
  )

/**
 * Naming a `ca` replaces Node's own list, so the list has to be named too. Node 22.15 and later tell it whole; before,
 * it is the bundled roots and NODE_EXTRA_CA_CERTS (which Node skips with a warning when it cannot be read; so do we).
 */
const believed: Effect.Effect<ReadonlyArray<string>> = Effect.suspend(() => {
  const told = (Tls as { readonly getCACertificates?: (kind: "default") => ReadonlyArray<string> }).getCACertificates
  if (told !== undefined) return Effect.succeed(told("default"))
  const extra = process.env["NODE_EXTRA_CA_CERTS"]
  if (extra === undefined || extra === "") return Effect.succeed(Tls.rootCertificates)
  return Effect.match(read("NODE_EXTRA_CA_CERTS", extra), {
    onFailure: () => Tls.rootCertificates,
    onSuccess: (more) => [...Tls.rootCertificates, ...more]
  })
})
