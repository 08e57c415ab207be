import { opensSentence, sentencesOf } from './sentences.ts'

/** A paragraph put together from `lines` lines. */
export type Paragraph = { readonly text: string; readonly lines: number }

/** Where most lines are shorter than this they are wrapped; else each line is a paragraph. */
const WIDEST_WRAP = 160

const ENDED = /[.!?…:。！？]["'”’»)\]」』]*(?:\[\p{N}+\])*$/u
const RULE = /^[-=_*~#·•\s]{3,}$/
const LIST_MARK = /^(?:[-*•‣·–—]|\p{N}{1,3}[.)]|\([a-z0-9]\))\s+\S/u
const CJK = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uffef]/u

/** A line without its indent, and the width that it took with it. */
type Line = { readonly text: string; readonly width: number }

/**
 * Joins wrapped lines to paragraphs. Blank lines, indents and list marks begin a paragraph. Where
 * none of them stands, the room left on a line tells: lines are filled as far as words go, so a line
 * that ends a sentence although the next word had room ended its paragraph. How much room counts is
 * measured on lines that certainly lie inside a paragraph.
 */
export function paragraphsOf(lines: readonly string[], language = 'en'): Paragraph[] {
  const blocks = blocksOf(lines)
  const begins = layoutOf(blocks, language)
  const hyphens = hyphenationOf(blocks.flat().map((line) => line.text))
  return blocks.flatMap((block) => {
    const parts: string[][] = []
    block.forEach((line, i) => {
      if (i === 0 || begins(block, i)) parts.push([line.text])
      else parts.at(-1)?.push(line.text)
    })
    return parts.map((part) => ({
      text: join(part, hyphens),
      lines: part.length,
    }))
  })
}

/** Runs of lines between blank lines; an indented first line of a paragraph begins a run too. */
function blocksOf(lines: readonly string[]): Line[][] {
  const runs: string[][] = [[]]
  for (const line of lines) {
    if (line.trim() === '' || RULE.test(line)) runs.push([])
    else runs.at(-1)?.push(line.trimEnd().replace(/\t/g, '    '))
  }
  const blocks: Line[][] = []
  for (const run of runs) {
    const indents = run.map((line) => line.length - line.trimStart().length)
    const base = indents.reduce((least, indent) => Math.min(least, indent), Infinity)
    const deep = indents.map((indent) => indent >= base + 2)
    // Where most lines are deep, the indent hangs: it marks the lines that are not first.
    const marksFirst = deep.filter(Boolean).length * 2 <= run.length
    run.forEach((raw, i) => {
      const line = { text: raw.trim(), width: raw.length - base }
      const item = LIST_MARK.test(run[i - 1]?.trim() ?? '')
      const first = marksFirst && deep[i] && !deep[i - 1] && !item
      if (i === 0 || first) blocks.push([line])
      else blocks.at(-1)?.push(line)
    })
  }
  return isDoubleSpaced(blocks) ? [blocks.flat()] : blocks
}

/** Whether the blank lines stand between all lines, wrapped ones too, and so separate nothing. */
function isDoubleSpaced(blocks: readonly Line[][]): boolean {
  const lines = blocks.flat()
  const long = lines.filter((line) => line.width > 40)
  return (
    blocks.length > 4 &&
    blocks.length === lines.length &&
    long.filter((line) => !ENDED.test(line.text)).length > long.length / 2 &&
    quantile(
      lines.map((line) => line.width),
      0.9,
    ) <= WIDEST_WRAP
  )
}

/** Whether line `i` of a block, from 1, begins a paragraph. */
type Begins = (block: readonly Line[], i: number) => boolean

