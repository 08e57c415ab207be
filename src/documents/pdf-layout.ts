import { raised } from './blocks.ts'
import type { DocumentParagraph, DocumentSection } from './document.ts'
import { joinLines, wordsOf } from './hyphenation.ts'

/** A run of text as a PDF places it; lengths in points, `y` downwards to the baseline. */
export type Fragment = {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly size: number
  readonly font: string
}

export type Page = {
  readonly number: number
  readonly width: number
  readonly height: number
  readonly fragments: readonly Fragment[]
}

type Line = {
  readonly text: string
  readonly left: number
  readonly right: number
  readonly y: number
  readonly size: number
  readonly font: string
  readonly page: number
  /** The edges of the column that the line stands in. */
  readonly column: { readonly left: number; readonly right: number }
}

type Block = {
  readonly lines: readonly Line[]
  readonly page: number
  readonly size: number
  readonly font: string
}

/** Raised note marks are set at 60 to 85 % of the text's size. */
const SMALL = 0.9

/**
 * Gives placed text its reading order and its paragraphs back: columns, lines, running heads and
 * feet taken off, paragraphs joined over columns and pages, hyphens joined, headings by size.
 * @param outline headings that the document is known to have
 */
export function layOut(
  pages: readonly Page[],
  outline: readonly string[] = [],
): {
  title: string | undefined
  sections: readonly DocumentSection[]
  /** Numbers of the pages on which nothing but running heads stands. */
  empty: number[]
} {
  const gutters: number[] = []
  const lines = withoutRunningHeads(
    pages.map((page) => ({ page, lines: linesOf(page.fragments, page.number, gutters) })),
  )
  const body = bodyOf(lines.flat())
  const words = wordsOf(lines.flat().map(({ text }) => text))
  const blocks = lines.flatMap((page) => blocksOf(page, body))
  const known = new Set(outline.map(bare).filter(Boolean))

  const title = titleOf(blocks, body.size)
  const text = (lines: readonly Line[]) =>
    joinLines(
      lines.map((line) => line.text),
      words,
    )

  /** Lines are joined at the end: a later block may go on with a heading or a paragraph. */
  const sections: { heading: Line[]; paragraphs: Line[][] }[] = [{ heading: [], paragraphs: [] }]
  let open: Line[] | undefined
  for (const [index, block] of blocks.entries()) {
    if (block === title) continue
    const section = sections.at(-1)
    if (isHeading(block, blocks[index + 1], body, known)) {
      open = undefined
      if (section?.paragraphs.length === 0 && isSameHeading(section.heading, block))
        section.heading.push(...block.lines)
      else sections.push({ heading: [...block.lines], paragraphs: [] })
    } else if (open && goesOn(open, block, body.size)) {
      open.push(...block.lines)
    } else {
      const paragraph = [...block.lines]
      section?.paragraphs.push(paragraph)
      // A note at the foot of a page does not end the paragraph that goes on overleaf.
      if (!open || Math.abs(block.size - body.size) < 0.6) open = paragraph
    }
  }
  return {
    title: title && text(title.lines),
    empty: pages.flatMap(({ number }, index) => (hasText(lines[index] ?? []) ? [] : [number])),
    sections: sections.map(({ heading, paragraphs }) => ({
      heading: text(heading),
      paragraphs: paragraphs.map(
        (lines): DocumentParagraph => ({
          text: text(lines),
          page: lines[0]?.page ?? 1,
        }),
      ),
    })),
  }
}

function hasText(lines: readonly Line[]): boolean {
  return lines.some((line) => /\p{L}{2}/u.test(line.text))
}

/** Whether a block is the next line of a heading. */
function isSameHeading(heading: readonly Line[], block: Block): boolean {
  const [last, first] = [heading.at(-1), block.lines[0]]
  if (!last || !first) return false
  const gap = first.y - last.y
  return (
    last.page === first.page &&
    Math.abs(last.size - first.size) < 0.5 &&
    gap > 0 &&
    gap < last.size * 1.9
  )
}

