/**
 * `GET` and `POST /{tenant}/deviceauth`: where a person types the code of a device, signs in, and approves or declines.
 *
 * The fields are `user_code`, and then `decision` (`approve` or `decline`) with `username`, `password` and, where a
 * second factor is needed, `mfa`. They may all come at once.
 */
import * as Either from "effect/Either"
import type * as Reply from "../../http/Reply.js"
import { type Call, isForeign } from "../Call.js"
import * as DeviceCodes from "./DeviceCodes.js"
import * as Html from "../Html.js"
import * as SignIn from "../SignIn.js"

const html = (status: number, body: string): Reply.Answer => ({ status, headers: Html.HEADERS, body })

const askForCode = (status: number, problem?: string): Reply.Answer => html(status, Html.codeForm(problem))

const askWho = (call: Call, code: DeviceCodes.Code, status: number, problem?: string): Reply.Answer => {
  const { clientid, tenant } = call.authority.configuration
  const username = call.form.get("username") ?? ""
  const { resource, userCode } = code
  return html(status, Html.signInForm({ userCode, username, clientid, resource, tenant, problem }))
}

const settle = (call: Call, code: DeviceCodes.Code, decision: DeviceCodes.Decision): void => {
  const [, next] = DeviceCodes.decide(call.authority.codes, code.userCode, decision, call.now)
  call.authority.codes = next
}

const approve = (call: Call, code: DeviceCodes.Code): Reply.Answer => {
  const { authority, form, now } = call
  const secondFactor = form.has("mfa")
  const presented = { username: form.get("username") ?? "", password: form.get("password") ?? "", secondFactor }
  const [judged, next] = SignIn.atPage(authority.configuration.signIn, authority.signIns, presented, now)
  authority.signIns = next
  if (Either.isLeft(judged)) return askWho(call, code, 400, `${judged.left.text} (AADSTS${judged.left.code})`)
  const failure = SignIn.refusedEverywhere(judged.right)
  if (failure !== undefined) {
    settle(call, code, { _tag: "Blocked", failure })
    return html(403, Html.end("You cannot get there from here", `${failure.text} (AADSTS${failure.code})`))
  }
  settle(call, code, { _tag: "Approved", username: judged.right.username, secondFactor })
  return html(200, Html.end("You are signed in", "You may close this window and go back to your device."))
}

const decline = (call: Call, code: DeviceCodes.Code): Reply.Answer => {
  settle(call, code, { _tag: "Declined" })
  return html(200, Html.end("You declined", "The device was not signed in. You may close this window."))
}

const submitted = (call: Call): Reply.Answer => {
  const { authority, form, now } = call
  const typed = form.get("user_code") ?? ""
  const code = DeviceCodes.waiting(authority.codes, typed, now)
  if (code === undefined) {
    const problem =
      DeviceCodes.normalised(typed) === ""
        ? "Type the code that your device shows."
        : "That code did not work. Check the code and try again."
    return askForCode(400, problem)
  }
  switch (form.get("decision")) {
    case undefined:
      return askWho(call, code, 200)
    case "approve":
      return approve(call, code)
    case "decline":
      return decline(call, code)
    default:
      return askWho(call, code, 400, "Choose to approve or to decline.")
  }
}

/** The page, and what a person answers on it. */
export const page = (call: Call): Reply.Answer => {
  switch (call.request.method) {
    case "GET":
      return askForCode(200)
    case "POST":
      return isForeign(call)
        ? html(403, Html.end("Not from there", "This form was sent by another site."))
        : submitted(call)
    default:
      return {
        ...html(405, Html.end("Not that way", "This page is read and its form is sent.")),
        headers: { ...Html.HEADERS, allow: "GET, POST" }
      }
  }
}