/** Judges by the layout of the whole text where its paragraphs begin. */
function layoutOf(blocks: readonly Line[][], language: string): Begins {
  const text = (block: readonly Line[], i: number) => block[i]?.text ?? ''
  const ended: Begins = (block, i) => ENDED.test(text(block, i - 1))
  const isListItem: Begins = (block, i) => {
    const line = text(block, i)
    if (!LIST_MARK.test(line)) return false
    // A dash may have come to the head of a line by wrapping; after other marks of its kind the
    // mark is one of a list.
    return ended(block, i) || block.some((other, at) => at < i && isSameList(other.text, line))
  }

  const breaks = blocks.flatMap((block) => block.slice(1).map((_, at) => ({ block, i: at + 1 })))
  const widths = blocks.flat().map((line) => line.width)
  const usual = quantile(widths, 0.9)
  const whole = breaks.filter(({ block, i }) => ended(block, i)).length / breaks.length
  if (usual > WIDEST_WRAP || whole >= 0.9) {
    // Where blank lines part runs of lines that hold a sentence each, they part the paragraphs.
    const parted = blocks.filter((block) => block.length > 1).length > 1
    const sentences = blocks.flat().map((line) => sentencesOf(line.text, language).length)
    if (parted && quantile(sentences, 0.75) === 1) return isListItem
    return (block, i) => ended(block, i) || !continues(text(block, i))
  }

  // A few lines may stick out, such as those that held a link.
  const width = widths.reduce((max, n) => (n > max && n <= usual * 1.1 ? n : max), 0)
  /** The room that was left before line `i`, where its first word was not put. */
  const room = (block: readonly Line[], i: number) =>
    width - ((block[i - 1]?.width ?? 0) + 1 + firstWordLength(text(block, i)))
  const opens: Begins = (block, i) =>
    !continues(text(block, i)) && joinIsBoundary(text(block, i - 1), text(block, i), language)

  // Inside a paragraph for certain: neither this line nor the one before it follows a sentence's end.
  const inner = breaks
    .filter(({ block, i }) => i > 1 && !ended(block, i) && !ended(block, i - 1))
    .map(({ block, i }) => room(block, i))
  const ragged = Math.max(0, Math.min(quantile(inner, 0.9), width / 4))

  // Where first lines have lost an indent, or the markup before them, they are shorter than others.
  const firstLines = breaks.filter(
    ({ block, i }) =>
      i === 1 || (ended(block, i - 1) && room(block, i - 1) > width / 3 && opens(block, i - 1)),
  )
  const firstRoom = quantile(
    firstLines.map(({ block, i }) => room(block, i)),
    0.5,
  )
  const shortFirst = firstRoom > Math.max(width / 8, quantile(inner, 0.75))

  const lower = new Set(
    blocks.flat().flatMap((line) => line.text.match(/(?<![\p{L}\p{N}])\p{Ll}[\p{L}’']*/gu) ?? []),
  )
  return (block, i) => {
    const left = room(block, i)
    if (isListItem(block, i)) return true
    if (!ended(block, i)) {
      // A heading, or a last line without its full stop: much room, and then a word whose capital
      // only the beginning of a sentence explains.
      const word = /^\p{Lu}[\p{L}’']*/u.exec(text(block, i))?.[0] ?? ''
      return left > width / 2 && (lower.has(word.toLowerCase()) || opensSentence(word))
    }
    if (!opens(block, i)) return false
    if (!shortFirst) return left > ragged
    const next = i + 1 < block.length ? room(block, i + 1) : 0
    return left > width / 3 || left + next > firstRoom * 0.75
  }
}

function isSameList(one: string, other: string): boolean {
  const kind = (line: string) =>
    /^[-*•‣·]\s|^\p{N}{1,3}[.)]\s/u.exec(line)?.[0].replace(/\p{N}+/u, '1')
  return kind(one) !== undefined && kind(one) === kind(other)
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

const SPLIT_WORD = /(?<!\p{L})\p{L}{1,50}-\n\p{Ll}{1,50}/gu

/** The words of a text, and whether it divides words at the ends of lines. */
function hyphenationOf(lines: readonly string[]): Hyphens {
  const text = lines.join('\n')
  const split = text.match(SPLIT_WORD)?.length ?? 0
  const whole = text.replace(SPLIT_WORD, ' ').toLowerCase()
  const words = new Set(whole.match(/\p{L}+(?:-\p{L}+)*/gu))
  // Of 100 lines about one ends in the hyphen of a compound; where words are divided, many more do.
  return { words, hyphenated: split > 2 && split > lines.length * 0.04 }
}

/** Joins lines: a hyphen that only divided a word goes, one that belongs to it stays. */
function join(lines: readonly string[], hyphens: Hyphens): string {
  let text = ''
  lines.forEach((line, i) => {
    const next = lines[i + 1]
    const gap = next === undefined ? 'none' : gapBetween(line, next, hyphens)
    text += gap === 'divided' ? line.slice(0, -1) : gap === 'space' ? `${line} ` : line
  })
  return text
}

/** What stood between two lines before they were wrapped; `divided` where only a hyphen was put in. */
function gapBetween(
  line: string,
  next: string,
  { words, hyphenated }: Hyphens,
): 'space' | 'none' | 'divided' {
  const end = line.slice(-60)
  const last = end.at(-1) ?? ''
  if (last === '\u00ad') return 'divided'
  if (CJK.test(last) && CJK.test(next)) return 'none'
  if (/\S(?:[—–]|--)$/u.test(end) || /^—\S/u.test(next)) return 'none'
  if (/\p{N}-$/u.test(end)) return 'none'
  const stem = /(?<!\p{L})(\p{L}+)-$/u.exec(end)?.[1]
  if (stem === undefined) return 'space'
  const rest = /^\p{Ll}+/u.exec(next)?.[0]
  if (rest === undefined) return 'none'
  const joined = words.has(`${stem}${rest}`.toLowerCase())
  const compound = words.has(`${stem}-${rest}`.toLowerCase())
  return joined || (!compound && hyphenated) ? 'divided' : 'none'
}

/** The value below which the share `q` of the numbers lies; 0 of none. */
function quantile(numbers: readonly number[], q: number): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(q * (sorted.length - 1))] ?? 0
}