/**
 * The lines of a page, or of a part of it, in reading order.
 * @param gutters those found so far: a document's last columns may be too short to show theirs
 */
function linesOf(fragments: readonly Fragment[], page: number, gutters: number[]): Line[] {
  const rows = rowsOf(fragments)
  const found = gutterOf(rows)
  if (found !== undefined && !gutters.includes(found)) gutters.push(found)
  const gutter = found ?? gutters.find((x) => isSplitAt(rows, x))
  if (gutter === undefined) return rows.map((row) => lineOf(row, page, edgesOf(rows)))

  const lines: Line[] = []
  let [left, right]: [Fragment[], Fragment[]] = [[], []]
  const flush = () => {
    if (left.length > 0) lines.push(...linesOf(left, page, gutters))
    if (right.length > 0) lines.push(...linesOf(right, page, gutters))
    left = []
    right = []
  }
  const edges = edgesOf(rows)
  for (const row of rows) {
    if (crosses(row, gutter)) {
      flush()
      lines.push(lineOf(row, page, edges))
    } else {
      for (const fragment of row)
        (fragment.x + fragment.width / 2 < gutter ? left : right).push(fragment)
    }
  }
  flush()
  return lines
}

/** Fragments on one baseline, from the left; raised and lowered ones stand with their line. */
function rowsOf(fragments: readonly Fragment[]): Fragment[][] {
  const rows: { y: number; size: number; fragments: Fragment[] }[] = []
  const small: Fragment[] = []
  const usual = modeOf(fragments, ({ size, text }) => [Math.round(size * 2) / 2, text.length])
  const sorted = [...fragments].sort((a, b) => a.y - b.y || a.x - b.x)
  for (const fragment of sorted) {
    if (fragment.size < usual * SMALL && fragment.text.trim().length <= 4) {
      small.push(fragment)
      continue
    }
    const row = rows.at(-1)
    if (row && Math.abs(row.y - fragment.y) < Math.min(row.size, fragment.size) * 0.35)
      row.fragments.push(fragment)
    else rows.push({ y: fragment.y, size: fragment.size, fragments: [fragment] })
  }
  for (const fragment of small) {
    const row = nearestRow(rows, fragment)
    if (row) row.fragments.push(fragment)
    else rows.push({ y: fragment.y, size: fragment.size, fragments: [fragment] })
  }
  return rows.sort((a, b) => a.y - b.y).map((row) => row.fragments.sort((a, b) => a.x - b.x))
}

function nearestRow<R extends { y: number; size: number; fragments: Fragment[] }>(
  rows: readonly R[],
  { x, y, size, width }: Fragment,
): R | undefined {
  // The rows are sorted by y up to here: look only at those near.
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rows[middle]?.y ?? 0) < y - 40) low = middle + 1
    else high = middle
  }
  let best: R | undefined
  for (let i = low; i < rows.length; i += 1) {
    const row = rows[i]
    if (!row || row.y > y + 40) break
    const rise = row.y - y
    const near = row.fragments.some(
      (other) => x <= other.x + other.width + row.size && x + width >= other.x - row.size,
    )
    if (near && row.size >= size && rise > -row.size * 0.4 && rise < row.size * 0.7)
      if (!best || Math.abs(rise) < Math.abs(best.y - y)) best = row
  }
  return best
}

/**
 * The x of the white band between two columns of prose, or nothing. Prose fills its column: the
 * cells of a table do not, and are read row by row.
 */
function gutterOf(rows: readonly Fragment[][]): number | undefined {
  if (rows.length < 4) return undefined
  const { left, right } = edgesOf(rows)
  const width = right - left
  if (width < 150) return undefined
  let best: { x: number; score: number } | undefined
  for (let x = left + width * 0.2; x <= right - width * 0.2; x += 2) {
    const sides = { left: [] as Span[], right: [] as Span[] }
    let crossing = 0
    for (const row of rows) {
      if (crosses(row, x)) {
        crossing += 1
        continue
      }
      const before = spanOf(row.filter((fragment) => fragment.x + fragment.width / 2 < x))
      const after = spanOf(row.filter((fragment) => fragment.x + fragment.width / 2 >= x))
      if (before) sides.left.push(before)
      if (after) sides.right.push(after)
    }
    const score = Math.min(sides.left.length, sides.right.length) - crossing / 4
    if (score < 3 || (best && score <= best.score)) continue
    if (isProse(sides.left, x - left) && isProse(sides.right, right - x) && overlap(sides))
      best = { x, score }
  }
  return best?.x
}

