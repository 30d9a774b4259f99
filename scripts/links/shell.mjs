/** Command lines as a shell takes them apart, as far as documentation has them. */

const opens = (text, at) => text[at] === "$" && text[at + 1] === "("

/** The commands of a script, each as its words without quotes; also those inside of `$(…)`. Redirections are left out. */
export const commandsIn = (script, { alternatives = false } = {}) => {
  const text = script.replaceAll("\\\n", "  ")
  const commands = []
  let at = 0

  const quoted = (end) => {
    let word = ""
    for (at++; at < text.length && text[at] !== end; at++) {
      if (end === '"' && opens(text, at)) word += substituted()
      else word += end === '"' && text[at] === "\\" ? (text[++at] ?? "") : text[at]
    }
    return word
  }
  /** Leaves `at` on the closing bracket; what a command prints is unknown. */
  const substituted = () => {
    at += 2
    script_(")")
    return "$()"
  }
  const isBreak = (char) => /[\s;&|()<>]/.test(char)
  /** `bash|zsh` in prose is a choice; in a script it is a pipe. */
  const isChoice = () =>
    alternatives && text[at] === "|" && /\S/.test(text[at - 1] ?? " ") && /[^\s|]/.test(text[at + 1] ?? " ")
  const word = () => {
    let found = ""
    for (; at < text.length && (!isBreak(text[at]) || isChoice()); at++) {
      if (text[at] === "'" || text[at] === '"') found += quoted(text[at])
      else if (opens(text, at)) found += substituted()
      else found += text[at] === "\\" ? (text[++at] ?? "") : text[at]
    }
    return found
  }
  const script_ = (end) => {
    let words = []
    const finished = () => {
      if (words.length > 0) commands.push(words)
      words = []
    }
    while (at < text.length && text[at] !== end) {
      const char = text[at]
      if (char === "#") while (at < text.length && text[at] !== "\n") at++
      else if (char === "<" || char === ">") {
        if (/^\d+$/.test(words.at(-1) ?? "") && /\d/.test(text[at - 1])) words.pop()
        while (/[<>&]/.test(text[at] ?? "")) at++
        while (text[at] === " ") at++
        word()
      } else if (char === "\n" || /[;&|()]/.test(char)) {
        finished()
        at++
      } else if (/\s/.test(char)) at++
      else words.push(word())
    }
    finished()
  }
  script_(undefined)
  return commands
}

const BEFORE = new Set(["if", "then", "elif", "else", "while", "until", "do", "!", "{", "time", "exec", "sudo", "env"])

/** A command without what may stand before it: `if`, `then`, `NAME=value`. */
export const bare = (words) => {
  const first = words.findIndex((word) => !BEFORE.has(word) && !/^[A-Za-z_]\w*=/.test(word))
  return first === -1 ? [] : words.slice(first)
}

/** What a person typed in a transcript: the lines after a `$`. */
export const typedIn = (transcript) =>
  transcript
    .replaceAll("\\\n", "  ")
    .split("\n")
    .map((line) => (line.startsWith("$ ") ? line.slice(2) : ""))
    .join("\n")
