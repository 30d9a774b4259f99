/** What is explored with more time (`MLS_MODEL=large`). */
import type { Program, Scenario } from "./scenario.js"

const asks: Program = [["token"]]

/** Some minutes. */
export const large: ReadonlyArray<Scenario> = [
  {
    title: "a program waits and hears, and somebody else signs in there",
    programs: [[["token"], ["signInAsOlga"]], asks],
    because: "expired",
    hearing: true
  },
  {
    title: "three programs of which two wait and hear, and one crashes",
    programs: [asks, asks, asks],
    because: "expired",
    faults: { crash: 1 },
    hearing: true
  },
  {
    title: "a program asks again after a lost answer, and another one waits and hears",
    programs: [[["token", "token"]], asks],
    because: "expired",
    faults: { lost: 1 },
    hearing: true
  },
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
