import type { Passage, Range } from '../knowledge/article.ts'
import type { Excerpt } from '../search/answer.ts'
import type { Library } from '../search/library.ts'
import {
  type ClosePlace,
  closestPlaces,
  type Region,
  rangeIn,
  regionText,
} from './closest-places.ts'
import {
  type Difference,
  difference,
  hasNegation,
  omissionRemark,
  wholeWords,
} from './difference.ts'
import { isWholeWords, type NormalForm, normalForm } from './normal-form.ts'
import { type Piece, piecesOf, quotationsIn } from './quotations.ts'
import { hashesOf, passagesWith, type WordIndex, wordIndex } from './word-index.ts'

/** What is to be said of one quotation. */
export type Verdict = {
  /** The quotation as it was given, without its marks, and where it stood in the text. */
  readonly quotation: string
  readonly range: Range
  /** The sentences that hold it or come nearest to it, in reading order; `marks` are its words. */
  readonly excerpts: readonly Excerpt[]
  /** What a reader should know besides: another case, a negation left out, further places. */
  readonly remarks: readonly string[]
} & (
  | {
      /** `elsewhere`: word for word, but not in the article that was named. */
      readonly kind: 'exact' | 'elsewhere'
    }
  | { readonly kind: 'altered'; readonly difference: Difference }
  /** `excerpts` are the nearest sentences, if any come near: no match. */
  | { readonly kind: 'not found' }
)

/** The length of a text that is checked, in UTF-16 code units. */
export const quotedTextLimit = 4000

/** How many quotations of one text are checked. */
const quotationLimit = 25

/**
 * At least this share of a quotation's words must stand in the source in the same order for the
 * quotation to be called altered; below it, it is another sentence. Two in three: a quotation of
 * three words with one changed is still altered, and of the questions that people ask about a text
 * about one in twenty reaches it (`npm run eval -- quotes`).
 */
const alteredShare = 0.66

/** Below this share not even a nearest passage is named. */
const nearestShare = 0.3

/**
 * Checks the quotations of a text, one by one. A text that is a quotation as a whole, or that has
 * no quotation marks, is checked as one.
 * @param within an article's id: the quotation is said to come from there
 */
export function verifyQuote(
  library: Library,
  text: string,
  within: { readonly article?: string } = {},
): readonly Verdict[] {
  const input = text.slice(0, quotedTextLimit)
  const quoted = quotationsIn(input).slice(0, quotationLimit)
  const whole = { start: 0, end: input.length }
  if (quoted.length === 0) return [verdictOn(library, input, whole, within.article)]
  const letters = (part: string) => part.replace(/[^\p{L}\p{N}]/gu, '').length
  const inMarks = quoted.reduce((sum, { start, end }) => sum + letters(input.slice(start, end)), 0)
  const parts = () => quoted.map((range) => verdictOn(library, input, range, within.article))
  if (inMarks === letters(input)) return parts()
  // A passage pasted without marks may have quotations of its own in it.
  const mostlyUnquoted = inMarks < letters(input) / 3
  const least = mostlyUnquoted ? nearestShare : alteredShare
  const verdict = verdictOn(library, input, whole, within.article, least)
  if (verdict.kind !== 'not found') return [verdict]
  return mostlyUnquoted ? [verdict, ...parts()] : parts()
}

/** Checks the quoted parts of a text alone; what stands outside of quotation marks is left out. */
export function verifyQuotations(library: Library, text: string): readonly Verdict[] {
  const input = text.slice(0, quotedTextLimit)
  return quotationsIn(input)
    .slice(0, quotationLimit)
    .map((range) => verdictOn(library, input, range, undefined))
}

