import { opensSentence, sentencesOf } from './sentences.ts'

/** A paragraph put together from `lines` lines. */
export type Paragraph = { readonly text: string; readonly lines: number }

/** Where most lines are shorter than this they are wrapped; else each line is a paragraph. */
const WIDEST_WRAP = 160

const ENDED = /[.!?…:。！？]["'”’»)\]」』]*(?:\[\p{N}+\])*$/u
const RULE = /^[-=_*~#·•\s]{3,}$/
const LIST_MARK = /^(?:[-*•‣·–—]|\p{N}{1,3}[.)]|\([a-z0-9]\))\s+\S/u
const CJK = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uffef]/u

/**
 * Joins wrapped lines to paragraphs. Blank lines, indents and list marks begin a paragraph. Where
 * none of them stands, the room left on a line tells: lines are filled as far as words go, so a line
 * that ends a sentence although the next word had room ended its paragraph. How much room counts is
 * measured on lines that certainly lie inside a paragraph.
 */
export function paragraphsOf(lines: readonly string[], language = 'en'): Paragraph[] {
  const blocks = blocksOf(lines)
  const begins = layoutOf(blocks, language)
  const hyphens = hyphenationOf(blocks.flat())
  return blocks.flatMap((block) => {
    const parts: string[][] = []
    block.forEach((line, i) => {
      if (i === 0 || begins(block, i)) parts.push([line])
      else parts.at(-1)?.push(line)
    })
    return parts.map((part) => ({
      text: part.reduce((text, line) => join(text, line, hyphens)),
      lines: part.length,
    }))
  })
}

/** The runs of trimmed lines between blank lines; the indented first line of a paragraph begins a run. */
function blocksOf(lines: readonly string[]): string[][] {
  const runs: string[][] = [[]]
  for (const line of lines) {
    if (line.trim() === '' || RULE.test(line)) runs.push([])
    else runs.at(-1)?.push(line.trimEnd().replace(/\t/g, '    '))
  }
  const blocks: string[][] = []
  for (const run of runs) {
    const indents = run.map((line) => line.length - line.trimStart().length)
    const base = Math.min(...indents)
    const deep = indents.map((indent) => indent >= base + 2)
    // Where most lines are deep, the indent hangs: it marks the lines that are not first.
    const marksFirst = deep.filter(Boolean).length * 2 <= run.length
    run.forEach((line, i) => {
      const first = marksFirst && deep[i] && !deep[i - 1]
      const item = LIST_MARK.test(run[i - 1]?.trim() ?? '')
      if (i === 0 || (first && !item)) blocks.push([line.trim()])
      else blocks.at(-1)?.push(line.trim())
    })
  }
  return isDoubleSpaced(blocks) ? [blocks.flat()] : blocks
}

/** Whether the blank lines stand between all lines, wrapped ones too, and so separate nothing. */
function isDoubleSpaced(blocks: readonly string[][]): boolean {
  const lines = blocks.flat()
  const long = lines.filter((line) => line.length > 40)
  return (
    blocks.length > 4 &&
    blocks.length === lines.length &&
    long.filter((line) => !ENDED.test(line)).length > long.length / 2 &&
    quantile(
      lines.map((line) => line.length),
      0.9,
    ) <= WIDEST_WRAP
  )
}

