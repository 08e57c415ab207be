import type { Corpus } from './corpus.ts'
import { COLUMN, type Evidence, FEATURES, type FeatureName, HINT_FEATURES } from './evidence.ts'
import { isKnownAs, rarity } from './lexicon.ts'
import { hitsIn, matcherOf, meet } from './matcher.ts'
import { holdsQuantity, quantityOf } from './quantities.ts'
import type { Kind, Question } from './question.ts'
import type { Ranked } from './ranking.ts'
import { JUDGE, JUDGE_BIAS, RANKING } from './weights.ts'

/** What speaks for the best sentence as an answer at all. */
export const SIGNS = [
  'score',
  'lead',
  'passageCover',
  'sentenceCover',
  'hints',
  'hintsOfKind',
  'hintsAdd',
  'hintsMany',
  'weightMissing',
  'unknownWords',
  'topic',
  'passageBm25',
  'sentenceBm25',
  'kindred',
  'kindMissing',
  'kindFar',
  'nounsMissing',
  'strangeNames',
  'heaviestMissing',
  'strangest',
  'unitMissing',
  'informationMet',
] as const

export type SignName = (typeof SIGNS)[number]

/** Below this confidence the library refuses: `docs/ranking.md` shows what other values give. */
export const THRESHOLD = 0.24

/** Where the evidence says that a sentence holds the kind asked for, and how near the question's words. */
const KIND_EVIDENCE: Partial<Record<Kind, { fits: FeatureName; near?: FeatureName }>> = {
  person: { fits: 'personFits' },
  place: { fits: 'placeFits' },
  time: { fits: 'timeFits', near: 'timeNear' },
  number: { fits: 'numberFits', near: 'numberNear' },
}

/** The judge's columns for a ranking, in the order of `SIGNS`. */
export function signsOf(
  corpus: Corpus,
  question: Question,
  ranked: readonly Ranked[],
  evidence: Evidence,
): Float64Array | undefined {
  const first = ranked[0]
  const best = first?.sentences[0]
  if (!first || !best) return undefined
  const at = (row: number, name: FeatureName): number =>
    evidence.values[row * FEATURES.length + COLUMN[name]] ?? 0
  const value = (name: FeatureName): number => at(best.row, name)
  const kind = KIND_EVIDENCE[question.kind]
  const met = evidence.met(first.passage)
  const shown = wordsAround(corpus, first.passage, best.sentence)
  const metHere = metIn(corpus, question, first.passage, shown)
  const known = new Float64Array(question.terms.length)
  for (const { terms, likeness } of question.matches) {
    for (const term of terms) known[term] = Math.max(known[term] ?? 0, likeness)
  }
  let total = 0
  let missing = 0
  let heaviest = 0
  let unknown = 0
  let names = 0
  let nouns = 0
  let strangest = 0
  let information = 0
  let topic = 0
  question.terms.forEach((term, index) => {
    const { word, capital, number } = term
    const strange = 1 - (known[index] ?? 0)
    const lost = term.rarity * (1 - (metHere[index] ?? 0))
    total += term.rarity
    missing += term.rarity * (1 - (met[index] ?? 0))
    heaviest = Math.max(heaviest, lost)
    topic = Math.max(topic, term.frequency)
    if (strange === 1) unknown += term.rarity
    const general = rarity(word)
    strangest = Math.max(strangest, general * strange)
    information += general * (metHere[index] ?? 0)
    if (capital) names += term.rarity * strange
    else if (lost > 0 && !number && isKnownAs(word, 'noun')) nouns += lost
  })
  const weight = total || 1
  const ofHints = HINT_FEATURES.reduce((sum, name) => sum + RANKING[name] * value(name), 0)
  const quantity = quantityOf(question)
  const signs: Record<SignName, number> = {
    // What the hints gave to the score speaks by itself, in signs of its own.
    score: Math.tanh((first.score - ofHints) / 10),
    lead: Math.min(5, first.score - (ranked[1]?.score ?? first.score - 5)) / 5,
    passageCover: value('passageCover'),
    sentenceCover: value('sentenceCover'),
    hints: value('hints'),
    hintsOfKind: value('hintsOfKind'),
    hintsAdd: value('hintsAdd'),
    // Where many questions are known, one unlike all of them more likely has no answer.
    hintsMany: Math.log(1 + (corpus.hints[first.passage]?.length ?? 0)) / 3,
    weightMissing: missing / 10,
    unknownWords: unknown / weight,
    topic,
    passageBm25: value('passageBm25'),
    sentenceBm25: value('sentenceBm25'),
    kindred: value('passageKindred'),
    kindMissing: kind && !first.sentences.some(({ row }) => at(row, kind.fits) > 0) ? 1 : 0,
    kindFar: kind?.near ? 1 - value(kind.near) : 0,
    nounsMissing: nouns / weight,
    strangeNames: names / weight,
    heaviestMissing: (heaviest / 5) ** 2,
    strangest: strangest / 12,
    unitMissing: quantity && !holdsQuantity(corpus, shown.from, shown.to, quantity) ? 1 : 0,
    // "Tell me a joke" has met little where "tell" alone is met, however short it is.
    informationMet: Math.min(1, information / 40),
  }
  return Float64Array.from(SIGNS, (name) => signs[name])
}

/** The words of a sentence of a passage and of the sentences beside it, counted through the corpus. */
function wordsAround(
  { passageAt, sentenceAt }: Corpus,
  passage: number,
  sentence: number,
): { readonly from: number; readonly to: number } {
  const first = Math.max(passageAt[passage] ?? 0, sentence - 1)
  const end = Math.min(passageAt[passage + 1] ?? 0, sentence + 2)
  return { from: sentenceAt[first] ?? 0, to: sentenceAt[end] ?? 0 }
}

/** For each of the question's terms, how well some words of a passage, or its hints, meet it. */
function metIn(
  corpus: Corpus,
  question: Question,
  passage: number,
  { from, to }: { readonly from: number; readonly to: number },
): Float64Array {
  const met = new Float64Array(question.terms.length)
  const matcher = matcherOf(corpus, question)
  const hits = hitsIn(corpus, matcher, [passage])
  for (const hint of corpus.hints[passage] ?? []) meet(matcher, hint, met)
  matcher.clear()
  for (let hit = 0; hit < (hits.from[1] ?? 0); hit++) {
    const at = hits.at[hit] ?? 0
    const term = hits.term[hit] ?? 0
    if (at >= from && at < to) met[term] = Math.max(met[term] ?? 0, hits.likeness[hit] ?? 0)
  }
  return met
}

/** The estimate, in [0, 1], that the best passage answers the question. */
export function confidenceIn(
  corpus: Corpus,
  question: Question,
  ranked: readonly Ranked[],
  evidence: Evidence,
): number {
  const signs = signsOf(corpus, question, ranked, evidence)
  if (!signs) return 0
  let logit = JUDGE_BIAS
  SIGNS.forEach((name, index) => {
    logit += JUDGE[name] * (signs[index] ?? 0)
  })
  return 1 / (1 + Math.exp(-logit))
}
