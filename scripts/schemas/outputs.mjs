/** Everything that `mls` prints as JSON, by the name of its schema. */
import { DevServer } from "@mlserver-auth/dev-server"
import * as AuthError from "@mlserver-auth/core/AuthError"
import { TokenVerifier } from "@mlserver-auth/core/verifier"
import * as Schema from "effect/Schema"
import * as Catalogue from "../errors/catalogue.mjs"
import * as S from "./shapes.mjs"

const { IDS } = await Catalogue.fromCli("DoctorCheck.js")
const [library, program, exits] = await Promise.all([
  Catalogue.ofLibrary(),
  Catalogue.ofProgram(),
  Catalogue.exitCodes()
])

/** Why a failure happened: of whichever error. */
const reasons = [
  ...Object.values(AuthError).flatMap((Class) => Class.fields?.reason?.literals ?? []),
  ...DevServer.ListenError.fields.reason.literals,
  ...TokenVerifier.TokenRefused.fields.reason.literals,
  "Failed",
  "AnswerUnreadable"
]
const FAULT_REASONS = ["Transport", "Timeout", "Status", "Unreadable"]

const problem = S.shape({
  code: S.word(
    "What went wrong: stable, and the tag of the library's error where it is one of them. Decide by it.",
    ...library.map(({ tag }) => tag),
    ...program.map(({ code }) => code)
  ),
  exit: S.oneOf(
    exits.map(({ code }) => code).filter((code) => code > 0 && code < 128),
    "The exit code."
  ),
  message: S.text("What happened, for a person."),
  transient: S.flag("Whether the same command may succeed later without anybody doing anything."),
  fix: S.list(Schema.String, "What to do next, most useful first: commands as they are typed, and sentences."),
  docs: S.text("Where the code is explained."),
  server: S.maybe(S.text("The server or the authority that it is about.")),
  status: S.maybe(S.httpStatus("The HTTP status of the answer.")),
  reason: S.maybe(S.word("Why, where the code alone does not say it.", ...new Set(reasons))),
  codes: S.maybe(
    S.list(S.whole("As in AADSTS50076."), "Azure's numbers: for words, since Microsoft changes them; decide by reason.")
  ),
  correlationId: S.maybe(S.text("What an administrator of Azure finds the sign-in by.")),
  timestamp: S.maybe(S.text("When, by the authority's clock, as it wrote it: `2026-11-22 12:00:03Z`.")),
  claims: S.maybe(S.text("What the next sign-in must satisfy: `mls login --claims`."))
}).annotations({ identifier: "Problem", description: "A failure, told." })

const code = {
  userCode: S.text("The code to enter."),
  verificationUri: S.text("The page to enter it on."),
  verificationUriComplete: S.maybe(S.text("The same with the code in it, where the authority gives one.")),
  expiresAt: S.instantText("When the code ends (RFC 3339, UTC).")
}

const profile = {
  name: S.text("Its name."),
  url: S.server,
  method: S.methodOfProfile,
  loginPath: S.knownText("Where log-ins go; null: /login."),
  allowHttp: S.flag("Whether plain http to another machine is allowed."),
  caFile: S.knownText("The certificate file of an authority that is trusted in addition."),
  azure: S.azure,
  store: S.store
}

const absent = {
  signedIn: S.always(false, "Nobody is signed in."),
  usable: S.always(false, "There is nothing to use."),
  profile: S.profile,
  source: S.source
}
const noticed = S.instantText("When it was noticed (RFC 3339, UTC).")
const place = { profile: S.text("The name of the profile."), server: S.server }
const row = {
  profile: S.text("The name of the profile."),
  default: S.flag("Whether it is used where none is named."),
  selected: S.flag("Whether it is what commands use here."),
  server: S.server
}
const parameter = S.shape({
  name: S.text("`--profile`; of an argument what stands for it: `NAME`."),
  aliases: S.list(Schema.String, "Other names of an option: `-p`."),
  type: S.word("What its value is.", "boolean", "choice", "file", "integer", "text"),
  value: S.knownText("What stands for the value of an option in the usage."),
  choices: S.list(Schema.String, "What may be given, where that is a choice."),
  required: S.flag("Whether it must be given."),
  repeated: S.flag("Whether it may be given several times."),
  default: S.known(Schema.Union(Schema.String, Schema.Number, Schema.Boolean), "What holds where it is not given."),
  environment: S.list(Schema.String, "Variables that stand in for it."),
  description: S.text("What it is for.")
}).annotations({ identifier: "Parameter", description: "An argument, or an option." })

