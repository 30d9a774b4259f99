/** States one after the other, for `for await`. */
import type { State } from "./PromiseClient.js"

type Watch = (listener: (state: State) => void) => () => void

/** The states from now on, for one reader. `onEnd` is given a function that ends it, and returns one that takes it back. */
export const iterate = (watch: Watch, onEnd: (end: () => void) => () => void): AsyncIterator<State> => {
  const told: Array<State> = []
  const waiting: Array<(next: IteratorResult<State>) => void> = []
  let over = false
  const stop = watch((state) => {
    const next = waiting.shift()
    if (next === undefined) told.push(state)
    else next({ done: false, value: state })
  })
  let forget = (): void => undefined
  const end = () => {
    if (over) return
    over = true
    stop()
    forget()
    for (const next of waiting.splice(0)) next({ done: true, value: undefined })
  }
  forget = onEnd(end)
  return {
    next: () => {
      const [value] = told.splice(0, 1)
      if (value !== undefined) return Promise.resolve({ done: false, value })
      return over ? Promise.resolve({ done: true, value: undefined }) : new Promise((resolve) => waiting.push(resolve))
    },
    return: () => {
      told.length = 0
      end()
      return Promise.resolve({ done: true, value: undefined })
    }
  }
}