/** Whether line `i` (from 1) of a block begins a paragraph, judged by how the whole text is laid out. */
function layoutOf(blocks: readonly string[][], language: string) {
  const lengths = blocks.flat().map((line) => line.length)
  const usual = quantile(lengths, 0.9)
  // A few lines may stick out, such as those that held a link.
  const width = lengths.reduce((max, n) => (n > max && n <= usual * 1.1 ? n : max), 0)
  /** The room that the line before line `i` left when the first word of line `i` was not put on it. */
  const room = (block: readonly string[], i: number) =>
    width - ((block[i - 1]?.length ?? 0) + 1 + firstWordLength(block[i] ?? ''))

  const breaks = blocks.flatMap((block) => block.slice(1).map((_, i) => ({ block, i: i + 1 })))
  const ended = (block: readonly string[], i: number) => ENDED.test(block[i - 1] ?? '')
  const startsList = (block: readonly string[], i: number) =>
    LIST_MARK.test(block[i] ?? '') && (ended(block, i) || LIST_MARK.test(block[i - 1] ?? ''))

  if (usual > WIDEST_WRAP)
    return (block: readonly string[], i: number) => ended(block, i) || !continues(block[i] ?? '')
  const endedShare = breaks.filter(({ block, i }) => ended(block, i)).length / breaks.length
  if (endedShare >= 0.9) {
    // A line is a sentence where blank lines part the paragraphs, and a paragraph where none do.
    const parted = blocks.filter((block) => block.length > 1).length > 1
    return parted ? startsList : () => true
  }

  // Inside a paragraph for certain: neither this line nor the one before it follows a sentence's end.
  const inner = breaks.filter(({ block, i }) => i > 1 && !ended(block, i) && !ended(block, i - 1))
  const ragged = Math.max(
    0,
    Math.min(
      quantile(
        inner.map(({ block, i }) => room(block, i)),
        0.9,
      ),
      width / 4,
    ),
  )
  const opens = (block: readonly string[], i: number) =>
    !continues(block[i] ?? '') && joinIsBoundary(block[i - 1] ?? '', block[i] ?? '', language)

  // Where first lines have lost an indent, or the markup before them, they are shorter than others.
  const certain = breaks.filter(
    ({ block, i }) =>
      ended(block, i) && room(block, i) > Math.max(ragged, width / 4) && opens(block, i),
  )
  const firstRooms = certain
    .filter(({ block, i }) => i + 1 < block.length)
    .map(({ block, i }) => room(block, i + 1))
  const firstRoom = quantile(firstRooms, 0.5)
  const shortFirst =
    firstRooms.length > 2 &&
    firstRoom >
      Math.max(
        width / 8,
        quantile(
          inner.map(({ block, i }) => room(block, i)),
          0.75,
        ),
      )

  const lower = new Set(
    blocks
      .flat()
      .join(' ')
      .match(/(?<![\p{L}\p{N}])\p{Ll}[\p{L}’']*/gu),
  )
  return (block: readonly string[], i: number) => {
    const left = room(block, i)
    if (startsList(block, i)) return true
    if (!ended(block, i)) {
      // A heading, or a last line without its full stop: much room, and then a word that only
      // a sentence's beginning can have given its capital.
      const word = /^\p{Lu}[\p{L}’']*/u.exec(block[i] ?? '')?.[0] ?? ''
      const known = lower.has(word.toLowerCase()) || opensSentence(word)
      return left > width / 2 && word !== '' && known
    }
    if (!opens(block, i)) return false
    if (!shortFirst) return left > ragged
    const next = i + 1 < block.length ? room(block, i + 1) : 0
    return left > width / 3 || left + next > firstRoom * 0.75
  }
}

/** Whether a line goes on with a sentence: it begins with a small letter or a mark of division. */
function continues(line: string): boolean {
  return /^(?:["'“‘«([]*\p{Ll}|[,;:.!?)\]”’»%])/u.test(line)
}

function joinIsBoundary(before: string, line: string, language: string): boolean {
  const start = before.length + 1
  return sentencesOf(`${before} ${line}`, language).some((range) => range.start === start)
}

function firstWordLength(line: string): number {
  return CJK.test(line) ? 1 : (/^\S+/.exec(line)?.[0].length ?? 0)
}

type Hyphens = { readonly words: ReadonlySet<string>; readonly hyphenated: boolean }

const SPLIT_WORD = /(\p{L}+)-\n(\p{Ll}+)/gu

/** The words of a text, and whether it divides words at the ends of lines. */
function hyphenationOf(lines: readonly string[]): Hyphens {
  const text = lines.join('\n')
  const split = text.match(SPLIT_WORD)?.length ?? 0
  const whole = text.replace(SPLIT_WORD, ' ').toLowerCase()
  const words = new Set(whole.match(/\p{L}+(?:-\p{L}+)*/gu))
  // Of 100 lines about one ends in the hyphen of a compound; where words are divided, many more do.
  return { words, hyphenated: split > 2 && split > lines.length * 0.04 }
}

/** Puts a line behind a text: a hyphen that only divided a word goes, one that belongs to it stays. */
function join(text: string, line: string, { words, hyphenated }: Hyphens): string {
  const last = text.at(-1) ?? ''
  if (last === '\u00ad') return text.slice(0, -1) + line
  if (CJK.test(last) && CJK.test(line)) return text + line
  if (/\S[—–]$/u.test(text) || /\S--$/.test(text) || /^—\S/u.test(line)) return text + line
  const stem = /(\p{L}+)-$/u.exec(text)?.[1]
  if (stem === undefined) return /\p{N}-$/u.test(text) ? text + line : `${text} ${line}`
  const rest = /^\p{Ll}+/u.exec(line)?.[0]
  if (rest === undefined) return text + line
  const joined = words.has(`${stem}${rest}`.toLowerCase())
  const compound = words.has(`${stem}-${rest}`.toLowerCase())
  const divides = joined || (!compound && hyphenated)
  return (divides ? text.slice(0, -1) : text) + line
}

/** The value below which the share `q` of the numbers lies; 0 of none. */
function quantile(numbers: readonly number[], q: number): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(q * (sorted.length - 1))] ?? 0
}