function verdictOn(
  library: Library,
  input: string,
  range: Range,
  article: string | undefined,
  leastShare = nearestShare,
): Verdict {
  const index = wordIndex(library)
  const quotation = input.slice(range.start, range.end).replace(/\n[ \t]*>[ \t]?/g, '\n')
  const about = { quotation: quotation.trim(), range }
  const inScope = (passage: Passage) => !article || passage.articleId === article

  const pieces = piecesOf(quotation, 'brackets')
  // As it stands; with words left out; with words put in too.
  const readings = [[{ text: about.quotation }], piecesOf(quotation, 'omissions'), pieces].filter(
    (reading, index, all) =>
      all.findIndex((other) => JSON.stringify(other) === JSON.stringify(reading)) === index,
  )
  const here = firstFound(readings, (reading) => exactMatches(index, reading, article))
  const matches =
    here.length > 0 || !article
      ? here
      : firstFound(readings, (reading) => exactMatches(index, reading))
  const found = matches[0]
  if (found) {
    const more = new Set(matches.map(({ passages }) => passages[0]?.id)).size - 1
    const others = more === 1 ? 'one other paragraph' : `${more} other paragraphs`
    const least = matches.length >= matchLimit ? 'at least ' : ''
    const remarks = [...found.remarks]
    if (more > 0) remarks.push(`The same words stand in ${least}${others} too.`)
    const kind = here.length > 0 ? 'exact' : 'elsewhere'
    return { ...about, kind, excerpts: excerptsOf(found.passages, found.ranges), remarks }
  }

  const hashes = hashesOf(quotation.normalize('NFC'))
  const nothing = { ...about, kind: 'not found', excerpts: [], remarks: [] } as const
  if (hashes.length < 3) return nothing
  const close = closestPlaces(index, hashes, omissionsIn(pieces), leastShare, article)
  const altered = [close.here, close.anywhere].find((place) => place && place.share >= alteredShare)
  const nearest = altered ?? close.here ?? close.anywhere
  if (!nearest || nearest.share < leastShare) return nothing
  const { passages, ranges, source } = sourceOf(index, nearest)
  const excerpts = excerptsOf(passages, ranges)
  if (!altered) return { ...about, kind: 'not found', excerpts, remarks: [] }
  const elsewhere = passages[0] && !inScope(passages[0])
  const compared = difference(source, trimmed(quotation))
  return {
    ...about,
    kind: 'altered',
    excerpts,
    difference: compared,
    remarks: [
      ...compared.remarks,
      ...(elsewhere ? ['It stands in another article than the one named.'] : []),
    ],
  }
}

function firstFound<T, R>(from: readonly T[], find: (one: T) => readonly R[]): readonly R[] {
  for (const one of from) {
    const found = find(one)
    if (found.length > 0) return found
  }
  return []
}

/** A place where a quotation stands word for word. */
type Match = {
  readonly passages: readonly Passage[]
  /** The quoted words, as ranges of each passage's text. */
  readonly ranges: readonly (readonly Range[])[]
  readonly remarks: readonly string[]
}

/** How many places of one quotation are looked at. */
const matchLimit = 20
const regionLimit = 200

/** How many paragraphs to either side of a quotation's most telling piece the others may stand. */
const reach = 3

/** Words put in brackets may stand for so many characters of the source. */
const insertionReach = 80

function exactMatches(
  index: WordIndex,
  pieces: readonly Piece[],
  article?: string,
): readonly Match[] {
  const parts = pieces.map((piece) => ({
    ...piece,
    form: core(normalForm(piece.text)),
    words: hashesOf(piece.text.normalize('NFC')),
  }))
  if (parts.length === 0 || parts.some(({ words }) => words.length === 0)) return []
  // What is put in before the first words or after the last stands for nothing that can be compared.
  const unbound = [pieces[0]?.gap, pieces.at(-1)?.after].map((put) =>
    typeof put === 'string' ? put : put?.kind === 'insertion' ? put.text : '',
  )
  if (unbound.some((text) => hasNegation(text) || /\p{N}/u.test(text))) return []
  const rarity = parts.map(({ words }) =>
    Math.min(...[...words].map((word) => passagesWith(index, word).length)),
  )
  const anchor = rarity.indexOf(Math.min(...rarity))
  const anchorWords = parts[anchor]?.words
  if (!anchorWords || rarity[anchor] === 0) return []

  const matches: Match[] = []
  const seen = new Set<string>()
  let regions = 0
  for (const region of occurrences(index, anchorWords, article)) {
    regions += 1
    if (regions > regionLimit) break
    const widened =
      parts.length === 1
        ? region
        : {
            first: Math.max(index.articleStart[region.first] ?? 0, region.first - reach),
            last: Math.min((index.articleEnd[region.last] ?? 1) - 1, region.last + reach),
          }
    if (!parts.every(({ words }) => holdsRun(index, widened, words))) continue
    const source = regionText(index, widened)
    const form = normalForm(source)
    for (const found of placings(source, form, parts, anchor)) {
      const { passages, ranges } = toPassages(index, widened, found.ranges)
      const key = JSON.stringify([passages.map(({ id }) => id), ranges])
      if (seen.has(key)) continue
      seen.add(key)
      matches.push({ passages, ranges, remarks: found.remarks })
      if (matches.length >= matchLimit) return matches
    }
  }
  return matches
}

/**
 * A quotation's text without the marks around it and without a closing full stop or comma, which
 * belongs to whoever quotes.
 */
