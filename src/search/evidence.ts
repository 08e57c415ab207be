import { CAPITAL, type Corpus, DATE, FIRST, MONEY, NUMBER, PERCENT, STOP, YEAR } from './corpus.ts'
import { isOneOf } from './lexicon.ts'
import type { Match, Question } from './question.ts'

/**
 * What speaks for a sentence as the answer; each is a column of the model in `weights.ts`. Shares
 * are of the question's weight, BM25 sums are divided by ten.
 */
export const COLUMN = {
  // of the passage that the sentence stands in
  passageBm25: 0,
  passageLibraryBm25: 1,
  passageCover: 2,
  passageKindred: 3,
  passagePairs: 4,
  rarestInPassage: 5,
  namesInPassage: 6,
  numbersInPassage: 7,
  hints: 8,
  hintsExact: 9,
  heading: 10,
  title: 11,
  passageLength: 12,
  // of the sentence
  sentenceBm25: 13,
  sentenceCover: 14,
  sentenceKindred: 15,
  sentencePairs: 16,
  focusInSentence: 17,
  windowCover: 18,
  wideWindowCover: 19,
  rarestInSentence: 20,
  namesInSentence: 21,
  numbersInSentence: 22,
  previousAdds: 23,
  previousAddsToLeaning: 24,
  nextAdds: 25,
  restAdds: 26,
  sentenceLength: 27,
  // whether it holds what is asked for, among words that the question does not hold
  personFits: 28,
  timeFits: 29,
  timeNear: 30,
  numberFits: 31,
  numberNear: 32,
  numberBeforeFocus: 33,
  placeFits: 34,
  classFits: 35,
  reasonFits: 36,
  newWords: 37,
} as const

export type FeatureName = keyof typeof COLUMN

export const FEATURES = Object.keys(COLUMN) as readonly FeatureName[]

const WIDTH = FEATURES.length

/** Evidence on the sentences of some passages: row `r` holds `FEATURES.length` numbers. */
export type Evidence = {
  /** Passage of each row; the rows of a passage stand together. */
  readonly passage: Uint32Array
  /** Sentence of each row, counted through the corpus. */
  readonly sentence: Uint32Array
  readonly values: Float32Array
  /** For each of the question's terms, how well a passage meets it, in [0, 1]. */
  met(passage: number): Float32Array
}

/** BM25's saturation and length constants (Robertson and Zaragoza 2009, section 3.2). */
const K1 = 1.2
const B = 0.7
const SENTENCE_B = 0.3
const SENTENCE_LENGTH = 14
/** Words of the question that stand further apart than this in the text are not near. */
const NEAR = 8

const REASON = new Set(
  'because due since reason cause caused order therefore result thus explain'.split(' '),
)
const LEANING = new Set(
  'this that these those he she it they him her them his its their such here there'.split(' '),
)

/** How the question's terms are met in the text. */
type Matcher = {
  /** For each term id, 0 or the place, from 1, of what it stands for in the two lists below; the
   * highest bit says that phrases begin with it. */
  readonly slots: Uint16Array
  readonly terms: readonly number[]
  readonly likenesses: readonly number[]
  /** Phrases by the term id that they begin with. */
  readonly phrases: ReadonlyMap<number, readonly Match[]>
  /** Gives the slots back: they are shared by all questions to a library. */
  clear(): void
}

const PHRASE = 0x8000
const slotsOf = new WeakMap<Corpus, Uint16Array>()

