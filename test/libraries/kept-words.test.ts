import { createHash } from 'node:crypto'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { projectRoot, readConfig } from '../../src/config.ts'
import { articleFrom } from '../../src/knowledge/passage.ts'
import { VERSION } from '../../src/libraries/kept-words.ts'
import { openLibraries } from '../../src/libraries/libraries.ts'
import { createLog } from '../../src/log.ts'
import { articleWordsSteps } from '../../src/search/corpus.ts'
import { type Library, openLibrary } from '../../src/search/library.ts'
import { atOnce } from '../../src/slices.ts'
import { addition, folder, none, opened, roomy } from '../store/stores.ts'

const server = '1100000000000000021'
const owner = `server:${server}` as const
const knowledge = {
  articles: [
    articleFrom({
      id: 'bundled',
      title: 'Bundled',
      sections: [{ paragraphs: ['Bread is sold.'] }],
    }),
  ],
  synonyms: [],
}
const bundled = openLibrary(knowledge)
const story =
  'Mr. Olsen repaired 240 clocks in Bergen in 1911. He sold the shop to Ida Moe because his eyes failed.'
const questions = [
  'Who repaired the clocks?',
  'When were the clocks repaired?',
  'Why was the shop sold?',
  'Who sells cabbages?',
]

/** Starts a process of the bot anew, and gives the server's library and what was logged meanwhile. */
async function started(dataDir: string): Promise<{ library: Library; logged: () => string }> {
  const lines: string[] = []
  const log = createLog({ level: 'warn', to: { write: (line) => void lines.push(line) } })
  const config = readConfig({ DATA_DIR: dataDir, KNOWLEDGE_DIR: projectRoot })
  const libraries = await openLibraries(config, log, {
    library: () => bundled,
    knowledge: () => knowledge,
  })
  const library = await libraries.libraryFor({ server, member: '1' })
  await libraries.close()
  return { library, logged: () => lines.join('') }
}

async function withStory(): Promise<string> {
  const dataDir = await folder()
  const store = await opened({ dataDir })
  await store.add(owner, addition('Clocks', story), roomy, none)
  await store.add(owner, addition('Boats', 'The boat is blue.'), roomy, none)
  return dataDir
}

const answers = (library: Library) => questions.map((question) => library.ask(question))
const place = (dataDir: string) => join(dataDir, 'index', `server-${server}`)
async function fileIn(dataDir: string): Promise<string> {
  const [name = '', ...others] = await readdir(place(dataDir))
  expect(others).toEqual([])
  return join(place(dataDir), name)
}

test('a library that is opened again answers from what was kept as it did at first', async () => {
  const dataDir = await withStory()
  const first = await started(dataDir)
  const file = await fileIn(dataDir)
  const written = await readFile(file)
  const again = await started(dataDir)
  expect(answers(again.library)).toEqual(answers(first.library))
  expect(answers(again.library)[0]).toMatchObject({ kind: 'answer' })
  expect(await fileIn(dataDir)).toBe(file)
  expect(await readFile(file)).toEqual(written)
  expect([...again.library.passages.values()]).toEqual([...first.library.passages.values()])
})

const damages: readonly (readonly [string, (whole: Buffer) => Buffer])[] = [
  ['cut off', (whole) => whole.subarray(0, whole.length / 2)],
  ['empty', () => Buffer.alloc(0)],
  [
    'changed in one bit',
    (whole) => {
      const changed = Buffer.from(whole)
      const at = changed.length - 20
      changed[at] = (changed[at] ?? 0) ^ 1
      return changed
    },
  ],
  ['of something else', () => Buffer.from('This is no such file. '.repeat(20))],
]

test.each(damages)('a kept file that is %s is made anew', async (_, damage) => {
  const dataDir = await withStory()
  const first = await started(dataDir)
  const file = await fileIn(dataDir)
  const whole = await readFile(file)
  await writeFile(file, damage(whole))
  const again = await started(dataDir)
  expect(answers(again.library)).toEqual(answers(first.library))
  expect(await fileIn(dataDir)).toBe(file)
  expect(await readFile(file)).toEqual(whole)
})

