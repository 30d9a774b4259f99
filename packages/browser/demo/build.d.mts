/** The page, in a directory. */
export declare const build: (outdir?: string) => Promise<void>
