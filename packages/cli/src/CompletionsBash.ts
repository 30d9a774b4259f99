/** Completions for bash, 3.2 and later. */
import { namesOf, offerOf, type Offer, type Place, PROFILE_NAMES } from "./Completions.js"

/** What is offered, and the patterns of a `case` that it is offered for. */
type Rules = ReadonlyMap<string, ReadonlyArray<string>>

const action = ({ files, profiles, words }: Offer): string => {
  if (files) return `compopt -o default 2>/dev/null || COMPREPLY=($(compgen -f -- "$current"))`
  const named = profiles ? [`$(_mls_profiles)`] : []
  return `words="${[...words.map(({ word }) => word), ...named].join(" ")}"`
}

const grouped = (rules: ReadonlyArray<readonly [pattern: string, action: string]>): Rules => {
  const groups = new Map<string, Array<string>>()
  for (const [pattern, told] of rules) groups.set(told, [...(groups.get(told) ?? []), `"${pattern}"`])
  return groups
}

const cases = (rules: Rules): string =>
  Array.from(rules, ([told, patterns]) => `    ${patterns.join("|")}) ${told} ;;`).join("\n")

const values = (places: ReadonlyArray<Place>) =>
  places.flatMap(({ options, path }) =>
    options
      .filter(({ type }) => type !== "boolean")
      .flatMap((option) => namesOf(option).map((name) => [`${path} ${name}`, action(offerOf(option))] as const))
  )

const options = (places: ReadonlyArray<Place>) =>
  places.map((place) => [place.path, `words="${place.options.flatMap(namesOf).join(" ")}"`] as const)

/** The script. After an option that takes a value it offers values, after a dash options, else what a command takes. */
export const script = (places: ReadonlyArray<Place>): string => {
  const takesArgument = places.filter(
    ({ argument: { files, profiles, words } }) => files || profiles || words.length > 0
  )
  const walked = places.map(({ path }) => `"${path}"`).filter((path) => path !== `""`)
  return `# In ~/.bashrc: eval "$(mls completions bash)"
_mls_profiles() {
  local config="\${MLS_CONFIG_DIR:-\${XDG_CONFIG_HOME:-$HOME/.config}/mls}"
  # A path that is not absolute would be another person's file in the current directory.
  [[ $config == /* ]] || return 0
  ${PROFILE_NAMES}
}

_mls() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" place="" words="" at
  COMPREPLY=()
  [[ $current == "=" ]] && current=""
  [[ $previous == "=" ]] && previous="\${COMP_WORDS[COMP_CWORD-2]}"
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "$place \${COMP_WORDS[at]}" in
      ${walked.join("|")}) place="$place \${COMP_WORDS[at]}" ;;
      *) break ;;
    esac
  done
  case "$place $previous" in
${cases(grouped(values(places)))}
    *) [[ $current == -* ]] || case "$place" in
${cases(grouped(takesArgument.map(({ argument, path }) => [path, action(argument)])))}
    esac
    [[ -n $words ]] || case "$place" in
${cases(grouped(options(places)))}
    esac ;;
  esac
  [[ -z $words ]] || COMPREPLY+=($(compgen -W "$words" -- "$current"))
}

complete -F _mls mls`
}
