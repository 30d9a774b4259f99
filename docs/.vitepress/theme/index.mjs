// The default theme with the fonts of the reader's system. Its own page for an address that leads nowhere has no landmark.
import { withBase } from "vitepress"
import Theme from "vitepress/theme-without-fonts"
import { h } from "vue"
import "./style.css"

const notFound = () =>
  h("main", { class: "not-found vp-doc" }, [
    h("h1", "There is no such page"),
    h("p", h("a", { href: withBase("/") }, "To the first page"))
  ])

export default { ...Theme, Layout: () => h(Theme.Layout, null, { "not-found": notFound }) }
