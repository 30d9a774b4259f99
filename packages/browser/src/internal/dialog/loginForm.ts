/** A form of user name and password, the page's own or ours. */
import { CredentialRequired } from "@mlserver-auth/core/AuthError"
import { UsernamePassword } from "@mlserver-auth/core/Credential"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Asking, Question } from "./asking.js"

/** The parts of a form that matter. */
export interface Fields {
  readonly form: HTMLFormElement
  readonly username: HTMLInputElement
  readonly password: HTMLInputElement
  /** Where problems are shown. */
  readonly alert: HTMLElement | undefined
}

/** Found as password managers find them; `undefined` where a form has no such fields. */
export const fieldsOf = (form: HTMLFormElement): Fields | undefined => {
  const username = form.querySelector<HTMLInputElement>("input[autocomplete~=username], input[name=username]")
  const password = form.querySelector<HTMLInputElement>("input[autocomplete~=current-password], input[type=password]")
  const alert = form.querySelector<HTMLElement>("[role=alert]") ?? undefined
  return username === null || password === null ? undefined : { form, username, password, alert }
}

/** Tells of a form that the page has taken away: heard also where all listeners of a document were removed. */
export const GONE = "gone"

const cancelled = ({ type }: Event) =>
  new CredentialRequired({ reason: "Cancelled", detail: type === GONE ? "the page removed the form" : "" })

/** The form as one that is asked. `left` are the elements and events by which a person leaves, or the form does. */
export const asking = (
  { alert, form, password, username }: Fields,
  question: Question,
  left: ReadonlyArray<readonly [target: EventTarget, event: string]>
): Asking => {
  if (question.username !== undefined) {
    username.value = question.username
    username.readOnly = true
  }
  const tell = (text: string) => {
    if (alert !== undefined) alert.textContent = text
  }
  return {
    answer: Effect.map(once([[form, "submit"]]), () => {
      const answer = new UsernamePassword({ username: username.value, password: Redacted.make(password.value) })
      password.value = ""
      tell("")
      return answer
    }),
    left: Effect.flatMap(once(left), (event) => Effect.fail(cancelled(event))),
    busy: (now) => {
      form.setAttribute("aria-busy", String(now))
      for (const button of form.querySelectorAll("button")) if (button.type === "submit") button.disabled = now
    },
    refuse: (why) => {
      tell(why)
      const wrong = question.username === undefined && username.value === "" ? username : password
      wrong.focus()
    }
  }
}

/**
 * Keeps the browser from sending the form by itself, also while no caller waits for an answer: a second Enter, or a password
 * manager's second submission, would put the password into the address.
 */
export const keptHere = (form: HTMLFormElement): Effect.Effect<void, never, Scope.Scope> => {
  const stay = (event: Event) => event.preventDefault()
  return Effect.acquireRelease(
    Effect.sync(() => form.addEventListener("submit", stay)),
    () => Effect.sync(() => form.removeEventListener("submit", stay))
  )
}

/** The first of some events, without what a browser would do about it by itself; but a form that is reset is emptied. */
export const once = (events: ReadonlyArray<readonly [target: EventTarget, event: string]>): Effect.Effect<Event> =>
  Effect.async((resume) => {
    const stop = () => {
      for (const [target, event] of events) target.removeEventListener(event, happened)
    }
    const happened = (event: Event) => {
      if (event.type !== "reset") event.preventDefault()
      stop()
      resume(Effect.succeed(event))
    }
    for (const [target, event] of events) target.addEventListener(event, happened)
    return Effect.sync(stop)
  })
