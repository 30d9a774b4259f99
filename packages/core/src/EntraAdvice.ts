/**
 * What Azure's numbers (AADSTS50076) mean and what to do about each: words for people, in one table for library and
 * command line. Data only: Microsoft changes numbers and texts, so nothing is ever decided by one; `error`, `suberror`
 * and the status decide (see `EntraIssuer`).
 *
 * Source: Microsoft's "Microsoft Entra authentication and authorization error codes".
 */
import { Refusal } from "./AuthError.js"
import type { Remedy } from "./Diagnosis.js"

/** The meaning of a number, and what to do. */
export interface Advice {
  readonly code: number
  /** Which kind of refusal it is, where it is one. */
  readonly reason: Refusal
  /** Which setting is the likely culprit, where one is. */
  readonly setting: "authuri" | "tenant" | "clientid" | "resource" | undefined
  /** What happened, as half a sentence. */
  readonly says: string
  /** The next step, as whole sentences; before the remedy, if there is one, and empty where that is all. */
  readonly fix: string
  /** The sign-in that helps, where one does. */
  readonly remedy: Remedy | undefined
}

const ADMIN = "Ask the tenant's administrator, and tell them the correlation id."
const SWAPPED =
  "Check `clientid`, `resource` and `tenant`; the first two are easily swapped (`clientid`: the native application, `resource`: the web application)."

/** Where a sign-in is all. */
const AGAIN = ["", "SignIn"] as const
const INTERACTIVELY = ["", "SignInInteractively"] as const

type Row = readonly [codes: ReadonlyArray<number>, says: string, fix: string, remedy?: Remedy]

const refusals: { readonly [reason in Refusal]?: ReadonlyArray<Row> } = {
  InvalidCredentials: [
    [
      [50126],
      "the user name or the password is wrong",
      "Check both (user@domain) and sign in once more. Azure gives the same answer for a federated account: use a device code or the browser."
    ],
    [[50056], "no password is stored for this account", "It may be federated or passwordless.", "SignInInteractively"]
  ],
  MultiFactorRequired: [
    [[50076, 50074], "this account needs multi-factor sign-in, which a password alone cannot do", ...INTERACTIVELY],
    [[50078], "the multi-factor sign-in is too old for the tenant's policy", ...INTERACTIVELY],
    [
      [50079, 50072],
      "this account must register for multi-factor sign-in first",
      "Register at https://aka.ms/mfasetup.",
      "SignInInteractively"
    ],
    [[50158], "the tenant asks for one more step outside (a second factor, terms of use)", ...INTERACTIVELY],
    [[50058, 50097], "a sign-in by a person is needed", ...INTERACTIVELY],
    [[16000], "a person must choose one of several accounts", ...INTERACTIVELY]
  ],
  Blocked: [
    [[53003, 50131], "a conditional access policy blocks this sign-in", `Another method may be allowed. ${ADMIN}`],
    [
      [53000, 50129, 50155, 50187, 530003],
      "the tenant wants a device that it manages",
      `Sign in on such a device. ${ADMIN}`
    ],
    [[53001, 53002, 53004, 53011], "the tenant's policy blocks this sign-in", ADMIN],
    [[530032, 530034, 530035], "the tenant's security defaults block password sign-in", ...INTERACTIVELY],
    [[50135], "the tenant wants a new password because of a risk", "Change it in a browser, then sign in again."],
    [[135011, 700003], "this device is disabled or unknown to the tenant", ADMIN],
    [[80012], "the account may not sign in at this hour", ADMIN]
  ],
  AccountLocked: [
    [
      [50053],
      "the account is locked after wrong passwords, or the address is taken for a risk",
      `Wait; each try may prolong it. ${ADMIN}`
    ]
  ],
  AccountDisabled: [[[50057], "the account is disabled", "Ask the tenant's administrator to enable it."]],
  AccountUnknown: [
    [
      [50034],
      "the account is not in this tenant",
      "Check the spelling (user@domain) and `tenant`; a guest must be invited first."
    ],
    [
      [50020, 500208, 90072],
      "the account belongs to another tenant or is a personal one",
      "Use the right `tenant`, or have the account invited."
    ]
  ],
  PasswordExpired: [
    [[50055], "the password has expired", "Change it in a browser (https://aka.ms/sspr), then sign in again."],
    [[50144], "the password of the directory on premises has expired", "Change it there, then sign in again."]
  ],
  ConsentRequired: [
    [
      [65001],
      "the use of the resource by this application has not been consented to",
      `Consent while you sign in with a device code or in the browser, or ask the tenant's administrator to. ${SWAPPED}`
    ],
    [[90094], "an administrator must consent that this application uses the resource", ADMIN],
    [[65004], "the user declined to consent", "Sign in again and consent."]
  ],
  NotAssigned: [
    [
      [50105],
      "this user is not assigned to the application",
      "Ask the tenant's administrator to assign the user or one of their groups."
    ]
  ],
  Refused: [
    [[50173, 50132, 50133], "the sign-in was revoked, by a new password or an administrator", ...AGAIN],
    [[70000, 70008, 70043, 54005], "the sign-in has expired or was used up", ...AGAIN],
    [[700082], "it was not used for too long (90 days)", ...AGAIN],
    [[700084], "its fixed life (24 hours) is over", ...AGAIN],
    [[501481], "the code was asked for by another program", ...AGAIN],
    [[50196], "it was asked for the same too often in a row", "Wait five minutes, and look for a program that loops."],
    [[50134], "the code was entered in another region", "Sign in again, and enter the code from the same network."],
    [[70018, 70019, 70020, 90119, 90120], "the code was wrong, used or too old", ...AGAIN],
    [[50033, 90006, 90012, 90024, 90033, 90090, 50087, 50166], "Azure has trouble", "Try again in a minute."],
    [
      [80001, 80002, 80005, 80007, 80014],
      "the agent that checks passwords on premises failed",
      `Try again later. ${ADMIN}`
    ],
    [[80013], "the clocks of the agent that checks passwords on premises and of its directory differ", ADMIN],
    [[90055], "the tenant is asked for too much", "Wait, then try again."]
  ]
}

