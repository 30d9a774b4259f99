/** The version of this package; the bundle puts it in place of the name. */
declare const MLS_VERSION: string

/** As in package.json. */
export const VERSION: string = typeof MLS_VERSION === "string" ? MLS_VERSION : "0.0.0-source"
