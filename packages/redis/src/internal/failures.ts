/** What a client reports, in words that quote nothing: an error of Redis may hold the arguments of the command. */
import { EngineFailure } from "@mlserver-auth/core/StoreEngine"

/** Redis begins what it says with a word in capitals. */
const WORD = /^[A-Z][A-Z]+(?= )/

const ACCESS =
  "Give the client a user and a password that may use GET, EVAL, PUBLISH, SUBSCRIBE and these keys and channels."
const LATER = "The store tries again. If it keeps failing, check the server."

interface Words {
  readonly fix: string
  /** Whether it passes by itself. */
  readonly retryable: boolean
}

const WORDS: ReadonlyMap<string, Words> = new Map(
  Object.entries({
    NOAUTH: { fix: ACCESS, retryable: false },
    WRONGPASS: { fix: ACCESS, retryable: false },
    NOPERM: { fix: ACCESS, retryable: false },
    OOM: { fix: "Its memory is full: give it more, or let what can go expire.", retryable: false },
    READONLY: {
      fix: "This is a replica: connect to the primary. After a failover the store tries again.",
      retryable: true
    },
    MOVED: { fix: "This is a cluster: give a client of clusters (`createCluster`, `new Cluster`).", retryable: false },
    MISCONF: { fix: "It cannot save to its disk: look at its log.", retryable: false },
    LOADING: { fix: LATER, retryable: true },
    BUSY: { fix: LATER, retryable: true },
    TRYAGAIN: { fix: LATER, retryable: true },
    CLUSTERDOWN: { fix: LATER, retryable: true },
    MASTERDOWN: { fix: LATER, retryable: true },
    NOREPLICAS: { fix: LATER, retryable: true }
  })
)

export const failureOf = (cause: unknown): EngineFailure => {
  const error = cause instanceof Error ? cause : new Error()
  const word = WORD.exec(error.message)?.[0]
  if (word !== undefined) {
    const { fix, retryable } = WORDS.get(word) ?? { fix: "Look at its log.", retryable: false }
    return new EngineFailure({ problem: `it answered ${word}`, fix, retryable })
  }
  if (error.name === "ReplyError")
    return new EngineFailure({ problem: "it refused", fix: "Look at its log.", retryable: false })
  const code = (error as { readonly code?: string }).code ?? error.constructor.name
  // What the application ended stays ended. `ioredis` says it by these words alone.
  if (code === "ClientClosedError" || error.message === "Connection is closed.") {
    return new EngineFailure({ problem: "the client is closed", fix: "Connect it, and end it last.", retryable: false })
  }
  const detail = code === "Error" ? "" : ` (${code})`
  return new EngineFailure({ problem: `it cannot be reached${detail}`, fix: LATER, retryable: true })
}
