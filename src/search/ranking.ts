import type { Corpus } from './corpus.ts'
import { COLUMN, type Evidence, FEATURES, gatherEvidence } from './evidence.ts'
import type { Question } from './question.ts'
import { RANKING } from './weights.ts'

/** A passage with its sentences' scores, log-odds up to a constant of the question. */
export type Ranked = {
  readonly passage: number
  readonly score: number
  /** Whether a hint says nearly what the question says. */
  readonly hinted: boolean
  /** Best first; `row` is the sentence's row of the evidence. */
  readonly sentences: readonly {
    readonly sentence: number
    readonly score: number
    readonly row: number
  }[]
}

/** Likeness of hint and question above which they ask the same. */
const HINTED = 0.75

const WEIGHTS = Float64Array.from(FEATURES, (name) => RANKING[name] ?? 0)

/**
 * Orders the candidates that were looked at sentence by sentence, best first. A sentence's score is
 * a weighted sum of its evidence; a passage's is the logarithm of the sum of its sentences'
 * exponentials: the model gives each sentence a probability of being the answer, and a passage has
 * that of all its sentences.
 */
export function rank(
  corpus: Corpus,
  question: Question,
  candidates: readonly number[],
): { readonly ranked: readonly Ranked[]; readonly evidence: Evidence } {
  const evidence = gatherEvidence(corpus, question, candidates)
  const ranked: Ranked[] = []
  let row = 0
  while (row < evidence.passage.length) {
    const passage = evidence.passage[row] ?? 0
    const sentences: { sentence: number; score: number; row: number }[] = []
    for (; row < evidence.passage.length && evidence.passage[row] === passage; row++) {
      let score = 0
      const offset = row * WEIGHTS.length
      for (let f = 0; f < WEIGHTS.length; f++) {
        score += (WEIGHTS[f] ?? 0) * (evidence.values[offset + f] ?? 0)
      }
      sentences.push({ sentence: evidence.sentence[row] ?? 0, score, row })
    }
    sentences.sort((a, b) => b.score - a.score || a.sentence - b.sentence)
    const top = sentences[0]?.score ?? 0
    let sum = 0
    for (const { score } of sentences) sum += Math.exp(score - top)
    const hints = evidence.values[(row - 1) * WEIGHTS.length + COLUMN.hints] ?? 0
    ranked.push({ passage, score: top + Math.log(sum), hinted: hints > HINTED, sentences })
  }
  ranked.sort((a, b) => b.score - a.score || a.passage - b.passage)
  return { ranked, evidence }
}
