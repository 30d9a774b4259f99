/** What the person chose. It is in the page's address, so that a reload and a second tab choose the same. */

const PLACES = ["onPremises", "cloud"] as const
const STORES = ["memory", "session", "encrypted", "clear"] as const

export interface Choice {
  readonly place: (typeof PLACES)[number]
  readonly store: (typeof STORES)[number]
}

/** Where each store keeps a session, after "kept". */
export const KEPT: Readonly<Record<Choice["store"], string>> = {
  memory: "in this page: gone with a reload",
  session: "in this tab, in clear",
  encrypted: "in all tabs, sealed",
  clear: "in all tabs, in clear"
}

const oneOf = <A extends string>(all: ReadonlyArray<A>, given: FormDataEntryValue | null, otherwise: A): A =>
  all.find((it) => it === given) ?? otherwise

const from = (given: { readonly get: (name: string) => FormDataEntryValue | null }): Choice => ({
  place: oneOf(PLACES, given.get("place"), "onPremises"),
  store: oneOf(STORES, given.get("store"), "encrypted")
})

export const fromAddress = (): Choice => from(new URLSearchParams(location.search))

export const fromForm = (form: HTMLFormElement): Choice => from(new FormData(form))

/** Puts the choice into the form and into the address. */
export const show = (form: HTMLFormElement, { place, store }: Choice): void => {
  for (const input of form.querySelectorAll("input")) input.checked = [place, store].some((it) => it === input.value)
  for (const part of form.querySelectorAll<HTMLElement>("[data-place]")) part.hidden = part.dataset["place"] !== place
  history.replaceState(history.state, "", `?${new URLSearchParams({ place, store })}`)
}
