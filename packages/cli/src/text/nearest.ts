/** Which name may have been meant by a word. */

/** Characters to add, take away, replace or swap with their neighbour (Damerau and Levenshtein). */
const distance = (a: string, b: string): number => {
  const rows: Array<Array<number>> = [Array.from({ length: b.length + 1 }, (_, at) => at)]
  const cell = (row: number, column: number) => rows[row]?.[column] ?? Infinity
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(
        Math.min(
          cell(i - 1, j) + 1,
          cell(i, j - 1) + 1,
          cell(i - 1, j - 1) + same,
          swapped ? cell(i - 2, j - 2) + 1 : Infinity
        )
      )
    }
  }
  return cell(a.length, b.length)
}

/** Longer words are no slip of the finger, and not worth a comparison. */
const LONGEST = 30

/** The name with the fewest differences: two at most, and no more than a third of the word; else nothing. */
export const nearest = (word: string, names: ReadonlyArray<string>): string | undefined => {
  if (word.length > LONGEST) return undefined
  const limit = Math.min(2, Math.ceil(word.length / 3))
  const found = names
    .map((name) => [name, distance(word.toLowerCase(), name)] as const)
    .filter(([, far]) => far <= limit)
  return found.reduce<readonly [string | undefined, number]>(
    (best, each) => (each[1] < best[1] ? each : best),
    [undefined, Infinity]
  )[0]
}
