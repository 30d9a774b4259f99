/** In the place of changes of what the script never changes: there are none. */
export const empty = () => undefined
