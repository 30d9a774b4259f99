/** What is explored: in every run of the suite and in `.ci/run`; with more time also `scopes.large.ts`. */
import type { Program, Scenario } from "./scenario.js"

const asks: Program = [["token"]]

/** Programs that ask, and all that can fail. A few thousand states in some seconds. */
export const asking: ReadonlyArray<Scenario> = [
  {
    title: "two programs meet an expired token, and each thing that can fail does so once",
    programs: [asks, asks],
    because: "expired",
    faults: { crash: 1, lost: 1, unavailable: 1 }
  },
  {
    title: "a program asks again after a lost answer, and another one asks",
    programs: [[["token", "token"]], asks],
    because: "expired",
    faults: { lost: 1 }
  },
  {
    title: "three programs meet an expired token",
    programs: [asks, asks, asks],
    because: "expired"
  },
  {
    title: "two programs meet a 401 with what they have in memory, one crashes, one answer is lost",
    programs: [[["renew"]], [["renew"]]],
    because: "rejected",
    faults: { crash: 1, lost: 1 }
  },
  {
    title: "two programs send requests with a token that the server does not take any more",
    programs: [[["call"]], [["call"]]],
    because: "rejected",
    fine: true
  },
  {
    title: "a request, and another program that renews twice meanwhile",
    programs: [[["call"]], [["refresh", "refresh"]]],
    because: "rejected"
  },
  {
    title: "a program ends in good order while it renews, and has less time than it needs",
    programs: [[["token"], ["close"]], asks],
    because: "expired",
    impatient: true
  }
]

/** Sessions that end or change hands meanwhile, and programs that follow the store. */
export const leaving: ReadonlyArray<Scenario> = [
  {
    title: "a sign-out in another program than the one that asks, one crashes, one answer is lost",
    programs: [asks, [["signOut"]]],
    because: "expired",
    faults: { crash: 1, lost: 1 }
  },
  {
    title: "somebody else signs in elsewhere during a renewal, one crashes, one answer is lost",
    programs: [asks, [["signInAsOlga"]]],
    because: "expired",
    faults: { crash: 1, lost: 1 }
  },
  {
    title: "somebody else signs in during a renewal of the same program",
    programs: [[["token"], ["signInAsOlga"]]],
    because: "expired"
  },
  {
    title: "a sign-out and a sign-in as somebody else at the same moment in one program",
    programs: [[["signOut"], ["signInAsOlga"]]],
    because: "expired"
  },
  {
    title: "a sign-out that may lose patience at any moment, beside a renewal elsewhere",
    programs: [[["signOut"]], asks],
    because: "expired",
    impatient: true
  },
  {
    title: "a sign-out elsewhere, in programs that follow the store",
    programs: [[["renew"]], [["signOut"]]],
    because: "rejected",
    watching: true
  },
  {
    title: "somebody else signs in elsewhere, in programs that follow the store",
    programs: [[], [["signInAsOlga"]]],
    because: "rejected",
    watching: true
  }
]

/** Stores that do not keep what they were given, or do not take it at first. */
export const forgetful: ReadonlyArray<Scenario> = [
  {
    title: "two programs meet an expired token, and the store takes the new one at the third attempt",
    programs: [asks, asks],
    because: "expired",
    faults: { unsaved: 2 }
  },
  {
    title: "a pair that is saved late, and its program ends in good order meanwhile",
    programs: [[["token"], ["close"]], asks],
    because: "expired",
    faults: { unsaved: 1 }
  },
  {
    title: "the store goes back in time under a program that holds the successor",
    programs: [[["call", "call"]]],
    because: "rejected",
    faults: { restored: 1, revoked: 1 }
  },
  {
    title: "the store goes back in time under a program that follows it",
    programs: [[["call"]]],
    because: "rejected",
    faults: { restored: 1, revoked: 1 },
    watching: true
  }
]

/** Programs that wait for the lock, and take what its holder saves before it is free. */
export const hearing: ReadonlyArray<Scenario> = [
  {
    title: "a program waits and hears while the store goes back in time",
    programs: [asks, [["renew"]]],
    because: "rejected",
    faults: { restored: 1 },
    hearing: true
  },
  {
    title: "a program waits and hears, and the store takes the new pair at the third attempt",
    programs: [asks, asks],
    because: "expired",
    faults: { unsaved: 2 },
    hearing: true
  },
  {
    title: "a program waits and hears that the session was ended elsewhere, and one crashes",
    programs: [asks, [["signOut"]]],
    because: "expired",
    faults: { crash: 1 },
    hearing: true
  },
  {
    title: "a program waits and hears that somebody else has signed in elsewhere, and one crashes",
    programs: [asks, [["signInAsOlga"]]],
    because: "expired",
    faults: { crash: 1 },
    hearing: true
  }
]

/** As many states as all of those, so not at a desk: more of the same kinds, and programs that follow the store. */
export const wide: ReadonlyArray<Scenario> = [
  {
    title: "two callers in one program and one in another, and one of them crashes",
    programs: [[["token"], ["token"]], asks],
    because: "expired",
    faults: { crash: 1 }
  },
  {
    title: "a pair that is saved late, and a sign-out of the same program",
    programs: [[["token"], ["signOut"]], asks],
    because: "expired",
    faults: { unsaved: 1 }
  },
  {
    title: "two programs of which one waits and hears, and each thing that can fail does so once",
    programs: [asks, asks],
    because: "expired",
    faults: { crash: 1, lost: 1, unavailable: 1 },
    hearing: true
  },
  {
    title: "a program waits and hears, and what it would take is dead by then",
    programs: [[["call"]], [["renew"]]],
    because: "rejected",
    faults: { revoked: 1 },
    hearing: true
  },
  {
    title: "a sign-out beside a renewal of the same program, and another program that asks",
    programs: [[["token"], ["signOut"]], asks],
    because: "expired"
  },
  {
    title: "a sign-out that may lose patience at any moment, beside a renewal of the same program",
    programs: [[["token"], ["signOut"]]],
    because: "expired",
    impatient: true
  },
  {
    title: "two programs that follow the store meet an expired token",
    programs: [asks, asks],
    because: "expired",
    watching: true
  },
  {
    title: "a program waits and hears, and is signed out meanwhile",
    programs: [[["token"], ["signOut"]], asks],
    because: "expired",
    hearing: true
  }
]
