/** What is said of a flag, and what it comes to. */

interface Common {
  /** Without dashes. Default: the name in this table. */
  readonly name?: string
  readonly short?: string
  readonly help: string
  /** Variables that stand in for it; `MLS_LOG=debug` where only one value does. */
  readonly env?: ReadonlyArray<string>
  /** What else stands in for it. */
  readonly also?: string
  /** Where a profile remembers it: a field of the file of profiles. */
  readonly remembered?: string
}

/** A flag. `value` stands for its value in the help. */
export type Flag = Common &
  (
    | { readonly kind: "boolean" }
    | { readonly kind: "choice"; readonly choices: ReadonlyArray<string>; readonly repeated?: true }
    | { readonly kind: "integer"; readonly value: string; readonly default: number }
    | {
        readonly kind: "text" | "file"
        readonly value: string
        readonly default?: string
        readonly repeated?: true
      }
  )

type One<F> = F extends { readonly kind: "choice"; readonly choices: ReadonlyArray<infer C> }
  ? C
  : F extends { readonly kind: "integer" }
    ? number
    : string

/** What a flag comes to. */
export type ValueOf<F> = F extends { readonly kind: "boolean" }
  ? boolean
  : F extends { readonly repeated: true }
    ? ReadonlyArray<One<F>>
    : F extends { readonly default: unknown }
      ? One<F>
      : One<F> | undefined

/** The variables that stand in for a flag. */
export const variablesOf = ({ env = [] }: Flag): ReadonlyArray<string> => env.map((name) => name.replace(/=.*$/, ""))
