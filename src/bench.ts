import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { measureApart } from './bench/apart.ts'
import { measureEndToEnd } from './bench/end-to-end.ts'
import {
  type Bench,
  benchSchema,
  type EngineFigures,
  type LoadFigures,
  type NotMeasured,
  type OpeningFigures,
} from './bench/figures.ts'
import { measureOpenings } from './bench/openings.ts'
import { plot } from './bench/plot.ts'
import { benchReport, whole } from './bench/tables.ts'
import { OperatorError, runProgram } from './problem.ts'
import { readDataset } from './search/evaluation/dataset.ts'
import { type EngineName, engines } from './search/evaluation/engines.ts'

const usage = `Measures speed, memory and hit@1 of Footnote and of other engines, each in a process of its own.

  npm run bench -- DIR [--sizes 100,1000,…] [--engines NAME,…] [--questions N] [--seconds N]
              [--end-to-end] [--json] [--plot FILE.svg]
  npm run bench -- DIR --openings N [--json]
  npm run bench -- --end-to-end [--json]
  npm run bench -- --read FILE [--plot FILE.svg]

DIR holds corpus.jsonl, queries.jsonl and qrels/test.tsv (the BEIR layout). Its passages are grown
to each size; the passages that answer its questions stay among them.

  --sizes        numbers of passages, ascending; 100,1000,10000,100000,1000000 unless told
  --engines      ${Object.keys(engines).join(', ')};
                 footnote,flexsearch,minisearch,lunr,fts5 unless told
  --questions    how many questions each answers, the same for all; 200 unless told
  --seconds      how long each may take at each size, for index and questions; 300 unless told. An
                 engine that was too slow is not tried with more passages
  --openings     instead: how long a new process takes to have N stored passages ready, at first and
                 with what the first opening kept on disk
  --end-to-end   also the whole bot, on a Discord of this machine
  --json         for machines: one object, benchSchema in src/bench/figures.ts
  --read         a file of an earlier run's JSON, instead of measuring
  --plot         draws the table of engines into this file
`

const compared = ['footnote', 'flexsearch', 'minisearch', 'lunr', 'fts5'].join(',')

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      sizes: { type: 'string', default: '100,1000,10000,100000,1000000' },
      engines: { type: 'string', default: compared },
      questions: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '300' },
      openings: { type: 'string' },
      'end-to-end': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      read: { type: 'string' },
      plot: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const [folder] = positionals
  if (values.help || (!folder && !values['end-to-end'] && values.read === undefined)) {
    console.log(usage)
    return
  }
  if (positionals.length > 1) throw new OperatorError('Give one folder.')
  const bench =
    values.read === undefined
      ? {
          machine: machine(),
          set: folder ? (await readDataset(folder)).name : null,
          engines:
            folder && values.openings === undefined
              ? await measureEngines({
                  folder,
                  sizes: values.sizes.split(',').map((size) => wholeNumber('sizes', size)),
                  names: engineNames(values.engines),
                  questions: wholeNumber('questions', values.questions),
                  seconds: wholeNumber('seconds', values.seconds),
                })
              : [],
          openings:
            folder && values.openings !== undefined
              ? await measureLibrary(folder, wholeNumber('openings', values.openings))
              : [],
          endToEnd: values['end-to-end'] ? await measureLoads() : [],
        }
      : await readBench(values.read)
  console.log(values.json ? JSON.stringify(bench, null, 2) : benchReport(bench))
  if (values.plot !== undefined) {
    await mkdir(dirname(values.plot), { recursive: true })
    await writeFile(values.plot, plot(bench.engines))
  }
}

async function measureEngines(wanted: {
  readonly folder: string
  readonly sizes: readonly number[]
  readonly names: readonly EngineName[]
  readonly questions: number
  readonly seconds: number
}): Promise<readonly (EngineFigures | NotMeasured)[]> {
  const { folder, sizes, names, questions, seconds } = wanted
  const rows: (EngineFigures | NotMeasured)[] = []
  const beaten = new Map<EngineName, string>()
  for (const passages of [...sizes].sort((one, other) => one - other)) {
    for (const engine of names) {
      const before = beaten.get(engine)
      if (before !== undefined) {
        rows.push({ engine, passages, reason: before })
        continue
      }
      const line = terminalLine()
      const label = `${engine}, ${whole(passages)} passages`
      const row = await measureApart({ folder, engine, passages, questions, seconds }, (phase) =>
        line.show(`${label}: ${phase}`),
      )
      line.end()
      if ('reason' in row) beaten.set(engine, row.reason)
      rows.push(row)
    }
  }
  return rows
}

async function measureLibrary(
  folder: string,
  passages: number,
): Promise<readonly OpeningFigures[]> {
  const line = terminalLine()
  try {
    return await measureOpenings(folder, passages, line.show)
  } finally {
    line.end()
  }
}

async function measureLoads(): Promise<readonly LoadFigures[]> {
  const line = terminalLine()
  try {
    return await measureEndToEnd(line.show)
  } finally {
    line.end()
  }
}

/** One line of a terminal's standard error, with the seconds it has stood; silent elsewhere. */
function terminalLine(): { show(text: string): void; end(): void } {
  const { stderr } = process
  if (!stderr.isTTY) return { show() {}, end() {} }
  let text = ''
  let since = performance.now()
  const draw = () => {
    const seconds = Math.floor((performance.now() - since) / 1000)
    stderr.write(`\r\x1b[K${text} … ${seconds} s`)
  }
  const timer = setInterval(draw, 1000)
  return {
    show(next) {
      text = next
      since = performance.now()
      draw()
    },
    end() {
      clearInterval(timer)
      stderr.write('\r\x1b[K')
    },
  }
}

function machine(): Bench['machine'] {
  const processors = cpus()
  return {
    node: process.versions.node,
    processor: processors[0]?.model.trim() || process.arch,
    cores: processors.length,
    gigabytes: Math.round(totalmem() / 2 ** 30),
  }
}

async function readBench(file: string): Promise<Bench> {
  const content = await readFile(file, 'utf8').catch(() => {
    throw new OperatorError(`${file} cannot be read.`)
  })
  try {
    return benchSchema.parse(JSON.parse(content))
  } catch {
    throw new OperatorError(`${file} is not what npm run bench -- … --json prints.`)
  }
}

function engineNames(given: string): readonly EngineName[] {
  const known = Object.keys(engines) as EngineName[]
  return given.split(',').map((name) => {
    const found = known.find((one) => one === name.trim())
    if (!found) throw new OperatorError(`--engines ${name}: choose of ${known.join(', ')}.`)
    return found
  })
}

function wholeNumber(option: string, given: string): number {
  const number = Number(given)
  if (Number.isInteger(number) && number >= 1 && number <= 2_000_000) return number
  throw new OperatorError(`--${option} ${given}: give whole numbers from 1 to 2000000.`)
}

await runProgram(main)
