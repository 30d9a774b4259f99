/** What the commands of a session print. */
import * as Schema from "effect/Schema"
import * as S from "./parts.js"
import { problem } from "./problem.js"

const code = {
  userCode: S.text("The code to enter."),
  verificationUri: S.text("The page to enter it on."),
  verificationUriComplete: S.maybe(S.text("The same page with the code in its address, if the authority has one.")),
  expiresAt: S.instantText("When the code ends (RFC 3339, UTC).")
}

const absent = {
  signedIn: S.always(false, "No user is signed in."),
  usable: S.always(false, "There is no session to use."),
  profile: S.profile,
  source: S.source
}
const place = { profile: S.text("The name of the profile."), server: S.server }
const row = {
  profile: S.text("The name of the profile."),
  default: S.flag("Whether it is the default profile."),
  selected: S.flag("Whether it is what commands use here."),
  server: S.server
}

const { chosenBy: _, ...sessionOfRow } = S.session

const inspected = <const F extends string, M extends Schema.Struct.Fields>(format: F, more: M) =>
  S.shape({
    verified: S.flag("Whether its signature, issuer, audience and end were checked, and are right."),
    format: S.always(format, "What kind of token it is."),
    ...more
  })
const header = S.anyMembers("Its header, unchanged.")

/** In the order of the help. */
export const SESSION = {
  login: S.output(
    "mls login",
    "The session, after a sign-in with a password or a token.",
    S.shape({
      ...S.session,
      profile: S.text("The name of the profile."),
      changed: S.flag("`false` if a live session was not replaced.")
    })
  ),
  "login-event": S.output(
    "mls login",
    "A sign-in with a device code or in a browser prints a stream of events, one a line. `authorized` is the last one.",
    Schema.Union(
      S.shape({ event: S.always("code", "There is a code: show it."), ...code }),
      S.shape({ event: S.always("reissued", "A new code replaces the old one: show it."), ...code }),
      S.shape({
        event: S.always("slowed", "The authority asks for fewer polls."),
        intervalSeconds: S.amount("Seconds between two polls, from now on.")
      }),
      S.shape({
        event: S.always("fault", "A poll got no usable answer. The code still lives."),
        reason: S.word("Why.", "Transport", "Timeout", "Status", "Unreadable"),
        status: S.maybe(S.httpStatus("The HTTP status of the answer, if there was one.")),
        code: S.maybe(S.text("The transport's code, if there is one: `ECONNREFUSED`, …")),
        retryInSeconds: S.amount("Seconds until the next poll.")
      }),
      S.shape({ event: S.always("expired", "The code has ended.") }),
      S.shape({
        event: S.always("browser", "The person signs in in a browser of this machine."),
        url: S.text("Where."),
        port: S.count("The port of this machine that the answer comes back to."),
        opened: S.flag("Whether a browser shows it already.")
      }),
      S.shape({
        event: S.always("authorized", "A user is signed in. This is the last line."),
        profile: S.text("The name of the profile."),
        server: S.server,
        user: S.user,
        expiresAt: S.known(
          S.instantText("RFC 3339, UTC."),
          "When the access token ends (RFC 3339, UTC). null if the issuer did not say."
        ),
        changed: S.flag("`false` if a live session was not replaced.")
      })
    )
  ),
  logout: S.output(
    "mls logout",
    "What was ended.",
    S.shape({
      server: S.knownText("The address of the server. null if none is known."),
      wasSignedIn: S.flag("Whether there was a session."),
      revocation: S.revocation,
      forgotten: S.knownText("The name of the profile that `--forget` removed.")
    })
  ),
  "logout-all": S.output(
    "mls logout --all",
    "Every profile. If sign-outs fail, the exit code is that of the first failure.",
    S.shape({
      profiles: S.list(
        Schema.Union(
          S.shape({ ...place, wasSignedIn: S.always(true, "There was a session."), revocation: S.revocation }),
          S.shape({ ...place, wasSignedIn: S.always(false, "There was none."), revocation: S.revocation }),
          S.shape({
            ...place,
            wasSignedIn: S.always(null, "It could not be ended."),
            revocation: S.always(null, "It could not be ended."),
            error: problem
          })
        ),
        "In the order in which they were made."
      ),
      remaining: S.count("How many files with tokens remain: of other programs, or of profiles that failed."),
      forgotten: S.list(Schema.String, "The names of the profiles that `--forget` removed.")
    })
  ),
  status: S.output(
    "mls status, mls whoami",
    "The session, or that there is none: exit code 4.",
    Schema.Union(
      S.shape({
        ...S.session,
        usable: S.usable,
        check: S.known(
          S.shape({
            status: S.httpStatus("The HTTP status of the server's answer."),
            milliseconds: S.count("How long it took, in milliseconds.")
          }),
          "The server's answer, with --check."
        )
      }),
      S.shape({
        ...absent,
        chosenBy: S.known(S.chosenBy, "What chose it. null if no server is known."),
        server: S.knownText("The address of the server. null if none is known.")
      })
    )
  ),
  "status-all": S.output(
    "mls status --all",
    "Every profile. The exit code is 4 if none of them can be used.",
    S.shape({
      profiles: S.list(
        Schema.Union(
          S.shape({ ...sessionOfRow, ...row, usable: S.usable }),
          S.shape({
            ...row,
            signedIn: S.always(false, "No user is signed in."),
            usable: S.always(false, "There is no session to use.")
          }),
          S.shape({
            ...row,
            signedIn: S.always(null, "Its session cannot be read."),
            usable: S.always(false, "It cannot be read."),
            error: problem
          })
        ),
        "In the order in which they were made."
      ),
      environment: S.known(
        S.shape({
          variable: S.word("Which.", "MLS_ACCESS_TOKEN", "MLS_PASSWORD"),
          fingerprint: S.knownText("The fingerprint of the token: 8 hex digits of its SHA-256. A password has none.")
        }),
        "The variable that wins over every profile. null if there is none."
      )
    })
  ),
  token: S.output(
    "mls token",
    "The only answer that contains a token.",
    S.shape({
      accessToken: S.text("The access token."),
      tokenType: S.always("Bearer", "How to send it: `Authorization: Bearer …`."),
      expires: S.instant("When it ends. null if the issuer did not say: it is valid until the server refuses it."),
      profile: S.profile,
      server: S.text("The server that it is for."),
      user: S.user
    })
  ),
  "token-claims": S.output(
    "mls token --inspect, mls token --verify",
    "The content of the token. `verified` says whether it was checked.",
    Schema.Union(
      inspected("jwt", {
        header,
        claims: S.anyMembers("Its claims, unchanged. Another token may have others."),
        times: S.headers(
          "Those of the claims that are points in time (RFC 3339, UTC): `exp`, `nbf`, `iat`, `auth_time`."
        )
      }),
      inspected("encrypted", { header }),
      inspected("opaque", {})
    )
  ),
  refresh: S.output("mls refresh", "The session after the renewal.", S.shape({ ...S.session, usable: S.usable }))
} as const
