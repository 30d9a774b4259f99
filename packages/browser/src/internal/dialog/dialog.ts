/** The dialog itself, built without markup: pages may forbid that (Trusted Types), and inline styles too. */
import { CredentialRequired } from "@mlserver-auth/core/AuthError"
import * as Effect from "effect/Effect"
import type { Asking, Open, Question } from "./asking.js"
import { CLASS, CSS } from "./dialogStyle.js"
import { asking, type Fields, GONE, keptHere, once } from "./loginForm.js"
import { whenGone } from "./presence.js"
import type { GiveUpTexts, Texts } from "./texts.js"

export const ENGLISH: Texts = {
  title: "Sign in",
  at: "to",
  username: "User name",
  password: "Password",
  show: "Show",
  hide: "Hide",
  signIn: "Sign in",
  cancel: "Cancel"
}

/** Opens dialogs, until their scope closes; the focus returns to where it was. */
export const open =
  (texts: Texts): Open =>
  (question) =>
    typeof document === "undefined"
      ? Effect.fail(
          new CredentialRequired({ reason: "NotInteractive", detail: "a worker has no page to ask a person in" })
        )
      : Effect.zipRight(
          // A script in the head runs before there is a body.
          document.body === null ? once([[document, "DOMContentLoaded"]]) : Effect.void,
          Effect.acquireRelease(
            Effect.sync(() => show(texts, question)),
            ({ close }) => Effect.sync(close)
          )
        ).pipe(
          Effect.tap(({ form }) => keptHere(form)),
          Effect.map(({ opened }) => opened)
        )

interface Shown {
  readonly opened: Asking
  readonly form: HTMLFormElement
  readonly close: () => void
}

const show = (texts: Texts, question: Question): Shown => {
  const { cancel, dialog, fields } = build(texts, question)
  const { close: takeAway, gone } = put(dialog)
  const close = () => {
    fields.password.value = ""
    takeAway()
  }
  const left = [
    [dialog, "cancel"],
    [dialog, "close"],
    [cancel, "click"],
    [gone, GONE]
  ] as const
  return { opened: asking(fields, question, left), form: fields.form, close }
}

/** Shows a dialog, until it is closed; `gone` hears if the page has taken it away. */
const put = (dialog: HTMLDialogElement) => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(CSS)
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
  const { gone, stop } = stay(dialog)
  const close = () => {
    stop()
    dialog.close()
    dialog.remove()
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet)
  }
  return { gone, close }
}

/** How often the dialog is put back: not for ever against a page that empties itself whenever there is something in it. */
const RETURNS = 20

/**
 * Puts the dialog into the page, and back where a page that renders again took it along with what else there was. A page
 * that removed it alone meant that, and one that was opened anew (`document.open`) has taken its listeners, too.
 */
const stay = (dialog: HTMLDialogElement) => {
  const gone = new EventTarget()
  let focus: EventTarget | null = null
  let alive = false
  let returns = RETURNS
  dialog.addEventListener("focusin", ({ target }) => (focus = target))
  dialog.addEventListener(GONE, () => (alive = true))
  const place = () => {
    document.body.append(dialog)
    dialog.showModal()
  }
  place()
  const stop = whenGone(dialog, (alone) => {
    alive = false
    dialog.dispatchEvent(new Event(GONE))
    if (alone || !alive || document.body === null || returns-- === 0) return gone.dispatchEvent(new Event(GONE))
    const last = focus
    // It was closed by being removed, and does not know it.
    dialog.removeAttribute("open")
    place()
    return last instanceof HTMLElement && last.focus()
  })
  return { gone, stop }
}

export const ENGLISH_GIVE_UP: GiveUpTexts = {
  title: "Signing in",
  text: "The sign-in goes on in another window. If that is closed, cancel here and begin again.",
  cancel: "Cancel the sign-in"
}

/** A dialog with one button; ends when the person has pressed it. */
export const giveUp = (texts: GiveUpTexts): Effect.Effect<void> =>
  Effect.scoped(
    Effect.flatMap(
      Effect.acquireRelease(
        Effect.sync(() => {
          const cancel = element("button", { type: "button", textContent: texts.cancel })
          const parts = [
            element("h2", { id: `${CLASS}-title`, textContent: texts.title }),
            element("p", { textContent: texts.text }),
            element("div", {}, [cancel])
          ]
          const dialog = element("dialog", { className: CLASS }, [element("form", {}, parts)])
          dialog.setAttribute("aria-labelledby", `${CLASS}-title`)
          return { cancel, dialog, ...put(dialog) }
        }),
        ({ close }) => Effect.sync(close)
      ),
      ({ cancel, dialog, gone }) =>
        once([
          [dialog, "cancel"],
          [dialog, "close"],
          [cancel, "click"],
          [gone, GONE]
        ])
    )
  )

let dialogs = 0

const build = (texts: Texts, question: Question) => {
  const id = `${CLASS}-${++dialogs}`
  const title = element("h2", { id: `${id}-title`, textContent: texts.title })
  const server = element("p", { id: `${id}-server`, textContent: `${texts.at} ${question.server}` })
  const alert = element("p", { role: "alert" })
  const username = element("input", {
    id: `${id}-username`,
    name: "username",
    autocomplete: "username",
    autocapitalize: "none",
    spellcheck: false,
    required: true,
    autofocus: question.username === undefined
  })
  const password = element("input", {
    id: `${id}-password`,
    name: "password",
    type: "password",
    autocomplete: "current-password",
    required: true,
    autofocus: question.username !== undefined
  })
  const cancel = element("button", { type: "button", textContent: texts.cancel })
  const form = element("form", {}, [
    title,
    server,
    alert,
    element("label", { htmlFor: username.id, textContent: texts.username }),
    username,
    element("label", { htmlFor: password.id, textContent: texts.password }),
    element("div", {}, [password, reveal(texts, password)]),
    element("div", {}, [cancel, element("button", { type: "submit", textContent: texts.signIn })])
  ])
  const dialog = element("dialog", { className: CLASS }, [form])
  dialog.setAttribute("aria-labelledby", title.id)
  dialog.setAttribute("aria-describedby", server.id)
  const fields: Fields = { form, username, password, alert }
  return { dialog, fields, cancel }
}

/** Hides again by itself when the form is sent, so that no browser keeps the password among other inputs. */
const reveal = (texts: Texts, password: HTMLInputElement): HTMLButtonElement => {
  const button = element("button", { type: "button" })
  const turn = (shown: boolean) => {
    password.type = shown ? "text" : "password"
    button.textContent = shown ? texts.hide : texts.show
    button.ariaLabel = `${button.textContent} ${texts.password}`
  }
  turn(false)
  button.setAttribute("aria-controls", password.id)
  button.addEventListener("click", () => turn(password.type === "password"))
  password.addEventListener("invalid", () => turn(false))
  queueMicrotask(() => password.form?.addEventListener("submit", () => turn(false)))
  return button
}

const element = <Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]>,
  children: ReadonlyArray<Node> = []
): HTMLElementTagNameMap[Name] => {
  const made = Object.assign(document.createElement(name), properties)
  made.append(...children)
  return made
}
