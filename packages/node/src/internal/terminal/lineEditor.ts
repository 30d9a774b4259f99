/** What keys do to a line, in a terminal that is in raw mode. */
import { CTRL_C, CTRL_D, firstKey, isBegun } from "../key/keys.js"

/** How a line ended; `rest` was typed after it and belongs to the next read. */
export type Ending =
  | { readonly _tag: "Entered"; readonly text: string; readonly rest: string }
  | { readonly _tag: "Cancelled"; readonly rest: string }

const CONTROL = /\p{Cc}/u

export class LineEditor {
  private characters: Array<string> = []
  private pending = ""
  private readonly onAdd: (character: string) => void
  private readonly onErase: (line: string) => void

  /** `onAdd` shows a character behind the line, `onErase` shows the line anew. */
  constructor(onAdd: (character: string) => void, onErase: (line: string) => void) {
    this.onAdd = onAdd
    this.onErase = onErase
  }

  /** Takes what was typed or pasted; `undefined` while the line goes on. */
  feed(input: string): Ending | undefined {
    let text = this.pending + input
    this.pending = ""
    while (text !== "") {
      if (isBegun(text)) {
        this.pending = text
        return undefined
      }
      const key = firstKey(text)
      text = text.slice(key.length)
      const ending = this.press(key, text)
      if (ending !== undefined) return ending
    }
    return undefined
  }

  private press(key: string, rest: string): Ending | undefined {
    switch (key) {
      case "\r":
        return { _tag: "Entered", text: this.characters.join(""), rest: rest.replace(/^\n/, "") }
      case "\n":
        return { _tag: "Entered", text: this.characters.join(""), rest }
      case CTRL_C:
        return { _tag: "Cancelled", rest }
      case CTRL_D:
        return this.characters.length === 0 ? { _tag: "Cancelled", rest } : undefined
      case "\x7f":
      case "\b":
        return this.erase(this.characters.slice(0, -1))
      case "\x15":
        return this.erase([])
      case "\x17":
        return this.erase(Array.from(this.characters.join("").replace(/\S*\s*$/, "")))
      default:
        if (!CONTROL.test(key)) {
          this.characters.push(key)
          this.onAdd(key)
        }
        return undefined
    }
  }

  private erase(left: Array<string>): undefined {
    this.characters = left
    this.onErase(left.join(""))
  }
}
