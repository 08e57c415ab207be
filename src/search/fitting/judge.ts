import { passagesOf } from '../../knowledge/article.ts'
import { openCandidates } from '../candidates.ts'
import { buildCorpus, type Corpus } from '../corpus.ts'
import { articleOf, byDoc, withoutGold } from '../evaluation/articles.ts'
import type { Dataset, DatasetPassage, DatasetQuestion } from '../evaluation/dataset.ts'
import type { Judgements } from '../evaluation/metrics.ts'
import { judgementsOf, type ReaderQuestion } from '../evaluation/questions.ts'
import { SIGNS, signsOf } from '../judge.ts'
import { keysToSeek } from '../library.ts'
import { analyse, indexSynonyms, type Kind, type SynonymIndex } from '../question.ts'
import { rank } from '../ranking.ts'
import { solved } from './equations.ts'

/** One ranking to be judged. */
export type Case = {
  readonly set: string
  readonly doc: string
  readonly signs: Float64Array
  /** 1 if the passage ranked first is gold. */
  readonly right: number
  /** Whether any passage answers at all. */
  readonly answerable: boolean
  readonly weight: number
}

/** Ends the names of sets whose questions are written as in a chat. */
export const SMALL = ', small letters'

/** Weight of a ranking whose gold passage was taken out: another one may still answer. */
const TAKEN_OUT = 0.2
/** Weight of a question with one of its words exchanged. */
const CHANGED = 0.08
/** Weight of a question that asks for another kind of thing: the text may tell that too. */
const OTHER_KIND = 0.05
/** The same where no number with such a unit stands near, so that it cannot. */
const OTHER_UNIT = 0.3
/** Weight of a reader's question: there are few of them, and they alone meet hints. */
const READER = 1
/** What a ranking that misses counts for where the text does answer: refusing it is no gain. */
const ANSWERABLE = 0.95

/** What a question was asked of. */
type Asking = {
  readonly set: string
  readonly doc: string
  readonly corpus: Corpus
  readonly synonyms: SynonymIndex
  readonly candidates: readonly number[]
}

/**
 * A question as a case, and once more in small letters without its question mark: readers in a chat
 * write "how old is kim jong un".
 * @param gold the passages that answer; none where the text has no answer
 */
function casesOfOne(
  { set, doc, corpus, synonyms, candidates }: Asking,
  asked: string,
  gold: ReadonlySet<number>,
  weight: number,
): Case[] {
  const small = asked.toLowerCase().replace(/\?$/, '')
  const written = [
    ['', asked],
    [SMALL, small],
  ] as const
  return written.flatMap(([suffix, text]) => {
    const question = analyse(text, corpus, synonyms)
    const { ranked, evidence } = rank(corpus, question, candidates)
    const signs = signsOf(corpus, question, ranked, evidence)
    if (!signs) return []
    return [
      {
        set: `${set}${suffix}`,
        doc,
        signs,
        right: gold.has(ranked[0]?.passage ?? -1) ? 1 : gold.size > 0 ? ANSWERABLE : 0,
        answerable: gold.size > 0,
        weight: weight === OTHER_KIND && lacksUnit(signs) ? OTHER_UNIT : weight,
      },
    ]
  })
}

const NONE: ReadonlySet<number> = new Set()

