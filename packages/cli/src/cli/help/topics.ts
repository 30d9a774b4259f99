/**
 * What `mls help TOPIC` says: what holds for every command and would be too long for `mls --help`.
 */
import { environmentText } from "./environment.js"
import { exitCodesText } from "./exitCodes.js"

const storage = `Storage: where tokens are. Choose with --store of mls login, or with MLS_STORE

  keyring       in files, encrypted with a key in the keyring of the desktop. Needs the package
                @napi-rs/keyring beside mls
  encrypted     in files, encrypted with a key in store.key beside them. Copies of single files are of no use.
                Programs of the same user can read both
  file          in files, not encrypted, readable by their owner only
  memory        nowhere: for mls token and mls api with a credential from the environment

If mls cannot use the store that you chose, the command fails (exit 3). If you did not choose, mls login uses
the keyring if there is one, otherwise encrypted, and says so once. The profile remembers the store.
mls login --store MODE moves a live session.

Only their owner can read the files (0600 in a directory 0700). On Windows every user who may read the
directory can; by default that is the owner only. Settings contain no secret. mls stores no password.
mls status says where the tokens are, and mls logout deletes them.

You can run any number of mls at once: one renews a session, and the others use the new token.`

const scripting = `Scripting: stdout contains the answer and nothing else. Without a terminal mls never waits for a person

  Sign in, with the password on stdin
    printf %s "$PASSWORD" | mls login URL --user NAME --password-stdin --no-input || exit

  A token for another program, with enough life for the step
    TOKEN=$(mls token --min-ttl 30m) || exit
    ENV=$(mls token --env-format sh) || exit; eval "$ENV"       # MLS_HOST and MLS_ACCESS_TOKEN; also pwsh, fish, cmd

  curl without the token among its arguments
    HEADER=$(mls token --header) || exit
    printf '%s\\n' "$HEADER" | curl --fail -H @- URL/services

  One value of an answer
    mls api api/manualTransmission/1.0.0 -F hp:=120 -F wt:=2.8 --field outputParameters.answer

  Sign in where a session is missing, and only there
    mls status >/dev/null 2>&1 || mls login

export X=$(…) and pipes hide a failure. The forms above do not.
Decide by the exit code (mls help exit-codes) or by code in --json (mls help errors), never by words.
You can rely on what --json prints. All fields, with schemas:
https://github.com/mlserver-auth/mlserver-auth/blob/main/docs/reference/json.md`

const proxies = `Proxies and certificate authorities of a company

  HTTPS_PROXY, HTTP_PROXY       the proxy for https and for http addresses. Names in small letters win
  NO_PROXY                      names (with their subdomains), addresses and networks, each with an optional
                                :port, or *. mls always reaches this machine directly

If the server is inside your network and Azure (login.microsoftonline.com) outside, put the server into NO_PROXY.
If the proxy needs a user: http://user:password@proxy:3128, with %40 for @. mls does not support Kerberos, NTLM
and SOCKS: run a local proxy that does (cntlm, px) and name that one.

  --cacert FILE, MLS_CACERT     also trust the authority in this PEM file. mls login remembers it
  NODE_EXTRA_CA_CERTS           the same for every program on Node.js
  NODE_OPTIONS=--use-system-ca  trust what the machine trusts (Node.js 22.15 or later)

You cannot switch the check of certificates off: a password would go to any server that answers.`

const errors = `Errors by the code that --json shows, with their exit codes. Each says itself what to do

  ConfigurationInvalid  2, 3      a setting or an input that cannot be used
  CredentialRequired    2, 4, 130 not signed in, and no credential to sign in with
  CredentialRejected    5         the sign-in was refused. Not tried again: accounts lock
  InteractionRequired   5         a person must sign in: multi-factor sign-in, consent, a new password
  SessionExpired        4         the server ended the session, or it cannot be renewed: sign in again
  RequestUnauthorized   6         a call was answered 401, and a new token does not help
  ServerUnavailable     7         not reached, or not able to answer now. The session stays
  RenewalUncertain      7         a renewal was sent, and its answer was lost. Run the command again
  InvalidResponse       3         the answer is not from such a server
  StoreUnavailable      3, 8      the tokens cannot be read, written or locked
  ApiRefused            6         the answer was 4xx or 5xx, or a web page
  ServiceFailed         6         a service ran and failed
  TokenRefused          5         the server does not take that access token
  TokenUnverified       3         mls token --verify: the token is not as it should be
  ProfileUnknown        3         there is no profile of that name
  ServerUnknown         4         no server was named, and none is remembered
  ChecksFailed          3, 4, 7, 8 mls doctor found something
  UsageError            2         the command line is wrong
  RequestInvalid        2         a path, a header or a body that cannot be sent
  OutputFailed          3         the answer cannot be written
  ListenError           3         mls dev-server cannot listen
  Fault                 1         a fault of mls

Every reason, and what to do about it: https://github.com/mlserver-auth/mlserver-auth/blob/main/docs/reference/errors.md
mls doctor looks for what is wrong.`

/** Each topic by its name, with its text. */
export const topics: ReadonlyMap<string, string> = new Map([
  ["environment", environmentText],
  ["exit-codes", exitCodesText],
  ["storage", storage],
  ["errors", errors],
  ["scripting", scripting],
  ["proxies", proxies]
])