/** Whether at least two rows have text on both sides of x and none that runs over it. */
function isSplitAt(rows: readonly Fragment[][], x: number): boolean {
  const beside = rows.filter(
    (row) => row.some((fragment) => fragment.x < x) && row.some((fragment) => fragment.x > x),
  )
  return beside.length >= 2 && !beside.some((row) => crosses(row, x))
}

type Span = { left: number; right: number; top: number; size: number }

function spanOf(fragments: readonly Fragment[]): Span | undefined {
  const [first] = fragments
  if (!first) return undefined
  const right = Math.max(...fragments.map((fragment) => fragment.x + fragment.width))
  return { left: first.x, right, top: first.y, size: first.size }
}

/** Whether lines fill a column: half of them take at least three quarters of its width. */
function isProse(spans: readonly Span[], width: number): boolean {
  const full = spans.filter((span) => span.right - span.left > width * 0.75).length
  return full >= spans.length / 2
}

/** Whether the two sides stand beside each other, not below. */
function overlap({ left, right }: { left: readonly Span[]; right: readonly Span[] }): boolean {
  const ends = (spans: readonly Span[]) => [
    Math.min(...spans.map(({ top }) => top)),
    Math.max(...spans.map(({ top }) => top)),
  ]
  const [[a = 0, b = 0], [c = 0, d = 0]] = [ends(left), ends(right)]
  return Math.min(b, d) - Math.max(a, c) > Math.min(b - a, d - c) * 0.5
}

/** Whether a row runs over x, or leaves less than a column's white space there. */
function crosses(row: readonly Fragment[], x: number): boolean {
  let before = Number.NEGATIVE_INFINITY
  let after = Number.POSITIVE_INFINITY
  for (const fragment of row) {
    const [start, end] = [fragment.x, fragment.x + fragment.width]
    if (start < x && end > x) return true
    if (end <= x) before = Math.max(before, end)
    else after = Math.min(after, start)
  }
  return after - before < (row[0]?.size ?? 10) * 0.8
}

function edgesOf(rows: readonly Fragment[][]): { left: number; right: number } {
  let [left, right] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const row of rows) {
    for (const { x, width } of row) {
      left = Math.min(left, x)
      right = Math.max(right, x + width)
    }
  }
  return { left, right }
}

function lineOf(row: readonly Fragment[], page: number, column: Line['column']): Line {
  const main = row.reduce((a, b) => (b.text.length * b.size > a.text.length * a.size ? b : a))
  let text = ''
  let end = Number.NaN
  for (const fragment of row) {
    const isNote =
      fragment.size < main.size * SMALL &&
      main.y - fragment.y > main.size * 0.15 &&
      /^\d{1,4}$/.test(fragment.text.trim())
    const gap = fragment.x - end
    if (gap > fragment.size * (isNote ? 0.6 : 0.15) && !/\s$/.test(text)) text += ' '
    text += isNote ? raised(fragment.text.trim()) : fragment.text
    end = fragment.x + fragment.width
  }
  return {
    text: text.trim(),
    left: row[0]?.x ?? 0,
    right: Math.max(...row.map((fragment) => fragment.x + fragment.width)),
    y: main.y,
    size: main.size,
    font: main.font,
    page,
    column,
  }
}

/**
 * Takes off lines at the top and the foot of pages that stand at the same height on several pages
 * with the same words (numbers aside), and page numbers that stand alone.
 */
