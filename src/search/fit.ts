import { parseArgs } from 'node:util'
import { readKnowledge } from '../knowledge/read.ts'
import { buildCorpus } from './corpus.ts'
import { refusedAt, rocArea } from './evaluation/calibration.ts'
import { type Half, half, readDataset } from './evaluation/dataset.ts'
import { readQuestions, withHints } from './evaluation/questions.ts'
import { FEATURES } from './evidence.ts'
import { type Case, casesOf, logistic, probability, readerCases, SMALL } from './fitting/judge.ts'
import {
  type Example,
  examplesOf,
  fitted,
  outcome,
  READER_COLUMNS,
  readerExamples,
  TEXT_COLUMNS,
} from './fitting/ranking.ts'
import { SIGNS } from './judge.ts'
import { indexSynonyms } from './question.ts'
import { RANKING } from './weights.ts'

const usage = `Fits the ranking's weights to judged questions and prints them.

  npm run fit -- DIR… --questions FILE [--half a|b] [--folds 6] [--together] [--judge] [--errors SET]

Prints the cross-validated share of questions whose gold passage, and whose gold sentence, comes
first (each article is ranked with weights that never saw it), then the weights fitted on all.

  --questions  readers' questions of the articles in knowledge/, which teach the weights of hints and
               are among what the judge learns from
  --together   also asks each set as one library
  --judge      fits the judge instead, with the ranking's weights as they stand
  --errors     shows what was missed in the sets whose name ends so
`

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      questions: { type: 'string' },
      half: { type: 'string' },
      folds: { type: 'string', default: '6' },
      errors: { type: 'string' },
      together: { type: 'boolean', default: false },
      judge: { type: 'boolean', default: false },
    },
  })
  if (positionals.length === 0 || values.questions === undefined) {
    console.log(usage)
    return
  }
  const knowledge = await readKnowledge('knowledge')
  const questions = await readQuestions(values.questions, knowledge)
  const synonyms = indexSynonyms(knowledge.synonyms)
  const datasets = await Promise.all(
    positionals.map(async (folder) => {
      const all = await readDataset(folder)
      return values.half === 'a' || values.half === 'b' ? half(all, values.half as Half) : all
    }),
  )
  const folds = Number(values.folds)
  if (values.judge) {
    const asked = HINTS.flatMap((most) => {
      const corpus = buildCorpus(withHints(knowledge, most).articles)
      return readerCases(`readers with ${most} hints`, corpus, synonyms, questions)
    })
    fitJudge([...datasets.flatMap(casesOf), ...asked], folds)
    return
  }
  const examples = datasets.flatMap((dataset) => examplesOf(dataset, values.together))
  const start = Float64Array.from(FEATURES, (name, column) =>
    TEXT_COLUMNS.includes(column) ? 0 : RANKING[name],
  )
  const foldOf = foldsOf(examples, folds)
  const tested: { example: Example; weights: Float64Array }[] = []
  for (let fold = 0; fold < folds; fold++) {
    const seen = examples.filter(({ doc }) => foldOf.get(doc) !== fold)
    const weights = fitted(seen, TEXT_COLUMNS, start)
    for (const example of examples) {
      if (foldOf.get(example.doc) === fold) tested.push({ example, weights })
    }
  }
  const text = fitted(examples, TEXT_COLUMNS, start)
  const asked = readerExamples(buildCorpus(knowledge.articles), synonyms, questions)
  const weights = fitted(asked, READER_COLUMNS, text)
  tested.push(...asked.map((example) => ({ example, weights })))
  for (const set of new Set(tested.map(({ example }) => example.set))) {
    report(
      set,
      tested.filter(({ example }) => example.set === set),
    )
  }
  if (values.errors)
    showErrors(tested.filter(({ example }) => example.set.endsWith(values.errors ?? '')))
  console.log()
  FEATURES.forEach((name, index) => {
    console.log(`  ${name}: ${(weights[index] ?? 0).toFixed(3)},`)
  })
}

/** The judge meets readers' questions with no more hints a paragraph than these. */
const HINTS = [0, 3, 100]

/** The fold of each article. */
function foldsOf(items: readonly { readonly doc: string }[], folds: number): Map<string, number> {
  const docs = [...new Set(items.map(({ doc }) => doc))].sort()
  return new Map(docs.map((doc, index) => [doc, index % folds]))
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

function fitJudge(cases: readonly Case[], folds: number): void {
  const foldOf = foldsOf(cases, folds)
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
      `${set} (${own.length} own, ${none.length} not): ROC ${rocArea(own, none).toFixed(4)}, refused at 3 % ${refusedAt(0.03, own, none).toFixed(4)} (bar ${at3.toFixed(3)})\n  own refused/others refused at ${shares.join('  ')}`,
    )
  }
  const weights = logistic(cases)
  console.log(`\n  bias: ${(weights[SIGNS.length] ?? 0).toFixed(3)},`)
  SIGNS.forEach((name, index) => {
    console.log(`  ${name}: ${(weights[index] ?? 0).toFixed(3)},`)
  })
}

await main()
