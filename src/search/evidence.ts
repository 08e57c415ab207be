import { CAPITAL, type Corpus, DATE, FIRST, MONEY, NUMBER, PERCENT, STOP, YEAR } from './corpus.ts'
import type { Question } from './question.ts'

/** What speaks for a sentence as the answer; each is a column of the model in `weights.ts`. */
export const FEATURES = [
  'passageBm25',
  'passageCover',
  'passagePairs',
  'hints',
  'heading',
  'title',
  'passageLength',
  'firstParagraph',
  'sentenceBm25',
  'sentenceCover',
  'sentencePairs',
  'coverWithPrevious',
  'coverWithNext',
  'sentenceLength',
  'namesMissing',
  'personFits',
  'timeFits',
  'numberFits',
  'placeFits',
] as const

export type FeatureName = (typeof FEATURES)[number]

/** Evidence on the sentences of some passages: row `r` holds `FEATURES.length` numbers. */
export type Evidence = {
  /** Passage of each row. */
  readonly passage: readonly number[]
  /** Sentence of each row, counted through the corpus. */
  readonly sentence: readonly number[]
  readonly values: Float32Array
}

/** BM25's saturation and length constants, the usual ones (Robertson and Zaragoza 2009). */
const K1 = 1.2
const B = 0.6
const SENTENCE_B = 0.3

