/** Variables in the words of a shell, to be evaluated by it. */

/** The shells that are spoken; `sh` is every one that POSIX knows. */
export const SHELLS = ["sh", "pwsh", "fish"] as const
/** A shell. */
export type Shell = (typeof SHELLS)[number]

const line: Readonly<Record<Shell, (name: string, value: string) => string>> = {
  sh: (name, value) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`,
  pwsh: (name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`,
  fish: (name, value) => `set -gx ${name} '${value.replaceAll(/[\\']/g, String.raw`\$&`)}'`
}

/** A line for each variable, quoted so that nothing in a value is run. */
export const assignments = (shell: Shell, variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => line[shell](name, value))
    .join("\n")
