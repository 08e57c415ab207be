import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { projectRoot } from '../../src/config.ts'
import { onBothDatabases, opened, type Where } from './stores.ts'

const owner = 'server:1'
const kills = 50
const sideBySide = 5

/** Adds texts without end until it is killed. Node 20 runs no TypeScript: the built files are taken. */
const program = `
const [, place, round] = process.argv
const built = ${JSON.stringify(`file://${join(projectRoot, 'dist/src')}`)}
const { openDatabase } = await import(built + '/store/database.js')
const { openStore } = await import(built + '/store/store.js')
const log = { warn() {}, error() {} }
const store = openStore(() => openDatabase(JSON.parse(place), log), log)
await store.list('${owner}')
process.stdout.write('ready')
for (let number = 0; ; number++) {
  const text = (round + ' ' + number + ' and a sentence that goes on. ').repeat(3000)
  await store.add('${owner}', {
    id: 'text', title: 'Text ' + round + '.' + number, uploader: '1',
    text: { sections: [{ heading: '', paragraphs: [{ text }] }] },
    original: { name: 'text.txt', bytes: Buffer.from(text) },
  }, { articles: 1e6, bytes: 1e12 }, () => false)
}`

async function killedWhileAdding(where: Where, round: number): Promise<void> {
  const args = ['--input-type=module', '-e', program, JSON.stringify(where), String(round)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  await once(child.stdout, 'data')
  await wait(Math.random() * 60)
  child.kill('SIGKILL')
  expect(await ended).toEqual([null, 'SIGKILL'])
}

/** What is left must be whole, and as much of one kind as of the other. */
async function expectWhole(where: Where): Promise<number> {
  const store = await opened(where)
  const texts = new Map((await store.texts(owner)).map((one) => [one.id, one]))
  let originals = 0
  for await (const { article, bytes, sha256 } of store.originals(owner)) {
    originals += 1
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256)
    const [section] = texts.get(article)?.text.sections ?? []
    expect(section?.paragraphs[0]?.text).toBe(bytes.toString())
  }
  expect(originals).toBe(texts.size)
  const { count } = await store.database.db
    .selectFrom('originals')
    .select((select) => select.fn.countAll().as('count'))
    .executeTakeFirstOrThrow()
  expect(Number(count)).toBe(texts.size)
  return texts.size
}

onBothDatabases((newPlace) => {
  test(`killed at ${kills} random moments while adding, only whole articles are left`, async () => {
    // Databases side by side, each killed again and again: starting a process takes longest.
    const places: Where[] = []
    while (places.length < sideBySide) places.push(await newPlace())
    await Promise.all(
      places.map(async (where, place) => {
        for (let round = place; round < kills; round += sideBySide)
          await killedWhileAdding(where, round)
      }),
    )
    const left = await Promise.all(places.map(expectWhole))
    expect(left.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0)
  }, 300_000)
})
