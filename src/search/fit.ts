import { parseArgs } from 'node:util'
import type { Article } from '../knowledge/article.ts'
import { articleFrom } from '../knowledge/passage.ts'
import { openCandidates } from './candidates.ts'
import { buildCorpus, type Corpus } from './corpus.ts'
import { holdsAnswer } from './evaluation/answer-strings.ts'
import { byDoc, withoutGold } from './evaluation/articles.ts'
import {
  type Dataset,
  type DatasetQuestion,
  type Half,
  half,
  readDataset,
} from './evaluation/dataset.ts'
import { type Evidence, FEATURES } from './evidence.ts'
import { SIGNS, signsOf } from './judge.ts'
import { keysToSeek } from './library.ts'
import { analyse, indexSynonyms, type Kind } from './question.ts'
import { rank } from './ranking.ts'

const usage = `Fits the ranking's weights to judged questions and prints them.

  npm run fit -- DIR… [--half a|b] [--folds 6] [--together] [--judge] [--errors SET]

Prints the cross-validated share of questions whose gold passage, and whose gold sentence, comes
first (each article is ranked with weights that never saw it), then the weights fitted on all.

  --together   also asks each set as one library
  --judge      fits the judge instead, with the ranking's weights as they stand
  --errors     shows what was missed in the sets whose name ends so
`

/** One question's candidate sentences. */
type Example = {
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

/** One ranking to be judged. */
type Case = {
  readonly set: string
  readonly doc: string
  readonly signs: Float64Array
  /** 1 if the passage ranked first is gold. */
  readonly right: number
  /** Whether any passage answers at all. */
  readonly answerable: boolean
  readonly weight: number
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      half: { type: 'string' },
      folds: { type: 'string', default: '6' },
      errors: { type: 'string' },
      together: { type: 'boolean', default: false },
      judge: { type: 'boolean', default: false },
    },
  })
  if (positionals.length === 0) {
    console.log(usage)
    return
  }
  const examples: Example[] = []
  const cases: Case[] = []
  for (const folder of positionals) {
    const all = await readDataset(folder)
    const dataset =
      values.half === 'a' || values.half === 'b' ? half(all, values.half as Half) : all
    if (values.judge) cases.push(...casesOf(dataset))
    else examples.push(...examplesOf(dataset, values.together))
  }
  const folds = Number(values.folds)
  if (values.judge) {
    fitJudge(cases, folds)
    return
  }
  const docs = [...new Set(examples.map(({ doc }) => doc))].sort()
  const foldOf = new Map(docs.map((doc, index) => [doc, index % folds]))
  const tested: { example: Example; weights: Float64Array }[] = []
  for (let fold = 0; fold < folds; fold++) {
    const weights = fitted(examples.filter(({ doc }) => foldOf.get(doc) !== fold))
    for (const example of examples) {
      if (foldOf.get(example.doc) === fold) tested.push({ example, weights })
    }
  }
  for (const set of new Set(examples.map((example) => example.set))) {
    report(
      set,
      tested.filter(({ example }) => example.set === set),
    )
  }
  if (values.errors)
    showErrors(tested.filter(({ example }) => example.set.endsWith(values.errors ?? '')))
  const weights = fitted(examples)
  console.log()
  FEATURES.forEach((name, index) => {
    console.log(`  ${name}: ${(weights[index] ?? 0).toFixed(3)},`)
  })
}

