import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtFile } from '../built-file.ts'
import { tidy } from '../knowledge/passage.ts'
import { createLog } from '../log.ts'
import { type Dataset, readDataset } from '../search/evaluation/dataset.ts'
import { openDatabase } from '../store/database.ts'
import { openStore } from '../store/store.ts'
import type { StoredText } from '../store/tables.ts'
import type { OpeningFigures } from './figures.ts'
import { grown } from './grown-corpus.ts'
import type { Opened, OpeningTask } from './opening-process.ts'

const server = '1100000000000000021'
const passagesOfText = 1_000
const questions = 100
const roomy = { articles: 10_000, bytes: 1e12 }

/**
 * Opens a server's library of so many stored passages twice, each time in a new process: at first
 * there is nothing but the database, then what the first opening kept on disk.
 * @param folder holds a set in the BEIR layout, whose passages are grown to the number
 */
export async function measureOpenings(
  folder: string,
  passages: number,
  phase: (phase: string) => void,
): Promise<readonly OpeningFigures[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'footnote-openings-'))
  try {
    phase('storing the texts')
    const dataset = grown(await readDataset(folder), passages)
    const texts = await storeTexts(dataDir, dataset)
    const asked = dataset.questions.slice(0, questions).map(({ text }) => text)
    const rows: OpeningFigures[] = []
    let first: Opened | undefined
    for (const opening of ['first', 'again'] as const) {
      phase(opening === 'first' ? 'opening for the first time' : 'opening again')
      const opened = await openApart({ dataDir, server, questions: asked })
      first ??= opened
      const { firstPassages, ...figures } = opened
      const same = firstPassages.filter((id, index) => id === first?.firstPassages[index])
      rows.push({
        opening,
        passages: dataset.passages.length,
        texts,
        ...figures,
        megabytesOnDisk: (await bytesIn(join(dataDir, 'index'))) / 1e6,
        same: same.length,
        questions: asked.length,
      })
    }
    return rows
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function storeTexts(dataDir: string, { passages }: Dataset): Promise<number> {
  const log = createLog({ level: 'warn' })
  const store = openStore(() => openDatabase({ dataDir }, log), log)
  let texts = 0
  for (let from = 0; from < passages.length; from += passagesOfText) {
    texts++
    const sections: StoredText['sections'] = []
    for (const { title, text } of passages.slice(from, from + passagesOfText)) {
      const last = sections.at(-1)
      if (last?.heading === title) last.paragraphs.push({ text: tidy(text) })
      else sections.push({ heading: title, paragraphs: [{ text: tidy(text) }] })
    }
    const original = { name: `${texts}.txt`, bytes: Buffer.from(`${texts}`) }
    const title = `Text ${texts}`
    await store.add(
      `server:${server}`,
      { id: `text-${texts}`, title, text: { sections }, original, uploader: '1' },
      roomy,
      () => false,
    )
  }
  await store.close()
  return texts
}

async function openApart(task: OpeningTask): Promise<Opened> {
  const child = fork(builtFile('bench/opening-process.js'), {
    execArgv: ['--max-old-space-size=8192'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  child.send(task)
  const [opened] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error('the process that opens the library ended without a word')
    }),
  ])) as [Opened]
  if (child.exitCode === null) await once(child, 'exit')
  return opened
}

async function bytesIn(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true }).catch(() => [])
  const sizes = await Promise.all(
    files.map(async (file) => {
      const { size, isFile } = await stat(join(folder, file)).then((found) => ({
        size: found.size,
        isFile: found.isFile(),
      }))
      return isFile ? size : 0
    }),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
