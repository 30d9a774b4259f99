/** The page: one session, seen from all sides. */
import { AuthorizationCodeRedirect, DialogPrompt } from "@mlserver-auth/browser"
import { Credential, Session, type SessionState } from "@mlserver-auth/core"
import * as Effect from "effect/Effect"
import * as Activity from "./activity.js"
import * as Check from "./check.js"
import * as Choice from "./choice.js"
import * as Clocks from "./clocks.js"
import { type Connection, open, type Services as Needs } from "./connection.js"
import { byId, element, onPress } from "./dom.js"
import * as Problem from "./problem.js"
import * as Server from "./server.js"
import * as Services from "./services.js"
import type { Settings } from "./settings.js"

const PARTS = ["starting", "unavailable", "signed-out", "signed-in"] as const

/** Shows one part in the place of the others. */
export const turnTo = (shown: (typeof PARTS)[number]): void => {
  for (const part of PARTS) byId(part, HTMLElement).hidden = part !== shown
}

/** News of a session may come a moment after the call that made them. */
const NEWS = 200

const IDLE: Activity.Doing = { what: undefined }

const signIn = Effect.flatMap(Session.Session, (session) => session.signIn())
const signOut = Effect.flatMap(Session.Session, (session) => session.signOut)

/** What the person sees and does. */
export class Page {
  private readonly form = byId("choice", HTMLFormElement)
  private doing: Activity.Doing = IDLE
  private choice = Choice.fromAddress()
  private state: SessionState.State | undefined
  private connection: Connection
  private readonly calls: Services.Calls = { run: (effect) => this.run("calling", effect) }

  private readonly settings: Settings

  constructor(settings: Settings) {
    this.settings = settings
    this.connection = this.connect()
    this.form.addEventListener("change", () => this.choose())
    onPress("sign-in", () => this.signIn(DialogPrompt.signIn({ describe: (error) => Problem.sentence(error) })))
    onPress("sign-in-window", () => this.signIn(signIn))
    onPress("sign-in-page", () =>
      this.signInWith(Credential.authorizationCode({ redirect: AuthorizationCodeRedirect.make() }))
    )
    onPress("sign-out", () => this.signOut())
    onPress("list", () => this.list())
    onPress("revoke", () => this.turn("revoke-access-tokens", "The access token is revoked at the server."))
    onPress("end", () => this.turn("end-sessions", "The session is over at the server; this page does not know yet."))
    onPress("ten", () => this.ten())
    Check.start(settings[this.choice.place].server)
    setInterval(() => this.tick(), 1000)
  }

  /** For a person who is back from the authority. */
  readonly signInWith = (credential: Credential.Credential): Promise<void> =>
    this.signIn(Effect.flatMap(Session.Session, (session) => session.signIn(credential)))

  readonly problem = (failure: Problem.Failure | undefined): void =>
    Problem.show(byId("sign-in-problem", HTMLElement), failure)

  private connect(): Connection {
    const { choice, settings } = this
    Choice.show(this.form, choice)
    byId("accounts", HTMLElement).replaceChildren(...settings[choice.place].users.map(account))
    const connection = open(settings, choice, (state) => {
      if (connection === this.connection) this.told(state)
    })
    void connection.run(Effect.void).then((told) => {
      if (told.ok) return
      turnTo("signed-out")
      this.problem(told.error)
    })
    return connection
  }

  private choose(): void {
    const before = this.connection
    this.choice = Choice.fromForm(this.form)
    this.state = undefined
    this.problem(undefined)
    this.connection = this.connect()
    Check.suggest(this.settings[this.choice.place].server)
    void before.close()
  }

  private told(state: SessionState.State): void {
    const before = this.state
    const meaning = Activity.meaning(before, state, this.doing)
    this.state = state
    if (meaning !== undefined) Activity.note(meaning)
    this.draw(state)
    if (before?._tag === state._tag) return
    byId("happened", HTMLElement).textContent = ""
    if (state._tag === "SignedIn") {
      this.problem(undefined)
      void this.list()
    } else Services.hide()
    if (this.doing.what !== undefined) this.arrive()
  }

