import { type Evidence, FEATURES } from './evidence.ts'
import type { Ranked } from './ranking.ts'

/** Below this confidence the library refuses. */
export const THRESHOLD = 0.5

const COVER = FEATURES.indexOf('passageCover')
const SENTENCE_COVER = FEATURES.indexOf('sentenceCover')
const HINTS = FEATURES.indexOf('hints')
const NAMES = FEATURES.indexOf('namesMissing')

/** The estimate, in [0, 1], that the best passage answers the question. */
export function confidenceIn(ranked: readonly Ranked[], evidence: Evidence): number {
  const best = ranked[0]?.sentences[0]
  if (!best) return 0
  const value = (feature: number): number =>
    evidence.values[best.row * FEATURES.length + feature] ?? 0
  const logit =
    -3.5 + 4 * value(COVER) + 6 * Math.max(value(SENTENCE_COVER), value(HINTS)) - 3 * value(NAMES)
  return 1 / (1 + Math.exp(-logit))
}
