/** Doc comments of TypeScript sources, and where they belong: enough for sources that the formatter has formatted. */

/** The text of a doc comment without its frame, its tags and its example. */
const textOf = (comment) =>
  comment
    .replace(/^\/\*\*/, "")
    .replace(/\*\/$/, "")
    .replaceAll(/^[ \t]*\* ?/gm, "")
    .split(/^@/m)[0]
    .trim()

/** The example of a doc comment, or an empty string. */
const exampleOf = (comment) => {
  const [, shown = ""] = comment.split(/^ *\* @example *$/m)
  return shown
    .replace(/\*\/$/, "")
    .split(/^ *\* @/m)[0]
    .replaceAll(/^ *\* ?/gm, "")
    .replaceAll(/^```(?:ts)?$/gm, "")
    .trim()
}

const declaration = /^export (?:declare )?(?:abstract |async )?(class|interface|type|const|function|namespace) (\w+)/gm

/** What sort of thing a declaration is, to a reader. `rest` is what comes after its name. */
const sortOf = (kind, rest) => {
  if (/^\S* ?extends Context\.(Tag|Reference)/.test(rest)) return "service"
  if (/^\S* ?extends (Schema|Data)\.TaggedError/.test(rest)) return "error"
  if (kind === "class" || kind === "function" || kind === "namespace") return kind
  if (kind !== "const") return "type"
  if (/^: (?:Layer\.)?Layer</.test(rest)) return "layer"
  if (rest.startsWith(": Effect.Effect<")) return "effect"
  return /^(?::[^=]*)? = (?:async )?[(<]/.test(rest) || rest.startsWith(": (") ? "function" : "value"
}

/** What a source declares and exports, in its order, once for each name: `{ name, kind, sort, doc, example }`. */
export const exportsOf = (source) => {
  const found = new Map()
  for (const match of source.matchAll(declaration)) {
    const [, kind, name] = match
    const [comment] = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*$/.exec(source.slice(0, match.index)) ?? [""]
    const [doc, example] = [textOf(comment.trim()), exampleOf(comment.trim())]
    const earlier = found.get(name)
    // A schema and its type, an interface and its tag: one name, told once.
    const rest = source.slice(match.index + match[0].length, match.index + match[0].length + 400)
    if (earlier === undefined) found.set(name, { name, kind, sort: sortOf(kind, rest), doc, example })
    else {
      if (earlier.sort === "type") earlier.sort = sortOf(kind, rest)
      if (earlier.doc === "") earlier.doc = doc
      if (earlier.example === "") earlier.example = example
    }
  }
  return [...found.values()]
}

const head = (source) => /^\/\*\*(?:(?!\*\/)[\s\S])*\*\//.exec(source)?.[0] ?? ""

/** The comment at the head of a module. */
export const moduleDoc = (source) => textOf(head(source))

/** The example at the head of a module, or an empty string. */
export const moduleExample = (source) => exampleOf(head(source))

/** The comment of one name. */
export const docOf = (source, name) => exportsOf(source).find((each) => each.name === name)?.doc ?? ""

/** A text in one line. */
export const inOneLine = (text) => text.replaceAll(/\s+/g, " ").trim()

/** The first sentence, in one line: up to what ends one, or a colon that opens a list. */
export const firstSentence = (text) => {
  const [paragraph = ""] = text.split(/\n\s*\n|\n- /)
  const line = inOneLine(paragraph)
  return /^(?:`[^`]*`|[^`])*?[.?](?= |$)/.exec(line)?.[0] ?? line
}