export function gatherEvidence(
  corpus: Corpus,
  question: Question,
  candidates: readonly number[],
): Evidence {
  const n = question.terms.length
  const weights = question.terms.map(({ weight }) => weight)
  const total = question.weight || 1
  const single = new Map<number, { term: number; likeness: number }>()
  const phrases = new Map<number, Question['matches'][number][]>()
  for (const match of question.matches) {
    const [first, ...rest] = match.ids
    if (first === undefined) continue
    if (rest.length === 0 && match.terms.length === 1) {
      const known = single.get(first)
      if (!known || known.likeness < match.likeness) {
        single.set(first, { term: match.terms[0] ?? 0, likeness: match.likeness })
      }
    } else phrases.set(first, [...(phrases.get(first) ?? []), match])
  }

  const passage: number[] = []
  const sentence: number[] = []
  const width = FEATURES.length
  let rows = 0
  for (const p of candidates) {
    rows += (corpus.passageAt[p + 1] ?? 0) - (corpus.passageAt[p] ?? 0)
  }
  const values = new Float32Array(rows * width)
  let row = 0
  const averageLength = corpus.averageLength || 1
  const best = new Float32Array(n)
  const counts = new Float32Array(n)

  const coverOf = (ids: ArrayLike<number>): number => {
    let sum = 0
    const found = new Uint8Array(n)
    for (let i = 0; i < ids.length; i++) {
      const hit = single.get(ids[i] ?? -1)
      if (hit && !found[hit.term]) {
        found[hit.term] = 1
        sum += (weights[hit.term] ?? 0) * hit.likeness
      }
    }
    return sum / total
  }

  for (const p of candidates) {
    const s0 = corpus.passageAt[p] ?? 0
    const s1 = corpus.passageAt[p + 1] ?? 0
    const count = s1 - s0
    if (count === 0) continue
    const inSentence = new Float32Array(count * n)
    const tf = new Float32Array(count * n)
    const lengths = new Float32Array(count)
    const pairs = new Float32Array(count * Math.max(0, n - 1))
    const fits = new Uint8Array(count * 4)
    for (let s = s0; s < s1; s++) {
      const at = (s - s0) * n
      const from = corpus.sentenceAt[s] ?? 0
      const to = corpus.sentenceAt[s + 1] ?? 0
      let lastTerm = -1
      let lastPosition = -10
      for (let t = from; t < to; t++) {
        const flag = corpus.flags[t] ?? 0
        const id = corpus.tokens[t] ?? 0
        if (!(flag & STOP)) lengths[s - s0] = (lengths[s - s0] ?? 0) + 1
        const hit = single.get(id)
        const mark = (term: number, likeness: number): void => {
          const cell = at + term
          if ((inSentence[cell] ?? 0) < likeness) inSentence[cell] = likeness
          tf[cell] = (tf[cell] ?? 0) + likeness
        }
        if (hit) {
          mark(hit.term, hit.likeness)
          if (lastTerm === hit.term - 1 && lastTerm >= 0 && t - lastPosition <= 6) {
            const cell = (s - s0) * (n - 1) + lastTerm
            const closeness = 1 / (t - lastPosition)
            if ((pairs[cell] ?? 0) < closeness) pairs[cell] = closeness
          }
          lastTerm = hit.term
          lastPosition = t
        } else {
          const f = (s - s0) * 4
          if (flag & CAPITAL && !(flag & (FIRST | STOP))) fits[f] = 1
          if (flag & (YEAR | DATE)) fits[f + 1] = 1
          if (flag & (NUMBER | MONEY | PERCENT)) fits[f + 2] = 1
        }
        for (const phrase of phrases.get(id) ?? []) {
          if (phrase.ids.every((other, offset) => corpus.tokens[t + offset] === other)) {
            for (const term of phrase.terms) mark(term, phrase.likeness)
          }
        }
      }
    }

    // The passage as a whole.
    best.fill(0)
    counts.fill(0)
    let length = 0
    for (let s = 0; s < count; s++) {
      length += lengths[s] ?? 0
      for (let i = 0; i < n; i++) {
        const value = inSentence[s * n + i] ?? 0
        if (value > (best[i] ?? 0)) best[i] = value
        counts[i] = (counts[i] ?? 0) + (tf[s * n + i] ?? 0)
      }
    }
    let passageBm25 = 0
    let passageCover = 0
    for (let i = 0; i < n; i++) {
      const frequency = counts[i] ?? 0
      passageBm25 +=
        ((weights[i] ?? 0) * frequency * (K1 + 1)) /
        (frequency + K1 * (1 - B + (B * length) / averageLength))
      passageCover += (weights[i] ?? 0) * (best[i] ?? 0)
    }
    let pairTotal = 0
    let passagePairs = 0
    for (let i = 0; i + 1 < n; i++) {
      const pairWeight = Math.min(weights[i] ?? 0, weights[i + 1] ?? 0)
      pairTotal += pairWeight
      let closest = 0
      for (let s = 0; s < count; s++) closest = Math.max(closest, pairs[s * (n - 1) + i] ?? 0)
      passagePairs += pairWeight * closest
    }
    const hintCover = Math.max(0, ...(corpus.hints[p] ?? []).map(coverOf))
    const headingCover = coverOf(corpus.headings[p] ?? [])
    const titleCover = coverOf(corpus.titles[corpus.articleOf[p] ?? 0] ?? [])

    for (let s = 0; s < count; s++) {
      let bm25 = 0
      let cover = 0
      let withPrevious = 0
      let withNext = 0
      let namesMissing = 0
      for (let i = 0; i < n; i++) {
        const weight = weights[i] ?? 0
        const here = inSentence[s * n + i] ?? 0
        const before = s > 0 ? (inSentence[(s - 1) * n + i] ?? 0) : 0
        const after = s + 1 < count ? (inSentence[(s + 1) * n + i] ?? 0) : 0
        const frequency = tf[s * n + i] ?? 0
        bm25 +=
          (weight * frequency * (K1 + 1)) /
          (frequency + K1 * (1 - SENTENCE_B + (SENTENCE_B * (lengths[s] ?? 0)) / 14))
        cover += weight * here
        withPrevious += weight * Math.max(here, before)
        withNext += weight * Math.max(here, after)
        if (question.terms[i]?.capital && (best[i] ?? 0) === 0) namesMissing += weight
      }
      let sentencePairs = 0
      for (let i = 0; i + 1 < n; i++) {
        sentencePairs +=
          Math.min(weights[i] ?? 0, weights[i + 1] ?? 0) * (pairs[s * (n - 1) + i] ?? 0)
      }
      const o = row * width
      passage.push(p)
      sentence.push(s0 + s)
      values[o] = passageBm25 / 10
      values[o + 1] = passageCover / total
      values[o + 2] = pairTotal > 0 ? passagePairs / pairTotal : 0
      values[o + 3] = hintCover
      values[o + 4] = headingCover
      values[o + 5] = titleCover
      values[o + 6] = Math.log(1 + length) - 4
      values[o + 7] = p === (corpus.articleAt[corpus.articleOf[p] ?? 0] ?? 0) ? 1 : 0
      values[o + 8] = bm25 / 10
      values[o + 9] = cover / total
      values[o + 10] = pairTotal > 0 ? sentencePairs / pairTotal : 0
      values[o + 11] = withPrevious / total
      values[o + 12] = withNext / total
      values[o + 13] = Math.log(1 + (lengths[s] ?? 0)) - 2.5
      values[o + 14] = namesMissing / total
      values[o + 15] = question.kind === 'person' ? (fits[s * 4] ?? 0) : 0
      values[o + 16] = question.kind === 'time' ? (fits[s * 4 + 1] ?? 0) : 0
      values[o + 17] = question.kind === 'number' ? (fits[s * 4 + 2] ?? 0) : 0
      values[o + 18] = question.kind === 'place' ? (fits[s * 4] ?? 0) : 0
      row++
    }
  }
  return { passage, sentence, values }
}
