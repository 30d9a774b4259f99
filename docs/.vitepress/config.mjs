/** The documentation as a site: the same files that are read on GitHub, at the same paths. `npm run docs` */
import { fileURLToPath } from "node:url"
import { asOnGitHub, headingId } from "./markdown.mjs"
import { sidebar } from "./sidebar.mjs"

const root = fileURLToPath(new URL("../../", import.meta.url))
const repository = "https://github.com/mlserver-auth/mlserver-auth"
const sections = sidebar(root)

export default {
  title: "mlserver-auth",
  description: "Sign in to Microsoft Machine Learning Server once and stay signed in, in TypeScript",
  lang: "en",
  // Without one, browsers ask for /favicon.ico.
  head: [["link", { rel: "icon", href: "data:," }]],
  srcDir: root,
  srcExclude: ["benchmarks/**", "examples/**"],
  outDir: `${root}docs/.vitepress/dist`,
  cacheDir: `${root}node_modules/.cache/vitepress`,
  rewrites: (path) => path.replace(/(^|\/)README\.md$/, "$1index.md"),
  markdown: {
    // Addresses in sentences are text: many are on this machine.
    linkify: false,
    languageAlias: { crontab: "sh" },
    // Braces at the end of a line are text, as on GitHub.
    attrs: { disable: true },
    anchor: { slugify: headingId },
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    config: (md) => md.use(asOnGitHub, { root, repository })
  },
  themeConfig: {
    nav: sections.map(({ link, text }) => ({ link, text: text.split(":")[0] })),
    sidebar: sections,
    outline: [2, 3],
    search: { provider: "local" },
    socialLinks: [{ icon: "github", link: repository }]
  }
}