function matcherOf(corpus: Corpus, question: Question): Matcher {
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

export function gatherEvidence(
  corpus: Corpus,
  question: Question,
  candidates: readonly number[],
): Evidence {
  const { sentenceAt, passageAt, tokens, flags } = corpus
  const { terms, focus } = question
  const n = terms.length
  const matcher = matcherOf(corpus, question)
  const { slots } = matcher
  const windowScratch = new Float64Array(n)
  const hitTerms: number[] = []
  const hitAt: number[] = []
  const hitLikeness: number[] = []
  const weights = Float64Array.from(terms, ({ weight }) => weight)
  const libraryWeights = Float64Array.from(terms, ({ libraryWeight }) => libraryWeight)
  const total = question.weight || 1
  const pairWeights = Float64Array.from({ length: Math.max(0, n - 1) }, (_, i) =>
    Math.min(weights[i] ?? 0, weights[i + 1] ?? 0),
  )
  const pairTotal = pairWeights.reduce((sum, weight) => sum + weight, 0) || 1
  const nameTotal = sumOf(weights, (i) => terms[i]?.capital === true) || 1
  const numberTotal = sumOf(weights, (i) => terms[i]?.number === true) || 1
  let rarest = 0
  for (let i = 0; i < n; i++) {
    if ((terms[i]?.id ?? -1) >= 0 && (weights[i] ?? 0) > (weights[rarest] ?? 0)) rarest = i
  }

  let rows = 0
  for (const p of candidates) rows += (passageAt[p + 1] ?? 0) - (passageAt[p] ?? 0)
  const passage = new Uint32Array(rows)
  const sentence = new Uint32Array(rows)
  const values = new Float32Array(rows * WIDTH)

  // Scratch, one row a sentence of the passage at hand.
  let room = 64
  let likeness = new Float32Array(room * n)
  let frequency = new Float32Array(room * n)
  let pairs = new Float32Array(room * n)
  let lengths = new Float32Array(room)
  let leans = new Uint8Array(room)
  const best = new Float32Array(n)
  const met = new Map<number, Float32Array>()
  const counts = new Float32Array(n)

  let row = 0
  for (const p of candidates) {
    const s0 = passageAt[p] ?? 0
    const count = (passageAt[p + 1] ?? 0) - s0
    if (count === 0) continue
    if (count > room) {
      room = count
      likeness = new Float32Array(room * n)
      frequency = new Float32Array(room * n)
      pairs = new Float32Array(room * n)
      lengths = new Float32Array(room)
      leans = new Uint8Array(room)
    } else {
      likeness.fill(0, 0, count * n)
      frequency.fill(0, 0, count * n)
      pairs.fill(0, 0, count * n)
      lengths.fill(0, 0, count)
    }

    const firstRow = row
    for (let s = 0; s < count; s++, row++) {
      const from = sentenceAt[s0 + s] ?? 0
      const to = sentenceAt[s0 + s + 1] ?? 0
      passage[row] = p
      sentence[row] = s0 + s
      leans[s] = LEANING.has(corpus.words[tokens[from] ?? 0] ?? '') ? 1 : 0
      const o = row * WIDTH
      const base = s * n
      hitTerms.length = 0
      hitAt.length = 0
      hitLikeness.length = 0
      let content = 0
      let fresh = 0
      for (let t = from; t < to; t++) {
        const flag = flags[t] ?? 0
        const id = tokens[t] ?? 0
        if (!(flag & STOP)) content++
        const slot = slots[id] ?? 0
        const place = (slot & ~PHRASE) - 1
        if (place >= 0) {
          hitTerms.push(matcher.terms[place] ?? 0)
          hitAt.push(t)
          hitLikeness.push(matcher.likenesses[place] ?? 0)
        }
        if (slot & PHRASE) {
          for (const { ids, terms: covered, likeness: alike } of matcher.phrases.get(id) ?? []) {
            if (!ids.every((other, offset) => tokens[t + offset] === other)) continue
            for (const term of covered) {
              hitTerms.push(term)
              hitAt.push(t)
              hitLikeness.push(alike)
            }
          }
        }
        if (place >= 0) continue
        if (!(flag & STOP)) fresh++
        if (flag & CAPITAL && !(flag & (FIRST | STOP))) values[o + COLUMN.personFits] = 1
        if (flag & (YEAR | DATE)) values[o + COLUMN.timeFits] = 1
        if (flag & (NUMBER | MONEY | PERCENT)) values[o + COLUMN.numberFits] = 1
      }
      for (let hit = 0; hit < hitTerms.length; hit++) {
        const term = hitTerms[hit] ?? 0
        const alike = hitLikeness[hit] ?? 0
        const cell = base + term
        if ((likeness[cell] ?? 0) < alike) likeness[cell] = alike
        frequency[cell] = (frequency[cell] ?? 0) + alike
        const before = hit > 0 ? (hitTerms[hit - 1] ?? 0) : -1
        if (before < 0 || before !== term - 1) continue
        const apart = (hitAt[hit] ?? 0) - (hitAt[hit - 1] ?? 0)
        const closeness = apart <= NEAR ? alike / Math.max(1, apart) : 0
        if ((pairs[base + before] ?? 0) < closeness) pairs[base + before] = closeness
      }
      lengths[s] = content
      values[o + COLUMN.windowCover] =
        windowCover(12, hitTerms, hitAt, hitLikeness, weights, windowScratch) / total
      values[o + COLUMN.wideWindowCover] =
        windowCover(24, hitTerms, hitAt, hitLikeness, weights, windowScratch) / total
      values[o + COLUMN.newWords] = Math.log(1 + fresh) - 2
    }

    // The passage as a whole.
    best.fill(0)
    counts.fill(0)
    let length = 0
    for (let s = 0; s < count; s++) {
      length += lengths[s] ?? 0
      for (let i = 0; i < n; i++) {
        const value = likeness[s * n + i] ?? 0
        if (value > (best[i] ?? 0)) best[i] = value
        counts[i] = (counts[i] ?? 0) + (frequency[s * n + i] ?? 0)
      }
    }
    met.set(p, best.slice())
    const norm = K1 * (1 - B + (B * length) / (corpus.averageLength || 1))
    let bm25 = 0
    let libraryBm25 = 0
    let cover = 0
    let kindred = 0
    let names = 0
    let numbers = 0
    for (let i = 0; i < n; i++) {
      const weight = weights[i] ?? 0
      const value = best[i] ?? 0
      const tf = ((counts[i] ?? 0) * (K1 + 1)) / ((counts[i] ?? 0) + norm)
      bm25 += weight * tf
      libraryBm25 += (libraryWeights[i] ?? 0) * tf
      cover += weight * value
      if (value > 0 && value < 1) kindred += weight
      if (terms[i]?.capital) names += weight * value
      if (terms[i]?.number) numbers += weight * value
    }
    let ordered = 0
    for (let i = 0; i + 1 < n; i++) {
      let closest = 0
      for (let s = 0; s < count; s++) closest = Math.max(closest, pairs[s * n + i] ?? 0)
      ordered += (pairWeights[i] ?? 0) * closest
    }
    let hints = 0
    for (const hint of corpus.hints[p] ?? [])
      hints = Math.max(hints, alikeness(hint, matcher, weights, total, corpus))
    const heading = coverOf(corpus.headings[p] ?? EMPTY, matcher, weights) / total
    const title =
      coverOf(corpus.titles[corpus.articleOf[p] ?? 0] ?? EMPTY, matcher, weights) / total

    for (let s = 0; s < count; s++) {
      const o = (firstRow + s) * WIDTH
      const base = s * n
      let sentenceBm25 = 0
      let here = 0
      let kindredHere = 0
      let namesHere = 0
      let numbersHere = 0
      let previousAdds = 0
      let nextAdds = 0
      let restAdds = 0
      const sentenceNorm =
        K1 * (1 - SENTENCE_B + (SENTENCE_B * (lengths[s] ?? 0)) / SENTENCE_LENGTH)
      for (let i = 0; i < n; i++) {
        const weight = weights[i] ?? 0
        const value = likeness[base + i] ?? 0
        const before = s > 0 ? (likeness[base - n + i] ?? 0) : 0
        const after = s + 1 < count ? (likeness[base + n + i] ?? 0) : 0
        const tf = frequency[base + i] ?? 0
        sentenceBm25 += (weight * tf * (K1 + 1)) / (tf + sentenceNorm)
        here += weight * value
        if (value > 0 && value < 1) kindredHere += weight
        if (terms[i]?.capital) namesHere += weight * value
        if (terms[i]?.number) numbersHere += weight * value
        if (before > value) previousAdds += weight * (before - value)
        if (after > value) nextAdds += weight * (after - value)
        const window = Math.max(value, before, after)
        if ((best[i] ?? 0) > window) restAdds += weight * ((best[i] ?? 0) - window)
      }
      let orderedHere = 0
      for (let i = 0; i + 1 < n; i++) orderedHere += (pairWeights[i] ?? 0) * (pairs[base + i] ?? 0)
      values[o + COLUMN.passageBm25] = bm25 / 10
      values[o + COLUMN.passageLibraryBm25] = libraryBm25 / 10
      values[o + COLUMN.passageCover] = cover / total
      values[o + COLUMN.passageKindred] = kindred / total
      values[o + COLUMN.passagePairs] = ordered / pairTotal
      values[o + COLUMN.focusInSentence] = focus < 0 ? 0 : (likeness[base + focus] ?? 0)
      values[o + COLUMN.rarestInPassage] = best[rarest] ?? 0
      values[o + COLUMN.namesInPassage] = names / nameTotal
      values[o + COLUMN.numbersInPassage] = numbers / numberTotal
      values[o + COLUMN.hints] = hints
      values[o + COLUMN.hintsExact] = Math.max(0, 2 * hints - 1) ** 2
      values[o + COLUMN.heading] = heading
      values[o + COLUMN.title] = title
      values[o + COLUMN.passageLength] = Math.log(1 + length) - 4
      values[o + COLUMN.sentenceBm25] = sentenceBm25 / 10
      values[o + COLUMN.sentenceCover] = here / total
      values[o + COLUMN.sentenceKindred] = kindredHere / total
      values[o + COLUMN.sentencePairs] = orderedHere / pairTotal
      values[o + COLUMN.rarestInSentence] = likeness[base + rarest] ?? 0
      values[o + COLUMN.namesInSentence] = namesHere / nameTotal
      values[o + COLUMN.numbersInSentence] = numbersHere / numberTotal
      values[o + COLUMN.previousAdds] = previousAdds / total
      values[o + COLUMN.previousAddsToLeaning] = leans[s] ? previousAdds / total : 0
      values[o + COLUMN.nextAdds] = nextAdds / total
      values[o + COLUMN.restAdds] = restAdds / total
      values[o + COLUMN.sentenceLength] = Math.log(1 + (lengths[s] ?? 0)) - 2.5
    }
  }

  // Kinds of answers are looked at closely only where the words already speak for a sentence.
  const promise = new Float32Array(rows)
  for (let r = 0; r < rows; r++) {
    const o = r * WIDTH
    promise[r] =
      (values[o + COLUMN.passageCover] ?? 0) +
      (values[o + COLUMN.sentenceCover] ?? 0) +
      0.5 * (values[o + COLUMN.previousAdds] ?? 0) +
      (values[o + COLUMN.hints] ?? 0)
  }
  const bar = rows > CLOSELY ? (promise.slice().sort()[rows - CLOSELY] ?? 0) : -1
  for (let r = 0; r < rows; r++) {
    lookClosely(
      corpus,
      question,
      matcher,
      weights,
      total,
      values,
      r,
      sentence[r] ?? 0,
      (promise[r] ?? 0) > bar,
    )
  }
  matcher.clear()
  return { passage, sentence, values, met: (p) => met.get(p) ?? new Float32Array(n) }
}

const CLOSELY = 80
const EMPTY = new Uint32Array(0)

/** Fills the columns on the kind of answer, or clears them where the kind is not asked for. */
function lookClosely(
  corpus: Corpus,
  question: Question,
  matcher: Matcher,
  weights: Float64Array,
  total: number,
  values: Float32Array,
  row: number,
  s: number,
  closely: boolean,
): void {
  const o = row * WIDTH
  const { kind, classes } = question
  const named = values[o + COLUMN.personFits] ?? 0
  const timed = values[o + COLUMN.timeFits] ?? 0
  const numbered = values[o + COLUMN.numberFits] ?? 0
  values[o + COLUMN.personFits] = kind === 'person' ? named : 0
  values[o + COLUMN.placeFits] = kind === 'place' ? named : 0
  values[o + COLUMN.timeFits] = kind === 'time' ? timed : 0
  values[o + COLUMN.numberFits] = kind === 'number' ? numbered : 0
  if (!closely) return
  const from = corpus.sentenceAt[s] ?? 0
  const to = corpus.sentenceAt[s + 1] ?? 0
  const hits: number[] = []
  const hitWeights: number[] = []
  for (let t = from; t < to; t++) {
    const place = placeOf(matcher, corpus.tokens[t] ?? 0)
    if (place < 0) continue
    hits.push(t)
    hitWeights.push((weights[matcher.terms[place] ?? 0] ?? 0) * (matcher.likenesses[place] ?? 0))
  }
  const closeness = (t: number): number => {
    let sum = 0
    for (let h = 0; h < hits.length; h++)
      sum += (hitWeights[h] ?? 0) / (2 + Math.abs(t - (hits[h] ?? 0)))
    return Math.min(1, (2 * sum) / total)
  }
  let nearKind = 0
  let classFits = 0
  let reason = 0
  for (let t = from; t < to; t++) {
    const id = corpus.tokens[t] ?? 0
    const flag = corpus.flags[t] ?? 0
    const word = corpus.words[id] ?? ''
    if (kind === 'reason' && REASON.has(word)) reason = 1
    if (placeOf(matcher, id) >= 0 || flag & STOP) continue
    const fits =
      ((kind === 'person' || kind === 'place') && (flag & CAPITAL) !== 0 && !(flag & FIRST)) ||
      (kind === 'time' && (flag & (YEAR | DATE)) !== 0) ||
      (kind === 'number' && (flag & (NUMBER | MONEY | PERCENT)) !== 0)
    if (fits) nearKind = Math.max(nearKind, closeness(t))
    if (fits && kind === 'number' && question.focus >= 0) {
      for (let after = 1; after <= 3 && t + after < to; after++) {
        const place = placeOf(matcher, corpus.tokens[t + after] ?? 0)
        if (matcher.terms[place] !== question.focus) continue
        values[o + COLUMN.numberBeforeFocus] = matcher.likenesses[place] ?? 0
      }
    }
    if (classes.length > 0 && classFits === 0) {
      const next = corpus.tokens[t + 1] ?? 0
      const phrase = flag & CAPITAL && t + 1 < to && (corpus.flags[t + 1] ?? 0) & CAPITAL
      if (
        isOfClass(corpus, id, classes) ||
        (phrase && isOneOf(`${word}_${corpus.words[next]}`, classes))
      ) {
        classFits = 1
      }
    }
  }
  if (kind === 'time') values[o + COLUMN.timeNear] = nearKind
  if (kind === 'number') values[o + COLUMN.numberNear] = nearKind
  values[o + COLUMN.classFits] = classFits
  values[o + COLUMN.reasonFits] = reason
}

/** The largest weight of the question's terms met within `width` words of a sentence. */
function windowCover(
  width: number,
  terms: readonly number[],
  at: readonly number[],
  likeness: readonly number[],
  weights: Float64Array,
  best: Float64Array,
): number {
  let most = 0
  for (let from = 0; from < at.length; from++) {
    best.fill(0)
    for (let hit = from; hit < at.length && (at[hit] ?? 0) - (at[from] ?? 0) < width; hit++) {
      const term = terms[hit] ?? 0
      best[term] = Math.max(best[term] ?? 0, likeness[hit] ?? 0)
    }
    let sum = 0
    for (let i = 0; i < best.length; i++) sum += (best[i] ?? 0) * (weights[i] ?? 0)
    if (sum > most) most = sum
  }
  return most
}

const classTables = new WeakMap<Corpus, Map<string, Int8Array>>()
const CLASSES_KEPT = 64

/** Whether a term is of one of these WordNet classes; each term is looked up once a class. */
function isOfClass(corpus: Corpus, id: number, classes: readonly number[]): boolean {
  let tables = classTables.get(corpus)
  if (!tables) {
    tables = new Map()
    classTables.set(corpus, tables)
  }
  const name = classes.join(' ')
  let table = tables.get(name)
  if (!table) {
    if (tables.size >= CLASSES_KEPT) tables.clear()
    table = new Int8Array(corpus.vocabulary.size)
    tables.set(name, table)
  }
  if (table[id] === 0) table[id] = isOneOf(corpus.words[id] ?? '', classes) ? 1 : -1
  return table[id] === 1
}

/** Where in the matcher's lists a term id stands, or -1. */
function placeOf(matcher: Matcher, id: number): number {
  return ((matcher.slots[id] ?? 0) & ~PHRASE) - 1
}

function sumOf(weights: Float64Array, chosen: (index: number) => boolean): number {
  let sum = 0
  for (let i = 0; i < weights.length; i++) if (chosen(i)) sum += weights[i] ?? 0
  return sum
}

/** The weight of the question's terms that some term ids stand for. */
function coverOf(ids: Uint32Array, matcher: Matcher, weights: Float64Array): number {
  const best = new Map<number, number>()
  for (const id of ids) {
    const place = placeOf(matcher, id)
    if (place < 0) continue
    const term = matcher.terms[place] ?? 0
    best.set(term, Math.max(best.get(term) ?? 0, matcher.likenesses[place] ?? 0))
  }
  let sum = 0
  for (const [term, likeness] of best) sum += (weights[term] ?? 0) * likeness
  return sum
}

/** How alike a hint and the question are: the mean of what each covers of the other. */
function alikeness(
  hint: Uint32Array,
  matcher: Matcher,
  weights: Float64Array,
  total: number,
  corpus: Corpus,
): number {
  const covered = coverOf(hint, matcher, weights)
  if (covered === 0) return 0
  let own = 0
  let met = 0
  for (const id of hint) {
    const weight = Math.log(1 + corpus.passages.length / ((corpus.frequency[id] ?? 0) + 0.5))
    own += weight
    met += weight * (matcher.likenesses[placeOf(matcher, id)] ?? 0)
  }
  return (covered / total + met / (own || 1)) / 2
}
