import { type Corpus, STOP } from './corpus.ts'
import type { Match, Question } from './question.ts'

/** How a question's terms are met in a library's text. */
export type Matcher = {
  /** For each term id, 0 or the place, from 1, of what it stands for in the two lists below; the
   * highest bit says that phrases begin with it. */
  readonly slots: Uint16Array
  /** The question's term, and how well it is met. */
  readonly terms: readonly number[]
  readonly likenesses: readonly number[]
  /** Phrases by the term id that they begin with. */
  readonly phrases: ReadonlyMap<number, readonly Match[]>
  /** Gives the slots back: they are shared by all questions to a library. */
  clear(): void
}

const PHRASE = 0x8000
const slotsOf = new WeakMap<Corpus, Uint16Array>()

export function matcherOf(corpus: Corpus, question: Question): Matcher {
  let slots = slotsOf.get(corpus)
  if (!slots) {
    slots = new Uint16Array(corpus.vocabulary.size + 1)
    slotsOf.set(corpus, slots)
  }
  const table = slots
  const used: number[] = []
  const terms: number[] = []
  const likenesses: number[] = []
  const phrases = new Map<number, Match[]>()
  for (const { ids, terms: covered, likeness } of question.matches) {
    const first = ids[0]
    if (first === undefined) continue
    const slot = table[first] ?? 0
    used.push(first)
    if (ids.length === 1 && covered.length === 1) {
      const place = (slot & ~PHRASE) - 1
      if (place >= 0) {
        if ((likenesses[place] ?? 0) >= likeness) continue
        terms[place] = covered[0] ?? 0
        likenesses[place] = likeness
      } else {
        terms.push(covered[0] ?? 0)
        likenesses.push(likeness)
        table[first] = (slot & PHRASE) | terms.length
      }
    } else {
      const known = phrases.get(first)
      if (known) known.push({ ids, terms: covered, likeness })
      else phrases.set(first, [{ ids, terms: covered, likeness }])
      table[first] = slot | PHRASE
    }
  }
  return {
    slots: table,
    terms,
    likenesses,
    phrases,
    clear() {
      for (const id of used) table[id] = 0
    },
  }
}

/** Where in the matcher's lists a term id stands, or -1. */
export function placeOf(matcher: Matcher, id: number): number {
  return ((matcher.slots[id] ?? 0) & ~PHRASE) - 1
}

/** Raises, for each of the question's terms, how well it is met to what some term ids meet it. */
export function meet(matcher: Matcher, ids: Uint32Array, met: Float32Array | Float64Array): void {
  for (const id of ids) {
    const place = placeOf(matcher, id)
    if (place < 0) continue
    const term = matcher.terms[place] ?? 0
    met[term] = Math.max(met[term] ?? 0, matcher.likenesses[place] ?? 0)
  }
}

/** Where the text meets the question, in reading order within each passage. */
export type Hits = {
  /** Where the hits of the nth passage begin, and the end of the last one's. */
  readonly from: Uint32Array
  /** The question's term. */
  readonly term: Uint16Array
  /** The word, counted through the corpus. */
  readonly at: Uint32Array
  readonly likeness: Float64Array
  /** 1 for a content word that stands for a term by itself, 0 for others and for phrases. */
  readonly content: Uint8Array
}

// Questions are answered one at a time, and the hits of one are not needed by the next: all share
// this room, which grows as needed.
let term = new Uint16Array(4096)
let at = new Uint32Array(4096)
let likeness = new Float64Array(4096)
let content = new Uint8Array(4096)

/** Reads through passages. The lists are overwritten by the next call. */
export function hitsIn(corpus: Corpus, matcher: Matcher, passages: readonly number[]): Hits {
  const { tokens, flags, sentenceAt, passageAt } = corpus
  const { slots, terms, likenesses, phrases } = matcher
  const from = new Uint32Array(passages.length + 1)
  let count = 0
  const add = (which: number, t: number, alike: number, isContent: number): void => {
    if (count === term.length) makeRoom()
    term[count] = which
    at[count] = t
    likeness[count] = alike
    content[count] = isContent
    count++
  }
  for (let n = 0; n < passages.length; n++) {
    const p = passages[n] ?? 0
    from[n] = count
    const places = placesIn(
      tokens,
      slots,
      sentenceAt[passageAt[p] ?? 0] ?? 0,
      sentenceAt[passageAt[p + 1] ?? 0] ?? 0,
    )
    for (let f = 0; f < places; f++) {
      const t = met[f] ?? 0
      const id = tokens[t] ?? 0
      const slot = slots[id] ?? 0
      const place = (slot & ~PHRASE) - 1
      if (place >= 0) {
        const isContent = (flags[t] ?? 0) & STOP ? 0 : 1
        add(terms[place] ?? 0, t, likenesses[place] ?? 0, isContent)
      }
      if ((slot & PHRASE) === 0) continue
      const next = tokens[t + 1]
      for (const { ids, terms: covered, likeness: alike } of phrases.get(id) ?? []) {
        // Most phrases end here, and many begin with words as common as "in".
        if (ids.length > 1 && ids[1] !== next) continue
        if (!ids.every((other, offset) => tokens[t + offset] === other)) continue
        for (const which of covered) add(which, t, alike, 0)
      }
    }
  }
  from[passages.length] = count
  return { from, term, at, likeness, content }
}

let met = new Uint32Array(1024)

/** Collects the words from one place to another that the question may meet. */
function placesIn(tokens: Uint32Array, slots: Uint16Array, from: number, to: number): number {
  if (met.length < to - from) met = new Uint32Array(2 * (to - from))
  const places = met
  let count = 0
  for (let t = from; t < to; t++) {
    places[count] = t
    if (slots[tokens[t] as number] !== 0) count++
  }
  return count
}

function makeRoom(): void {
  const larger = <A extends { length: number; set(other: A): void }>(
    make: new (size: number) => A,
    array: A,
  ): A => {
    const next = new make(array.length * 2)
    next.set(array)
    return next
  }
  term = larger(Uint16Array, term)
  at = larger(Uint32Array, at)
  likeness = larger(Float64Array, likeness)
  content = larger(Uint8Array, content)
}
