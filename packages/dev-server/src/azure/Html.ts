/**
 * The pages a person sees: plain forms without a script, and everything that came from outside escaped.
 */
import { createHash } from "node:crypto"

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

/** Text that is text wherever it stands, in an attribute too. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? "")

const STYLE = `
:root { color-scheme: light dark; font: 1.0625rem/1.5 system-ui, sans-serif }
main { max-width: 28rem; margin: 3rem auto; padding: 0 1rem }
label { display: block; margin: 1rem 0 .25rem }
label.line { display: inline }
input:not([type=checkbox]) { width: 100%; box-sizing: border-box; font: inherit; padding: .5rem }
#user_code { letter-spacing: .2em; text-transform: uppercase }
button { font: inherit; padding: .5rem 1.25rem; margin: 1.5rem .5rem 0 0 }
[role=alert] { border-left: .25rem solid #c50f1f; padding-left: .75rem }
dt { font-weight: 600 } dd { margin: 0; overflow-wrap: anywhere }
`

/** Browsers hold a form to its targets across redirects too. */
const policy = (target: string): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
    `form-action ${target}`,
    "frame-ancestors 'none'",
    "base-uri 'none'"
  ].join("; ")

/** No script, no frame, nothing from elsewhere, nothing kept. `redirectUri` is where a form's answer may lead to. */
export const headers = (redirectUri?: string): Readonly<Record<string, string>> => ({
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": policy(redirectUri === undefined ? "'self'" : `'self' ${new URL(redirectUri).origin}`),
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cache-control": "no-store"
})

/** Those of a page whose form leads nowhere else. */
export const HEADERS = headers()

const document = (title: string, body: string): string => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} - Azure Active Directory (a stand-in)</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${body}
</main>
</body>
</html>
`

const alert = (problem: string | undefined): string =>
  problem === undefined ? "" : `<p role="alert" id="problem">${escaped(problem)}</p>\n`

const described = (problem: string | undefined): string =>
  problem === undefined ? "" : ' aria-invalid="true" aria-describedby="problem"'

/** The first page: type the code. */
export const codeForm = (problem: string | undefined): string =>
  document(
    "Enter code",
    `${alert(problem)}<form method="post">
<label for="user_code">The code that your device shows</label>
<input id="user_code" name="user_code" required autofocus autocomplete="off" autocapitalize="characters" spellcheck="false"${described(problem)}>
<button type="submit">Next</button>
</form>`
  )

/** Who asks, and what for. */
export interface Asked {
  readonly username: string
  readonly clientid: string
  readonly resource: string
  readonly tenant: string
  readonly problem: string | undefined
}

const about = (asked: Asked): string => `<dl>
<dt>Application</dt><dd>${escaped(asked.clientid)}</dd>
<dt>Resource</dt><dd>${escaped(asked.resource)}</dd>
<dt>Tenant</dt><dd>${escaped(asked.tenant)}</dd>`

const who = (asked: Asked): string => `<label for="username">User name</label>
<input id="username" name="username" type="email" autocomplete="username" spellcheck="false" value="${escaped(asked.username)}"${described(asked.problem)}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password">
<p><input id="mfa" name="mfa" type="checkbox" value="on"> <label class="line" for="mfa">I confirmed the second factor, where my account has one</label></p>`

/** The second page: sign in and approve, or decline. */
export const signInForm = (asked: Asked & { readonly userCode: string }): string =>
  document(
    "Sign in",
    `${alert(asked.problem)}<p>Go on only if you started this sign-in yourself, on a device of yours.</p>
${about(asked)}
</dl>
<form method="post">
<input type="hidden" name="user_code" value="${escaped(asked.userCode)}">
${who(asked)}
<button type="submit" name="decision" value="approve">Approve</button>
<button type="submit" name="decision" value="decline">Decline</button>
</form>`
  )

/** The page of a sign-in in the browser: sign in, or cancel; either way leads back to where the person came from. */
export const authorizeForm = (asked: Asked & { readonly backTo: string }): string =>
  document(
    "Sign in",
    `${alert(asked.problem)}${about(asked)}
<dt>Then back to</dt><dd>${escaped(asked.backTo)}</dd>
</dl>
<form method="post">
${who(asked)}
<button type="submit" name="decision" value="accept">Sign in</button>
<button type="submit" name="decision" value="cancel">Cancel</button>
</form>`
  )

/** The last page. */
export const end = (title: string, text: string): string => document(title, `<p role="status">${escaped(text)}</p>`)
