/**
 * A user name and a password for a proxy, which may be wrong: a directory locks an account after a few wrong attempts, and
 * a program makes fifty connections at once. So one goes first until the proxy has taken them; what the proxy refused is
 * not sent to it again, by no client of this process, for a while.
 */
import { crypto } from "../../builtins.js"
import { type ProxyRefused, TransportFailure } from "../failure.js"
import type { Proxy } from "./proxy.js"

/** What is sent with name and password: a connection that is to be made, or a request. */
export interface Attempt {
  readonly begin: () => void
  /** It is not made. */
  readonly refuse: (error: Error) => void
}

/** How long an attempt that went well speaks for others, in milliseconds: passwords are changed while programs run. */
const PROVEN = 60_000

/** How long a refusal does. Directories that lock count five attempts within half an hour, or more of them. */
const REFUSED = 15 * 60_000

/** The same for what was taken before: some proxies answer 407 also when they cannot ask their directory. */
const DOUBTED = 30_000

const LATE: ReadonlySet<TransportFailure["code"]> = new Set(["MLS_CONNECT_TIMEOUT", "MLS_HEADERS_TIMEOUT"])

/** What is known of one name and password at one proxy. */
export class ProxyProof {
  private readonly now: () => number
  private readonly waiting = new Set<Attempt>()
  private first: Attempt | undefined = undefined
  private takenAt = Number.NEGATIVE_INFINITY
  private wasTaken = false
  private refusal: { readonly error: ProxyRefused; readonly until: number } | undefined = undefined

  constructor(now: () => number = () => performance.now()) {
    this.now = now
  }

  /** Begins at once, or when the first has shown what comes of it, or is refused. */
  enter(attempt: Attempt): void {
    const now = this.now()
    if (this.refusal !== undefined && now < this.refusal.until) return attempt.refuse(this.refusal.error)
    if (now - this.takenAt < PROVEN) return attempt.begin()
    if (this.first !== undefined) return void this.waiting.add(attempt)
    return this.lead(attempt)
  }

  /** The proxy let a request through. */
  taken(): void {
    this.takenAt = this.now()
    this.wasTaken = true
    this.refusal = undefined
    for (const attempt of this.released()) attempt.begin()
  }

  refused(error: ProxyRefused): void {
    this.takenAt = Number.NEGATIVE_INFINITY
    this.refusal = { error, until: this.now() + (this.wasTaken ? DOUBTED : REFUSED) }
    this.wasTaken = false
    for (const attempt of this.released()) attempt.refuse(error)
  }

  /** It ended or left, whatever it showed: the next one goes, unless time ran out, as it would for them one by one. */
  ended(attempt: Attempt, error: Error | null): void {
    this.waiting.delete(attempt)
    if (attempt !== this.first) return
    this.first = undefined
    if (error instanceof TransportFailure && LATE.has(error.code)) {
      for (const other of this.released()) other.refuse(error)
    }
    for (const next of this.waiting) {
      this.waiting.delete(next)
      return this.lead(next)
    }
  }

  get isIdle(): boolean {
    return this.first === undefined && (this.refusal === undefined || this.refusal.until <= this.now())
  }

  private lead(attempt: Attempt): void {
    this.first = attempt
    attempt.begin()
  }

  private released(): ReadonlyArray<Attempt> {
    const released = Array.from(this.waiting)
    this.waiting.clear()
    this.first = undefined
    return released
  }
}

/** For all clients of this process: a program that makes one for each call would lock an account as well. */
const proofs = new Map<string, ProxyProof>()

/** Proxies that are remembered before those that need not be are forgotten. */
const REMEMBERED = 100

/** What is known of a proxy's name and password; `undefined` for a proxy without. */
export const of = ({ authorization, origin }: Proxy): ProxyProof | undefined => {
  if (authorization === undefined) return undefined
  // No password is kept for longer than the client that it was given to.
  const key = crypto().createHash("sha256").update(`${origin} ${authorization}`).digest("base64")
  const known = proofs.get(key)
  if (known !== undefined) return known
  if (proofs.size >= REMEMBERED) for (const [other, proof] of proofs) if (proof.isIdle) proofs.delete(other)
  const made = new ProxyProof()
  proofs.set(key, made)
  return made
}
