/** The page's elements: all of them are in `index.html`, or in its templates. */

/** The element of that id, which must be there. */
export const byId = <A extends HTMLElement>(id: string, kind: new () => A): A => {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new Error(`the page has no ${kind.name} #${id}`)
}

/** The first match below an element, which must be there. */
export const within = <A extends Element>(root: ParentNode, selector: string, kind: new () => A): A => {
  const found = root.querySelector(selector)
  if (found instanceof kind) return found
  throw new Error(`there is no ${kind.name} ${selector}`)
}

/** A copy of a template's one element. */
export const copyOf = (id: string): HTMLElement =>
  within(byId(id, HTMLTemplateElement).content, "*", HTMLElement).cloneNode(true) as HTMLElement

export const element = <Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]>,
  children: ReadonlyArray<Node> = []
): HTMLElementTagNameMap[Name] => {
  const made = Object.assign(document.createElement(name), properties)
  made.append(...children)
  return made
}

/** What a button does; while it does it, pressing it again does nothing. It keeps the focus, so it is not disabled. */
export const onPress = (id: string, act: () => Promise<unknown>): void => {
  const button = byId(id, HTMLButtonElement)
  button.addEventListener("click", () => {
    if (button.ariaBusy === "true") return
    button.ariaBusy = "true"
    void act().finally(() => {
      button.ariaBusy = null
    })
  })
}
