/** Pictures of the documentation as SVG, light and dark: a terminal, and a trace. */

export const THEMES = {
  light: {
    ground: "#f6f8fa",
    frame: "#d0d7de",
    text: "#1f2328",
    faint: "#59636e",
    good: "#116329",
    bad: "#b3261e",
    warn: "#7d4e00",
    mark: "#0550ae"
  },
  dark: {
    ground: "#151b23",
    frame: "#3d444d",
    text: "#e6edf3",
    faint: "#9198a1",
    good: "#56d364",
    bad: "#ff7b72",
    warn: "#e3b341",
    mark: "#79c0ff"
  }
}

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

/** The colours that `mls` uses, by their number in an escape sequence. */
const COLOURS = { 31: "bad", 32: "good", 33: "warn", 36: "mark", 2: "faint" }

/** A line in pieces of one colour: `[{ text, colour }]`. */
export const piecesOf = (line) => {
  const pieces = []
  let colour
  // oxlint-disable-next-line no-control-regex -- a terminal's escape sequences begin with one
  for (const part of line.split(/(\u001b\[[0-9;]*[A-Za-z])/)) {
    if (part.startsWith("\u001b")) {
      const [number] = part.match(/\d+/) ?? []
      if (part.endsWith("m")) colour = COLOURS[number]
    } else if (part !== "") pieces.push({ text: part, colour })
  }
  return pieces
}

const box = (width, height, { frame, ground }) =>
  `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${ground}" stroke="${frame}"/>`

const svg = ({ body, height, title, width }) =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">`,
    `<title>${escaped(title)}</title>`,
    ...body,
    "</svg>",
    ""
  ].join("\n")

const LINE = 20

/** A terminal. `lines` as they were printed; what was typed begins with `$ `. */
export const terminal = ({ lines, title }, theme) => {
  const width =
    40 + Math.max(...lines.map((line) => piecesOf(line).reduce((sum, { text }) => sum + text.length, 0))) * 8.44
  const height = lines.length * LINE + 32
  const body = lines.map((line, at) => {
    const typed = line.startsWith("$ ")
    const spans = piecesOf(line).map(({ colour, text }) => {
      const fill = typed ? theme.mark : (theme[colour] ?? theme.text)
      return `<tspan fill="${fill}">${escaped(text)}</tspan>`
    })
    return `<text x="20" y="${at * LINE + 34}" xml:space="preserve">${spans.join("")}</text>`
  })
  return svg({ title, width: Math.ceil(width), height, body: [box(Math.ceil(width), height, theme), ...body] })
}

const LEFT = 150
const RIGHT = 690
const TOP = 50
const CALLS = 200

/** A trace of calls that met a revoked token: a hair for each call, and below them the one renewal. */
export const trace = ({ spans, title }, theme) => {
  const [width, height] = [RIGHT + 110, TOP + CALLS + 110]
  const began = Math.min(...spans.map(({ start }) => start))
  const ended = Math.max(...spans.map(({ end }) => end))
  const x = (time) => LEFT + ((time - began) / (ended - began)) * (RIGHT - LEFT)
  const named = (name) => spans.filter((span) => span.name === name)
  const bar = ({ end, start }, y, thick, fill) =>
    `<rect x="${x(start).toFixed(1)}" y="${y}" width="${Math.max(1, x(end) - x(start)).toFixed(1)}" height="${thick}" fill="${fill}"/>`
  const label = (y, text) => `<text x="16" y="${y}" fill="${theme.text}">${text}</text>`
  const sends = named("http.client GET")
  const hairs = named("call").flatMap(({ id }, at) =>
    sends
      .filter(({ parent }) => parent === id)
      .map((send) =>
        bar(send, TOP + at, 1, send.attributes["http.response.status_code"] === 401 ? theme.bad : theme.good)
      )
  )
  const below = ["Session.renew", "MlServerIssuer.renew"].flatMap((name, at) => {
    const y = TOP + CALLS + 20 + at * 26
    return named(name).flatMap((span) => [
      bar(span, y, 14, theme.mark),
      `<text x="${(x(span.start) - 8).toFixed(1)}" y="${y + 12}" fill="${theme.text}" text-anchor="end">${name}</text>`
    ])
  })
  const scale = [0, 0.5, 1].map((part) => {
    const time = Math.round((ended - began) * part)
    return `<text x="${LEFT + (RIGHT - LEFT) * part}" y="${height - 16}" fill="${theme.faint}" text-anchor="middle">${time} ms</text>`
  })
  const body = [
    box(width, height, theme),
    `<text x="${LEFT}" y="34" fill="${theme.bad}">answered 401</text>`,
    `<text x="${RIGHT}" y="34" fill="${theme.good}" text-anchor="end">sent again: answered 200</text>`,
    label(TOP + 16, `${named("call").length} calls`),
    ...hairs,
    ...below,
    ...scale
  ]
  return svg({ title, width, height, body })
}
