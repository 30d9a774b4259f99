/** What is explored: in every run of the suite, in `.ci/run`, and with more time (`MLS_MODEL=large`). */
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
    title: "two callers in one program and one in another, and one of them crashes",
    programs: [[["token"], ["token"]], asks],
    because: "expired",
    faults: { crash: 1 }
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
    title: "a sign-out beside a renewal of the same program, and another program that asks",
    programs: [[["token"], ["signOut"]], asks],
    because: "expired"
  },
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
    title: "a sign-out that may lose patience at any moment, beside a renewal of the same program",
    programs: [[["token"], ["signOut"]]],
    because: "expired",
    impatient: true
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

/** As many states as all of those, so not at a desk. */
export const following: ReadonlyArray<Scenario> = [
  {
    title: "two programs that follow the store meet an expired token",
    programs: [asks, asks],
    because: "expired",
    watching: true
  }
]

/** Some minutes. */
export const large: ReadonlyArray<Scenario> = [
  {
    title: "two programs that follow the store meet an expired token, one crashes, one answer is lost",
    programs: [asks, asks],
    because: "expired",
    faults: { crash: 1, lost: 1 },
    watching: true
  },
  {
    title: "a sign-out that may lose patience elsewhere, in programs that follow the store",
    programs: [[["signOut"]], asks],
    because: "expired",
    impatient: true,
    watching: true
  },
  {
    title: "somebody else signs in during a renewal of the same program, in the finest steps",
    programs: [[["token"], ["signInAsOlga"]]],
    because: "expired",
    fine: true
  },
  {
    title: "a sign-out and a sign-in as somebody else at the same moment, in the finest steps",
    programs: [[["signOut"], ["signInAsOlga"]]],
    because: "expired",
    fine: true
  },
  {
    title: "two programs ask twice each, and each thing that can fail does so once",
    programs: [[["token", "token"]], [["token", "token"]]],
    because: "expired",
    faults: { crash: 1, lost: 1, unavailable: 1 }
  },
  {
    title: "two programs ask twice each, both may crash, two answers are lost",
    programs: [[["token", "token"]], [["token", "token"]]],
    because: "expired",
    faults: { crash: 2, lost: 2 }
  },
  {
    title: "three programs, one crash, one lost answer, one refusal to serve",
    programs: [asks, asks, asks],
    because: "expired",
    faults: { crash: 1, lost: 1, unavailable: 1 }
  },
  {
    title: "three programs, of which two crash",
    programs: [asks, asks, asks],
    because: "expired",
    faults: { crash: 2 }
  },
  {
    title: "two programs send requests, one crashes, one answer is lost",
    programs: [[["call"]], [["call"]]],
    because: "rejected",
    faults: { crash: 1, lost: 1 },
    fine: true
  },
  {
    title: "a program ends in good order while it renews, one crashes, one answer is lost",
    programs: [[["token"], ["close"]], asks],
    because: "expired",
    faults: { crash: 1, lost: 1 },
    impatient: true
  },
  {
    title: "a sign-out beside a request of the same program, and another program's request, in the finest steps",
    programs: [[["renew"], ["signOut"]], [["call"]]],
    because: "rejected",
    fine: true
  },
  {
    title: "a sign-out beside a renewal, another program, and each thing that can fail does so once",
    programs: [[["token"], ["signOut"]], asks],
    because: "expired",
    faults: { crash: 1, lost: 1, unavailable: 1 }
  },
  {
    title: "a sign-out, a sign-in as somebody else and a call, each in a program of its own, and one crash",
    programs: [[["signOut"]], [["signInAsOlga"]], asks],
    because: "expired",
    faults: { crash: 1 }
  },
  {
    title: "a sign-in as somebody else beside a renewal of the same program, and another program",
    programs: [[["token"], ["signInAsOlga"]], asks],
    because: "expired"
  },
  {
    title:
      "a sign-in as somebody else beside a renewal of the same program, another program, a crash and a lost answer",
    programs: [[["token"], ["signInAsOlga"]], asks],
    because: "expired",
    faults: { crash: 1, lost: 1 }
  },
  {
    title: "a sign-out and a sign-in at the same moment in one program, and another program that asks",
    programs: [[["signOut"], ["signInAsOlga"]], asks],
    because: "expired"
  }
]
