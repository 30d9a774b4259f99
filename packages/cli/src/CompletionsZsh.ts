/** Completions for zsh. */
import type { Parameter } from "./CommandTree.js"
import { brief, namesOf, offerOf, type Offer, type Place, PROFILE_NAMES, quoted } from "./Completions.js"

/** Colons and brackets have a meaning in what `_arguments` and `_describe` take. */
const escaped = (text: string): string => text.replaceAll(/[\\:[\]]/g, String.raw`\$&`)

const action = ({ files, profiles, words }: Offer): string => {
  if (files) return "_files"
  if (profiles) return "_mls_profiles"
  return words.length === 0 ? " " : `(${words.map(({ word }) => word).join(" ")})`
}

/** A specification for each name; one excludes the others, unless it may be repeated. */
const option = (option: Parameter): ReadonlyArray<string> => {
  const names = namesOf(option)
  const before = option.repeated ? "*" : `(${names.join(" ")})`
  const value = option.type === "boolean" ? "" : `:${escaped(option.value ?? "value")}:${action(offerOf(option))}`
  return names.map((name) => {
    const joined = value !== "" && name.startsWith("--") ? "=" : ""
    return quoted(`${before}${name}${joined}[${escaped(brief(option.description))}]${value}`)
  })
}

const casesOf = ({ argument, options, path }: Place): string => {
  const words = argument.words.map(({ description, word }) => quoted(`${word}:${escaped(description)}`))
  const lists = words.length === 0 ? "" : `\n      choices=(${words.join(" ")})`
  const offers = words.length === 0 ? action(argument) : "{_describe command choices}"
  const specifications = [quoted(`*: :${offers}`), ...options.flatMap(option)]
  return `    '${path}')${lists}
      _arguments ${specifications.join(" \\\n        ")} ;;`
}

/** The script. It takes the commands off the command line, and tells the shell's own function what the last one takes. */
export const script = (places: ReadonlyArray<Place>): string => {
  const walked = places.flatMap(({ path }) => (path === "" ? [] : [`'${path}'`]))
  return `#compdef mls
# In ~/.zshrc, after compinit: eval "$(mls completions zsh)"
_mls_profiles() {
  local config="\${MLS_CONFIG_DIR:-\${XDG_CONFIG_HOME:-$HOME/.config}/mls}"
  # A path that is not absolute would be another person's file in the current directory.
  [[ $config == /* ]] || return 0
  local -a names
  names=(\${(f)"$(${PROFILE_NAMES})"})
  compadd -a names
}

_mls() {
  local place="" curcontext="$curcontext"
  local -a choices
  while (( CURRENT > 2 )); do
    case "$place \${words[2]}" in
      ${walked.join("|")}) place="$place \${words[2]}"; shift words; (( CURRENT-- )) ;;
      *) break ;;
    esac
  done
  case "$place" in
${places.map(casesOf).join("\n")}
  esac
}

if [[ \${funcstack[1]} == _mls ]]; then _mls "$@"; else compdef _mls mls; fi`
}
