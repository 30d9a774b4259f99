/**
 * What `mls help TOPIC` says: what holds for every command and would be too long for `mls --help`.
 */
import { environmentText } from "./EnvironmentText.js"
import { errorsText } from "./ErrorsText.js"
import { exitCodesText } from "./ExitCodesText.js"

const storage = `Storage: where tokens rest, by --store of mls login, or MLS_STORE

  keyring       in files, sealed with a key in the keyring of the desktop. Needs the package
                @napi-rs/keyring beside mls
  encrypted     in files, sealed with a key in store.key beside them: single files are no use to anybody;
                programs of the same user can read both
  file          in files, in clear, readable by their owner only
  memory        nowhere: for mls token and mls api with a credential of the environment

A choice is kept, or the command fails (exit 3). Without one mls login takes the keyring where there is one,
else encrypted, and says so once; the profile remembers it. mls login --store MODE moves a live session.

Files are readable by their owner only (0600 in a directory 0700). Settings hold no secret. A password is
stored nowhere. mls status says where the tokens are, mls logout deletes them.

Any number of mls may run at once: one renews a session, the others take what it saved.`

const scripting = `Scripting: stdout is the answer and nothing else, and nothing waits for a person who is not there

  Sign in, with the password on stdin
    printf %s "$PASSWORD" | mls login URL --user NAME --password-stdin --no-input || exit

  A token for another program, with enough life for the step
    TOKEN=$(mls token --min-ttl 30m) || exit
    ENV=$(mls token --env-format sh) || exit; eval "$ENV"       # MLS_HOST and MLS_ACCESS_TOKEN; also pwsh, fish

  curl without the token among its arguments
    HEADER=$(mls token --header) || exit
    printf '%s\\n' "$HEADER" | curl --fail -H @- URL/services

  One value of an answer
    mls api api/manualTransmission/1.0.0 -F hp:=120 -F wt:=2.8 --field outputParameters.answer

  Sign in where a session is missing, and only there
    mls status >/dev/null 2>&1 || mls login

export X=$(…) and pipes hide a failure; the forms above do not.
Decide by the exit code (mls help exit-codes) or by code in --json (mls help errors), never by words.
What --json prints stays as it is; field by field, with schemas:
https://github.com/mlserver-auth/mlserver-auth/blob/main/docs/json.md`

const proxies = `Proxies and authorities of a company

  HTTPS_PROXY, HTTP_PROXY       the proxy for https and for http addresses; small letters win
  NO_PROXY                      names (with their subdomains), addresses, networks, each with a :port if you
                                like, or *. This machine is always reached directly

The server inside and the authority outside (login.microsoftonline.com) is usual: put the server into NO_PROXY.
A proxy that wants a user: http://user:password@proxy:3128, with %40 for @. Kerberos, NTLM and SOCKS are not
spoken: run a local proxy that does (cntlm, px) and name that.

  --cacert FILE, MLS_CACERT     a PEM file of an authority to trust in addition; mls login remembers it
  NODE_EXTRA_CA_CERTS           the same for every program on Node.js
  NODE_OPTIONS=--use-system-ca  what the machine trusts, from Node.js 22.15

Verification cannot be switched off: a password would go to whoever answers.`

/** Each topic by its name, with its text. */
export const topics: ReadonlyMap<string, string> = new Map([
  ["environment", environmentText],
  ["exit-codes", exitCodesText],
  ["storage", storage],
  ["errors", errorsText],
  ["scripting", scripting],
  ["proxies", proxies]
])
