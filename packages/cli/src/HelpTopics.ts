/**
 * What `mls help TOPIC` says: what holds for every command and would be too long for `mls --help`.
 */
import { errorsText } from "./ErrorsText.js"

const environment = `Environment: an option beats a variable, a variable beats what a profile remembers

  MLS_PROFILE                   the profile (as -p; otherwise that of .mls.json here or above, else the default)
  MLS_HOST                      the server, where none is named; beats .mls.json and the default profile
  MLS_ACCESS_TOKEN              an existing access token: used as it is, never stored; beats what is stored,
                                unless --ignore-env
  MLS_USERNAME, MLS_PASSWORD    both: a credential that signs in by itself; beats a stored session of somebody
                                else and leaves it alone. The name alone: the default of login --user
  MLS_AUTHURI, MLS_TENANT, MLS_CLIENT_ID, MLS_RESOURCE, MLS_METHOD
                                as --authuri, --tenant, --clientid, --resource, --method; for every command
  MLS_STORE                     keyring, encrypted, file or memory: see mls help storage
  MLS_NO_INPUT, CI              never ask (unless 0 or false)
  MLS_CACERT, MLS_TIMEOUT       as --cacert and --timeout
  MLS_CONFIG_DIR                settings (config.json) and tokens (state/) in this directory
  XDG_CONFIG_HOME, XDG_STATE_HOME
                                otherwise mls/ below these, or below ~/.config and ~/.local/state
  MLS_LOG=debug                 as -v
  BROWSER                       the program that opens pages
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS
                                see mls help proxies
  NO_COLOR                      no colours

  mls config show --origin      what holds here, and which of these it comes from`

const exitCodes = `Exit codes: they stay as they are

  0              success. Also: a reader of stdout who left early (mls api … | head)
  1              a fault of mls
  2              the command line is wrong, or an input is missing and there is nobody to ask;
                 the message names the option
  3              a setting cannot be used: an unknown profile, a bad URL, not a Machine Learning Server,
                 an unreadable file, a store that cannot be written
  4              sign-in required: nobody is signed in, or the session is over by the server's word
  5              the sign-in was refused, or a person must sign in. Not tried twice: accounts lock
  6              a call was answered 4xx or 5xx (the answer is on stdout all the same), or a service
                 ran and failed
  7              the server was not reached, or not in time. Nothing is known about the session, and
                 it is kept. Try again later
  8              another program holds the lock. Try again later
  129, 130, 143  ended by SIGHUP, SIGINT (Ctrl-C), SIGTERM

With --json an error is one object on the last line of stderr: code, exit, message, transient, fix, docs.`

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
  ["environment", environment],
  ["exit-codes", exitCodes],
  ["storage", storage],
  ["errors", errorsText],
  ["scripting", scripting],
  ["proxies", proxies]
])
