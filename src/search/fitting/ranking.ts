import { passagesOf } from '../../knowledge/article.ts'
import { openCandidates } from '../candidates.ts'
import { buildCorpus, type Corpus } from '../corpus.ts'
import { holdsAnswer } from '../evaluation/answer-strings.ts'
import { articleOf, byDoc } from '../evaluation/articles.ts'
import type { Dataset, DatasetQuestion } from '../evaluation/dataset.ts'
import { judgementsOf, type ReaderQuestion } from '../evaluation/questions.ts'
import { type Evidence, FEATURES, type FeatureName, HINT_FEATURES } from '../evidence.ts'
import { keysToSeek } from '../library.ts'
import { analyse, indexSynonyms, type SynonymIndex } from '../question.ts'
import { rank } from '../ranking.ts'
import { solved } from './equations.ts'

/** One question's candidate sentences. */
export type Example = {
  readonly set: string
  readonly doc: string
  readonly text: string
  readonly values: Float32Array
  readonly passage: Uint32Array
  readonly sentence: Uint32Array
  /** Rows that answer: sentences of the gold passage that hold an answer string, else all of it. */
  readonly positive: Uint8Array
  /** Rows of the gold passage. */
  readonly gold: Uint8Array
  /** Rows of any passage that hold an answer string. */
  readonly holds: Uint8Array
  readonly corpus: Corpus
}

const WIDTH = FEATURES.length
/** Passages below this rank hardly ever hold the answer; leaving them out makes fitting quick. */
const KEPT = 16

/**
 * Set by hand: hardly a question of the sets asks what somebody should do, and they have no headings;
 * the readers' article has eight, too few to learn from.
 */
const BY_HAND: readonly FeatureName[] = ['adviceFits', 'heading']

const columnsOf = (wanted: (name: FeatureName) => boolean): readonly number[] =>
  FEATURES.flatMap((name, column) => (wanted(name) ? [column] : []))

/** The columns that the sets teach, and those that readers' questions do: the sets have no hints. */
export const TEXT_COLUMNS = columnsOf(
  (name) => !HINT_FEATURES.includes(name) && !BY_HAND.includes(name),
)
export const READER_COLUMNS = columnsOf((name) => HINT_FEATURES.includes(name))

/** A set's questions asked of each article alone and, if wanted, of all together. */
export function examplesOf(dataset: Dataset, withTogether: boolean): Example[] {
  const groups = [...byDoc(dataset.passages)]
  const synonyms = indexSynonyms([])
  const questionsOf = (doc: string) =>
    dataset.questions.filter((question) => question.doc === doc && question.judgements.size > 0)
  const articles = groups.map(([, members], number) =>
    articleOf(`doc-${number}`, members[0]?.title ?? '', members),
  )
  const examples = groups.flatMap(([doc, members], number) => {
    const article = articles[number]
    if (!article || members.length < 5) return []
    const library = opened(buildCorpus([article]), synonyms)
    const ids = members.map(({ id }) => id)
    return questionsOf(doc).map((question) =>
      exampleOf(`${dataset.name} by article`, doc, library, ids, question),
    )
  })
  if (!withTogether) return examples
  const library = opened(buildCorpus(articles), synonyms)
  const ids = groups.flatMap(([, members]) => members.map(({ id }) => id))
  const together = groups.flatMap(([doc]) =>
    questionsOf(doc).map((question) =>
      exampleOf(`${dataset.name} one library`, doc, library, ids, question),
    ),
  )
  return [...examples, ...together]
}

/** Readers' questions that their article answers, asked of a library. */
export function readerExamples(
  corpus: Corpus,
  synonyms: SynonymIndex,
  questions: readonly ReaderQuestion[],
): Example[] {
  const library = opened(corpus, synonyms)
  const ids = corpus.articles.flatMap((article) => passagesOf(article).map(({ id }) => id))
  return questions.flatMap((one) => {
    const { question: text, article } = one
    const judgements = judgementsOf(one)
    if (judgements.size === 0) return []
    return [exampleOf('readers', article, library, ids, { text, answers: [], judgements })]
  })
}

