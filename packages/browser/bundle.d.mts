/** The script for a script tag, not written yet; `build` changes how. */
export const script: (build?: { readonly minify?: false }) => Promise<{ readonly code: string }>
