/** What the person sees in their browser at the end of a sign-in: one page, which says nothing that came from outside. */
import { createHash } from "node:crypto"

const STYLE = `
:root { color-scheme: light dark; font: 1.0625rem/1.5 system-ui, sans-serif }
main { max-width: 28rem; margin: 3rem auto; padding: 0 1rem }
`

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'"
].join("; ")

/** No script, nothing from elsewhere, nothing kept, and no `Referer` with the address, which holds a code. */
export const HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": POLICY,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
  connection: "close"
}

/**
 * The code is exchanged only after this, so that the page cannot know how it ends.
 */
export const page = (declined: boolean): string => {
  const title = declined ? "Not signed in" : "Back to your program"
  const text = declined
    ? "The sign-in was not completed. Your program says why. You can close this window."
    : "Your program goes on from here. You can close this window."
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p role="status">${text}</p>
</main>
</body>
</html>
`
}
