import type { FeatureName } from './evidence.ts'

/** The mixing weights of the ranking. */
export const RANKING: Readonly<Record<FeatureName, number>> = {
  passageBm25: 1.5,
  passageCover: 2,
  passagePairs: 1,
  hints: 3,
  heading: 0.5,
  title: 0.5,
  passageLength: 0,
  firstParagraph: 0,
  sentenceBm25: 2,
  sentenceCover: 3,
  sentencePairs: 1,
  coverWithPrevious: 1,
  coverWithNext: 0.5,
  sentenceLength: 0,
  namesMissing: -1,
  personFits: 0.7,
  timeFits: 0.7,
  numberFits: 0.7,
  placeFits: 0.5,
}
