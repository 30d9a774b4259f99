/** Shows a sign-in with a device code on a screen: line by line, and a countdown where a line can be rewritten. */
import type { DeviceAuthorization, Event } from "@mlserver-auth/core/DeviceAuthorization"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Text from "./deviceText.js"

/** Where it is shown. */
export interface Screen {
  readonly write: (text: string) => void
  /** How wide it is; `undefined` where nothing that was written can be written over. */
  readonly columns: () => number | undefined
}

/** A sign-in as it is shown. */
export interface View {
  readonly show: (event: Event) => Effect.Effect<void>
  /** Says something behind the countdown, for some seconds. */
  readonly remark: (text: string) => Effect.Effect<void>
  /** Takes the countdown away. */
  readonly clear: Effect.Effect<void>
  /** Keeps the countdown going. */
  readonly run: Effect.Effect<never>
}

type Trouble = Extract<Event, { readonly _tag: "Faulted" | "Slowed" }>

/** What the last line says; instants are monotonic milliseconds. */
type Status =
  | { readonly _tag: "Waiting"; readonly endsAt: number }
  | { readonly _tag: "Expired" }
  | { readonly _tag: "None" }

const NONE: Status = { _tag: "None" }

/** How long a remark stays, in milliseconds. */
const REMARK_LIFE = 5000

const monotonic = Effect.map(Clock.currentTimeNanos, (nanos) => Number(nanos / 1000n) / 1000)

class Painter {
  #status: Status = NONE
  #remark: { readonly text: string; readonly until: number } | undefined
  readonly #screen: Screen
  readonly #authorised: Text.Authorised | undefined
  readonly #keys: Text.Keys | undefined

  constructor(screen: Screen, authorised: Text.Authorised | undefined, keys: Text.Keys | undefined) {
    this.#screen = screen
    this.#authorised = authorised
    this.#keys = keys
  }

  show(event: Event, now: number): void {
    switch (event._tag) {
      case "Issued":
      case "Reissued":
        return this.#code(event, event.authorization, now)
      case "Pending":
        return this.#wait(now + event.left, now)
      case "Slowed":
        return this.#trouble(event, event.interval, now)
      case "Faulted":
        return this.#trouble(event, event.retryIn, now)
      case "Expired":
        return this.#expired(event, now)
      case "Approved":
        return this.#print(Text.lasting(event))
    }
  }

  remark(text: string, life: number, now: number): void {
    this.#remark = { text, until: now + life }
    this.draw(now)
  }

  draw(now: number): void {
    const columns = this.#screen.columns()
    if (columns === undefined || this.#status._tag === "None") return
    const remark = this.#remark !== undefined && now < this.#remark.until ? this.#remark.text : undefined
    const line =
      this.#status._tag === "Expired"
        ? Text.expired(columns)
        : Text.waiting(this.#status.endsAt - now, remark, this.#keys, columns)
    this.#screen.write(`\r${line}\x1b[K`)
  }

  clear(): void {
    if (this.#status._tag !== "None" && this.#screen.columns() !== undefined) this.#screen.write("\r\x1b[K")
    this.#status = NONE
  }

  #code(event: Event, authorization: DeviceAuthorization, now: number): void {
    const columns = this.#screen.columns()
    const lines = Text.frame(authorization, this.#authorised, columns ?? Infinity)
    this.#print(Text.lasting(event), ...lines)
    this.#remark = undefined
    if (columns === undefined) this.#print(Text.waitingPlainly(authorization.lifetime))
    this.#wait(now + authorization.lifetime, now)
  }

  #wait(endsAt: number, now: number): void {
    this.#status = { _tag: "Waiting", endsAt }
    this.draw(now)
  }

  #trouble(event: Trouble, life: number, now: number): void {
    if (this.#screen.columns() === undefined) this.#print(Text.troubleLine(event))
    else this.remark(Text.trouble(event), life, now)
  }

  #expired(event: Extract<Event, { readonly _tag: "Expired" }>, now: number): void {
    if (!event.mayReissue || this.#screen.columns() === undefined) return this.#print(Text.lasting(event))
    this.#status = { _tag: "Expired" }
    this.draw(now)
  }

  /** Lines that stay. */
  #print(...lines: ReadonlyArray<string | undefined>): void {
    this.clear()
    for (const line of lines) if (line !== undefined) this.#screen.write(`${line}\n`)
  }
}

/** A view that shows nothing yet. `keys`: what the person can do here, if anything. */
export const make = (screen: Screen, authorised: Text.Authorised | undefined, keys: Text.Keys | undefined): View => {
  const painter = new Painter(screen, authorised, keys)
  const paint = (f: (now: number) => void) => Effect.map(monotonic, f)
  return {
    show: (event) => paint((now) => painter.show(event, now)),
    remark: (text) => paint((now) => painter.remark(text, REMARK_LIFE, now)),
    clear: Effect.sync(() => painter.clear()),
    run: Effect.forever(
      Effect.zipRight(
        Effect.sleep("1 second"),
        paint((now) => painter.draw(now))
      )
    )
  }
}
