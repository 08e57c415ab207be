import type { Article, Passage } from '../knowledge/article.ts'
import type { Place } from './place.ts'

/** Discord's limit on the address of a link. */
const addressLimit = 512

/** Above this many characters an excerpt is named by its first and last words. */
const exactLimit = 300

/** How many words name the start and the end of a long excerpt, in the order they are tried. */
const edgeWords = [4, 3, 5, 6, 8, 2, 12, 16, 1, 24]

/** How many words of context are tried on either side. */
const contextWords = [0, 1, 2, 3, 4, 6, 8, 12, 16, 24]

/**
 * The address of the article with a text fragment that makes a browser scroll to the place and
 * highlight it: https://wicg.github.io/scroll-to-text-fragment/
 *
 * Browsers take the first match; the fragment matches the place alone, or, where that takes more
 * words than fit, the place first. Where no such fragment fits into 512 characters, the address
 * comes without one; an article without an address, or with one that is too long, has no link.
 */
export function deepLink(article: Article, place: Place): string | undefined {
  if (!article.url || article.url.length > addressLimit) return undefined
  const base = article.url.replace(/:~:.*$/s, '')
  const room = addressLimit - base.length - (base.includes('#') ? 0 : 1)
  const directive = textDirective(article, place, room)
  if (!directive) return article.url
  return `${base}${base.includes('#') ? '' : '#'}${directive}`
}

/** One `text=` directive: what stands before, the first words, the last words, what stands after. */
type Terms = {
  readonly prefix: string
  readonly start: string
  readonly end?: string
  readonly suffix: string
}

/** `:~:text=…` of at most `room` characters that leads to the place, if there is one. */
function textDirective(article: Article, place: Place, room: number): string | undefined {
  const document = documentOf(article)
  const [from, to] = trim(place.passage.text, place.start, place.end)
  // Half a surrogate pair cannot be written in an address.
  if (from >= to || /\p{Surrogate}/u.test(place.passage.text)) return undefined
  const words = edgesOf(place.passage.text, article.language)
  const before = contextsBefore(document, place.passage, from, words)
  const after = contextsAfter(document, place.passage, to, words)
  // A term that starts or ends inside a word is found only beside its context.
  const minBefore = words.starts.has(from) ? 0 : 1
  const minAfter = words.ends.has(to) ? 0 : 1
  const target = positionOf(document, place.passage, from, to)

  const contexts = before
    .slice(minBefore)
    .flatMap((prefix) => after.slice(minAfter).map((suffix) => ({ prefix, suffix })))
    .sort((a, b) => a.prefix.length + a.suffix.length - b.prefix.length - b.suffix.length)
  let first: string | undefined
  for (const naming of namings(place.passage.text, from, to, words)) {
    for (const context of contexts) {
      const terms = { ...context, ...naming }
      const directive = writeDirective(terms)
      if (directive.length > room) break
      const match = matchOf(document, target, terms)
      if (match === 'only') return directive
      if (match === 'first') first ??= directive
    }
  }
  return first
}

/** The ways to name a range, best first: in full where it is short, then by its first and last words. */
function* namings(
  text: string,
  from: number,
  to: number,
  words: Edges,
): Generator<{ start: string; end?: string }> {
  if (to - from <= exactLimit) yield { start: text.slice(from, to) }
  const ends = [...words.ends].filter((at) => at > from && at < to)
  const starts = [...words.starts].filter((at) => at > from && at < to).reverse()
  for (const count of edgeWords) {
    const startEnd = ends[count - 1]
    const endStart = starts[count - 1]
    if (startEnd === undefined || endStart === undefined || startEnd >= endStart) continue
    yield { start: text.slice(from, startEnd), end: text.slice(endStart, to) }
  }
}

function writeDirective({ prefix, start, end, suffix }: Terms): string {
  const terms = [start, ...(end ? [end] : [])].map(encodeTerm)
  if (prefix) terms.unshift(`${encodeTerm(prefix)}-`)
  if (suffix) terms.push(`-${encodeTerm(suffix)}`)
  return `:~:text=${terms.join(',')}`
}

/**
 * Percent-encodes a term: all but letters, digits, `.`, `_` and `~`; so also `-`, `,` and `&`, which
 * have a meaning in a directive, and the brackets that would end a link in Markdown.
 */
