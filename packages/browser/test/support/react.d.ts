/** What the page of these tests uses of React, whose own types are packages beside it. */
declare module "react" {
  interface Rendered {
    readonly type: unknown
  }
  type Child = Rendered | string
  /** What a component or an element is given. */
  type Properties = Readonly<Record<string, unknown>> | null
  export const StrictMode: unique symbol
  export function createElement(
    type: string | (() => Rendered) | typeof StrictMode,
    properties: Properties,
    ...children: ReadonlyArray<Child>
  ): Rendered
  /** The answer of an effect is called when the component leaves. */
  export function useEffect(effect: () => () => void, dependencies: ReadonlyArray<unknown>): void
  export function useState<A>(first: A): readonly [A, (next: A) => void]
  export type { Rendered }
}

declare module "react-dom/client" {
  import type { Rendered } from "react"
  export function createRoot(container: Element): { readonly render: (rendered: Rendered) => void }
  export function hydrateRoot(
    container: Document,
    rendered: Rendered,
    options: { readonly onRecoverableError: (error: unknown) => void }
  ): void
}
