import { COLUMN, type Evidence, FEATURES, type FeatureName } from './evidence.ts'
import type { Kind, Question } from './question.ts'
import type { Ranked } from './ranking.ts'
import { JUDGE, JUDGE_BIAS } from './weights.ts'

/** What speaks for the best sentence as an answer at all. */
export const SIGNS = [
  'score',
  'lead',
  'passageCover',
  'sentenceCover',
  'withPrevious',
  'hints',
  'heaviestMissing',
  'weightMissing',
  'unknownWords',
  'namesMissing',
  'fewWords',
  'topic',
  'passageBm25',
  'sentenceBm25',
  'kindred',
  'kindMissing',
  'kindFar',
] as const

export type SignName = (typeof SIGNS)[number]

/** Below this confidence the library refuses: `docs/ranking.md` shows what other values give. */
export const THRESHOLD = 0.2

/** Where the evidence says that a sentence holds the kind asked for, and how near the question's words. */
const KIND_EVIDENCE: Partial<Record<Kind, { fits: FeatureName; near?: FeatureName }>> = {
  person: { fits: 'personFits' },
  place: { fits: 'placeFits' },
  time: { fits: 'timeFits', near: 'timeNear' },
  number: { fits: 'numberFits', near: 'numberNear' },
}

/** The judge's columns for a ranking, in the order of `SIGNS`. */
export function signsOf(
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
  const known = new Float64Array(question.terms.length)
  for (const { terms, likeness } of question.matches) {
    for (const term of terms) known[term] = Math.max(known[term] ?? 0, likeness)
  }
  let total = 0
  let heaviest = 0
  let missing = 0
  let unknown = 0
  let names = 0
  let topic = 0
  question.terms.forEach((term, index) => {
    total += term.rarity
    const lost = term.rarity * (1 - (met[index] ?? 0))
    heaviest = Math.max(heaviest, lost)
    missing += lost
    if (term.capital) names += lost
    topic = Math.max(topic, term.frequency)
    if (!known[index]) unknown += term.rarity
  })
  const weight = total || 1
  const signs: Record<SignName, number> = {
    score: first.score / 10,
    lead: Math.min(5, first.score - (ranked[1]?.score ?? first.score - 5)) / 5,
    passageCover: value('passageCover'),
    sentenceCover: value('sentenceCover'),
    withPrevious: value('sentenceCover') + value('previousAdds'),
    hints: Math.max(0, value('hints') - 0.4),
    heaviestMissing: heaviest / 5,
    weightMissing: missing / 10,
    unknownWords: unknown / weight,
    namesMissing: names / weight,
    fewWords: 1 / Math.max(3, question.terms.length),
    topic,
    passageBm25: value('passageBm25'),
    sentenceBm25: value('sentenceBm25'),
    kindred: value('passageKindred'),
    kindMissing: kind && !first.sentences.some(({ row }) => at(row, kind.fits) > 0) ? 1 : 0,
    kindFar: kind?.near ? 1 - value(kind.near) : 0,
  }
  return Float64Array.from(SIGNS, (name) => signs[name])
}

/** The estimate, in [0, 1], that the best passage answers the question. */
export function confidenceIn(
  question: Question,
  ranked: readonly Ranked[],
  evidence: Evidence,
): number {
  const signs = signsOf(question, ranked, evidence)
  if (!signs) return 0
  let logit = JUDGE_BIAS
  SIGNS.forEach((name, index) => {
    logit += JUDGE[name] * (signs[index] ?? 0)
  })
  return 1 / (1 + Math.exp(-logit))
}
