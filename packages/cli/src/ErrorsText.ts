/** What `mls help errors` says. Made by scripts/errors-page.mjs from the code: change the code, then run it. */
export const errorsText = String.raw`Errors by the 'code' that --json shows, what to do about each reason, and the exit code.

ConfigurationInvalid (exit 2, 3)
  A setting or an input cannot be used as it is: a bad URL, http off loopback, an empty password, a
  control character in a user name.

CredentialRequired (exit 2, 4, 130)
  There is no token, and no credential to get one with unless a person gives it.
  NotSignedIn, SignedOut, Cancelled
                        'mls login'
  NotInteractive        Pass the credential without a prompt: '--user' and '--password-stdin', or
                        MLS_USERNAME and MLS_PASSWORD.
  WindowBlocked         Allow windows for this page and begin with a click, or use a redirect.

CredentialRejected (exit 5)
  The issuer looked at the credential and refused it.
  InvalidCredentials, NotSentAgain
                        Check both (is it DOMAIN\user or user@domain? is 'admin' disabled because a
                        directory is on?) and sign in once more.
  MultiFactorRequired, Federated, DeviceCodeDeclined, DeviceCodeExpired, DeviceCodeUnknown
                        'mls login --method aad-device'
  Blocked               Ask the tenant's administrator which policy it was.
  AccountLocked         Wait before you try again; every try may lock it for longer.
  AccountDisabled       Ask the tenant's administrator to enable it.
  AccountUnknown        Check the user name and the tenant.
  PasswordExpired       Change it in a browser, then sign in again.
  ConsentRequired       Ask the tenant's administrator to consent, or consent while you sign in with
                        a device code ('--method aad-device') or in the browser.
  NotAssigned           Ask the tenant's administrator to assign you.
  Refused               Try a device code ('--method aad-device') or the browser, or ask the
                        tenant's administrator.
  Forbidden             Ask the administrator of the server for a role (Reader, Contributor or
                        Owner).
  SignInDeclined, SignInExpired, SignInUnknown, AnswerForeign
                        'mls login --method aad-browser'

InteractionRequired (exit 5)
  The issuer wants a person before it renews: multi-factor sign-in, consent, a new password.
  Each time: 'mls login --method aad-device --force'
  InvalidCredentials    Check both (is it DOMAIN\user or user@domain? is 'admin' disabled because a
                        directory is on?) and sign in once more.
  MultiFactorRequired, Federated
  Blocked               Ask the tenant's administrator which policy it was.
  AccountLocked         Wait before you try again; every try may lock it for longer.
  AccountDisabled       Ask the tenant's administrator to enable it.
  AccountUnknown        Check the user name and the tenant.
  PasswordExpired       Change it in a browser, then sign in again.
  ConsentRequired       Ask the tenant's administrator to consent, or consent while you sign in with
                        a device code ('--method aad-device') or in the browser.
  NotAssigned           Ask the tenant's administrator to assign you.
  Refused               Try a device code ('--method aad-device') or the browser, or ask the
                        tenant's administrator.

SessionExpired (exit 4)
  The session is over by proof: the server refused its refresh token, or there is nothing to renew
  it with.
  Refused, Idle, ChainEnded, LostAnswer
                        'mls login'
  NotRenewable          Get a new access token (MLS_ACCESS_TOKEN, or 'mls login --token-stdin'), or
                        sign in: 'mls login'.

RequestUnauthorized (exit 6; may succeed later)
  An API call was answered 401 and the policy let it end there.
  RejectedTwice, RenewedInVain
                        If the server runs behind a load balancer, its web nodes must share one JWT
                        signing certificate; else the sign-in may have lost its rights.
  NotReplayable         Send the request again with a fresh body.
  Refused               The challenge says that a new token would not help; check the request and
                        the user's rights.

ServerUnavailable (exit 7; may succeed later)
  The issuer could not be reached or could not answer now.
  Transport, Timeout    Nothing was lost. Check address, network and proxy, and try again.
  Transport             Its certificate is not trusted here: name the authority's certificate
                        ('--cacert FILE', or NODE_EXTRA_CA_CERTS).
  Status                Nothing was lost. Check address, network and proxy, and try again in 30 s.

RenewalUncertain (exit 7; may succeed later)
  A renewal was sent and its answer lost, or was a 5xx, which a gateway gives too while the server
  behind it goes on: the server may have replaced the pair already.
  Each time: Run the command again; if the session is refused then, sign in: 'mls login'.
  Transport, Timeout, Status, InvalidResponse, Interrupted

InvalidResponse (exit 3)
  The answer is not one that such an issuer gives: HTML, a redirect, missing fields, absurd values,
  too large.
  the server            Is this the address of a Machine Learning Server web node (usually port
                        12800), and is the login path right ('--login-path')?
  the authority         Are '--authuri' and '--tenant' those of Azure Active Directory, and is there
                        a proxy or a log-in page in between?

StoreUnavailable (exit 3, 8; may succeed later)
  The token store could not be read, written or locked.

Of mls alone
  ListenError           (exit 3) 'mls dev-server --port 0'
  ServerUnknown         (exit 4) 'mls login https://mlserver.example.com:12800'; or set MLS_HOST
  ProfileUnknown        (exit 3) 'mls profile list'; or make one: 'mls login
                        https://mlserver.example.com:12800 --profile NAME'
  UsageError            (exit 2) what to type instead
  ApiRefused            (exit 6) Check the path. 'mls services list' tells what is there.
  ServiceFailed         (exit 6) What it said is above. 'mls services get NAME' tells which inputs
                        it wants.
  OutputFailed          (exit 3) Check where stdout goes.
  TokenRefused          (exit 5) Get another one; it must be the token alone, for this very server.
  TokenUnverified       (exit 3) Compare '--tenant' and '--resource' with the server's
                        configuration, and the clocks.
  ChecksFailed          (exit 7) What the report says of each failed check
  RequestInvalid        (exit 2) Write the path like 'services' or '/api/NAME/VERSION', without
                        blanks or odd characters.
  Fault                 (exit 1) Please report it, with what you did. MLS_LOG=debug shows where it
                        happened.`
