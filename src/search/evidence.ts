import { CAPITAL, type Corpus, DATE, FIRST, MONEY, NUMBER, PERCENT, STOP, YEAR } from './corpus.ts'
import { keyOf } from './encoder.ts'
import { isOneOf } from './lexicon.ts'
import { type Hits, hitsIn, type Matcher, matcherOf, meet, placeOf } from './matcher.ts'
import { type Kind, kindAsked, type Question } from './question.ts'
import { RANKING } from './weights.ts'

/**
 * What speaks for a sentence as the answer; each is a column of the model in `weights.ts`. Shares
 * are of the question's weight, BM25 sums are divided by ten.
 */
export const COLUMN = {
  // of the passage that the sentence stands in; these come first
  passageBm25: 0,
  passageLibraryBm25: 1,
  passageCover: 2,
  passageKindred: 3,
  passagePairs: 4,
  rarestInPassage: 5,
  namesInPassage: 6,
  numbersInPassage: 7,
  hints: 8,
  hintsOfKind: 9,
  hintsAdd: 10,
  heading: 11,
  title: 12,
  passageLength: 13,
  // of the sentence
  sentenceBm25: 14,
  sentenceCover: 15,
  sentenceKindred: 16,
  sentencePairs: 17,
  focusInSentence: 18,
  windowCover: 19,
  wideWindowCover: 20,
  rarestInSentence: 21,
  namesInSentence: 22,
  numbersInSentence: 23,
  previousAdds: 24,
  previousAddsToLeaning: 25,
  nextAdds: 26,
  restAdds: 27,
  sentenceLength: 28,
  // whether it holds what is asked for, among words that the question does not hold
  personFits: 29,
  timeFits: 30,
  timeNear: 31,
  numberFits: 32,
  numberNear: 33,
  numberBeforeFocus: 34,
  placeFits: 35,
  classFits: 36,
  reasonFits: 37,
  adviceFits: 38,
  newWords: 39,
} as const

export type FeatureName = keyof typeof COLUMN

export const FEATURES = Object.keys(COLUMN) as readonly FeatureName[]

/** Those that speak of hints. */
export const HINT_FEATURES: readonly FeatureName[] = ['hints', 'hintsOfKind', 'hintsAdd']

const WIDTH = FEATURES.length

