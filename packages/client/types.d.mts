/** Each file of the closure of `entries`: its path below `dist`, and its text. */
export const flattened: (root: string, entries: ReadonlyArray<string>) => ReadonlyMap<string, string>