type Opened = {
  readonly corpus: Corpus
  readonly synonyms: SynonymIndex
  readonly candidates: ReturnType<typeof openCandidates>
}

function opened(corpus: Corpus, synonyms: SynonymIndex): Opened {
  return { corpus, synonyms, candidates: openCandidates(corpus, 0, corpus.passages.length) }
}

/** @param ids the set's id of each passage of the library */
function exampleOf(
  set: string,
  doc: string,
  { corpus, synonyms, candidates }: Opened,
  ids: readonly string[],
  asked: Pick<DatasetQuestion, 'text' | 'answers' | 'judgements'>,
): Example {
  const question = analyse(asked.text, corpus, synonyms)
  const { ranked, evidence: whole } = rank(corpus, question, candidates.find(keysToSeek(question)))
  const { values, passage, sentence } = rowsOf(
    whole,
    ranked.slice(0, KEPT).flatMap(({ sentences }) => sentences.map(({ row }) => row)),
  )
  const rows = passage.length
  const gold = new Uint8Array(rows)
  const positive = new Uint8Array(rows)
  const holds = new Uint8Array(rows)
  for (let row = 0; row < rows; row++) {
    const p = passage[row] ?? 0
    const found = corpus.passages[p]
    const range = found?.sentences[(sentence[row] ?? 0) - (corpus.passageAt[p] ?? 0)]
    if (!found || !range) continue
    gold[row] = asked.judgements.has(ids[p] ?? '') ? 1 : 0
    holds[row] = holdsAnswer(found.text.slice(range.start, range.end), asked.answers) ? 1 : 0
    positive[row] = (gold[row] ?? 0) & (holds[row] ?? 0)
  }
  return {
    set,
    doc,
    text: asked.text,
    values,
    passage,
    sentence,
    positive: positive.includes(1) ? positive : gold,
    gold,
    holds,
    corpus,
  }
}

function rowsOf(
  { passage, sentence, values }: Evidence,
  rows: readonly number[],
): Pick<Evidence, 'passage' | 'sentence' | 'values'> {
  const kept = new Float32Array(rows.length * WIDTH)
  rows.forEach((row, at) => {
    kept.set(values.subarray(row * WIDTH, (row + 1) * WIDTH), at * WIDTH)
  })
  return {
    passage: Uint32Array.from(rows, (row) => passage[row] ?? 0),
    sentence: Uint32Array.from(rows, (row) => sentence[row] ?? 0),
    values: kept,
  }
}

/** Strength of the penalty on large weights (for standardised features). */
const PENALTY = 2
const NEWTON_STEPS = 20

/**
 * Maximises the likelihood that an answering sentence is chosen among a question's candidates: a
 * conditional logit (McFadden 1974), by Newton's method. Where several sentences answer, the
 * curvature of the choice among them is left out, which keeps the equations positive definite.
 * @param columns the features to fit; the weights of all others stay as they are in `start`
 */
export function fitted(
  examples: readonly Example[],
  columns: readonly number[],
  start: Float64Array,
): Float64Array {
  const usable = examples.filter(({ positive }) => positive.includes(1))
  const penalty = meanSquares(usable).map((square) => PENALTY * square)
  let weights = start
  let here = choicesOf(usable, columns, weights, penalty)
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const change = solved(here.equations)
    let next = weights
    let there = { ...here, likelihood: -Infinity }
    for (let size = 1; size > 1e-3 && there.likelihood < here.likelihood; size /= 2) {
      next = weights.slice()
      for (const [at, column] of columns.entries())
        next[column] = (next[column] ?? 0) + size * (change[at] ?? 0)
      there = choicesOf(usable, columns, next, penalty)
    }
    if (there.likelihood - here.likelihood < 1e-3) break
    weights = next
    here = there
  }
  return weights
}

