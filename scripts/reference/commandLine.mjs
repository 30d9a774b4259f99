/** The reference of `mls`: every command with its arguments and flags, from the table that the program itself reads. */
import { table } from "../docs/table.mjs"
import { fromCli } from "../errors/catalogue.mjs"

const { commands } = await fromCli("cli/table/commandTable.js")
const { describe } = await fromCli("cli/help/parameters.js")

const typed = ({ aliases, choices, name, repeated, value }) => {
  const names = [...aliases, name].join(", ")
  const taken = value ?? choices.join(" | ")
  return `\`${[names, taken].filter((part) => part !== "").join(" ")}${repeated ? "…" : ""}\``
}

const listed = (head, rows) => (rows.length === 0 ? [] : ["", ...table([head, ""], rows)])

const section = (name) => {
  const { arguments: args, description, options, usage } = describe(name)
  return [
    `## \`${name}\``,
    "",
    `\`${usage.replace(/^mls /, "")}\``,
    "",
    description,
    ...listed(
      "argument",
      args.map((argument) => [`\`${argument.name}\``, argument.description])
    ),
    ...listed(
      "flag",
      options.map((option) => [typed(option), option.description])
    ),
    ""
  ]
}

/** The page. */
export const commandLine = () =>
  [
    "# `mls`",
    "",
    "Every command and flag, made by `node scripts/reference-pages.mjs` from `packages/cli/src/cli/table/flags.ts` and `commandTable.ts`, as",
    "`mls help --json` is. What holds for all of them is in `mls help`, the JSON in [json.md](json.md), the errors in [errors.md](errors.md).",
    "",
    ...commands.flatMap(([name]) => section(name))
  ]
    .join("\n")
    .trimEnd()
    .concat("\n")