/** A set's questions asked of each article alone, of all together, and with hints. */
function examplesOf(dataset: Dataset, withTogether: boolean): Example[] {
  const groups = byDoc(dataset.passages)
  const together: Example[] = []
  const articles: Article[] = []
  const goldIds: string[] = []
  const examples: Example[] = []
  const questionsOf = new Map<string, DatasetQuestion[]>()
  for (const question of dataset.questions) {
    if (question.judgements.size === 0 || question.doc === undefined) continue
    questionsOf.set(question.doc, [...(questionsOf.get(question.doc) ?? []), question])
  }
  let number = 0
  for (const [doc, members] of groups) {
    const make = (hints: ReadonlyMap<string, readonly string[]>) =>
      articleFrom({
        id: `doc-${number}`,
        title: members[0]?.title ?? '',
        sections: [
          { paragraphs: members.map(({ id, text }) => ({ text, hints: hints.get(id) ?? [] })) },
        ],
      })
    number++
    const article = make(new Map())
    articles.push(article)
    goldIds.push(...members.map(({ id }) => id))
    if (members.length < 5) continue
    const ids = members.map(({ id }) => id)
    const questions = questionsOf.get(doc) ?? []
    const alone = buildCorpus([article])
    for (const question of questions) {
      examples.push(exampleOf(`${dataset.name} by article`, doc, alone, ids, question))
    }
    // Readers' hints are questions too: half of a paragraph's questions serve as its hints, and the
    // other half is asked.
    const hints = new Map<string, string[]>()
    const asked: DatasetQuestion[] = []
    for (const question of questions) {
      const [gold] = question.judgements.keys()
      const given = hints.get(gold ?? '') ?? []
      if (given.length < 2) hints.set(gold ?? '', [...given, question.text])
      else asked.push(question)
    }
    const hinted = buildCorpus([make(hints)])
    for (const question of asked) {
      examples.push(exampleOf(`${dataset.name} with hints`, doc, hinted, ids, question))
    }
  }
  if (!withTogether) return examples
  const corpus = buildCorpus(articles)
  for (const [doc, questions] of questionsOf) {
    for (const question of questions) {
      together.push(exampleOf(`${dataset.name} one library`, doc, corpus, goldIds, question))
    }
  }
  return [...examples, ...together]
}

const candidatesOf = new WeakMap<Corpus, ReturnType<typeof openCandidates>>()