  private draw(state: SessionState.State): void {
    turnTo(partOf(state))
    const status = byId("status", HTMLElement)
    status.dataset["state"] = partOf(state)
    status.textContent = state._tag === "SignedIn" ? "Signed in" : "Signed out"
    byId("knobs", HTMLFieldSetElement).disabled = state._tag === "SignedOut"
    if (state._tag === "SignedOut") return
    const { generation, principal } = state
    byId("signed-in-title", HTMLElement).textContent =
      principal === undefined ? "Signed in" : `Signed in as ${principal}`
    byId("kept", HTMLElement).textContent = `Kept ${Choice.KEPT[this.choice.store]}.`
    byId("generation", HTMLElement).textContent = renewed(generation - 1)
    byId("clock-difference", HTMLElement).textContent = Clocks.difference(state)
    byId("second-tab", HTMLAnchorElement).href = location.href
    Clocks.show(state, this.choice.place)
  }

  private tick(): void {
    if (document.hidden) return
    if (this.state?._tag === "SignedIn") Clocks.show(this.state, this.choice.place)
    void Server.count(this.choice.place)
  }

  private async signIn<A, E extends Problem.Failure>(effect: Effect.Effect<A, E, Needs>): Promise<void> {
    this.problem(undefined)
    const told = await this.run("signing in", effect)
    if (told.ok) return this.arrive()
    const failure: Problem.Failure = told.error
    if (failure.reason !== "Cancelled") this.problem(failure)
  }

  private async signOut(): Promise<void> {
    await this.run("signing out", signOut)
    this.arrive()
  }

  /** Runs it in the session, and keeps in mind for a moment what it was. */
  private readonly run = async <A, E>(what: Activity.Doing["what"], effect: Effect.Effect<A, E, Needs>) => {
    const mine = { what }
    this.doing = mine
    const told = await this.connection.run(effect)
    setTimeout(() => {
      if (this.doing === mine) this.doing = IDLE
    }, NEWS)
    void Server.count(this.choice.place)
    return told
  }

  /** The focus goes with the person, from a part that is gone to the one that has come. */
  private arrive(): void {
    if (this.state !== undefined) byId(`${partOf(this.state)}-title`, HTMLElement).focus()
  }

  private list(): Promise<void> {
    return Services.show(this.calls, (failure) => this.failed(failure))
  }

  /** A call that failed may have been the proof that the session is over. */
  private failed(failure: Problem.Failure): void {
    if (failure._tag === "SessionExpired") this.problem(failure)
  }

  private async turn(knob: Server.Knob, done: string): Promise<void> {
    const ok = await Server.turn(this.choice.place, knob)
    this.say(ok ? done : "The demo’s server does not answer.")
  }

  private async ten(): Promise<void> {
    const { place } = this.choice
    const before = await Server.count(place)
    const answered = await Services.ten(this.calls)
    const after = await Server.count(place)
    const renewals = (after?.renewals ?? 0) - (before?.renewals ?? 0)
    this.say(`${answered} of 10 calls answered, ${renewals === 1 ? "one renewal" : `${renewals} renewals`}.`)
  }

  private say(text: string): void {
    byId("happened", HTMLElement).textContent = text
    Activity.note(text)
  }
}

const partOf = ({ _tag }: SessionState.State) => (_tag === "SignedIn" ? "signed-in" : "signed-out")

const renewed = (times: number): string =>
  times === 0 ? "from the sign-in" : times === 1 ? "renewed once" : `renewed ${times} times`

const account = ({ password, username }: { readonly username: string; readonly password: string }): HTMLElement =>
  element("tr", {}, [element("td", { textContent: username }), element("td", { textContent: password })])