test('what was kept of one text is not taken for another, though it has its name', async () => {
  const dataDir = await withStory()
  await started(dataDir)
  const other = await folder()
  const store = await opened({ dataDir: other })
  await store.add(owner, addition('Clocks', 'Ten clocks were stolen by Ole Berg.'), roomy, none)
  await started(other)
  await writeFile(await fileIn(other), await readFile(await fileIn(dataDir)))
  const { library } = await started(other)
  expect(library.ask('Who stole the clocks?')).toMatchObject({
    kind: 'answer',
    excerpts: [{ passage: { text: 'Ten clocks were stolen by Ole Berg.' } }],
  })
})

test('a library to which a text was added, and from which one was taken, answers as if it were read anew', async () => {
  const dataDir = await withStory()
  await started(dataDir)
  const store = await opened({ dataDir })
  await store.add(owner, addition('Geese', 'Olsen fed nine geese in 1912.'), roomy, none)
  await store.remove(owner, 'clocks')
  const { library } = await started(dataDir)
  await rm(join(dataDir, 'index'), { recursive: true })
  const anew = await started(dataDir)
  expect([...library.passages.values()]).toEqual([...anew.library.passages.values()])
  const asked = [...questions, 'Who fed the geese?', 'What colour is the boat?']
  expect(asked.map((question) => library.ask(question))).toEqual(
    asked.map((question) => anew.library.ask(question)),
  )
  expect(library.ask('Who fed the geese?').kind).toBe('answer')
})

test('where nothing can be kept, the library answers all the same, and one line says why', async () => {
  const dataDir = await withStory()
  // A file where the folder should be: also root cannot write into it.
  await writeFile(join(dataDir, 'index'), '')
  const { library, logged } = await started(dataDir)
  expect(library.ask('Who repaired the clocks?').kind).toBe('answer')
  expect(logged().split('nothing can be written there')).toHaveLength(2)
})

test('what is removed from a library, and what is forgotten, leaves the disk too', async () => {
  const dataDir = await withStory()
  const config = readConfig({ DATA_DIR: dataDir, KNOWLEDGE_DIR: projectRoot })
  const libraries = await openLibraries(config, createLog({ level: 'silent' }), {
    library: () => bundled,
    knowledge: () => knowledge,
  })
  onTestFinished(() => libraries.close())
  const here = { server, member: '1' }
  await libraries.libraryFor(here)
  const own = libraries.ownFor(here, true)
  const words = async () => {
    const [name] = await readdir(place(dataDir))
    const kept = name === undefined ? '' : await readFile(join(place(dataDir), name), 'latin1')
    return ['olsen', 'boat', 'bread'].filter((word) => kept.includes(word))
  }
  await expect.poll(words).toEqual(['olsen', 'boat'])
  await own.remove('clocks')
  await expect.poll(words).toEqual(['boat'])
  await own.forget()
  await expect.poll(() => readdir(join(dataDir, 'index'))).toEqual([])
})

test('only who runs the bot can read what is kept', async () => {
  const dataDir = await withStory()
  await started(dataDir)
  expect((await stat(await fileIn(dataDir))).mode & 0o777).toBe(0o600)
  expect((await stat(place(dataDir))).mode & 0o777).toBe(0o700)
})

test('whoever changes how texts are cut raises the version, so that older files are passed over', () => {
  const article = articleFrom({
    id: 'a',
    title: 'A',
    sections: [
      {
        heading: 'B',
        paragraphs: [
          story,
          '“It’s 5.5% of $1,200,” said Dr. Müller-Lüdenscheidt on 3 May 2019 … He couldn’t agree! The U.S. delegation’s children ran, geese flew.',
          '北京で会議が開かれた。Die Kosten stiegen am 3. Oktober um ein Drittel.',
        ],
      },
    ],
  })
  const sentences = article.sections.flatMap(({ passages }) =>
    passages.map((passage) => passage.sentences),
  )
  const words = atOnce(articleWordsSteps(article))
  const cut = JSON.stringify([
    sentences,
    words.keys,
    words.words,
    [...words.tokens],
    [...words.flags],
  ])
  const fingerprint = createHash('sha256').update(cut).digest('hex').slice(0, 12)
  expect({ version: VERSION, fingerprint }).toEqual({ version: 1, fingerprint: 'ded2bd93af96' })
})
