/** The terminal that standard input is, in raw mode: keys come as they are pressed, and nothing is echoed. */

/** Raw mode that was taken. */
export interface RawMode {
  /** Gives the terminal back as it was. */
  readonly giveBack: () => void
  /** Lets go of a terminal that is not there any more. */
  readonly forget: () => void
}

/**
 * Takes raw mode until it is given back. A program that was stopped (`kill -STOP`) and goes on (`fg`) finds the terminal
 * as its shell left it, which echoes: raw mode is taken again then, and `resumed` is called, to show the question anew.
 */
export const take = (resumed: () => void): RawMode => {
  const { stdin } = process
  const wasRaw = stdin.isRaw
  const onContinued = (): void => {
    // Node keeps the mode that it has set in mind, and does nothing for the same one.
    stdin.setRawMode(false)
    stdin.setRawMode(true)
    resumed()
  }
  const forget = (): void => void process.off("SIGCONT", onContinued)
  stdin.setRawMode(true)
  process.on("SIGCONT", onContinued)
  return {
    forget,
    giveBack: () => {
      forget()
      stdin.setRawMode(wasRaw)
    }
  }
}
