import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { type Dataset, type DatasetQuestion, readDataset } from '../search/evaluation/dataset.ts'
import { type EngineName, engines, type OpenEngine } from '../search/evaluation/engines.ts'
import { hit, mean, quantile } from '../search/evaluation/metrics.ts'
import type { EngineFigures } from './figures.ts'
import { grown } from './grown-corpus.ts'

export type Task = {
  /** A folder in the BEIR layout. */
  readonly folder: string
  readonly engine: EngineName
  readonly passages: number
  readonly questions: number
  /** For the index and the questions together. */
  readonly seconds: number
}

/** Where the process is, and what it knows so far; the last figures count. */
export type Report =
  | { readonly phase: 'making the passages' | 'indexing' | 'asking' }
  | { readonly figures: EngineFigures }

/** Fewer say nothing about a median. */
const fewest = 20
const warmUps = 20
const longMessage = 4_000

async function measure(task: Task, report: (report: Report) => void): Promise<void> {
  const { engine, seconds } = task
  const startup = performance.now()
  report({ phase: 'making the passages' })
  const dataset = grown(await readDataset(task.folder), task.passages)
  const { passages } = dataset
  const inOrder = shuffled(dataset.questions)
  const asked = inOrder.slice(0, task.questions)
  const spare = inOrder.slice(task.questions, task.questions + warmUps)
  const first = spare[0] ?? asked[0]

  const heldBefore = await held()
  report({ phase: 'indexing' })
  const start = performance.now()
  const deadline = start + seconds * 1000
  const startProcessor = processorMs()
  const open = engines[engine](passages) as OpenEngine
  const built = performance.now()
  const buildProcessorSeconds = (processorMs() - startProcessor) / 1000
  open.answer(first?.text ?? 'What is this about?')
  const answered = performance.now()
  const bytes = (await held()) + (open.bytesOutside?.() ?? 0) - heldBefore

  report({ phase: 'asking' })
  for (const { text } of spare) {
    if (performance.now() < deadline) open.answer(text)
  }
  const times: number[] = []
  const processorTimes: number[] = []
  const hits: number[] = []
  for (const { text, judgements } of asked) {
    if (times.length >= fewest && performance.now() > deadline - 1000) break
    const before = processorMs()
    const { ms, answer } = timed(open, text)
    processorTimes.push(processorMs() - before)
    // An engine that finds passages only need not be asked twice.
    const ranking = open.answer === open.rank ? (answer as readonly string[]) : open.rank(text)
    times.push(ms)
    hits.push(hit(ranking, judgements, 1))
  }
  const figures = {
    engine,
    passages: passages.length,
    buildSeconds: (built - start) / 1000,
    buildProcessorSeconds,
    firstAnswerSeconds: (startup + answered - start) / 1000,
    bytesAPassage: bytes / passages.length,
    questions: times.length,
    'hit@1': hits.length === 0 ? null : mean(hits),
    msMedian: times.length === 0 ? 0 : quantile(times, 0.5),
    processorMsMedian: times.length === 0 ? 0 : quantile(processorTimes, 0.5),
    msP99: times.length === 0 ? 0 : quantile(times, 0.99),
  }
  const { common, long } = hardQuestions(dataset)
  let hard: Pick<EngineFigures, 'msCommon' | 'msLong'> = { msCommon: null, msLong: null }
  const tell = () => report({ figures: { ...figures, ...hard, peakMegabytes: peak() } })
  tell()
  hard = { ...hard, msCommon: medianOfThree(open, common) }
  tell()
  hard = { ...hard, msLong: medianOfThree(open, long) }
  tell()
}

function timed(open: OpenEngine, question: string): { ms: number; answer: unknown } {
  const start = performance.now()
  const answer = open.answer(question)
  return { ms: performance.now() - start, answer }
}

function medianOfThree(open: OpenEngine, question: string): number {
  return quantile(
    [1, 2, 3].map(() => timed(open, question).ms),
    0.5,
  )
}

/** Of all threads, since the process began. */
function processorMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Bytes in use after collection; what ended in this turn is only collected after it. */
async function held(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.()
    await setImmediate()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Megabytes. */
function peak(): number {
  return process.resourceUsage().maxRSS / 1024
}

/** Always in the same order, and any beginning of it a fair sample. */
function shuffled(questions: readonly DatasetQuestion[]): readonly DatasetQuestion[] {
  return questions
    .map((question) => ({ question, key: createHash('sha256').update(question.id).digest('hex') }))
    .sort((one, other) => (one.key < other.key ? -1 : 1))
    .map(({ question }) => question)
}

/** What is hard on an index: words with long posting lists, and very many words. */
function hardQuestions({ passages }: Dataset): { common: string; long: string } {
  const some = passages.slice(0, 1000).map(({ text }) => text)
  const counts = new Map<string, number>()
  for (const word of some
    .join(' ')
    .toLowerCase()
    .match(/\p{L}{4,}/gu) ?? [])
    counts.set(word, (counts.get(word) ?? 0) + 1)
  const common = [...counts].sort(([, one], [, other]) => other - one).slice(0, 10)
  return {
    common: common.map(([word]) => word).join(' '),
    long: some.join(' ').slice(0, longMessage),
  }
}

process.once('message', async (task: Task) => {
  const send = (report: Report) => {
    process.send?.(report)
  }
  await measure(task, send)
  process.disconnect()
})
