import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { benchSchema } from '../../src/bench/figures.ts'
import { projectRoot } from '../../src/config.ts'

const program = join(projectRoot, 'dist/src/bench.js')
const built = existsSync(program)
if (!built) console.warn('The program is not built (npm run build): its benchmark is not tested.')

const texts = [
  ['Rivers', 'The Danube rises in the Black Forest. It flows into the Black Sea.'],
  ['Rivers', 'The Rhine runs through Basel and Cologne. Barges carry gravel on it.'],
  ['Bread', 'Rye bread keeps longer than wheat bread. Bakers prove the dough twice.'],
  ['Wool', 'Sheep are shorn in spring. The fleece is washed before it is carded.'],
] as const

const questions = [
  ['Where does the Danube rise?', 0],
  ['Which river runs through Basel?', 1],
  ['Does rye bread keep longer?', 2],
] as const

/** A folder in the BEIR layout. */
async function tinySet(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'footnote-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const lines = (values: readonly object[]) => values.map((one) => JSON.stringify(one)).join('\n')
  await mkdir(join(folder, 'qrels'))
  await writeFile(
    join(folder, 'corpus.jsonl'),
    lines(texts.map(([title, text], nth) => ({ _id: `p${nth}`, title, text }))),
  )
  await writeFile(
    join(folder, 'queries.jsonl'),
    lines(questions.map(([text], nth) => ({ _id: `q${nth}`, text }))),
  )
  await writeFile(
    join(folder, 'qrels', 'test.tsv'),
    questions.map(([, gold], nth) => `q${nth}\tp${gold}\t1`).join('\n'),
  )
  return folder
}

const bench = (...given: readonly string[]) =>
  promisify(execFile)(process.execPath, [program, ...given])

test.skipIf(!built)(
  'every engine gets a row, with its speed beside its quality, and a line in the plot',
  async () => {
    const folder = await tinySet()
    const file = join(folder, 'figures.json')
    const engines = ['footnote', 'flexsearch', 'minisearch', 'lunr', 'fts5']
    const { stdout } = await bench(folder, '--sizes', '60', '--questions', '3', '--json')
    const { set, engines: rows } = benchSchema.parse(JSON.parse(stdout))
    expect(set).toMatch(/^footnote-/)
    expect(rows.map(({ engine }) => engine)).toEqual(engines)
    for (const row of rows) {
      if ('reason' in row) throw new Error(`${row.engine}: ${row.reason}`)
      expect(row).toMatchObject({ passages: 60, questions: 3, 'hit@1': 1 })
      expect(row.msP99).toBeGreaterThanOrEqual(row.msMedian)
      expect(row.firstAnswerSeconds).toBeGreaterThan(row.buildSeconds)
      expect(row.msLong).toBeGreaterThan(0)
    }

    await writeFile(file, stdout)
    const picture = join(folder, 'pictures', 'speed.svg')
    const again = await bench('--read', file, '--plot', picture)
    for (const engine of engines) {
      expect(again.stdout).toMatch(new RegExp(`^${engine} .* 1\\.000 +3$`, 'm'))
    }
    const svg = await readFile(picture, 'utf8')
    for (const name of ['Footnote', 'FlexSearch', 'MiniSearch', 'lunr', 'SQLite FTS5'])
      expect(svg).toContain(`${name} <tspan`)
  },
  120_000,
)

test.skipIf(!built)(
  'a mistake in the options is told in one sentence',
  { timeout: 60_000 },
  async () => {
    const folder = await tinySet()
    const said = async (...given: readonly string[]) =>
      bench(folder, ...given).then(
        () => '',
        ({ code, stderr }) => `${code}: ${stderr}`,
      )
    expect(await said('--engines', 'solr')).toMatch(
      /^78: --engines solr: choose of footnote, .*\n$/,
    )
    expect(await said('--sizes', '10,ten')).toMatch(/^78: --sizes ten: give whole numbers .*\n$/)
    expect(await said('--sizes', '10', '--read', 'nothing.json')).toMatch(
      /^78: nothing.json cannot/,
    )
  },
)
