/** Whether a person may be asked here, and whether one can be. */

/** What the application says about it. */
export interface Interactivity {
  readonly interactive?: boolean | undefined
}

/** Why no person may be asked or bothered, or `undefined`. */
export const promptsDisabledBy = ({ interactive }: Interactivity): string | undefined => {
  if (interactive === false) return "prompts are switched off"
  for (const name of ["MLS_NO_INPUT", "CI"]) {
    const value = process.env[name]
    if (value !== undefined && !["", "0", "false"].includes(value.toLowerCase())) return `${name} is set`
  }
  return undefined
}

/** Why no person can answer, or `undefined`. */
export const whyCannotPrompt = (options: Interactivity): string | undefined => {
  const forbidden = promptsDisabledBy(options)
  if (forbidden !== undefined) return forbidden
  if (!process.stdin.isTTY) return "standard input is not a terminal"
  if (!process.stderr.isTTY) return "standard error is not a terminal"
  return undefined
}