const { chosenBy: _, ...sessionOfRow } = S.session

const service = S.open(
  { name: { type: "string" }, version: { type: "string" } },
  ["name", "version"],
  "As the server tells it: servers of different ages say more or less."
)
const serviceVersion = S.shape({ name: S.text("The service."), version: S.text("Its version.") }).annotations({
  description: "What is there no more."
})

const headers = (description) =>
  Schema.Record({ key: Schema.String, value: Schema.String }).annotations({ description })

const inspected = (format, more) =>
  S.shape({
    verified: S.flag("Whether its signature, issuer, audience and end were checked, and are right."),
    format: S.always(format, "What kind of token it is."),
    ...more
  })
const header = S.anyMembers("Its header, as it is written.")

const output = (name, command, about, schema) => ({ name, command, about, schema })

/** In the order of the commands' help. */
export const outputs = [
  output(
    "error",
    "Every command that fails",
    "On the last line of stderr. Codes and reasons one by one: docs/errors.md.",
    S.shape({ error: problem.annotations({ identifier: "Problem" }) })
  ),
  output(
    "login",
    "mls login",
    "The session, after a sign-in with a password or a token.",
    S.shape({
      ...S.session,
      profile: S.text("The name of the profile."),
      changed: S.flag("`false` where a live session was left as it was.")
    })
  ),
  output(
    "login-event",
    "mls login",
    "A sign-in with a device code or in a browser is a stream of events, each on a line of its own; `authorized` is the last one.",
    Schema.Union(
      S.shape({ event: S.always("code", "A code is there: show it."), ...code }),
      S.shape({ event: S.always("reissued", "A new code in the place of the old one: show it."), ...code }),
      S.shape({
        event: S.always("slowed", "The authority wants to be asked less often."),
        intervalSeconds: S.amount("Seconds between two questions, from now on.")
      }),
      S.shape({
        event: S.always("fault", "A question was not answered; the code still lives."),
        reason: S.word("Why.", ...FAULT_REASONS),
        status: S.maybe(S.httpStatus("The HTTP status of the answer, where there was one.")),
        code: S.maybe(S.text("The transport's code, where it named one: `ECONNREFUSED`, …")),
        retryInSeconds: S.amount("Seconds until the next question.")
      }),
      S.shape({ event: S.always("expired", "The code has ended.") }),
      S.shape({
        event: S.always("browser", "The person signs in in a browser of this machine."),
        url: S.text("Where."),
        port: S.count("The port of this machine that the answer comes back to."),
        opened: S.flag("Whether a browser shows it already.")
      }),
      S.shape({
        event: S.always("authorized", "Somebody is signed in; the last line."),
        profile: S.text("The name of the profile."),
        server: S.server,
        user: S.user,
        expiresAt: S.known(
          S.instantText("RFC 3339, UTC."),
          "When the access token ends (RFC 3339, UTC); null where nobody said."
        ),
        changed: S.flag("`false` where a live session was left as it was.")
      })
    )
  ),
  output(
    "logout",
    "mls logout",
    "What was ended.",
    S.shape({
      server: S.knownText("The address of the server; null where none is known."),
      wasSignedIn: S.flag("Whether there was a session."),
      revocation: S.revocation,
      forgotten: S.knownText("The name of the profile that was removed too, with --forget.")
    })
  ),
  output(
    "logout-all",
    "mls logout --all",
    "Every profile; the exit code is that of the first that could not be signed out of.",
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
      remaining: S.count("How many files with tokens are left: of other programs, or of what failed."),
      forgotten: S.list(Schema.String, "The names of the profiles that were removed too, with --forget.")
    })
  ),
  output(
    "status",
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
          "What the server said, with --check."
        )
      }),
      S.shape({
        ...absent,
        chosenBy: S.known(S.chosenBy, "What chose it; null where no server is known."),
        server: S.knownText("The address of the server; null where none is known.")
      })
    )
  ),
  output(
    "status-watch",
    "mls status --watch",
    "A line for the session as it is, and one for each change that any program makes.",
    Schema.Union(
      S.shape({ at: noticed, ...S.session, usable: S.usable }),
      S.shape({ at: noticed, ...absent, chosenBy: S.chosenBy, server: S.server })
    )
  ),
  output(
    "status-all",
    "mls status --all",
    "Every profile; exit code 4 where none of them can be used.",
    S.shape({
      profiles: S.list(
        Schema.Union(
          S.shape({ ...sessionOfRow, ...row, usable: S.usable }),
          S.shape({
            ...row,
            signedIn: S.always(false, "Nobody is signed in."),
            usable: S.always(false, "There is nothing to use.")
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
          fingerprint: S.knownText("Of the token: 8 hex digits of its SHA-256. A password has none.")
        }),
        "The variable that beats every profile; null where none does."
      )
    })
  ),
  output(
    "token",
    "mls token",
    "The one answer that holds a token.",
    S.shape({
      accessToken: S.text("The access token."),
      tokenType: S.always("Bearer", "How it is presented: `Authorization: Bearer …`."),
      expires: S.instant("When it ends; null where nobody said: good until the server refuses it."),
      profile: S.profile,
      server: S.text("The server that it is for."),
      user: S.user
    })
  ),
  output(
    "token-claims",
    "mls token --inspect, mls token --verify",
    "What is written in the token; `verified` says whether anybody has checked it.",
    Schema.Union(
      inspected("jwt", {
        header,
        claims: S.anyMembers("Its claims, as they are written. Another token may have others."),
        times: headers("Those of the claims that are points in time (RFC 3339, UTC): `exp`, `nbf`, `iat`, `auth_time`.")
      }),
      inspected("encrypted", { header }),
      inspected("opaque", {})
    )
  ),
  output("refresh", "mls refresh", "The session as it is now.", S.shape({ ...S.session, usable: S.usable })),
  output(
    "api",
    "mls api",
    "The answer of the server, also a refusal (exit code 6). `mls services` tells a refusal in the same way.",
    S.shape({
      status: S.httpStatus("The HTTP status."),
      headers: headers("The headers of the answer, with small letters."),
      body: S.anything("JSON as it is; a string where it is no JSON; null where there was none.")
    })
  ),
  output(
    "api-dry-run",
    "mls api --dry-run",
    "What would be sent, without secrets.",
    S.shape({
      dryRun: S.always(true, "Nothing was sent."),
      method: S.word("The method.", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
      url: S.text("The address."),
      headers: headers("The headers, with small letters."),
      body: S.anything("JSON as it is; of anything else its size, as a sentence; null where there is none.")
    })
  ),
  output(
    "services-list",
    "mls services list",
    "Every version of every service, or of one.",
    S.shape({ services: S.list(service, "What is published.") })
  ),
  output("services-get", "mls services get", "One version of a service.", S.shape({ service })),
  output(
    "services-delete",
    "mls services delete",
    "What was deleted.",
    S.shape({ deleted: serviceVersion, server: S.server })
  ),
  output(
    "services-consume",
    "mls services consume",
    "The outcome as the server tells it, also where the service failed (exit code 6).",
    S.open(
      {
        success: { type: "boolean", description: "Whether the service ran to its end." },
        errorMessage: { type: ["string", "null"], description: "What went wrong." },
        consoleOutput: { type: ["string", "null"], description: "What the service printed." },
        outputParameters: { type: ["object", "null"], description: "Its outputs by name." }
      },
      ["success", "outputParameters"],
      "The outcome as the server tells it."
    )
  ),
  output(
    "profile-list",
    "mls profile list",
    "The profiles.",
    S.shape({
      default: S.knownText("The name of the one that is used where none is named; null where there is none."),
      profiles: S.list(
        S.shape({ ...profile, selected: S.flag("Whether it is what commands use here.") }),
        "In the order in which they were made."
      )
    })
  ),
  output(
    "profile-show",
    "mls profile show, mls profile add",
    "The settings of a profile. No secret.",
    S.shape(profile)
  ),
  output(
    "profile-edit",
    "mls profile edit",
    "The settings as they are now.",
    S.shape({ ...profile, signedOut: S.flag("Whether a session was ended, since it was of another issuer.") })
  ),
  output(
    "profile-export",
    "mls profile export",
    "Profiles for somebody else, as `mls profile import` takes them; printed like this without --json too.",
    S.shape({
      mlsProfiles: S.always(1, "Tells such a file from other JSON."),
      profiles: S.list(
        S.shape({
          name: profile.name,
          url: profile.url,
          method: S.maybe(S.methodOfProfile),
          loginPath: S.maybe(S.text("Where log-ins go, if not to /login.")),
          allowHttp: S.maybe(profile.allowHttp),
          caFile: S.maybe(S.text("The certificate file of an authority that is trusted in addition.")),
          azure: S.maybe(S.sharedAzure)
        }),
        "What is of one machine is left out, and what is not set."
      )
    })
  ),
  output(
    "profile-import",
    "mls profile import",
    "What was taken.",
    S.shape({
      profiles: S.list(
        S.shape({
          outcome: S.word("What it was here before.", "new", "replaced", "unchanged"),
          ...profile
        }),
        "As they are here now."
      )
    })
  ),
  output(
    "profile-use",
    "mls profile use",
    "What is used from now on.",
    S.shape({ default: S.text("The name of the profile that is used where none is named.") })
  ),
  output(
    "profile-rename",
    "mls profile rename",
    "The new name.",
    S.shape({ profile: S.text("Its name from now on."), formerly: S.text("Its name until now.") })
  ),
  output(
    "profile-remove",
    "mls profile remove",
    "What was removed.",
    S.shape({ removed: S.text("The name of the profile."), revocation: S.revocation })
  ),
  output(
    "config-show",
    "mls config show",
    "Every setting that holds here.",
    S.shape({
      settings: S.list(
        S.shape({
          name: S.text("Its name, as the option has it."),
          value: S.knownText("What it is; null where there is none."),
          origin: S.text("The option, the variable, the profile or the file that says so, or `default`.")
        }),
        "What is known of may be more from version to version; find them by name."
      )
    })
  ),
  output(
    "doctor",
    "mls doctor",
    "Every look, in its order; the exit code is that of the worst failure.",
    S.shape({
      checks: S.list(
        S.shape({
          id: S.word("What was looked at.", ...IDS),
          verdict: S.word("What it came to; `skip`: not looked at.", "ok", "FAIL", "skip"),
          message: S.text("What was seen, or why nobody looked."),
          fix: S.maybe(S.text("What to do, where something failed."))
        }),
        "Each look once."
      )
    })
  ),
  output(
    "help",
    "mls help",
    "Every command, or one and those that it has; exit codes and variables.",
    S.shape({
      helpVersion: S.always(1, "Counts changes that a reader would misread."),
      version: S.text("The version of mls."),
      commands: S.list(
        S.shape({
          command: S.text("Its words: `profile list`."),
          usage: S.text("How it is typed."),
          description: S.text("What it does."),
          arguments: S.list(parameter, "Its arguments, in their order."),
          options: S.list(parameter, "Its options.")
        }),
        "In the order of the help."
      ),
      exitCodes: S.list(
        S.shape({
          code: S.count("The number."),
          meaning: S.text("What it means."),
          mayPass: S.known(
            Schema.Boolean,
            "Whether the same command may succeed later without anybody doing anything; null: it depends, or does not apply."
          )
        }),
        "Each once."
      ),
      environment: S.list(
        S.shape({
          names: S.list(Schema.String, "Variables that are told together."),
          meaning: S.text("What they mean.")
        }),
        "The variables that the program reads."
      )
    })
  ),
  output(
    "dev-server",
    "mls dev-server",
    "On a line when the server is ready. Its passwords are known to everybody: it listens on this machine only.",
    S.shape({
      url: S.server,
      azure: S.known(S.AzureSettings, "The settings of its Azure Active Directory, with --azure."),
      users: S.list(
        S.shape({
          username: S.text("The user name."),
          password: S.text("The password."),
          role: S.text("What they may do, or what keeps them from signing in.")
        }),
        "Who can sign in."
      )
    })
  )
]
