/** Completions for fish. */
import type { Parameter } from "./CommandTree.js"
import { brief, namesOf, offerOf, type Offer, type Place, PROFILE_NAMES } from "./Completions.js"

/** Between single quotes fish keeps everything but these two. */
const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`

const described = (description: string): string => (description === "" ? "" : ` -d ${quoted(description)}`)

const values = ({ files, profiles, words }: Offer): string => {
  if (files) return " -r -F"
  const offered = [...words.map(({ word }) => word), ...(profiles ? ["(__mls_profiles)"] : [])].join(" ")
  return offered === "" ? " -x" : ` -x -a ${quoted(offered)}`
}

const option = (option: Parameter): string => {
  const names = namesOf(option).map((name) => (name.startsWith("--") ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`))
  const taken = option.type === "boolean" ? "" : values(offerOf(option))
  return `${names.join("")}${taken}${described(brief(option.description))}`
}

const linesOf = ({ argument, options, path }: Place): ReadonlyArray<string> => {
  const start = `complete -c mls -n "__mls_at '${path}'"`
  return [
    ...argument.words.map(({ description, word }) => `${start} -a ${word}${described(description)}`),
    ...(argument.profiles ? [`${start} -a '(__mls_profiles)'`] : []),
    ...(argument.files ? [`${start} -F`] : []),
    ...options.map((one) => start + option(one))
  ]
}

/** The script. Each rule holds at a place: after those commands and no other. */
export const script = (places: ReadonlyArray<Place>): string => {
  const walked = places.flatMap(({ path }) => (path === "" ? [] : [`'${path}'`]))
  return `# In ~/.config/fish/config.fish: mls completions fish | source
function __mls_profiles
    set -l config $HOME/.config/mls
    test -n "$XDG_CONFIG_HOME"; and set config $XDG_CONFIG_HOME/mls
    test -n "$MLS_CONFIG_DIR"; and set config $MLS_CONFIG_DIR
    string match -q '/*' -- $config; or return
    ${PROFILE_NAMES}
end

function __mls_at
    set -l place ''
    for word in (commandline -opc)[2..-1]
        switch "$place $word"
            case ${walked.join(" ")}
                set place "$place $word"
            case '*'
                break
        end
    end
    test "$place" = "$argv[1]"
end

complete -c mls -e
complete -c mls -f
${places.flatMap(linesOf).join("\n")}`
}
