/** A person at a browser, as far as sign-in pages need one: cookies, redirects, the first form of a page. */
import * as Effect from "effect/Effect"

/** What is on the screen. */
export interface Page {
  readonly url: string
  readonly status: number
  readonly text: string
}

/** One person's browser; nothing is shared between two. */
export interface Browser {
  readonly open: (url: string) => Effect.Effect<Page>
  /** Sends the page's form, with its hidden fields and these. */
  readonly submit: (page: Page, fields: Readonly<Record<string, string>>) => Effect.Effect<Page>
  /** Sends JSON, as the script of a page does. */
  readonly call: (method: string, url: string, json: unknown) => Effect.Effect<Page>
}

interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
}

interface Sent {
  readonly method?: string
  readonly body?: string | URLSearchParams
  /** A form says its type itself. */
  readonly type?: string
}

/** A browser without a past. */
export const make: Effect.Effect<Browser> = Effect.sync(() => {
  const cookies = new Map<string, Cookie>()

  const keep = (headers: Headers) => {
    for (const line of headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      const path = /;\s*path=([^;]+)/i.exec(line)?.[1] ?? "/"
      const expires = Date.parse(/;\s*expires=([^;]+)/i.exec(line)?.[1] ?? "")
      const id = `${name} ${path}`
      if (expires < Date.parse(headers.get("date") ?? "")) cookies.delete(id)
      else cookies.set(id, { name, value, path })
    }
  }

  const go = async (url: string, { body, method = "GET", type }: Sent, hops = 0): Promise<Page> => {
    const { pathname } = new URL(url)
    const sent = [...cookies.values()].filter(({ path }) => pathname.startsWith(path))
    const response = await fetch(url, {
      method,
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
      headers: {
        ...(type === undefined ? {} : { "content-type": type }),
        cookie: sent.map(({ name, value }) => `${name}=${value}`).join("; ")
      }
    })
    keep(response.headers)
    const location = response.headers.get("location")
    const text = await response.text()
    if (location === null || hops === 10) return { url, status: response.status, text }
    return go(new URL(location, url).href, {}, hops + 1)
  }

  return {
    open: (url) => Effect.promise(() => go(url, {})),
    submit: (page, fields) =>
      Effect.promise(() => {
        const form = new URLSearchParams({ ...hidden(page.text), ...fields })
        return go(new URL(action(page), page.url).href, { method: "POST", body: form })
      }),
    call: (method, url, json) =>
      Effect.promise(() => go(url, { method, type: "application/json", body: JSON.stringify(json) }))
  }
})

const action = ({ status, text, url }: Page): string => {
  const found = /<form[^>]*\saction="([^"]+)"/.exec(text)?.[1]
  if (found === undefined) throw new Error(`no form on the page ${new URL(url).pathname} (${status})`)
  return found.replaceAll("&amp;", "&")
}

const hidden = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name = "", value = ""]) => [
      name,
      value
    ])
  )
