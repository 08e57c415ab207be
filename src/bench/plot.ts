import { share } from '../search/evaluation/table.ts'
import type { EngineFigures, NotMeasured } from './figures.ts'
import { rough, whole } from './tables.ts'

const width = 880
const height = 540
const frame = { left: 64, right: 668, top: 84, bottom: 470 }
const betweenLabels = 19
const labelWidth = 180

/** Each engine's name and its colour on a light and on a dark ground. */
const looks: Readonly<Record<string, { name: string; light: string; dark: string }>> = {
  footnote: { name: 'Footnote', light: '#0b62c4', dark: '#6cb2ff' },
  flexsearch: { name: 'FlexSearch', light: '#a15c00', dark: '#f0a94b' },
  minisearch: { name: 'MiniSearch', light: '#a3238e', dark: '#f08ae0' },
  lunr: { name: 'lunr', light: '#5d6670', dark: '#aab4be' },
  fts5: { name: 'SQLite FTS5', light: '#0b7a4b', dark: '#4fd39a' },
}
const lookOf = (engine: string) =>
  looks[engine] ?? { name: engine, light: '#444444', dark: '#cccccc' }

type Point = { readonly x: number; readonly y: number }
type Line = {
  readonly engine: string
  /** Fewest passages first. */
  readonly rows: readonly EngineFigures[]
  readonly points: readonly Point[]
}

/**
 * Draws the median time of a question against the passages, both logarithmic: an SVG with a line
 * for each engine, whose end names it with its hit@1 there. It follows the reader's choice of a
 * light or a dark ground.
 */
export function plot(rows: readonly (EngineFigures | NotMeasured)[]): string {
  const shown = rows.filter(
    (row): row is EngineFigures => !('reason' in row) && row.questions > 0 && row.msMedian > 0,
  )
  const passages = decades(shown.map((row) => row.passages))
  const times = decades(shown.map((row) => row.msMedian))
  const x = scale(passages, frame.left, frame.right)
  const y = scale(times, frame.bottom, frame.top)
  const lines = [...new Set(shown.map(({ engine }) => engine))].map((engine): Line => {
    const own = shown.filter((row) => row.engine === engine)
    own.sort((one, other) => one.passages - other.passages)
    const points = own.map((row) => ({ x: x(row.passages), y: y(row.msMedian) }))
    return { engine, rows: own, points }
  })
  // Footnote's line lies over the others.
  const footnoteLast = [...lines].sort(
    (one, other) => Number(one.engine === 'footnote') - Number(other.engine === 'footnote'),
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title words">`,
    '<title id="title">Median time of a question by the size of the library</title>',
    `<desc id="words">${escaped(lines.map(inWords).join(' '))}</desc>`,
    style(lines),
    `<rect class="ground" width="${width}" height="${height}" rx="8"/>`,
    '<text class="head" x="24" y="36">Median time of a question, in milliseconds</text>',
    '<text x="24" y="59">hit@1 behind each name: the share of questions whose passage comes first, in the largest library measured</text>',
    ...times.flatMap((value) => [
      `<path class="grid" d="M${frame.left} ${round(y(value))}H${frame.right}"/>`,
      `<text text-anchor="end" x="${frame.left - 9}" y="${round(y(value) + 4)}">${tick(value)}</text>`,
    ]),
    ...passages.map(
      (value) =>
        `<text text-anchor="middle" x="${round(x(value))}" y="${frame.bottom + 22}">${tick(value)}</text>`,
    ),
    `<text text-anchor="middle" x="${(frame.left + frame.right) / 2}" y="${frame.bottom + 47}">passages in the library</text>`,
    ...footnoteLast.map(drawn),
    ...labels(lines),
    '</svg>',
    '',
  ].join('\n')
}

