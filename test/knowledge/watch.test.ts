import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { passagesOf } from '../../src/knowledge/article.ts'
import { watchFolder, watchKnowledge } from '../../src/knowledge/watch.ts'
import { folderOf } from './folder.ts'

const article = (text: string) => `---\nid: a\ntitle: A\n---\n${text}\n`

/** Watches a folder as the bot does, and keeps what is in force and what the operator was told. */
async function watched(files: Record<string, string>) {
  const dir = await folderOf(files)
  let inForce: string[] = []
  const told: string[] = []
  const close = await watchKnowledge(dir, {
    changed(knowledge) {
      inForce = knowledge.articles.flatMap(passagesOf).map(({ text }) => text)
    },
    failed(error) {
      told.push(String(error))
    },
  })
  onTestFinished(close)
  const see = (...texts: string[]) => expect.poll(() => inForce, { timeout: 15_000 }).toEqual(texts)
  return { dir, see, told, inForce: () => inForce, close }
}

test('changes, additions and removals become live', async () => {
  const { dir, see } = await watched({ 'a.md': article('One.') })
  await writeFile(join(dir, 'a.md'), article('Two.'))
  await see('Two.')
  await writeFile(join(dir, 'b.txt'), 'The ships left.')
  await see('Two.', 'The ships left.')
  await writeFile(join(dir, '.a.md.new'), article('Three.'))
  await rename(join(dir, '.a.md.new'), join(dir, 'a.md'))
  await see('Three.', 'The ships left.')
  await rm(join(dir, 'b.txt'))
  await see('Three.')
})

test('a mistake is told with its file and line, and the last good state stays until it is mended', async () => {
  const { dir, see, told, inForce } = await watched({ 'a.md': article('One.') })
  await writeFile(join(dir, 'a.md'), article('Two.'))
  await see('Two.')
  await writeFile(join(dir, 'a.md'), '---\nid: a\n---\nThree.')
  await expect.poll(() => told.length, { timeout: 15_000 }).toBeGreaterThan(0)
  expect(told[0]).toContain(`${join(dir, 'a.md')}:1: the front matter has no title`)
  expect(inForce()).toEqual(['Two.'])
  await writeFile(join(dir, 'a.md'), article('Four.'))
  await see('Four.')
})

test('a folder that is taken away and put back is watched again', async () => {
  const { dir, see, told } = await watched({ 'a.md': article('One.') })
  await rm(dir, { recursive: true })
  await expect.poll(() => told.length, { timeout: 15_000 }).toBeGreaterThan(0)
  await mkdir(dir)
  await writeFile(join(dir, 'a.md'), article('Two.'))
  await see('Two.')
  await writeFile(join(dir, 'a.md'), article('Three.'))
  await see('Three.')
})

test('a change during the work on a change is worked on afterwards, not at the same time', async () => {
  const dir = await folderOf({ 'x.yaml': '1' })
  let atWork = 0
  let most = 0
  let done = 0
  let release = () => {}
  const close = await watchFolder(
    dir,
    async () => {
      most = Math.max(most, ++atWork)
      await new Promise<void>((resolve) => {
        release = resolve
      })
      atWork -= 1
      done += 1
    },
    () => {},
  )
  onTestFinished(close)
  await writeFile(join(dir, 'x.yaml'), '2')
  await expect.poll(() => atWork, { timeout: 15_000 }).toBe(1)
  await writeFile(join(dir, 'x.yaml'), '3')
  await new Promise((resolve) => setTimeout(resolve, 1000))
  expect(done).toBe(0)
  release()
  await expect.poll(() => [done, atWork], { timeout: 15_000 }).toEqual([1, 1])
  release()
  await expect.poll(() => done, { timeout: 15_000 }).toBe(2)
  expect(most).toBe(1)
})

test('what the work throws is reported, and the watching goes on', async () => {
  const dir = await folderOf({ 'x.yaml': '1' })
  const reported: unknown[] = []
  const close = await watchFolder(
    dir,
    () => {
      throw new Error('broken')
    },
    (error) => reported.push(error),
  )
  onTestFinished(close)
  await writeFile(join(dir, 'x.yaml'), '2')
  await expect.poll(() => reported.length, { timeout: 15_000 }).toBe(1)
  await writeFile(join(dir, 'x.yaml'), '3')
  await expect.poll(() => reported.length, { timeout: 15_000 }).toBe(2)
})