const settings: { readonly [setting in NonNullable<Advice["setting"]>]: ReadonlyArray<Row> } = {
  tenant: [
    [
      [90002, 50128],
      "this tenant does not exist in this cloud",
      "Check `tenant`, and `authuri` if it is a national cloud."
    ],
    [[900023], "this is no name of a tenant", "Set `tenant` to its GUID or its domain."],
    [[50059, 90019], "no tenant was named", "Set `tenant` to its GUID or its domain."],
    [[50194], "the application belongs to one tenant, which must be named", "Set `tenant` to its GUID or its domain."],
    [
      [90124, 90130, 9001023, 9002332],
      "this kind of sign-in needs a tenant of its own",
      "Set `tenant` to its GUID or domain, not `common`."
    ],
    [[700005], "the sign-in was begun in another tenant", "Use the same `tenant` for both steps."]
  ],
  authuri: [
    [[50049, 50050], "this is no known cloud", "Check `authuri`; https://login.microsoftonline.com is the global one."],
    [[90038, 900382, 1000104], "the tenant lives in another national cloud", "Set `authuri` to that cloud's address."],
    [
      [9002313, 90014, 900144],
      "the request was malformed on its way",
      "Is there a proxy that changes requests? If not, report this with the correlation id."
    ],
    [
      [9002325],
      "the answer of the browser was redeemed without the proof key (PKCE) that was sent with it",
      "Is there a proxy that changes requests? If not, report this with the correlation id."
    ]
  ],
  clientid: [
    [[700016, 700011, 70001], "the tenant knows no such application", SWAPPED],
    [
      [7000218],
      "the application is not registered as a public client",
      'In its registration, set "Allow public client flows" to yes.'
    ],
    [[700025], "a public client sends no secret", "Remove the secret."],
    [[7000112], "the application is disabled", ADMIN],
    [
      [7000215, 7000222, 70002],
      "the application's credentials are wrong or expired",
      "Use the id of a public (native) application."
    ],
    [[7000114], "the application may not use this grant", ADMIN],
    [
      [9002326],
      "the redirect address is not registered as that of a page in a browser",
      'In the registration, move it to the platform "Single-page application".'
    ],
    [
      [9002327],
      "the redirect address is registered as that of a page in a browser, and this is a program",
      'In the registration, add http://localhost to the platform "Mobile and desktop applications".'
    ],
    [
      [50011, 500112],
      "the redirect address is not in the application's registration",
      "Add it there, letter by letter."
    ]
  ],
  resource: [
    [[500011], "the tenant knows no such resource", SWAPPED],
    [
      [500014],
      "the resource is disabled in this tenant",
      `Its service principal must be enabled, and the subscription may have lapsed. ${ADMIN}`
    ],
    [
      [90009],
      "an application asks for a token for itself",
      "Set `resource` to the GUID of the web application, not to its URI."
    ],
    [
      [650057],
      "the resource is not among the application's permissions",
      "In its registration, add the API permission for the web application of the server."
    ],
    [
      [70011, 700022, 700023, 28002, 28003],
      "the resource cannot be asked for like this",
      "Set `resource` to one GUID or one URI, with nothing else."
    ],
    [[901002], "v2 endpoints take no `resource`", 'Use `wire: "v2"` with a v2 authority, else `wire: "v1"`.']
  ]
}

const row = (reason: Refusal, setting: Advice["setting"], [codes, says, fix, remedy]: Row): ReadonlyArray<Advice> =>
  codes.map((code) => ({ code, reason, setting, says, fix, remedy }))

/** Every known number, each once. */
export const table: ReadonlyArray<Advice> = [
  ...Refusal.literals.flatMap((reason) => (refusals[reason] ?? []).flatMap((each) => row(reason, undefined, each))),
  ...(["authuri", "tenant", "clientid", "resource"] as const).flatMap((setting) =>
    settings[setting].flatMap((each) => row("Refused", setting, each))
  )
]

const byCode: ReadonlyMap<number, Advice> = new Map(table.map((advice) => [advice.code, advice]))

/** Comes as a wrapper of the number that tells more. */
const WRAPPER = 70002

/**
 * The advice for the numbers of one error answer: that of the most specific number. A wrapper's own words are for where it
 * comes alone; beside a number that is not known they would be wrong.
 *
 * @example
 * import { EntraAdvice } from "@mlserver-auth/core"
 *
 * const says = EntraAdvice.lookup([50126])?.says // "the user name or the password is wrong"
 * const ofTenant = EntraAdvice.table.filter(({ setting }) => setting === "tenant")
 */
export const lookup = (codes: ReadonlyArray<number>): Advice | undefined => {
  const known = codes.flatMap((code) => byCode.get(code) ?? [])
  const alone = codes.every((code) => code === WRAPPER)
  return known.find(({ code }) => code !== WRAPPER) ?? (alone ? known[0] : undefined)
}