function encodeTerm(term: string): string {
  return encodeURIComponent(term.replace(/\s+/g, ' ')).replace(
    /[-!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** Where terms may start and end: the word boundaries of Unicode (UAX 29) beside which no space stands. */
type Edges = { readonly starts: ReadonlySet<number>; readonly ends: ReadonlySet<number> }

function edgesOf(text: string, language: string): Edges {
  const starts = new Set<number>()
  const ends = new Set<number>()
  for (const { index, segment } of segmenter(language).segment(text)) {
    if (/^\s/u.test(segment)) continue
    starts.add(index)
    ends.add(index + segment.length)
  }
  return { starts, ends }
}

const segmenters = new Map<string, Intl.Segmenter>()

function segmenter(language: string): Intl.Segmenter {
  const known = segmenters.get(language)
  if (known) return known
  const made = new Intl.Segmenter(language, { granularity: 'word' })
  segmenters.set(language, made)
  return made
}

/** Prefixes of growing length: words of the same paragraph, or, at its start, of the block before it. */
function contextsBefore(document: Document, passage: Passage, from: number, words: Edges) {
  const own = passage.text.slice(0, from)
  if (own.trim()) {
    return contextWords.flatMap((count) => {
      if (count === 0) return ['']
      const start = [...words.starts].filter((at) => at < from).at(-count)
      return start === undefined ? [] : [own.slice(start).trimEnd()]
    })
  }
  const block = document.before.get(passage.id) ?? ''
  const starts = [...edgesOf(block, document.language).starts]
  return contextWords.flatMap((count) => {
    if (count === 0) return ['']
    const start = starts.at(-count)
    return start === undefined ? [] : [block.slice(start).trimEnd()]
  })
}

/** Suffixes of growing length, likewise. */
function contextsAfter(document: Document, passage: Passage, to: number, words: Edges) {
  const own = passage.text.slice(to)
  const block = own.trim() ? passage.text : (document.after.get(passage.id) ?? '')
  const from = own.trim() ? to : 0
  const ends = own.trim()
    ? [...words.ends].filter((at) => at > to)
    : [...edgesOf(block, document.language).ends]
  return contextWords.flatMap((count) => {
    if (count === 0) return ['']
    const end = ends[count - 1]
    return end === undefined ? [] : [block.slice(from, end).trimStart()]
  })
}

/** An article as a browser searches it: its blocks folded, one a line. */
type Document = {
  readonly language: string
  readonly folded: string
  /** Where each passage starts in `folded`. */
  readonly starts: ReadonlyMap<string, number>
  /** The block before and after each passage: a paragraph or a heading. */
  readonly before: ReadonlyMap<string, string>
  readonly after: ReadonlyMap<string, string>
}

type Target = { readonly start: number; readonly end: number }

const documents = new WeakMap<Article, Document>()

function documentOf(article: Article): Document {
  const known = documents.get(article)
  if (known) return known
  const blocks: { text: string; id?: string }[] = [{ text: article.title }]
  for (const section of article.sections) {
    if (section.heading) blocks.push({ text: section.heading })
    for (const passage of section.passages) blocks.push({ text: passage.text, id: passage.id })
  }
  const starts = new Map<string, number>()
  const before = new Map<string, string>()
  const after = new Map<string, string>()
  let folded = ''
  for (const [index, { text, id }] of blocks.entries()) {
    folded += '\n'
    if (id) {
      starts.set(id, folded.length)
      before.set(id, blocks[index - 1]?.text ?? '')
      after.set(id, blocks[index + 1]?.text ?? '')
    }
    folded += fold(text.trim())
  }
  const made = { language: article.language, folded, starts, before, after }
  documents.set(article, made)
  return made
}

function positionOf(document: Document, passage: Passage, from: number, to: number): Target {
  const start = document.starts.get(passage.id) ?? 0
  const lead = passage.text.length - passage.text.trimStart().length
  return {
    start: start + fold(passage.text.slice(lead, from)).length,
    end: start + fold(passage.text.slice(lead, to)).length,
  }
}

/**
 * Folds at least what browsers fold when they look for a term (case, accents, quotation marks, soft
 * hyphens, runs of white space), so that what is alone here is alone there. Folds character by
 * character: the fold of a whole is the folds of its parts.
 */
function fold(text: string): string {
  return text
    .replace(/[\u00AD\u200B-\u200F\u2060\uFEFF]/g, '')
    .replace(/\s+/g, ' ')
    .replace(/[\u2018\u2019\u201A\u201B\u05F3]/g, "'")
    .replace(/[\u201C-\u201F\u05F4]/g, '"')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
}

/**
 * Whether the target is the only match of the terms, or the first of several, which is the one that
 * a browser takes. Word boundaries are left out of account, which can only find more matches than a
 * browser does.
 */
function matchOf(document: Document, target: Target, terms: Terms): 'only' | 'first' | undefined {
  const { folded } = document
  const start = fold(terms.start)
  const end = terms.end && fold(terms.end)
  const prefix = fold(terms.prefix)
  const suffix = fold(terms.suffix)
  const precedes = (at: number) => !prefix || folded.slice(0, at).trimEnd().endsWith(prefix)
  const follows = (at: number) => !suffix || folded.slice(at).trimStart().startsWith(suffix)
  let found = false
  for (let at = folded.indexOf(start); at >= 0; at = folded.indexOf(start, at + 1)) {
    if (!precedes(at)) continue
    let matchEnd = at + start.length
    if (end) {
      let endAt = folded.indexOf(end, matchEnd)
      while (endAt >= 0 && !follows(endAt + end.length)) endAt = folded.indexOf(end, endAt + 1)
      if (endAt < 0) continue
      matchEnd = endAt + end.length
    } else if (!follows(matchEnd)) continue
    if (found) return 'first'
    if (at !== target.start || matchEnd !== target.end) return undefined
    found = true
  }
  return found ? 'only' : undefined
}

function trim(text: string, start: number, end: number): [number, number] {
  const slice = text.slice(start, end)
  return [
    start + slice.length - slice.trimStart().length,
    end - (slice.length - slice.trimEnd().length),
  ]
}
