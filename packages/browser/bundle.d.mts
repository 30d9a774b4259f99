/** A script for a script tag, not written yet. */
export const script: (
  build?: { readonly minify?: false },
  name?: "mlserver-auth" | "mlserver-auth-azure"
) => Promise<{ readonly code: string }>