function withoutRunningHeads(
  pages: readonly { readonly page: Page; readonly lines: readonly Line[] }[],
): Line[][] {
  const edge = 3
  const outer = pages.map(({ lines }) => {
    const byHeight = [...lines].sort((a, b) => a.y - b.y)
    return { top: byHeight.slice(0, edge), foot: byHeight.slice(-edge).reverse() }
  })
  const key = (side: string, line: Line) => `${side} ${Math.round(line.y / 6)} ${masked(line.text)}`
  const seen = new Map<string, Set<number>>()
  outer.forEach((sides, index) => {
    for (const side of ['top', 'foot'] as const)
      for (const line of sides[side]) {
        const near = key(side, line)
        seen.set(near, (seen.get(near) ?? new Set()).add(index))
      }
  })
  const often = Math.max(2, Math.min(3, Math.ceil(pages.length / 2)))
  return pages.map(({ page, lines }, index) => {
    const gone = new Set<Line>()
    for (const side of ['top', 'foot'] as const)
      for (const line of outer[index]?.[side] ?? []) {
        const runs = (seen.get(key(side, line))?.size ?? 0) >= often
        const inMargin = side === 'top' ? line.y < page.height * 0.12 : line.y > page.height * 0.88
        if (runs || (inMargin && isPageNumber(line.text))) gone.add(line)
        // What stands further in than the first line of text is text.
        else break
      }
    return lines.filter((line) => !gone.has(line))
  })
}

function masked(text: string): string {
  return text
    .toLowerCase()
    .replace(/\d+|\b[ivxlc]+\b/g, '#')
    .replace(/\s+/g, ' ')
}

function isPageNumber(text: string): boolean {
  return /^[\s|–—\-[\]()·•]*(?:page|p\.|seite|s\.)?\s*(?:\d{1,5}|[ivxlc]{1,8})(?:\s*(?:of|\/|von)\s*\d{1,5})?[\s|–—\-[\]()·•]*$/i.test(
    text,
  )
}

type Body = { readonly size: number; readonly font: string; readonly leading: number }

function bodyOf(lines: readonly Line[]): Body {
  const size = modeOf(lines, (line) => [Math.round(line.size * 2) / 2, line.text.length]) || 10
  const fonts = new Map<string, number>()
  for (const line of lines) fonts.set(line.font, (fonts.get(line.font) ?? 0) + line.text.length)
  const [font = ''] = [...fonts].sort((a, b) => b[1] - a[1])[0] ?? []
  const gaps = lines.flatMap((line, index) => {
    const before = lines[index - 1]
    const gap = line.y - (before?.y ?? line.y)
    return before?.page === line.page && gap > 0 && gap < size * 3 ? [gap] : []
  })
  const leading = modeOf(gaps, (gap) => [Math.round(gap * 2) / 2, 1]) || size * 1.2
  return { size, font, leading }
}

/** The lines of one page as blocks: paragraphs, or parts of them where a column ends. */
function blocksOf(lines: readonly Line[], body: Body): Block[] {
  const blocks: Line[][] = []
  lines.forEach((line, index) => {
    const before = lines[index - 1]
    const block = blocks.at(-1)
    if (!before || !block || startsBlock(line, before, block, body)) blocks.push([line])
    else block.push(line)
  })
  return blocks.map((block) => {
    const main = block.reduce((a, b) => (b.text.length > a.text.length ? b : a))
    return { lines: block, page: main.page, size: main.size, font: main.font }
  })
}

function startsBlock(line: Line, before: Line, block: readonly Line[], body: Body): boolean {
  if (line.column.left !== before.column.left || line.y <= before.y) return true
  if (Math.abs(line.size - before.size) > before.size * 0.08) return true
  const gap = line.y - before.y
  const leading = Math.max(
    line.size * 1.05,
    Math.min(body.leading * (line.size / body.size), line.size * 2.6),
  )
  const inner = block.length > 1 ? (before.y - (block[0]?.y ?? 0)) / (block.length - 1) : leading
  if (gap > Math.min(leading, inner) * 1.3 + 0.5) return true
  if (line.font !== before.font && isLabel(before, body)) return true
  if (/^(?:[•‣▪●◦–—*]|\(?\d{1,3}[.)]|\([a-z]\))\s/u.test(line.text) && endsSentence(before.text))
    return true

  const indent = (line.left - before.left) / line.size
  // More than one line in: a first line's indent. After the first line it may be a hanging indent.
  if (indent > 0.7 && (block.length > 1 || endsSentence(before.text))) return true
  if (indent < -0.7 && block.length > 1) return true
  const first = line.text.split(/\s/, 1)[0] ?? ''
  const needed = ((line.right - line.left) * (first.length + 1)) / Math.max(line.text.length, 1)
  const room = before.column.right - before.right
  return endsSentence(before.text) && room > needed + line.size * 0.5
}