/** Evidence on the sentences of some passages: row `r` holds `FEATURES.length` numbers. */
export type Evidence = {
  /** Passage of each row; the rows of a passage stand together. */
  readonly passage: Uint32Array
  /** Sentence of each row, counted through the corpus. */
  readonly sentence: Uint32Array
  readonly values: Float32Array
  /** Candidates that promised too little to be looked at sentence by sentence, best first. */
  readonly rest: readonly number[]
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
const WINDOW = 12
const WIDE_WINDOW = 24
/** So many passages are looked at sentence by sentence. */
const PASSAGES = 32
/** In so many of their sentences the kind of answer is looked for word by word. */
const CLOSELY = 80

const REASON = 'because due since cause caused therefore result thus explain'.split(' ')
const ADVICE = 'should ought must need recommend advise advice urge propose suggest'.split(' ')
const LEANING =
  'this that these those he she it they him her them his its their such here there'.split(' ')

const PASSAGE_COLUMNS = COLUMN.passageLength + 1
const PASSAGE_WEIGHTS = Float64Array.from(
  FEATURES.slice(0, PASSAGE_COLUMNS),
  (name) => RANKING[name],
)
const SENTENCE_WEIGHT = RANKING.sentenceCover + RANKING.windowCover + RANKING.wideWindowCover

/** What is the same for all passages that a question is asked of. */
type Asked = {
  readonly corpus: Corpus
  readonly question: Question
  readonly matcher: Matcher
  /** Of the question's terms. */
  readonly weights: Float64Array
  readonly libraryWeights: Float64Array
  /** Weights of the terms that are names, or numbers; 0 for the others. */
  readonly nameWeights: Float64Array
  readonly numberWeights: Float64Array
  /** Of each term with the next. */
  readonly pairWeights: Float64Array
  readonly total: number
  readonly nameTotal: number
  readonly numberTotal: number
  readonly pairTotal: number
  /** The weightiest term that the library knows. */
  readonly rarest: number
}

function askedOf(corpus: Corpus, question: Question): Asked {
  const { terms } = question
  const weights = Float64Array.from(terms, ({ weight }) => weight)
  const nameWeights = weights.map((weight, i) => (terms[i]?.capital ? weight : 0))
  const numberWeights = weights.map((weight, i) => (terms[i]?.number ? weight : 0))
  const pairWeights = weights.map((weight, i) => Math.min(weight, weights[i + 1] ?? 0))
  let rarest = 0
  for (let i = 0; i < terms.length; i++) {
    if ((terms[i]?.id ?? -1) >= 0 && (weights[i] ?? 0) > (weights[rarest] ?? 0)) rarest = i
  }
  return {
    corpus,
    question,
    matcher: matcherOf(corpus, question),
    weights,
    libraryWeights: Float64Array.from(terms, ({ libraryWeight }) => libraryWeight),
    nameWeights,
    numberWeights,
    pairWeights,
    total: question.weight || 1,
    nameTotal: sumOf(nameWeights) || 1,
    numberTotal: sumOf(numberWeights) || 1,
    pairTotal: sumOf(pairWeights) || 1,
    rarest,
  }
}

/**
 * Looks at all candidates as passages, and at the sentences of those that promise most: a passage
 * that shares little with the question as a whole is not looked at closely.
 */
export function gatherEvidence(
  corpus: Corpus,
  question: Question,
  candidates: readonly number[],
): Evidence {
  const asked = askedOf(corpus, question)
  const hits = hitsIn(corpus, asked.matcher, candidates)
  const passages = passageEvidence(asked, hits, candidates)
  const chosen = mostPromising(passages.promise, PASSAGES)
  const { passageAt } = corpus
  let rows = 0
  for (const c of chosen) {
    const p = candidates[c] ?? 0
    rows += (passageAt[p + 1] ?? 0) - (passageAt[p] ?? 0)
  }
  const passage = new Uint32Array(rows)
  const sentence = new Uint32Array(rows)
  const values = new Float32Array(rows * WIDTH)
  const n = question.terms.length
  let row = 0
  for (const c of chosen) {
    const p = candidates[c] ?? 0
    const s0 = passageAt[p] ?? 0
    const count = (passageAt[p + 1] ?? 0) - s0
    const columns = passages.columns.subarray(c * PASSAGE_COLUMNS, (c + 1) * PASSAGE_COLUMNS)
    for (let s = 0; s < count; s++) {
      passage[row + s] = p
      sentence[row + s] = s0 + s
      values.set(columns, (row + s) * WIDTH)
    }
    const met = passages.met.subarray(c * n, (c + 1) * n)
    sentenceEvidence(asked, hits, hits.from[c] ?? 0, hits.from[c + 1] ?? 0, p, met, values, row)
    row += count
  }
  lookAtKinds(asked, sentence, values)
  asked.matcher.clear()

  const looked = new Set(chosen)
  const rest = candidates.flatMap((_, c) => (looked.has(c) ? [] : [c]))
  rest.sort((a, b) => (passages.promise[b] ?? 0) - (passages.promise[a] ?? 0))
  return {
    passage,
    sentence,
    values,
    rest: rest.map((c) => candidates[c] ?? 0),
    met(p) {
      const c = candidates.indexOf(p)
      return c < 0 ? new Float32Array(n) : passages.met.slice(c * n, (c + 1) * n)
    },
  }
}

type PassageEvidence = {
  /** The columns on passages, candidate by candidate. */
  readonly columns: Float32Array
  /** How well each candidate meets each term. */
  readonly met: Float32Array
  /** What a candidate's best sentence may score, roughly: it decides what is looked at closely. */
  readonly promise: Float64Array
}

function passageEvidence(asked: Asked, hits: Hits, candidates: readonly number[]): PassageEvidence {
  const { corpus, weights, libraryWeights, nameWeights, numberWeights, pairWeights } = asked
  const { total, nameTotal, numberTotal, pairTotal, rarest } = asked
  const { sentenceAt, passageAt, contentWords } = corpus
  const n = weights.length
  const columns = new Float32Array(candidates.length * PASSAGE_COLUMNS)
  const met = new Float32Array(candidates.length * n)
  const promise = new Float64Array(candidates.length)
  const counts = new Float32Array(n)
  const closest = new Float32Array(n)
  const metAt = new Uint32Array(n)
  let stamp = 0
  let ofArticle = -1
  let title = 0
  let ofHeading: Uint32Array = EMPTY
  let heading = 0
  for (let c = 0; c < candidates.length; c++) {
    const p = candidates[c] ?? 0
    const best = c * n
    const s0 = passageAt[p] ?? 0
    const s1 = passageAt[p + 1] ?? 0
    counts.fill(0)
    closest.fill(0)
    let length = 0
    for (let s = s0; s < s1; s++) length += contentWords[s] ?? 0
    let end = 0
    let s = s0
    let here = 0
    let mostHere = 0
    let before = -1
    let beforeAt = 0
    const to = hits.from[c + 1] ?? 0
    for (let h = hits.from[c] ?? 0; h < to; h++) {
      const at = hits.at[h] ?? 0
      const term = hits.term[h] ?? 0
      const alike = hits.likeness[h] ?? 0
      if (at >= end) {
        while (at >= (sentenceAt[s + 1] ?? 0)) s++
        end = sentenceAt[s + 1] ?? 0
        if (here > mostHere) mostHere = here
        here = 0
        stamp++
        before = -1
      }
      if (metAt[term] !== stamp) {
        metAt[term] = stamp
        here += (weights[term] ?? 0) * alike
      }
      if ((met[best + term] ?? 0) < alike) met[best + term] = alike
      counts[term] = (counts[term] ?? 0) + alike
      if (before >= 0 && before === term - 1) {
        const apart = at - beforeAt
        const closeness = apart <= NEAR ? alike / Math.max(1, apart) : 0
        if ((closest[before] ?? 0) < closeness) closest[before] = closeness
      }
      before = term
      beforeAt = at
    }
    if (here > mostHere) mostHere = here

    const norm = K1 * (1 - B + (B * length) / (corpus.averageLength || 1))
    let bm25 = 0
    let libraryBm25 = 0
    let cover = 0
    let kindred = 0
    let names = 0
    let numbers = 0
    let ordered = 0
    for (let i = 0; i < n; i++) {
      const value = met[best + i] ?? 0
      if (value === 0) continue
      const weight = weights[i] ?? 0
      const count = counts[i] ?? 0
      const tf = (count * (K1 + 1)) / (count + norm)
      bm25 += weight * tf
      libraryBm25 += (libraryWeights[i] ?? 0) * tf
      cover += weight * value
      if (value < 1) kindred += weight
      names += (nameWeights[i] ?? 0) * value
      numbers += (numberWeights[i] ?? 0) * value
      ordered += (pairWeights[i] ?? 0) * (closest[i] ?? 0)
    }
    const headingTerms = corpus.headings[p] ?? EMPTY
    if (headingTerms !== ofHeading) {
      ofHeading = headingTerms
      heading = coverOf(asked, headingTerms) / total
    }
    const article = corpus.articleOf[p] ?? 0
    if (article !== ofArticle) {
      ofArticle = article
      title = coverOf(asked, corpus.titles[article] ?? EMPTY) / total
    }
    const o = c * PASSAGE_COLUMNS
    columns[o + COLUMN.passageBm25] = bm25 / 10
    columns[o + COLUMN.passageLibraryBm25] = libraryBm25 / 10
    columns[o + COLUMN.passageCover] = cover / total
    columns[o + COLUMN.passageKindred] = kindred / total
    columns[o + COLUMN.passagePairs] = ordered / pairTotal
    columns[o + COLUMN.rarestInPassage] = met[best + rarest] ?? 0
    columns[o + COLUMN.namesInPassage] = names / nameTotal
    columns[o + COLUMN.numbersInPassage] = numbers / numberTotal
    columns[o + COLUMN.heading] = heading
    columns[o + COLUMN.title] = title
    columns[o + COLUMN.passageLength] = Math.log(1 + length) - 4
    if (corpus.hints[p]?.length) lookAtHints(asked, p, met.subarray(best, best + n), columns, o)
    let sum = (SENTENCE_WEIGHT * mostHere) / total
    for (let f = 0; f < PASSAGE_COLUMNS; f++)
      sum += (PASSAGE_WEIGHTS[f] ?? 0) * (columns[o + f] ?? 0)
    promise[c] = sum
  }
  return { columns, met, promise }
}

/** Places of the largest numbers, in ascending order. */
function mostPromising(promise: Float64Array, most: number): readonly number[] {
  const places = Array.from(promise, (_, place) => place)
  if (places.length <= most) return places
  places.sort((a, b) => (promise[b] ?? 0) - (promise[a] ?? 0) || a - b)
  return places.slice(0, most).sort((a, b) => a - b)
}

// One row a sentence of the passage at hand, one number a term; all questions share this room.
let likeness = new Float32Array(1024)
let frequency = new Float32Array(1024)
let pairs = new Float32Array(1024)

/** Fills the columns on the sentences of one passage, from a row on. */
function sentenceEvidence(
  asked: Asked,
  hits: Hits,
  firstHit: number,
  endHit: number,
  p: number,
  best: Float32Array,
  values: Float32Array,
  firstRow: number,
): void {
  const { corpus, question, weights, nameWeights, numberWeights, pairWeights } = asked
  const { total, nameTotal, numberTotal, pairTotal, rarest } = asked
  const { sentenceAt, passageAt, contentWords, tokens } = corpus
  const { focus } = question
  const n = weights.length
  const s0 = passageAt[p] ?? 0
  const count = (passageAt[p + 1] ?? 0) - s0
  const cells = count * n
  if (cells > likeness.length) {
    likeness = new Float32Array(cells)
    frequency = new Float32Array(cells)
    pairs = new Float32Array(cells)
  } else {
    likeness.fill(0, 0, cells)
    frequency.fill(0, 0, cells)
    pairs.fill(0, 0, cells)
  }
  const leaning = wordClasses(corpus)

  for (let s = 0, h = firstHit; s < count; s++) {
    const end = sentenceAt[s0 + s + 1] ?? 0
    const base = s * n
    const from = h
    let before = -1
    let matched = 0
    for (; h < endHit && (hits.at[h] ?? 0) < end; h++) {
      const term = hits.term[h] ?? 0
      const alike = hits.likeness[h] ?? 0
      const cell = base + term
      if ((likeness[cell] ?? 0) < alike) likeness[cell] = alike
      frequency[cell] = (frequency[cell] ?? 0) + alike
      matched += hits.content[h] ?? 0
      if (before >= 0 && before === term - 1) {
        const apart = (hits.at[h] ?? 0) - (hits.at[h - 1] ?? 0)
        const closeness = apart <= NEAR ? alike / Math.max(1, apart) : 0
        if ((pairs[base + before] ?? 0) < closeness) pairs[base + before] = closeness
      }
      before = term
    }
    const o = (firstRow + s) * WIDTH
    values[o + COLUMN.windowCover] = windowCover(asked, hits, from, h, WINDOW) / total
    values[o + COLUMN.wideWindowCover] = windowCover(asked, hits, from, h, WIDE_WINDOW) / total
    values[o + COLUMN.newWords] = Math.log(1 + (contentWords[s0 + s] ?? 0) - matched) - 2
  }

  for (let s = 0; s < count; s++) {
    const o = (firstRow + s) * WIDTH
    const base = s * n
    const length = contentWords[s0 + s] ?? 0
    let bm25 = 0
    let cover = 0
    let kindred = 0
    let names = 0
    let numbers = 0
    let ordered = 0
    let previousAdds = 0
    let nextAdds = 0
    let restAdds = 0
    const norm = K1 * (1 - SENTENCE_B + (SENTENCE_B * length) / SENTENCE_LENGTH)
    for (let i = 0; i < n; i++) {
      const most = best[i] ?? 0
      if (most === 0) continue
      const weight = weights[i] ?? 0
      const value = likeness[base + i] ?? 0
      const before = s > 0 ? (likeness[base - n + i] ?? 0) : 0
      const after = s + 1 < count ? (likeness[base + n + i] ?? 0) : 0
      if (value > 0) {
        const tf = frequency[base + i] ?? 0
        bm25 += (weight * tf * (K1 + 1)) / (tf + norm)
        cover += weight * value
        if (value < 1) kindred += weight
        names += (nameWeights[i] ?? 0) * value
        numbers += (numberWeights[i] ?? 0) * value
        ordered += (pairWeights[i] ?? 0) * (pairs[base + i] ?? 0)
      }
      if (before > value) previousAdds += weight * (before - value)
      if (after > value) nextAdds += weight * (after - value)
      const window = Math.max(value, before, after)
      if (most > window) restAdds += weight * (most - window)
    }
    const first = tokens[sentenceAt[s0 + s] ?? 0] ?? 0
    values[o + COLUMN.sentenceBm25] = bm25 / 10
    values[o + COLUMN.sentenceCover] = cover / total
    values[o + COLUMN.sentenceKindred] = kindred / total
    values[o + COLUMN.sentencePairs] = ordered / pairTotal
    values[o + COLUMN.focusInSentence] = focus < 0 ? 0 : (likeness[base + focus] ?? 0)
    values[o + COLUMN.rarestInSentence] = likeness[base + rarest] ?? 0
    values[o + COLUMN.namesInSentence] = names / nameTotal
    values[o + COLUMN.numbersInSentence] = numbers / numberTotal
    values[o + COLUMN.previousAdds] = previousAdds / total
    values[o + COLUMN.previousAddsToLeaning] =
      (leaning[first] ?? 0) & LEANS ? previousAdds / total : 0
    values[o + COLUMN.nextAdds] = nextAdds / total
    values[o + COLUMN.restAdds] = restAdds / total
    values[o + COLUMN.sentenceLength] = Math.log(1 + length) - 2.5
  }
}

const EMPTY = new Uint32Array(0)

/** Looks for the kind of answer where the words already speak for a sentence. */
function lookAtKinds(asked: Asked, sentence: Uint32Array, values: Float32Array): void {
  const promise = new Float32Array(sentence.length)
  for (let row = 0; row < promise.length; row++) {
    const o = row * WIDTH
    promise[row] =
      (values[o + COLUMN.passageCover] ?? 0) +
      (values[o + COLUMN.sentenceCover] ?? 0) +
      0.5 * (values[o + COLUMN.previousAdds] ?? 0) +
      (values[o + COLUMN.hints] ?? 0)
  }
  const bar =
    promise.length > CLOSELY ? (promise.slice().sort()[promise.length - CLOSELY] ?? 0) : -1
  for (let row = 0; row < promise.length; row++) {
    const s = sentence[row] ?? 0
    lookBroadly(asked, values, row, s)
    if ((promise[row] ?? 0) > bar) lookClosely(asked, values, row, s)
  }
}

/** Whether a sentence holds the kind of thing that is asked for at all. */
function lookBroadly(asked: Asked, values: Float32Array, row: number, s: number): void {
  const column = KIND_COLUMN[asked.question.kind]
  if (column === undefined) return
  const { corpus, matcher, question } = asked
  const end = corpus.sentenceAt[s + 1] ?? 0
  for (let t = corpus.sentenceAt[s] ?? 0; t < end; t++) {
    if (!isOfKind(question.kind, corpus.flags[t] ?? 0)) continue
    if (placeOf(matcher, corpus.tokens[t] ?? 0) >= 0) continue
    values[row * WIDTH + column] = 1
    return
  }
}

const KIND_COLUMN: Partial<Record<Kind, number>> = {
  person: COLUMN.personFits,
  time: COLUMN.timeFits,
  number: COLUMN.numberFits,
  place: COLUMN.placeFits,
}

function isOfKind(kind: Kind, flag: number): boolean {
  if (kind === 'time') return (flag & (YEAR | DATE)) !== 0
  if (kind === 'number') return (flag & (NUMBER | MONEY | PERCENT)) !== 0
  return (flag & (CAPITAL | FIRST | STOP)) === CAPITAL
}

/** Looks at a sentence word by word: how near to the question's words the kind asked for stands. */
function lookClosely(asked: Asked, values: Float32Array, row: number, s: number): void {
  const { corpus, question, matcher, weights, total } = asked
  const { tokens, flags } = corpus
  const { kind, classes, focus } = question
  const o = row * WIDTH
  const from = corpus.sentenceAt[s] ?? 0
  const to = corpus.sentenceAt[s + 1] ?? 0
  if (kind === 'time' || kind === 'number') {
    let near = 0
    for (let t = from; t < to; t++) {
      const flag = flags[t] ?? 0
      if (flag & STOP || !isOfKind(kind, flag) || placeOf(matcher, tokens[t] ?? 0) >= 0) continue
      let sum = 0
      for (let other = from; other < to; other++) {
        const place = placeOf(matcher, tokens[other] ?? 0)
        if (place < 0) continue
        const weight = (weights[matcher.terms[place] ?? 0] ?? 0) * (matcher.likenesses[place] ?? 0)
        sum += weight / (2 + Math.abs(t - other))
      }
      near = Math.max(near, Math.min(1, (2 * sum) / total))
      if (kind === 'time' || focus < 0) continue
      for (let after = 1; after <= 3 && t + after < to; after++) {
        const place = placeOf(matcher, tokens[t + after] ?? 0)
        if (matcher.terms[place] !== focus) continue
        values[o + COLUMN.numberBeforeFocus] = matcher.likenesses[place] ?? 0
      }
    }
    values[o + (kind === 'time' ? COLUMN.timeNear : COLUMN.numberNear)] = near
  }
  if (kind === 'reason' || kind === 'advice') {
    const table = wordClasses(corpus)
    const [wanted, column] =
      kind === 'reason' ? [REASONS, COLUMN.reasonFits] : [ADVISES, COLUMN.adviceFits]
    for (let t = from; t < to; t++) {
      if ((table[tokens[t] ?? 0] ?? 0) & wanted) values[o + column] = 1
    }
  }
  if (classes.length === 0) return
  const table = classTable(corpus, classes)
  for (let t = from; t < to; t++) {
    const id = tokens[t] ?? 0
    const flag = flags[t] ?? 0
    if (flag & STOP || placeOf(matcher, id) >= 0) continue
    const name = flag & CAPITAL && t + 1 < to && (flags[t + 1] ?? 0) & CAPITAL
    if (
      isOfClass(table, corpus, id, classes) ||
      (name && isNameOfClass(table, corpus, id, tokens[t + 1] ?? 0, classes))
    ) {
      values[o + COLUMN.classFits] = 1
      return
    }
  }
}

/** The largest weight of the question's terms met within `width` words, among some hits. */
function windowCover(asked: Asked, hits: Hits, first: number, end: number, width: number): number {
  const { weights } = asked
  if (best.length < weights.length) best = new Float64Array(weights.length)
  let most = 0
  let reached = first
  for (let from = first; from < end && reached < end; from++) {
    let to = from
    const limit = (hits.at[from] ?? 0) + width
    while (to < end && (hits.at[to] ?? 0) < limit) to++
    // A window that ends where the one before did holds nothing new.
    if (to === reached && from > first) continue
    reached = to
    best.fill(0, 0, weights.length)
    for (let hit = from; hit < to; hit++) {
      const term = hits.term[hit] ?? 0
      const alike = hits.likeness[hit] ?? 0
      if ((best[term] ?? 0) < alike) best[term] = alike
    }
    let sum = 0
    for (let i = 0; i < weights.length; i++) sum += (best[i] ?? 0) * (weights[i] ?? 0)
    if (sum > most) most = sum
  }
  return most
}

let best = new Float64Array(32)

const LEANS = 1
const REASONS = 2
const ADVISES = 4
const wordTables = new WeakMap<Corpus, Uint8Array>()

/** For each term, whether it leans on the sentence before, gives a reason, gives advice. */
function wordClasses(corpus: Corpus): Uint8Array {
  let table = wordTables.get(corpus)
  if (!table) {
    table = new Uint8Array(corpus.words.length)
    for (const [words, bit] of [
      [LEANING, LEANS],
      [REASON, REASONS],
      [ADVICE, ADVISES],
    ] as const) {
      for (const word of words) {
        const id = corpus.vocabulary.get(keyOf(word))
        if (id !== undefined) table[id] = (table[id] ?? 0) | bit
      }
    }
    wordTables.set(corpus, table)
  }
  return table
}

/** Answers already found for the terms and pairs of names of a library, 1 or -1. */
type ClassTable = { readonly terms: Int8Array; readonly names: Map<number, number> }

const classTables = new WeakMap<Corpus, Map<string, ClassTable>>()
const CLASSES_KEPT = 64
const NAMES_KEPT = 50_000

function classTable(corpus: Corpus, classes: readonly number[]): ClassTable {
  let tables = classTables.get(corpus)
  if (!tables) {
    tables = new Map()
    classTables.set(corpus, tables)
  }
  const name = classes.join(' ')
  let table = tables.get(name)
  if (!table) {
    if (tables.size >= CLASSES_KEPT) tables.clear()
    table = { terms: new Int8Array(corpus.vocabulary.size), names: new Map() }
    tables.set(name, table)
  }
  return table
}

/** Whether a term is of one of these WordNet classes; each term is looked up once a class. */
function isOfClass(
  { terms }: ClassTable,
  corpus: Corpus,
  id: number,
  classes: readonly number[],
): boolean {
  if (terms[id] === 0) terms[id] = isOneOf(corpus.words[id] ?? '', classes) ? 1 : -1
  return terms[id] === 1
}

/** The same of two terms side by side. */
function isNameOfClass(
  { names }: ClassTable,
  corpus: Corpus,
  id: number,
  next: number,
  classes: readonly number[],
): boolean {
  const pair = id * corpus.words.length + next
  let known = names.get(pair)
  if (known === undefined) {
    if (names.size >= NAMES_KEPT) names.clear()
    known = isOneOf(`${corpus.words[id]}_${corpus.words[next]}`, classes) ? 1 : -1
    names.set(pair, known)
  }
  return known === 1
}

function sumOf(numbers: Float64Array): number {
  let sum = 0
  for (const number of numbers) sum += number
  return sum
}

// How well some term ids meet each of the question's terms, and how well all hints of a passage do;
// all questions share this room.
let termsMet = new Float64Array(32)
let inHints = new Float64Array(32)

/** The weight of the question's terms that some term ids stand for; leaves in `termsMet` how well. */
function coverOf({ matcher, weights }: Asked, ids: Uint32Array): number {
  if (termsMet.length < weights.length) termsMet = new Float64Array(weights.length)
  termsMet.fill(0, 0, weights.length)
  meet(matcher, ids, termsMet)
  let sum = 0
  for (let i = 0; i < weights.length; i++) sum += (weights[i] ?? 0) * (termsMet[i] ?? 0)
  return sum
}

/**
 * Fills the columns on a passage's hints: how alike the question and the nearest hint are (the
 * geometric mean of what each covers of the other), the same among hints that ask for the same kind
 * of thing, and what all hints together cover beyond the text.
 * @param inText how well the text meets each term
 */
function lookAtHints(
  asked: Asked,
  p: number,
  inText: Float32Array,
  columns: Float32Array,
  o: number,
): void {
  const { corpus, question, matcher, weights, total } = asked
  const n = weights.length
  if (inHints.length < n) inHints = new Float64Array(n)
  inHints.fill(0, 0, n)
  let nearest = 0
  let ofKind = 0
  for (const { ids, rarities, rarity, kind } of hintsOf(corpus, p)) {
    const covered = coverOf(asked, ids)
    if (covered === 0) continue
    for (let i = 0; i < n; i++) inHints[i] = Math.max(inHints[i] ?? 0, termsMet[i] ?? 0)
    let own = 0
    for (let at = 0; at < ids.length; at++) {
      const place = placeOf(matcher, ids[at] ?? 0)
      if (place >= 0) own += (rarities[at] ?? 0) * (matcher.likenesses[place] ?? 0)
    }
    const alikeness = Math.sqrt((covered / total) * (own / rarity))
    nearest = Math.max(nearest, alikeness)
    if (kind === question.kind) ofKind = Math.max(ofKind, alikeness)
  }
  let adds = 0
  for (let i = 0; i < n; i++)
    adds += (weights[i] ?? 0) * Math.max(0, (inHints[i] ?? 0) - (inText[i] ?? 0))
  columns[o + COLUMN.hints] = nearest
  columns[o + COLUMN.hintsOfKind] = ofKind
  columns[o + COLUMN.hintsAdd] = adds / total
}

/** A hint as it is looked at: its terms, how rare each is in the library and all are, its kind. */
type Hint = {
  readonly ids: Uint32Array
  readonly rarities: Float64Array
  readonly rarity: number
  readonly kind: Kind
}

const hintsKept = new WeakMap<Corpus, Map<number, readonly Hint[]>>()

/** The hints of a passage; what is the same for all questions is found out once. */
function hintsOf(corpus: Corpus, p: number): readonly Hint[] {
  let kept = hintsKept.get(corpus)
  if (!kept) {
    kept = new Map()
    hintsKept.set(corpus, kept)
  }
  let hints = kept.get(p)
  if (!hints) {
    hints = (corpus.hints[p] ?? []).map((ids, at): Hint => {
      const rarities = Float64Array.from(ids, (id) =>
        Math.log(1 + corpus.passages.length / ((corpus.frequency[id] ?? 0) + 0.5)),
      )
      const kind = kindAsked(corpus.passages[p]?.hints[at] ?? '')
      return { ids, rarities, rarity: sumOf(rarities), kind }
    })
    kept.set(p, hints)
  }
  return hints
}
