/** `mls help --json`: what a program must know to use this one, from what the parser knows. */
import * as CommandTree from "./CommandTree.js"
import { variables } from "./EnvironmentText.js"
import { meanings } from "./ExitCodesText.js"
import { VERSION } from "./Version.js"

/** A change that a reader would misread needs the next number. */
const SHAPE = 1

/** Of every command, or of one and those that it has; nothing where there is no such command. */
export const of = (all: ReadonlyArray<CommandTree.Declared>, words: ReadonlyArray<string>): object | undefined => {
  const path = words.join(" ")
  const chosen = path === "" ? all : all.filter(({ command }) => command === path || command.startsWith(`${path} `))
  if (chosen.length === 0) return undefined
  return {
    helpVersion: SHAPE,
    version: VERSION,
    commands: chosen.map(CommandTree.of),
    exitCodes: meanings.flatMap(({ codes, mayPass, meaning }) => codes.map((code) => ({ code, meaning, mayPass }))),
    environment: variables
  }
}