/** Own, foreign and stripped rankings of each article, and of a set's questions without answer. */
export function casesOf(dataset: Dataset): Case[] {
  const groups = [...byDoc(dataset.passages)]
  const large = groups.filter(([, members]) => members.length >= 5)
  if (large.length === 0) return casesTogether(dataset, groups)
  return large.flatMap(([doc, members], index) => {
    const own = dataset.questions.filter((question) => question.doc === doc)
    const ids = members.map(({ id }) => id)
    const other = large[(index + 1) % large.length]?.[0]
    const foreign = dataset.questions.filter((question) => question.doc === other)
    const asking = (set: string, kept: readonly DatasetPassage[]): Asking => ({
      set: `${dataset.name} by article${set}`,
      doc,
      corpus: buildCorpus([articleOf('doc', members[0]?.title ?? '', kept)]),
      synonyms: indexSynonyms([]),
      candidates: kept.map((_, at) => at),
    })
    const whole = asking('', members)
    const of = (set: string): Asking => ({ ...whole, set: `${whole.set}${set}` })
    return [
      ...own.flatMap((question) => {
        const changed = oneWordChanged(question, whole.corpus, foreign)
        return [
          ...casesOfOne(whole, question.text, goldIn(ids, question.judgements), 1),
          ...(changed ? casesOfOne(of(', one word changed'), changed, NONE, CHANGED) : []),
          ...casesOfOne(
            of(', another kind asked'),
            anotherKindAsked(question, whole.corpus),
            NONE,
            OTHER_KIND,
          ),
        ]
      }),
      ...withoutGold(members, own).flatMap(([kept, without]) => {
        const rest = asking(', gold taken out', kept)
        return without.flatMap(({ text }) => casesOfOne(rest, text, NONE, TAKEN_OUT))
      }),
      ...foreign.flatMap(({ text }) => casesOfOne(whole, text, NONE, 1)),
    ]
  })
}

/** The questions of a set of small articles, asked of all of them together. */
function casesTogether(
  { name, questions }: Dataset,
  groups: readonly (readonly [string, readonly DatasetPassage[]])[],
): Case[] {
  const corpus = buildCorpus(
    groups.map(([, members], at) => articleOf(`doc-${at}`, members[0]?.title ?? '', members)),
  )
  const ids = groups.flatMap(([, members]) => members.map(({ id }) => id))
  const judged = questions.map((question) => ({ ...question, doc: question.id }))
  return casesIn(
    { set: `${name} one library`, corpus, synonyms: indexSynonyms([]) },
    ids,
    judged,
    1,
  )
}

/** Readers' questions, asked of a library. */
export function readerCases(
  set: string,
  corpus: Corpus,
  synonyms: SynonymIndex,
  questions: readonly ReaderQuestion[],
): Case[] {
  const ids = corpus.articles.flatMap((article) => passagesOf(article).map(({ id }) => id))
  const judged = questions.map((one) => {
    return { doc: one.question, text: one.question, judgements: judgementsOf(one) }
  })
  return casesIn({ set, corpus, synonyms }, ids, judged, READER)
}

/** @param ids the name that the judgements give each passage of the library */
function casesIn(
  library: Pick<Asking, 'set' | 'corpus' | 'synonyms'>,
  ids: readonly string[],
  questions: readonly {
    readonly doc: string
    readonly text: string
    readonly judgements: Judgements
  }[],
  weight: number,
): Case[] {
  const { corpus, synonyms } = library
  const candidates = openCandidates(corpus, 0, corpus.passages.length)
  return questions.flatMap(({ doc, text, judgements }) => {
    const found = candidates.find(keysToSeek(analyse(text, corpus, synonyms)))
    return casesOfOne({ ...library, doc, candidates: found }, text, goldIn(ids, judgements), weight)
  })
}

/** The places of the passages that answer. */
function goldIn(ids: readonly string[], judgements: Judgements): ReadonlySet<number> {
  return new Set(ids.flatMap((id, at) => (judgements.has(id) ? [at] : [])))
}

/**
 * A near miss: the question with its weightiest or second weightiest word exchanged for one that the
 * library does not hold, from a question on something else.
 */
function oneWordChanged(
  asked: DatasetQuestion,
  corpus: Corpus,
  donors: readonly DatasetQuestion[],
): string | undefined {
  const { terms, words } = analyse(asked.text, corpus, new Map())
  const known = terms.filter(({ id, number }) => id >= 0 && !number)
  known.sort((a, b) => b.weight - a.weight)
  const lost = known[asked.text.length % Math.min(2, known.length)]
  const place = lost && words[lost.position]
  if (!lost || !place || donors.length === 0) return undefined
  for (let turn = 0; turn < 20; turn++) {
    const donor = donors[(asked.text.length * 31 + turn) % donors.length]
    const given = analyse(donor?.text ?? '', corpus, new Map())
    const word = given.terms.find(
      (term) => term.id < 0 && term.capital === lost.capital && !term.number,
    )
    const at = word && given.words[word.position]
    if (!at || !donor) continue
    const exchanged = donor.text.slice(at.start, at.end)
    return asked.text.slice(0, place.start) + exchanged + asked.text.slice(place.end)
  }
  return undefined
}