/** Each feature's mean square over all rows. */
function meanSquares(examples: readonly Example[]): Float64Array {
  const sums = new Float64Array(WIDTH)
  let rows = 0
  for (const { values, passage } of examples) {
    rows += passage.length
    for (let i = 0; i < values.length; i++)
      sums[i % WIDTH] = (sums[i % WIDTH] ?? 0) + (values[i] ?? 0) ** 2
  }
  return sums.map((sum) => sum / rows || 1)
}

/** Rows less likely than this add nothing that counts. */
const UNLIKELY = 1e-5

/** The penalised log-likelihood of some weights, and Newton's equations for a better choice. */
function choicesOf(
  examples: readonly Example[],
  columns: readonly number[],
  weights: Float64Array,
  penalty: Float64Array,
): { readonly likelihood: number; readonly equations: readonly Float64Array[] } {
  const size = columns.length
  let likelihood = 0
  const equations = columns.map((column, at) => {
    const [strength, weight] = [penalty[column] ?? 0, weights[column] ?? 0]
    likelihood -= (strength * weight ** 2) / 2
    const equation = new Float64Array(size + 1)
    equation[at] = strength
    equation[size] = -strength * weight
    return equation
  })
  const add = (values: Float64Array, share: number): void => {
    for (const [at, equation] of equations.entries()) {
      const value = share * (values[at] ?? 0)
      if (value === 0) continue
      for (let other = 0; other < size; other++)
        equation[other] = (equation[other] ?? 0) + value * (values[other] ?? 0)
    }
  }
  const mean = new Float64Array(size)
  const wanted = new Float64Array(size)
  const row = new Float64Array(size)
  for (const example of examples) {
    const { values, positive } = example
    const scores = scoresOf(example, weights)
    const top = scores.reduce((most, score) => Math.max(most, score), -Infinity)
    let all = 0
    let right = 0
    scores.forEach((score, at) => {
      const odds = Math.exp(score - top)
      scores[at] = odds
      all += odds
      if (positive[at]) right += odds
    })
    right = Math.max(right, 1e-12)
    likelihood += Math.log(right / all)
    mean.fill(0)
    wanted.fill(0)
    scores.forEach((odds, at) => {
      const share = odds / all
      const rightShare = positive[at] ? odds / right : 0
      if (share < UNLIKELY && rightShare < UNLIKELY) return
      for (const [place, column] of columns.entries()) {
        const value = values[at * WIDTH + column] ?? 0
        row[place] = value
        mean[place] = (mean[place] ?? 0) + share * value
        wanted[place] = (wanted[place] ?? 0) + rightShare * value
      }
      add(row, share)
    })
    add(mean, -1)
    for (const [at, equation] of equations.entries())
      equation[size] = (equation[size] ?? 0) + (wanted[at] ?? 0) - (mean[at] ?? 0)
  }
  return { likelihood, equations }
}

function scoresOf({ values, passage }: Example, weights: Float64Array): Float64Array {
  const scores = new Float64Array(passage.length)
  for (let row = 0; row < scores.length; row++) {
    let score = 0
    for (let f = 0, o = row * WIDTH; f < WIDTH; f++, o++)
      score += (weights[f] ?? 0) * (values[o] ?? 0)
    scores[row] = score
  }
  return scores
}

/** Gold passage's rank (from 1, or Infinity), and whether the sentence shown holds an answer. */
export function outcome(example: Example, weights: Float64Array) {
  const scores = scoresOf(example, weights)
  const passages = new Map<number, { sum: number; best: number; row: number; gold: boolean }>()
  for (let row = 0; row < scores.length; row++) {
    const p = example.passage[row] ?? 0
    const score = scores[row] ?? 0
    const known = passages.get(p)
    if (!known) {
      passages.set(p, { sum: Math.exp(score), best: score, row, gold: example.gold[row] === 1 })
      continue
    }
    known.sum += Math.exp(score)
    if (score > known.best) {
      known.best = score
      known.row = row
    }
  }
  const ranked = [...passages.values()].sort((a, b) => b.sum - a.sum)
  const rank = ranked.findIndex(({ gold }) => gold) + 1
  return { rank: rank || Infinity, answered: example.holds[ranked[0]?.row ?? -1] === 1, ranked }
}
