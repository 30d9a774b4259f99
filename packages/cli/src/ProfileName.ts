/** Names of profiles: short, and safe to show, to type and to put into a command. */

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** Whether a profile may have this name. */
export const isName = (text: string): boolean => NAME.test(text)

/** The names there are. */
export const namesOf = (profiles: ReadonlyArray<{ readonly name: string }>): ReadonlyArray<string> =>
  profiles.map(({ name }) => name)

/** `mlserver` for `https://mlserver.example.com:12800`; longer where that is taken. */
export const nameFor = (url: string, taken: ReadonlyArray<string>): string => {
  const { hostname, port } = URL.canParse(url) ? new URL(url) : { hostname: "server", port: "" }
  const host = hostname.replaceAll(/[^A-Za-z0-9.-]/g, "-").replaceAll(/^-+|-+$/g, "")
  const isAddress = /^[\d.]+$/.test(host) || hostname.startsWith("[")
  const short = isAddress ? host : (host.split(".")[0] ?? host)
  const bases = [short, host, `${host}-${port}`].filter(isName)
  const free = bases.find((name) => !taken.includes(name))
  if (free !== undefined) return free
  const base = bases[0] ?? "server"
  for (let count = 2; ; count++) {
    const name = `${base}-${count}`
    if (!taken.includes(name)) return name
  }
}
