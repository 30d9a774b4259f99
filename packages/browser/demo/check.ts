/** What stands between this page and a server, asked by the person. */
import { ServerCheck } from "@mlserver-auth/browser"
import * as Effect from "effect/Effect"
import { outcome } from "./connection.js"
import { byId, element } from "./dom.js"

const verdict = (ready: boolean, message: string, fix: string): HTMLElement =>
  element("div", { className: ready ? "verdict ready" : "verdict" }, [
    element("p", {}, [element("strong", { textContent: `${message.replace(/\.$/, "")}.` })]),
    ...(fix === "" ? [] : [element("p", { textContent: fix })])
  ])

const check = async (address: string): Promise<HTMLElement> => {
  const told = outcome(await Effect.runPromiseExit(ServerCheck.checkServer(address)))
  return told.ok
    ? verdict(told.value.ready, told.value.message, told.value.fix)
    : verdict(false, `That is no address of a server: ${told.error.problem}`, told.error.fix)
}

/** Makes the form work. */
export const start = (server: string): void => {
  const form = byId("check", HTMLFormElement)
  const address = byId("address", HTMLInputElement)
  const result = byId("check-result", HTMLElement)
  address.value = server
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    result.replaceChildren(element("p", { className: "quiet", textContent: "Asking…" }))
    void check(address.value).then((told) => result.replaceChildren(told))
  })
}

/** The server that is asked unless the person names another. */
export const suggest = (server: string): void => {
  byId("address", HTMLInputElement).value = server
  byId("check-result", HTMLElement).replaceChildren()
}
