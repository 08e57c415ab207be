import { parseArgs } from 'node:util'
import { grown } from './bench/grown-corpus.ts'
import { evaluateQuotes } from './citation/evaluation.ts'
import { readKnowledge } from './knowledge/read.ts'
import { OperatorError, runProgram } from './problem.ts'
import { type Dataset, half, readDataset } from './search/evaluation/dataset.ts'
import { type EngineName, engines } from './search/evaluation/engines.ts'
import {
  articleByArticle,
  evaluateByArticle,
  evaluateTogether,
  type Figures,
} from './search/evaluation/evaluate.ts'
import { progress } from './search/evaluation/progress.ts'
import { evaluateQuestions, readQuestions, withHints } from './search/evaluation/questions.ts'
import { questionReport, report } from './search/evaluation/table.ts'
import { openLibrary } from './search/library.ts'

const usage = `Measures the ranking, the excerpts and the judge on sets of judged questions.

  npm run eval -- DIR… [--by-article] [--engine NAME,…|all] [--half a|b] [--limit N]
              [--grow N] [--json]
  npm run eval -- --questions FILE [--knowledge DIR] [--hints N] [--json]
  npm run eval -- quotes [DIR] …     measures the check of quotations; see quotes --help

DIR holds corpus.jsonl, queries.jsonl and qrels/test.tsv (the BEIR layout).

  --by-article   ask each question of its own article alone, and of another one for the judge
  --engine       ${Object.keys(engines).join(', ')}, or all; footnote unless told
  --half         only one half of the articles, chosen by a hash of their names
  --limit        about so many questions of each set, evenly spread
  --grow         as many passages, grown from the set's text: see src/bench/grown-corpus.ts
  --questions    a YAML list of { question, article, paragraphs: [4, 5] }, [] for no answer
  --knowledge    where the articles are; knowledge unless told
  --hints        as if each paragraph had its first N hints alone, to see what hints are worth
  --json         for machines: with DIR… a list with one object for each set and engine (the
                 fields of Figures in src/search/evaluation/evaluate.ts), with --questions one
                 object (ReaderFigures in src/search/evaluation/questions.ts)
`

async function main(): Promise<void> {
  if (process.argv[2] === 'quotes') return evaluateQuotes(process.argv.slice(3))
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'by-article': { type: 'boolean', default: false },
      engine: { type: 'string', default: 'footnote' },
      half: { type: 'string' },
      limit: { type: 'string' },
      grow: { type: 'string' },
      questions: { type: 'string' },
      knowledge: { type: 'string', default: 'knowledge' },
      hints: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help || (positionals.length === 0 && values.questions === undefined)) {
    console.log(usage)
    return
  }
  if (values.questions !== undefined && positionals.length > 0) {
    throw new OperatorError('Give folders or --questions, not both.')
  }
  if (values.questions !== undefined) {
    const found = await readKnowledge(values.knowledge)
    const knowledge =
      values.hints === undefined ? found : withHints(found, wholeNumber('hints', values.hints, 0))
    const questions = await readQuestions(values.questions, knowledge)
    const figures = evaluateQuestions(openLibrary(knowledge), questions)
    console.log(values.json ? JSON.stringify(figures, null, 2) : questionReport(figures))
    return
  }
  const names = engineNames(values.engine)
  const all: Figures[] = []
  for (const folder of positionals) {
    const whole = await readDataset(folder)
    for (const warning of whole.warnings) console.error(warning)
    const halved = values.half === undefined ? whole : half(whole, halfNamed(values.half))
    const thin =
      values.limit === undefined ? halved : thinned(halved, wholeNumber('limit', values.limit))
    const dataset = values.grow === undefined ? thin : grown(thin, wholeNumber('grow', values.grow))
    if (dataset.questions.length === 0) {
      throw new OperatorError(`${folder} has no question that is judged: see qrels/test.tsv.`)
    }
    const figures = names.map((engine) => {
      const count = progress(
        `${dataset.name}, ${engine}`,
        questionCount(dataset, values['by-article']),
      )
      const measure = values['by-article'] ? evaluateByArticle : evaluateTogether
      const measured = measure(dataset, engine, count.step)
      count.done()
      return measured
    })
    all.push(...figures)
    if (!values.json) console.log(`${report(figures)}\n`)
  }
  if (values.json) console.log(JSON.stringify(all, null, 2))
}

function questionCount(dataset: Dataset, byArticle: boolean): number {
  return byArticle
    ? articleByArticle(dataset).reduce((sum, { own }) => sum + own.length, 0)
    : dataset.questions.length
}

function engineNames(given: string): readonly EngineName[] {
  const known = Object.keys(engines) as EngineName[]
  if (given === 'all') return known
  return given.split(',').map((name) => {
    const found = known.find((one) => one === name.trim())
    if (!found) {
      throw new OperatorError(`--engine ${name}: choose of ${known.join(', ')}, or all.`)
    }
    return found
  })
}

function halfNamed(given: string): 'a' | 'b' {
  if (given === 'a' || given === 'b') return given
  throw new OperatorError(`--half ${given}: choose a or b.`)
}

function wholeNumber(option: string, given: string, least = 1): number {
  const number = Number(given)
  if (Number.isInteger(number) && number >= least && number <= 1_000_000) return number
  throw new OperatorError(`--${option} ${given}: give a whole number from ${least} to 1000000.`)
}

/** About `count` questions, evenly spread over the set; the passages stay. */
function thinned(dataset: Dataset, count: number): Dataset {
  const stride = Math.max(1, dataset.questions.length / count)
  const questions = dataset.questions.filter(
    (_, index) => Math.floor(index / stride) !== Math.floor((index - 1) / stride),
  )
  return { ...dataset, questions }
}

await runProgram(main)
