/** A sign-in with a device code at this process's terminal, or in its log where there is none. */
import { CredentialRequired } from "@mlserver-auth/core/AuthError"
import type { DeviceAuthorization, Event, Prompt } from "@mlserver-auth/core/DeviceAuthorization"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { Authorised } from "./deviceText.js"
import * as DeviceView from "./deviceView.js"
import { promptsDisabledBy, type Interactivity } from "./interactivity.js"
import * as Keyboard from "./keyboard.js"
import { CTRL_C, CTRL_D } from "../key/keys.js"
import { openBrowser, openers } from "../loopback/openBrowser.js"

/** Options of the screen for a device code. */
export interface DeviceOptions {
  /** What the person agrees to, named below the code: ids of applications, shortened, and the tenant. Default: nothing is named. */
  readonly authorises?: Authorised | undefined
  /** Whether Enter tells the terminal to copy the code (OSC 52), also over SSH. Default: true. */
  readonly clipboard?: boolean | undefined
  /** Whether Enter opens a browser. Default: true. */
  readonly browser?: boolean | undefined
}

/** Opens the prompt for one sign-in. */
export const open = (
  options: Interactivity,
  device: DeviceOptions
): Effect.Effect<Prompt, CredentialRequired, Scope.Scope> =>
  Effect.gen(function* () {
    const forbidden = promptsDisabledBy(options)
    if (forbidden !== undefined) {
      const detail = `a device code needs a person, and ${forbidden}`
      return yield* new CredentialRequired({ reason: "NotInteractive", detail })
    }
    const screen = yield* standardError
    return process.stdin.isTTY && screen.columns() !== undefined
      ? yield* withKeys(screen, yield* Keyboard.open, device)
      : yield* shownOnly(screen, device)
  })

/** Standard error as a screen; that it may break is no matter of a sign-in. */
const standardError: Effect.Effect<DeviceView.Screen, never, Scope.Scope> = Effect.gen(function* () {
  const { stderr } = process
  const ignore = (): void => {}
  yield* Effect.acquireRelease(
    Effect.sync(() => stderr.on("error", ignore)),
    () => Effect.sync(() => stderr.off("error", ignore))
  )
  const rewritable = stderr.isTTY && process.env["TERM"] !== "dumb"
  return {
    write: (text) => void stderr.write(text),
    // A terminal that does not know how wide it is says 0.
    columns: () => (rewritable ? stderr.columns || 80 : undefined)
  }
})

const running = (view: DeviceView.View): Effect.Effect<void, never, Scope.Scope> =>
  Effect.zipRight(
    Effect.addFinalizer(() => view.clear),
    Effect.forkScoped(view.run)
  )

const shownOnly = (
  screen: DeviceView.Screen,
  { authorises }: DeviceOptions
): Effect.Effect<Prompt, never, Scope.Scope> => {
  const view = DeviceView.make(screen, authorises, undefined)
  return Effect.as(running(view), { show: view.show })
}

/** Shows a sign-in on a terminal and listens to its keys. */
export const withKeys = (
  screen: DeviceView.Screen,
  keyboard: Keyboard.Keyboard,
  device: DeviceOptions
): Effect.Effect<Prompt, never, Scope.Scope> =>
  Effect.gen(function* () {
    const copies = device.clipboard !== false
    const opens = device.browser !== false && openers(process.env, process.platform).length > 0
    const view = DeviceView.make(screen, device.authorises, { copies, opens })
    yield* running(view)
    // Asking twice for a new code before it is there is asking once.
    const wanted = yield* Queue.sliding<void>(1)
    const state: State = { authorization: undefined, ended: false }
    const enter = yield* helper({ copies, opens, screen, view, state })
    const press = (key: string): Effect.Effect<void> => {
      if (key === "\r" || key === "\n") return enter
      if (key === "n" || key === "N") return Queue.offer(wanted, undefined)
      if (key === CTRL_C || key === CTRL_D) return left(state, keyboard, view)
      return key === Keyboard.GONE ? Effect.sync(() => void (state.ended = true)) : Effect.void
    }
    yield* Effect.forkScoped(Effect.forever(Effect.flatMap(keyboard.keys, press)))
    return {
      newCode: Queue.take(wanted),
      show: (event) => Effect.suspend(() => (state.ended ? cancelled : report(event, state, view, wanted)))
    }
  })

interface State {
  /** The code on the screen. */
  authorization: DeviceAuthorization | undefined
  /** The person left, or the terminal is gone. */
  ended: boolean
}

const cancelled = Effect.suspend(() => new CredentialRequired({ reason: "Cancelled", detail: "" }))

const report = (
  event: Event,
  state: State,
  view: DeviceView.View,
  wanted: Queue.Dequeue<void>
): Effect.Effect<void> => {
  if (event._tag !== "Issued" && event._tag !== "Reissued") return view.show(event)
  state.authorization = event.authorization
  // A key that was pressed for the code before must not end this one.
  const forgotten = event._tag === "Reissued" ? Queue.takeAll(wanted) : Effect.void
  return Effect.zipRight(forgotten, view.show(event))
}

/**
 * In raw mode the terminal makes no signal of Ctrl-C, so it is made here: the program ends as it would at any other
 * moment, by its handler if it has one. Where it goes on all the same, the sign-in is `Cancelled` at its next step.
 */
const left = (state: State, keyboard: Keyboard.Keyboard, view: DeviceView.View): Effect.Effect<void> =>
  Effect.sync(() => void (state.ended = true)).pipe(
    Effect.zipRight(view.clear),
    Effect.zipRight(keyboard.release),
    Effect.zipRight(Effect.sync(interrupt))
  )

const interrupt = (): void => {
  // Windows has no signals: there `kill` would end the process without asking its handlers.
  if (process.platform === "win32" && process.listenerCount("SIGINT") > 0) process.emit("SIGINT", "SIGINT")
  else process.kill(process.pid, "SIGINT")
}

/** What Enter does: copies the code and opens the page. One page at a time, however long the key is held down. */
const helper = (parts: {
  readonly copies: boolean
  readonly opens: boolean
  readonly screen: DeviceView.Screen
  readonly view: DeviceView.View
  readonly state: State
}): Effect.Effect<Effect.Effect<void>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { copies, opens, screen, state, view } = parts
    const scope = yield* Effect.scope
    const once = yield* Effect.makeSemaphore(1)
    const opened = (address: string) =>
      Effect.map(openBrowser(address), (good) => (good ? "browser opened" : "no browser could be opened"))
    const help = Effect.suspend(() => {
      const { authorization } = state
      if (authorization === undefined) return Effect.void
      const { userCode, verificationUri, verificationUriComplete } = authorization
      if (copies) screen.write(`\x1b]52;c;${Buffer.from(userCode).toString("base64")}\x07`)
      const page = opens ? opened(verificationUriComplete ?? verificationUri) : Effect.succeed("")
      return Effect.flatMap(page, (about) =>
        view.remark([copies ? "code copied" : "", about].filter((said) => said !== "").join(", "))
      )
    })
    return Effect.asVoid(Effect.forkIn(once.withPermitsIfAvailable(1)(help), scope))
  })
