/** The dialog itself, built without markup: pages may forbid that (Trusted Types), and inline styles too. */
import { CredentialRequired } from "@mlserver-auth/core/AuthError"
import * as Effect from "effect/Effect"
import type { Asking, Open, Question } from "./asking.js"
import { CLASS, CSS } from "./dialogStyle.js"
import { asking, type Fields, keptHere } from "./loginForm.js"

/** Every word of the dialog. */
export interface Texts {
  readonly title: string
  /** Before the server's address. */
  readonly at: string
  readonly username: string
  readonly password: string
  /** On the button beside the password; read out with the word for it. */
  readonly show: string
  readonly hide: string
  readonly signIn: string
  readonly cancel: string
}

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
      : Effect.acquireRelease(
          Effect.sync(() => show(texts, question)),
          ({ close }) => Effect.sync(close)
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
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(CSS)
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
  document.body.append(dialog)
  dialog.showModal()
  const close = () => {
    fields.password.value = ""
    dialog.close()
    dialog.remove()
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet)
  }
  const left = [
    [dialog, "cancel"],
    [dialog, "close"],
    [cancel, "click"]
  ] as const
  return { opened: asking(fields, question, left), form: fields.form, close }
}

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