function core({ text, folded }: NormalForm): { text: string; folded: string } {
  const start = text.length - text.replace(/^['\s]+/, '').length
  const end = Math.max(start, text.replace(/['.,\s]+$/, '').length)
  return { text: text.slice(start, end), folded: folded.slice(start, end) }
}

/** The runs of passages in which these words follow each other, also across paragraphs. */
function* occurrences(
  index: WordIndex,
  words: Int32Array,
  article: string | undefined,
): Generator<Region> {
  const byRarity = [...words.keys()].sort(
    (a, b) => passagesWith(index, words[a] ?? 0).length - passagesWith(index, words[b] ?? 0).length,
  )
  const rarest = byRarity[0] ?? 0
  const rare = words[rarest] ?? 0
  const next = passagesWith(index, words[byRarity[1] ?? rarest] ?? 0)
  for (const number of passagesWith(index, rare)) {
    if (article && index.passages[number]?.articleId !== article) continue
    // The next rarest word of a short quotation stands in the same paragraph or beside it.
    if (words.length <= 12 && !holdsOneOf(next, number - 1, number + 1)) continue
    const articleFirst = index.articleStart[number] ?? 0
    const articleLast = (index.articleEnd[number] ?? 1) - 1
    const low = index.offsets[articleFirst] ?? 0
    const high = index.offsets[articleLast + 1] ?? 0
    const end = index.offsets[number + 1] ?? 0
    let previous = -1
    for (let at = index.offsets[number] ?? 0; at < end; at += 1) {
      if (index.words[at] !== rare) continue
      const start = at - rarest
      if (start < low || start + words.length > high) continue
      let same = 0
      while (same < words.length && index.words[start + same] === words[same]) same += 1
      if (same < words.length) continue
      let [first, last] = [number, number]
      while ((index.offsets[first] ?? 0) > start) first -= 1
      while ((index.offsets[last + 1] ?? 0) < start + words.length) last += 1
      // All places in the same paragraph are found at once.
      if (first === last && previous === first) continue
      previous = first
      yield { first, last }
    }
  }
}

/** True if these words follow each other somewhere in a region. */
function holdsRun(index: WordIndex, { first, last }: Region, words: Int32Array): boolean {
  const end = (index.offsets[last + 1] ?? 0) - words.length
  for (let start = index.offsets[first] ?? 0; start <= end; start += 1) {
    let same = 0
    while (same < words.length && index.words[start + same] === words[same]) same += 1
    if (same === words.length) return true
  }
  return false
}

/** True if a sorted list has a number between two others, both included. */
function holdsOneOf(sorted: Uint32Array, least: number, most: number): boolean {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? 0) < least) low = middle + 1
    else high = middle
  }
  return low < sorted.length && (sorted[low] ?? 0) <= most
}

type Part = Piece & { readonly form: { readonly text: string; readonly folded: string } }

/** The places of all parts in order, one for each place of the anchor. */
function* placings(
  source: string,
  form: NormalForm,
  parts: readonly Part[],
  anchor: number,
): Generator<{ ranges: readonly Range[]; remarks: readonly string[] }> {
  for (const at of wordPlaces(source, form, parts[anchor] as Part, 0)) {
    const ranges: Range[] = []
    ranges[anchor] = at
    let complete = true
    for (let part = anchor - 1; complete && part >= 0; part -= 1) {
      const next = ranges[part + 1] as Range
      const before = [...wordPlaces(source, form, parts[part] as Part, 0)].filter(
        ({ end }) => end <= next.start,
      )
      const nearest = before.at(-1)
      complete = nearest !== undefined && fits(source, nearest, next, parts[part + 1] as Part)
      if (nearest) ranges[part] = nearest
    }
    for (let part = anchor + 1; complete && part < parts.length; part += 1) {
      const previous = ranges[part - 1] as Range
      const nearest = wordPlaces(source, form, parts[part] as Part, previous.end).next().value
      complete = nearest !== undefined && fits(source, previous, nearest, parts[part] as Part)
      if (nearest) ranges[part] = nearest
    }
    if (complete) yield { ranges, remarks: remarksOn(source, form, parts, ranges) }
  }
}

/** All places of one part from an offset of the source on, at whole words. */
function* wordPlaces(
  source: string,
  form: NormalForm,
  part: Part,
  from: number,
): Generator<Range, undefined> {
  const { folded } = part.form
  for (let at = form.folded.indexOf(folded); at >= 0; at = form.folded.indexOf(folded, at + 1)) {
    const start = form.starts[at] ?? 0
    const end = form.ends[at + folded.length - 1] ?? 0
    if (start >= from && isWholeWords(source, start, end)) yield { start, end }
  }
}

function hasCapital(text: string): boolean {
  return /\p{Lu}/u.test(text.replace(/\b(?:I|He|She|It|They|We|You|The|This|That)\b/g, ''))
}

/** True if what stands in the source between two parts may be what the gap in the quotation says. */
function fits(source: string, before: Range, after: Range, part: Part): boolean {
  if (part.gap?.kind !== 'insertion') return true
  const replaced = source.slice(before.end, after.start)
  return (
    replaced.length <= insertionReach &&
    !/[\n[\]]/.test(replaced) &&
    !(hasCapital(replaced) && hasCapital(part.gap.text)) &&
    hasNegation(replaced) === hasNegation(part.gap.text) &&
    !/\p{N}/u.test(replaced + part.gap.text)
  )
}

function remarksOn(
  source: string,
  form: NormalForm,
  parts: readonly Part[],
  ranges: readonly Range[],
): readonly string[] {
  const remarks: string[] = []
  const otherCase = parts.some((part, index) => {
    const { start, end } = ranges[index] as Range
    const from = form.starts.indexOf(start)
    return form.text.slice(from, form.ends.lastIndexOf(end) + 1) !== part.form.text
  })
  for (const [index, part] of parts.entries()) {
    const previous = ranges[index - 1]
    if (part.after) remarks.push(`“[${part.after}]” is put in by whoever quotes.`)
    if (!previous && part.gap?.kind === 'insertion') {
      remarks.push(`“[${part.gap.text}]” is put in by whoever quotes.`)
    }
    if (!part.gap || !previous) continue
    const between = source.slice(previous.end, ranges[index]?.start).replace(/\s+/g, ' ').trim()
    if (part.gap.kind === 'insertion') {
      remarks.push(
        between
          ? `“[${part.gap.text}]” stands for “${between}”.`
          : `“[${part.gap.text}]” is put in by whoever quotes.`,
      )
    } else {
      const remark = omissionRemark(between)
      if (remark) remarks.push(remark)
    }
  }
  if (otherCase) remarks.push('Some letters are in another case than in the source.')
  return remarks
}

/** After how many words of the quotation something is left out by its own account. */
function omissionsIn(pieces: readonly Piece[]): ReadonlySet<number> {
  const after = new Set<number>()
  let words = 0
  for (const piece of pieces) {
    if (piece.gap?.kind === 'insertion') words += hashesOf(piece.gap.text).length
    if (piece.gap?.kind === 'omission') after.add(words)
    words += hashesOf(piece.text.normalize('NFC')).length
  }
  return after
}

/** The words of a place, widened to whole words. */
function sourceOf(index: WordIndex, place: ClosePlace) {
  const text = regionText(index, place.region)
  const { start, end } = rangeIn(text, place)
  const [from, to] = wholeWords(text, start, end)
  const split = toPassages(index, place.region, [{ start: from, end: to }])
  return { ...split, source: text.slice(from, to) }
}

/** A quotation from its first word to its last. */
function trimmed(quotation: string): string {
  return quotation.replace(/^[^\p{L}\p{N}[]+|[^\p{L}\p{N}\p{M}\]]+$/gu, '')
}

/** Splits ranges of a region's text into ranges of its passages; passages without any fall away. */
function toPassages(index: WordIndex, region: Region, ranges: readonly Range[]) {
  const passages: Passage[] = []
  const split: Range[][] = []
  let offset = 0
  for (let number = region.first; number <= region.last; number += 1) {
    const passage = index.passages[number] as Passage
    const own = ranges.flatMap(({ start, end }) => {
      const from = Math.max(0, start - offset)
      const to = Math.min(passage.text.length, end - offset)
      return from < to ? [{ start: from, end: to }] : []
    })
    if (own.length > 0) {
      passages.push(passage)
      split.push(own)
    }
    offset += passage.text.length + 1
  }
  return { passages, ranges: split }
}

/** The whole sentences that the ranges touch, with the ranges as their marks. */
function excerptsOf(
  passages: readonly Passage[],
  ranges: readonly (readonly Range[])[],
): readonly Excerpt[] {
  return passages.map((passage, number) => {
    const marks = ranges[number] ?? []
    const [from, to] = [marks[0]?.start ?? 0, marks.at(-1)?.end ?? passage.text.length]
    const touched = passage.sentences.filter(({ start, end }) => start < to && from < end)
    const start = Math.min(from, touched[0]?.start ?? from)
    const end = Math.max(to, touched.at(-1)?.end ?? to)
    const text = passage.text.slice(start, end)
    return { passage, start, end: start + text.trimEnd().length, marks }
  })
}