/** A whole line in another type than the text's, such as a bold heading. */
function isLabel(line: Line, body: Body): boolean {
  return line.font !== body.font && /^[\p{Lu}\p{N}]/u.test(line.text) && !/[.,;]$/.test(line.text)
}

function endsSentence(text: string): boolean {
  return /[.!?…:]["'”’»)\]]*[⁰¹²³⁴⁵⁶⁷⁸⁹]*(?:\[\d+\])?$/u.test(text)
}

/** Whether a block after a column's or a page's end goes on with the paragraph before it. */
function goesOn(lines: readonly Line[], block: Block, bodySize: number): boolean {
  const [last, first] = [lines.at(-1), block.lines[0]]
  if (!last || !first) return false
  if (last.page === first.page && last.column.left === first.column.left && first.y > last.y)
    return false
  if (first.page - last.page > 1) return false
  if (Math.abs(last.size - first.size) > 0.6 || Math.abs(first.size - bodySize) > 0.6) return false
  if (endsSentence(last.text)) return false
  if (/[-\u00ad\u2010,;]$/.test(last.text)) return true
  return (
    /^["'“‘(]?[\p{Ll}\p{N}]/u.test(first.text) || last.right > last.column.right - last.size * 2
  )
}

/** The largest text on the first page, where it is larger than the text below it. */
function titleOf(blocks: readonly Block[], bodySize: number): Block | undefined {
  const first = blocks.filter(({ page }) => page === blocks[0]?.page)
  const largest = first.reduce<Block | undefined>(
    (best, block) => (block.size > (best?.size ?? bodySize * 1.15) + 0.25 ? block : best),
    undefined,
  )
  const length = largest?.lines.reduce((sum, { text }) => sum + text.length, 0) ?? 0
  const before = largest ? first.slice(0, first.indexOf(largest)) : []
  const isAtTheHead = before.every((block) => block.lines.length <= 4)
  return length >= 3 && length <= 250 && isAtTheHead ? largest : undefined
}

function isHeading(
  block: Block,
  next: Block | undefined,
  body: Body,
  known: ReadonlySet<string>,
): boolean {
  const text = block.lines.map((line) => line.text).join(' ')
  if (text.length > 200 || !/\p{L}/u.test(text)) return false
  if (known.has(bare(text))) return true
  if (block.lines.length > 4) return false
  if (block.size > body.size * 1.1) return true
  return (
    block.lines.length <= 2 &&
    text.length <= 100 &&
    Math.abs(block.size - body.size) < body.size * 0.06 &&
    block.lines.every((line) => isLabel(line, body)) &&
    !/[.!?:;,…]["'”’)\]]*$/u.test(text) &&
    /^["'“‘«(]*[\p{Lu}\p{N}]/u.test(next?.lines[0]?.text ?? '')
  )
}

/** The words of a heading without its number. */
function bare(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
    .replace(/^\d+(?=\p{L})/u, '')
}

/** The key with the greatest weight. */
function modeOf<T>(values: readonly T[], weigh: (value: T) => readonly [number, number]): number {
  const weights = new Map<number, number>()
  for (const value of values) {
    const [key, weight] = weigh(value)
    weights.set(key, (weights.get(key) ?? 0) + weight)
  }
  let best = 0
  for (const [key, weight] of weights) if (weight > (weights.get(best) ?? 0)) best = key
  return best
}