function exampleOf(
  set: string,
  doc: string,
  corpus: Corpus,
  ids: readonly string[],
  asked: DatasetQuestion,
): Example {
  let candidates = candidatesOf.get(corpus)
  if (!candidates) {
    candidates = openCandidates(corpus, 0, corpus.passages.length)
    candidatesOf.set(corpus, candidates)
  }
  const question = analyse(asked.text, corpus, indexSynonyms([]))
  const { ranked, evidence: whole } = rank(corpus, question, candidates.find(keysToSeek(question)))
  const evidence = rowsOf(
    whole,
    ranked.slice(0, KEPT).flatMap(({ sentences }) => sentences.map(({ row }) => row)),
  )
  const rows = evidence.passage.length
  const gold = new Uint8Array(rows)
  const positive = new Uint8Array(rows)
  const holds = new Uint8Array(rows)
  let any = false
  for (let row = 0; row < rows; row++) {
    const p = evidence.passage[row] ?? 0
    const passage = corpus.passages[p]
    const range = passage?.sentences[(evidence.sentence[row] ?? 0) - (corpus.passageAt[p] ?? 0)]
    if (!passage || !range) continue
    gold[row] = asked.judgements.has(ids[p] ?? '') ? 1 : 0
    holds[row] = holdsAnswer(passage.text.slice(range.start, range.end), asked.answers) ? 1 : 0
    if (gold[row] && holds[row]) {
      positive[row] = 1
      any = true
    }
  }
  const { values, passage, sentence } = evidence
  return {
    set,
    doc,
    text: asked.text,
    values,
    passage,
    sentence,
    positive: any ? positive : gold,
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
const EPOCHS = 6
const BATCH = 32
const RATE = 0.03

/**
 * Maximises the likelihood that the answering sentence is chosen among a question's candidates: a
 * conditional logit (McFadden 1974), by Adam (Kingma and Ba 2015).
 */
function fitted(examples: readonly Example[]): Float64Array {
  const usable = examples.filter(({ positive }) => positive.includes(1))
  const scale = new Float64Array(WIDTH)
  let rows = 0
  for (const { values, passage } of usable) {
    rows += passage.length
    for (let i = 0; i < values.length; i++)
      scale[i % WIDTH] = (scale[i % WIDTH] ?? 0) + (values[i] ?? 0) ** 2
  }
  for (let f = 0; f < WIDTH; f++) scale[f] = Math.sqrt((scale[f] ?? 0) / rows) || 1
  const weights = new Float64Array(WIDTH)
  const mean = new Float64Array(WIDTH)
  const square = new Float64Array(WIDTH)
  let step = 0
  const steps = EPOCHS * Math.ceil(usable.length / BATCH)
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const order = shuffled(usable.length, epoch)
    for (let from = 0; from < usable.length; from += BATCH) {
      step++
      const gradient = new Float64Array(WIDTH)
      const batch = order.slice(from, from + BATCH)
      for (const index of batch) addGradient(usable[index] as Example, weights, gradient)
      const rate = RATE * (1 - step / steps) + RATE / 50
      for (let f = 0; f < WIDTH; f++) {
        const s = scale[f] ?? 1
        const penalty = (PENALTY * (weights[f] ?? 0) * s) / usable.length
        const g = (gradient[f] ?? 0) / s / batch.length - penalty
        mean[f] = 0.9 * (mean[f] ?? 0) + 0.1 * g
        square[f] = 0.999 * (square[f] ?? 0) + 0.001 * g * g
        const m = (mean[f] ?? 0) / (1 - 0.9 ** step)
        const v = (square[f] ?? 0) / (1 - 0.999 ** step)
        weights[f] = (weights[f] ?? 0) + (rate * m) / (Math.sqrt(v) + 1e-8) / s
      }
    }
  }
  return weights
}

/** The numbers below `count` in an order that is the same on every machine. */
function shuffled(count: number, seed: number): readonly number[] {
  const order = Array.from({ length: count }, (_, index) => index)
  let state = seed + 1
  for (let i = count - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const j = state % (i + 1)
    const swap = order[i] ?? 0
    order[i] = order[j] ?? 0
    order[j] = swap
  }
  return order
}

function addGradient(example: Example, weights: Float64Array, gradient: Float64Array): void {
  const { values, positive } = example
  const scores = scoresOf(example, weights)
  let top = -Infinity
  for (const score of scores) if (score > top) top = score
  let all = 0
  let right = 0
  for (let row = 0; row < scores.length; row++) {
    const e = Math.exp((scores[row] ?? 0) - top)
    scores[row] = e
    all += e
    if (positive[row]) right += e
  }
  if (right < 1e-12) right = 1e-12
  for (let row = 0; row < scores.length; row++) {
    const e = scores[row] ?? 0
    const push = (positive[row] ? e / right : 0) - e / all
    if (push > -1e-6 && push < 1e-6) continue
    for (let f = 0, o = row * WIDTH; f < WIDTH; f++, o++) {
      gradient[f] = (gradient[f] ?? 0) + push * (values[o] ?? 0)
    }
  }
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
function outcome(example: Example, weights: Float64Array) {
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

function report(set: string, tested: readonly { example: Example; weights: Float64Array }[]): void {
  let [first, three, reciprocal, answered] = [0, 0, 0, 0]
  for (const { example, weights } of tested) {
    const { rank, answered: holds } = outcome(example, weights)
    if (rank === 1) first++
    if (rank <= 3) three++
    if (rank <= 10) reciprocal += 1 / rank
    if (holds) answered++
  }
  const share = (count: number) => (count / tested.length).toFixed(4)
  console.log(
    `${set} (${tested.length}): hit@1 ${share(first)} hit@3 ${share(three)} MRR@10 ${share(reciprocal)} sentence@1 ${share(answered)}`,
  )
}

function showErrors(tested: readonly { example: Example; weights: Float64Array }[]): void {
  for (const { example, weights } of tested) {
    const { rank, ranked } = outcome(example, weights)
    if (rank === 1) continue
    const textOf = (row: number) => {
      const p = example.passage[row] ?? 0
      const passage = example.corpus.passages[p]
      const range =
        passage?.sentences[(example.sentence[row] ?? 0) - (example.corpus.passageAt[p] ?? 0)]
      return passage?.text.slice(range?.start, range?.end)
    }
    const positive = example.positive.indexOf(1)
    console.log(
      `\nQ ${example.text} [rank ${rank}]\n  gold: ${textOf(positive)}\n  ours: ${textOf(ranked[0]?.row ?? 0)}`,
    )
  }
}

/** Ends the names of sets whose questions are written as in a chat. */
const SMALL = ', small letters'

/** Own, foreign and stripped rankings of each article, and of a set's questions without answer. */
function casesOf(dataset: Dataset): Case[] {
  const cases: Case[] = []
  const groups = [...byDoc(dataset.passages)]
  const large = groups.filter(([, members]) => members.length >= 5)
  const none = indexSynonyms([])
  const judge = (
    set: string,
    doc: string,
    corpus: Corpus,
    asked: DatasetQuestion,
    candidates: readonly number[],
    gold: ReadonlySet<number>,
    weight: number,
  ): void => {
    // Readers in a chat write "how old is kim jong un".
    const small = asked.text.toLowerCase().replace(/\?$/, '')
    for (const [suffix, text] of [
      ['', asked.text],
      [SMALL, small],
    ] as const) {
      const question = analyse(text, corpus, none)
      const { ranked, evidence } = rank(corpus, question, candidates)
      const signs = signsOf(corpus, question, ranked, evidence)
      if (!signs) continue
      const right = gold.has(ranked[0]?.passage ?? -1) ? 1 : gold.size > 0 ? ANSWERABLE : 0
      const sure = weight === OTHER_KIND && lacksUnit(signs) ? OTHER_UNIT : weight
      cases.push({
        set: `${set}${suffix}`,
        doc,
        signs,
        right,
        answerable: gold.size > 0,
        weight: sure,
      })
    }
  }
  const open = (
    members: (typeof groups)[number][1],
    hints: ReadonlyMap<string, readonly string[]>,
  ) =>
    buildCorpus([
      articleFrom({
        id: 'doc',
        title: members[0]?.title ?? '',
        sections: [
          { paragraphs: members.map(({ id, text }) => ({ text, hints: hints.get(id) ?? [] })) },
        ],
      }),
    ])
  large.forEach(([doc, members], index) => {
    const own = dataset.questions.filter((question) => question.doc === doc)
    const other = large[(index + 1) % large.length]?.[0]
    const foreign = dataset.questions.filter((question) => question.doc === other)
    const hints = new Map<string, string[]>()
    const asked: DatasetQuestion[] = []
    for (const question of own) {
      const [gold] = question.judgements.keys()
      const given = hints.get(gold ?? '') ?? []
      if (given.length < 2) hints.set(gold ?? '', [...given, question.text])
      else asked.push(question)
    }
    for (const [name, corpus, questions] of [
      ['by article', open(members, new Map()), own],
      ['with hints', open(members, hints), asked],
    ] as const) {
      const all = members.map((_, at) => at)
      for (const question of questions) {
        const gold = new Set(all.filter((at) => question.judgements.has(members[at]?.id ?? '')))
        judge(`${dataset.name} ${name}`, doc, corpus, question, all, gold, 1)
        const changed = oneWordChanged(question, corpus, foreign)
        if (changed)
          judge(
            `${dataset.name} ${name}, one word changed`,
            doc,
            corpus,
            changed,
            all,
            new Set(),
            CHANGED,
          )
        judge(
          `${dataset.name} ${name}, another kind asked`,
          doc,
          corpus,
          anotherKindAsked(question, corpus),
          all,
          new Set(),
          OTHER_KIND,
        )
      }
      for (const [kept, without] of withoutGold(members, questions)) {
        const rest = open(kept, name === 'with hints' ? hints : new Map())
        const places = kept.map((_, at) => at)
        for (const question of without) {
          judge(
            `${dataset.name} ${name}, gold taken out`,
            doc,
            rest,
            question,
            places,
            new Set(),
            TAKEN_OUT,
          )
        }
      }
      for (const question of foreign) {
        judge(`${dataset.name} ${name}`, doc, corpus, question, all, new Set(), 1)
      }
    }
  })
  if (large.length === 0) {
    const articles = groups.map(([, members], at) =>
      articleFrom({
        id: `doc-${at}`,
        title: members[0]?.title ?? '',
        sections: [{ paragraphs: members.map(({ text }) => text) }],
      }),
    )
    const ids = groups.flatMap(([, members]) => members.map(({ id }) => id))
    const corpus = buildCorpus(articles)
    const candidates = openCandidates(corpus, 0, corpus.passages.length)
    for (const question of dataset.questions) {
      const seek = keysToSeek(analyse(question.text, corpus, none))
      const gold = new Set(ids.flatMap((id, at) => (question.judgements.has(id) ? [at] : [])))
      judge(
        `${dataset.name} one library`,
        question.id,
        corpus,
        question,
        candidates.find(seek),
        gold,
        1,
      )
    }
  }
  return cases
}

/**
 * A near miss: the question with its weightiest or second weightiest word exchanged for one that the
 * library does not hold, from a question on something else.
 */
function oneWordChanged(
  asked: DatasetQuestion,
  corpus: Corpus,
  donors: readonly DatasetQuestion[],
): DatasetQuestion | undefined {
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
    const text =
      asked.text.slice(0, place.start) +
      donor.text.slice(at.start, at.end) +
      asked.text.slice(place.end)
    return { ...asked, text, judgements: new Map() }
  }
  return undefined
}

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
function anotherKindAsked(asked: DatasetQuestion, corpus: Corpus): DatasetQuestion {
  const { kind } = analyse(asked.text, corpus, new Map())
  const others = BEGINNINGS.filter(([other]) => other !== kind)
  const [, beginning] = others[asked.text.length % others.length] ?? ['', '']
  const rest = asked.text.replace(
    /^.*?\b(?:who|whom|whose|when|where|why|how (?:many|much) \w+|how \w+|(?:what|which) (?!is|are|was|were|did|do|does)\w+|what|which)\b/i,
    '',
  )
  return { ...asked, text: `${beginning}${rest}`, judgements: new Map() }
}

const UNIT_MISSING = SIGNS.indexOf('unitMissing')
/** Weight of a ranking whose gold passage was taken out: another one may still answer. */
const TAKEN_OUT = 0.2
/** Weight of a question with one of its words exchanged. */
const CHANGED = 0.08
/** Weight of a question that asks for another kind of thing: the text may tell that too. */
const OTHER_KIND = 0.05
/** The same where no number with such a unit stands near, so that it cannot. */
const OTHER_UNIT = 0.3
/** The data's hints are other questions on the passage; readers' hints are nearer to what is asked. */
const LEAST_HINTS = 4
/** What a ranking that misses counts for where the text does answer: refusing it is no gain. */
const ANSWERABLE = 0.95

function fitJudge(cases: readonly Case[], folds: number): void {
  const docs = [...new Set(cases.map(({ doc }) => doc))].sort()
  const foldOf = new Map(docs.map((doc, index) => [doc, index % folds]))
  const judged: { item: Case; confidence: number }[] = []
  for (let fold = 0; fold < folds; fold++) {
    const weights = logistic(cases.filter(({ doc }) => foldOf.get(doc) !== fold))
    for (const item of cases) {
      if (foldOf.get(item.doc) === fold)
        judged.push({ item, confidence: probability(item.signs, weights) })
    }
  }
  for (const set of new Set(cases.map((item) => item.set))) {
    const confidences = (of: string, answerable: boolean) =>
      judged
        .filter(({ item }) => item.set === of && item.answerable === answerable)
        .map(({ confidence }) => confidence)
    const none = confidences(set, false)
    const small = set.endsWith(SMALL) ? SMALL : ''
    // Near misses are held against the answerable questions of the same articles.
    const own = confidences(`${set.replace(/,.*/, '')}${small}`, true).sort((a, b) => a - b)
    const at3 = own[Math.floor(0.03 * own.length)] ?? 0
    const below = (group: readonly number[], bar: number) =>
      group.filter((value) => value < bar).length / group.length
    const shares = [0.15, 0.2, 0.25, 0.3].map(
      (bar) => `${bar}: ${below(own, bar).toFixed(3)}/${below(none, bar).toFixed(3)}`,
    )
    console.log(
      `${set} (${own.length} own, ${none.length} not): ROC ${area(own, none).toFixed(4)}, refused at 3 % ${below(none, at3).toFixed(4)} (bar ${at3.toFixed(3)})\n  own refused/others refused at ${shares.join('  ')}`,
    )
  }
  const weights = logistic(cases)
  console.log(`\n  bias: ${(weights[SIGNS.length] ?? 0).toFixed(3)},`)
  SIGNS.forEach((name, index) => {
    const weight = weights[index] ?? 0
    const printed = name === 'hints' ? Math.max(LEAST_HINTS, weight) : weight
    console.log(`  ${name}: ${printed.toFixed(3)},`)
  })
}

/** The share of pairs of an answerable and another question that are in the right order. */
function area(own: readonly number[], none: readonly number[]): number {
  const both = [
    ...own.map((value) => ({ value, own: 1 })),
    ...none.map((value) => ({ value, own: 0 })),
  ]
  both.sort((a, b) => a.value - b.value)
  let below = 0
  let pairs = 0
  for (const { own: isOwn } of both) {
    if (isOwn) pairs += below
    else below++
  }
  return own.length && none.length ? pairs / own.length / none.length : Number.NaN
}

function probability(signs: Float64Array, weights: Float64Array): number {
  let logit = weights[SIGNS.length] ?? 0
  for (let i = 0; i < signs.length; i++) logit += (weights[i] ?? 0) * (signs[i] ?? 0)
  return 1 / (1 + Math.exp(-logit))
}

/** Strength of the penalty on large weights, for signs of variance 1. */
const JUDGE_PENALTY = 1e-4
const NEWTON_STEPS = 20

/** Logistic regression with a small penalty, by Newton's method; the bias stands last. */
function logistic(cases: readonly Case[]): Float64Array {
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

/** Solves linear equations by Gauss's elimination; each row ends with its right side. */
function solved(rows: readonly Float64Array[]): Float64Array {
  const size = rows.length
  const left = [...rows]
  for (let i = 0; i < size; i++) {
    let pivot = i
    for (let r = i + 1; r < size; r++) {
      if (Math.abs(left[r]?.[i] ?? 0) > Math.abs(left[pivot]?.[i] ?? 0)) pivot = r
    }
    const chosen = left[pivot] as Float64Array
    left[pivot] = left[i] as Float64Array
    left[i] = chosen
    for (let r = 0; r < size; r++) {
      const equation = left[r] as Float64Array
      if (r === i) continue
      const factor = (equation[i] ?? 0) / (chosen[i] || 1)
      for (let c = i; c <= size; c++) equation[c] = (equation[c] ?? 0) - factor * (chosen[c] ?? 0)
    }
  }
  return Float64Array.from(left, (equation, i) => (equation[size] ?? 0) / (equation[i] || 1))
}

await main()