const UNIT_MISSING = SIGNS.indexOf('unitMissing')

/** Whether a question names a quantity, and the sentences shown hold none with such a unit. */
function lacksUnit(signs: Float64Array): boolean {
  return signs[UNIT_MISSING] === 1
}

/** How a question begins that asks for each kind. */
const BEGINNINGS: readonly (readonly [Kind, string])[] = [
  ['time', 'When'],
  ['number', 'How many years'],
  ['place', 'Where'],
  ['number', 'How much money'],
  ['person', 'Who'],
  ['number', 'How old'],
]

/** A near miss: the question asks when instead of who, or how many instead of where. */
function anotherKindAsked(asked: DatasetQuestion, corpus: Corpus): string {
  const { kind } = analyse(asked.text, corpus, new Map())
  const others = BEGINNINGS.filter(([other]) => other !== kind)
  const [, beginning] = others[asked.text.length % others.length] ?? ['', '']
  const rest = asked.text.replace(
    /^.*?\b(?:who|whom|whose|when|where|why|how (?:many|much) \w+|how \w+|(?:what|which) (?!is|are|was|were|did|do|does)\w+|what|which)\b/i,
    '',
  )
  return `${beginning}${rest}`
}

/** The confidence that some weights give. */
export function probability(signs: Float64Array, weights: Float64Array): number {
  let logit = weights[SIGNS.length] ?? 0
  for (let i = 0; i < signs.length; i++) logit += (weights[i] ?? 0) * (signs[i] ?? 0)
  return 1 / (1 + Math.exp(-logit))
}

/** Strength of the penalty on large weights, for signs of variance 1. */
const JUDGE_PENALTY = 1e-4
const NEWTON_STEPS = 20

/** Logistic regression with a small penalty, by Newton's method; the bias stands last. */
export function logistic(cases: readonly Case[]): Float64Array {
  const size = SIGNS.length + 1
  const total = cases.reduce((sum, { weight }) => sum + weight, 0)
  const penalty = SIGNS.map((_, i) => JUDGE_PENALTY * variance(cases, i))
  const weights = new Float64Array(size)
  const row = new Float64Array(size).fill(1)
  for (let step = 0; step < NEWTON_STEPS; step++) {
    // The equations `curvature · change = gradient`, the gradient standing in the last column.
    const rows = Array.from({ length: size }, (_, i) => {
      const equation = new Float64Array(size + 1)
      equation[i] = penalty[i] ?? 1e-9
      equation[size] = -(penalty[i] ?? 0) * (weights[i] ?? 0)
      return equation
    })
    for (const { signs, right, weight } of cases) {
      row.set(signs)
      const p = probability(signs, weights)
      const push = ((right - p) * weight) / total
      const curve = (p * (1 - p) * weight) / total
      rows.forEach((equation, i) => {
        const value = row[i] ?? 0
        for (let j = 0; j < size; j++) {
          equation[j] = (equation[j] ?? 0) + curve * value * (row[j] ?? 0)
        }
        equation[size] = (equation[size] ?? 0) + push * value
      })
    }
    solved(rows).forEach((change, i) => {
      weights[i] = (weights[i] ?? 0) + change
    })
  }
  return weights
}

function variance(cases: readonly Case[], sign: number): number {
  let [sum, squares] = [0, 0]
  for (const { signs } of cases) {
    sum += signs[sign] ?? 0
    squares += (signs[sign] ?? 0) ** 2
  }
  return squares / cases.length - (sum / cases.length) ** 2
}
