/** How the words of a failure are put together. */
import { fixOf, type Remedy } from "../../Diagnosis.js"

/** The words of one failure. */
export interface Words {
  /** What happened, without a full stop. */
  readonly headline: string
  /** What to do next, whole. */
  readonly fix: string
  /** The part of it that comes before the remedy; empty where that is all. */
  readonly first: string
  readonly remedy: Remedy | undefined
}

/** What to do: in a sentence of its own, by a sign-in, or by one after the other. */
export type Advice = readonly [first: string, remedy?: Remedy | undefined]

export const words = (
  headline: string,
  [first, remedy]: Advice,
  fix: string = fixOf({ fix: first, remedy })
): Words => ({ headline, fix, first, remedy })
