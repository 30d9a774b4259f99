/** What the other commands print: of profiles, settings, checks, the help and the dev server. */
import * as Schema from "effect/Schema"
import { IDS } from "../doctor/check.js"
import * as S from "./parts.js"

const profile = {
  name: S.text("Its name."),
  url: S.server,
  method: S.methodOfProfile,
  loginPath: S.knownText("The path of sign-ins. null: /login."),
  allowHttp: S.flag("Whether plain http to another machine is allowed."),
  caFile: S.knownText("The certificate file of an authority that is also trusted."),
  azure: S.azure,
  store: S.store
}

const parameter = S.shape({
  name: S.text("`--profile`; for an argument its placeholder: `NAME`."),
  aliases: S.list(Schema.String, "Other names of an option: `-p`."),
  type: S.word("What its value is.", "boolean", "choice", "file", "integer", "text"),
  value: S.knownText("The placeholder of the option's value in the usage."),
  choices: S.list(Schema.String, "The possible values, if it is a choice."),
  required: S.flag("Whether it is required."),
  repeated: S.flag("Whether it may be given several times."),
  default: S.known(Schema.Union(Schema.String, Schema.Number, Schema.Boolean), "The default value."),
  environment: S.list(Schema.String, "Variables that replace it."),
  description: S.text("What it is for.")
}).annotations({ identifier: "Parameter", description: "An argument, or an option." })

/** In the order of the help. */
export const SETTINGS = {
  "profile-list": S.output(
    "mls profile list",
    "The profiles.",
    S.shape({
      default: S.knownText("The name of the default profile. null if there is none."),
      profiles: S.list(
        S.shape({ ...profile, selected: S.flag("Whether it is what commands use here.") }),
        "In the order in which they were made."
      )
    })
  ),
  "profile-show": S.output(
    "mls profile show, mls profile add",
    "The settings of a profile. No secret.",
    S.shape(profile)
  ),
  "profile-edit": S.output(
    "mls profile edit",
    "The settings after the change.",
    S.shape({ ...profile, signedOut: S.flag("Whether a session was ended, because it belonged to another issuer.") })
  ),
  "profile-export": S.output(
    "mls profile export",
    "Profiles for another person, in the format of `mls profile import`. Printed like this without --json too.",
    S.shape({
      mlsProfiles: S.always(1, "Marks the file as exported profiles."),
      profiles: S.list(
        S.shape({
          name: profile.name,
          url: profile.url,
          method: S.maybe(S.methodOfProfile),
          loginPath: S.maybe(S.text("The path of sign-ins, if it is not /login.")),
          allowHttp: S.maybe(profile.allowHttp),
          caFile: S.maybe(S.text("The certificate file of an authority that is also trusted.")),
          azure: S.maybe(S.sharedAzure)
        }),
        "Without settings of one machine, and without settings that are not set."
      )
    })
  ),
  "profile-import": S.output(
    "mls profile import",
    "What was taken.",
    S.shape({
      profiles: S.list(
        S.shape({
          outcome: S.word("What this machine had before.", "new", "unchanged"),
          ...profile
        }),
        "The profiles on this machine after the import."
      )
    })
  ),
  "profile-use": S.output(
    "mls profile use",
    "The default profile after the change.",
    S.shape({ default: S.text("The name of the default profile.") })
  ),
  "profile-rename": S.output(
    "mls profile rename",
    "The new name.",
    S.shape({ profile: S.text("Its new name."), formerly: S.text("Its name until now.") })
  ),
  "profile-remove": S.output(
    "mls profile remove",
    "What was removed.",
    S.shape({ removed: S.text("The name of the profile."), revocation: S.revocation })
  ),
  "config-show": S.output(
    "mls config show",
    "Every setting that commands use here.",
    S.shape({
      settings: S.list(
        S.shape({
          name: S.text("Its name, as the option has it."),
          value: S.knownText("Its value. null if there is none."),
          origin: S.text("The option, the variable, the profile or the file that says so, or `default`.")
        }),
        "A newer version may have more settings: find them by name."
      )
    })
  ),
  doctor: S.output(
    "mls doctor",
    "Every check, in order. The exit code is that of the worst failure.",
    S.shape({
      checks: S.list(
        S.shape({
          id: S.word("What was looked at.", ...IDS),
          verdict: S.word("The result. `skip`: not checked.", "ok", "FAIL", "skip"),
          message: S.text("What `mls` found, or why it did not check."),
          fix: S.maybe(S.text("What to do, if the check failed."))
        }),
        "Each look once."
      )
    })
  ),
  help: S.output(
    "mls help",
    "Every command, or one command and its commands; exit codes and variables.",
    S.shape({
      helpVersion: S.always(1, "Grows with each change that could mislead a reader."),
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
            "Whether the same command may succeed later, without a change of yours. null: it depends, or does not apply."
          )
        }),
        "Each once."
      ),
      environment: S.list(
        S.shape({
          names: S.list(Schema.String, "Variables that belong together."),
          meaning: S.text("What they mean.")
        }),
        "The variables that the program reads."
      )
    })
  ),
  "dev-server": S.output(
    "mls dev-server",
    "Printed as one line when the server is ready. Its passwords are public, so it listens on this machine only.",
    S.shape({
      url: S.server,
      azure: S.known(S.AzureSettings, "The settings of its Azure Active Directory, with --azure."),
      users: S.list(
        S.shape({
          username: S.text("The user name."),
          password: S.text("The password."),
          role: S.text("What they may do, or why they cannot sign in.")
        }),
        "Who can sign in."
      )
    })
  )
} as const