/** `text` as it may stand in XML, in an element or an attribute. */
export function escaped(text: string): string {
  const names = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' }
  return text.replace(/[&<>"']/g, (sign) => `&${names[sign as keyof typeof names]};`)
}

function drawn({ engine, rows, points }: Line): string {
  const path = points.map(({ x, y }, nth) => `${nth === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`)
  const dots = points.map(({ x, y }, nth) => {
    const row = rows[nth]
    const said = row
      ? `${lookOf(engine).name}, ${whole(row.passages)} passages: ${rough(row.msMedian)} ms, hit@1 ${share(row['hit@1'])}`
      : ''
    return `<circle cx="${round(x)}" cy="${round(y)}" r="3.5"><title>${escaped(said)}</title></circle>`
  })
  return `<g class="${className(engine)}"><path class="line" d="${path.join('')}"/>${dots.join('')}</g>`
}

/** Labels at the ends of the lines, moved apart where they would touch. */
function labels(lines: readonly Line[]): readonly string[] {
  const ends = lines.flatMap(({ engine, rows, points }) => {
    const row = rows.at(-1)
    const end = points.at(-1)
    return row && end ? [{ engine, row, end, y: end.y }] : []
  })
  const columns = new Set(ends.map(({ end }) => end.x))
  return [...columns].flatMap((column) => {
    const here = ends.filter(({ end }) => end.x === column).sort((one, other) => one.y - other.y)
    const wanted = here.map(({ y }) => y)
    return here.map(({ engine, row, end }, nth) => {
      const y = apart(wanted, betweenLabels)[nth] ?? end.y
      const { name } = lookOf(engine)
      // Where a longer line's label would lie under this one, it stands above its own line.
      const crossed = ends.some(
        ({ end: other }) =>
          other.x > end.x &&
          other.x - end.x < labelWidth &&
          Math.abs(other.y - end.y) < betweenLabels,
      )
      const place = crossed
        ? `text-anchor="end" x="${round(end.x)}" y="${round(end.y - 12)}"`
        : `x="${round(end.x + 11)}" y="${round(y + 4)}"`
      return `<text class="label ${className(engine)}" ${place}>${escaped(name)} <tspan class="share">hit@1 ${share(row['hit@1'])}</tspan></text>`
    })
  })
}

/** Ascending heights, moved by as little as keeps neighbours `gap` apart. */
export function apart(heights: readonly number[], gap: number): readonly number[] {
  // Groups that touch are merged and centred on what their members wanted.
  const groups: { members: number[]; top: number }[] = []
  for (const height of heights) {
    groups.push({ members: [height], top: height })
    for (;;) {
      const last = groups.at(-1)
      const above = groups.at(-2)
      if (!last || !above || above.top + above.members.length * gap <= last.top) break
      groups.pop()
      above.members.push(...last.members)
      const offsets = above.members.map((wanted, nth) => wanted - nth * gap)
      above.top = offsets.reduce((sum, one) => sum + one, 0) / offsets.length
    }
  }
  return groups.flatMap(({ members, top }) => members.map((_, nth) => top + nth * gap))
}

function inWords({ engine, rows }: Line): string {
  const said = rows.map((row) => `${rough(row.msMedian)} ms with ${whole(row.passages)} passages`)
  return `${lookOf(engine).name}: ${said.join(', ')}; hit@1 ${share(rows.at(-1)?.['hit@1'] ?? null)}.`
}

function style(lines: readonly Line[]): string {
  const colours = (ground: 'light' | 'dark') =>
    lines
      .map(({ engine }) => {
        const colour = lookOf(engine)[ground]
        return `.${className(engine)}{fill:${colour};stroke:${colour}}`
      })
      .join('')
  return [
    '<style>',
    'text{font:14px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;fill:#57606a;stroke:none}',
    '.head{font-size:18px;font-weight:600;fill:#1f2328}',
    '.ground{fill:#ffffff}.grid{stroke:#d8dee4;fill:none}',
    '.line{fill:none;stroke-width:2;stroke-linejoin:round}.footnote .line{stroke-width:3.5}',
    colours('light'),
    '.label{font-weight:600;stroke:#ffffff;stroke-width:5px;paint-order:stroke}.share{font-weight:400}',
    '@media (prefers-color-scheme:dark){',
    'text{fill:#9aa4af}.head{fill:#f0f6fc}.ground{fill:#0d1117}.grid{stroke:#2b323b}',
    colours('dark'),
    '.label{stroke:#0d1117}}',
    '</style>',
  ].join('\n')
}

/** The powers of ten from below the least to above the greatest; at least two of them. */
function decades(values: readonly number[]): readonly number[] {
  const logs = values.map(Math.log10)
  const first = Math.floor(Math.min(...logs, Number.POSITIVE_INFINITY))
  if (!Number.isFinite(first)) return [1, 10]
  const last = Math.max(Math.ceil(Math.max(...logs)), first + 1)
  return Array.from({ length: last - first + 1 }, (_, nth) => 10 ** (first + nth))
}

function scale(ticks: readonly number[], from: number, to: number): (value: number) => number {
  const low = Math.log10(ticks[0] ?? 1)
  const high = Math.log10(ticks.at(-1) ?? 10)
  return (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from)
}

function tick(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 1 })
}

function className(engine: string): string {
  return engine.replace(/[^a-z0-9-]/g, '-')
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10)
}
