import Sqlite from 'libsql'
import { expect, onTestFinished, test, vi } from 'vitest'
import { projectRoot, readConfig } from '../../src/config.ts'
import { articleFrom } from '../../src/knowledge/passage.ts'
import { type Libraries, openLibraries } from '../../src/libraries/libraries.ts'
import { type Library, openLibrary } from '../../src/search/library.ts'
import { databaseFile } from '../../src/store/database.ts'
import type { Store } from '../../src/store/store.ts'
import {
  addition,
  folder,
  none,
  onBothDatabases,
  opened,
  roomy,
  silent,
  type Where,
} from '../store/stores.ts'

const [one, two] = ['1100000000000000021', '1100000000000000022']
const member = '1100000000000000011'

function bundledWith(text: string) {
  const knowledge = {
    articles: [
      articleFrom({ id: 'bundled', title: 'Bundled', sections: [{ paragraphs: [text] }] }),
    ],
    synonyms: [],
  }
  return { library: openLibrary(knowledge), knowledge }
}

type Opened = Libraries & { readonly bundle: (text: string) => void }

/** The libraries as one process of the bot has them. */
async function libraries(where: Where, env: Record<string, string> = {}): Promise<Opened> {
  let bundled = bundledWith('The mayor sells bread.')
  const config = readConfig({
    DATA_DIR: where.dataDir,
    ...(where.databaseUrl && { DATABASE_URL: where.databaseUrl }),
    KNOWLEDGE_DIR: projectRoot,
    ...env,
  })
  const made = await openLibraries(config, silent, {
    library: () => bundled.library,
    knowledge: () => bundled.knowledge,
  })
  onTestFinished(() => made.close())
  return {
    ...made,
    bundle(text) {
      bundled = bundledWith(text)
    },
  }
}

const ids = (library: Library) => [...library.articles.keys()]

onBothDatabases((newPlace) => {
  async function filled(fill: (store: Store) => Promise<unknown>): Promise<Where> {
    const where = await newPlace()
    await fill(await opened(where))
    return where
  }

  test('everybody has the bundled articles, and a server its own beside them', async () => {
    const all = await libraries(
      await filled((store) => store.add(`server:${one}`, addition('Ours'), roomy, none)),
    )
    expect(ids(await all.libraryFor({ server: one, member }))).toEqual(['bundled', 'ours'])
    expect(ids(await all.libraryFor({ server: two, member }))).toEqual(['bundled'])
    expect(ids(await all.libraryFor({ member }))).toEqual(['bundled'])
    expect(ids(await all.libraryFor({ member: one }))).toEqual(['bundled'])
  })

  test('a bundled article that comes later takes its id, and the own one another', async () => {
    const all = await libraries(
      await filled((store) => store.add(`server:${one}`, addition('Bundled'), roomy, none)),
    )
    const { articles, passages } = await all.libraryFor({ server: one, member })
    expect([...articles.keys()]).toEqual(['bundled', 'bundled-2'])
    expect(passages.get('bundled:1')?.text).toBe('The mayor sells bread.')
    expect(passages.get('bundled-2:1')).toMatchObject({ page: 3, heading: 'First' })
  })

  test('a library is made once, and anew when the bundled articles have changed', async () => {
    const all = await libraries(
      await filled((store) => store.add(`server:${one}`, addition('Ours'), roomy, none)),
    )
    const first = await all.libraryFor({ server: one, member })
    expect(all.libraryFor({ server: one, member })).toBe(first)
    all.bundle('The miller sells flour.')
    const { passages } = await all.libraryFor({ server: one, member })
    expect(passages.get('bundled:1')?.text).toBe('The miller sells flour.')
    expect(passages.has('ours:1')).toBe(true)
  })

  test('with little memory, what is not used is let go and made again when it is asked for', async () => {
    const where = await filled(async (store) => {
      for (const server of [one, two])
        await store.add(
          `server:${server}`,
          addition('Long', 'A long text. '.repeat(4_000)),
          roomy,
          none,
        )
    })
    const all = await libraries(where, { LIBRARY_MEMORY: '1' })
    const first = await all.libraryFor({ server: one, member })
    await all.libraryFor({ server: two, member })
    const again = await all.libraryFor({ server: one, member })
    expect(again).not.toBe(first)
    expect(ids(again)).toEqual(ids(first))
  })

  test('a server that was left loses its library after 30 days, not before', async () => {
    const where = await filled(async (store) => {
      for (const server of [one, two])
        await store.add(`server:${server}`, addition('Ours'), roomy, none)
      await store.add(`member:${member}`, addition('Mine'), roomy, none)
    })
    const all = await libraries(where)
    await all.servers.present([one])
    const days = (count: number) => new Date(Date.now() + count * 86_400_000)
    await all.sweep(days(29))
    expect(ids(await all.libraryFor({ server: two, member }))).toContain('ours')
    await all.sweep(days(31))
    expect(ids(await all.libraryFor({ server: two, member }))).toEqual(['bundled'])
    expect(ids(await all.libraryFor({ server: one, member }))).toContain('ours')
    expect(ids(await all.libraryFor({ member }))).toContain('mine')
    await all.servers.left(one)
    await all.servers.joined(one)
    await all.sweep(days(31))
    expect(ids(await all.libraryFor({ server: one, member }))).toContain('ours')
  })

  test('what one process changes, another sees', async (context) => {
    const where = await newPlace()
    if (!where.databaseUrl) return context.skip('SQLite is for one process')
    const all = await libraries(where)
    const place = { server: one, member }
    expect(ids(await all.libraryFor(place))).toEqual(['bundled'])
    const other = await opened(where)
    await vi.waitFor(
      async () => {
        // The first announcements may come before this process listens.
        await other.changeSettings(`server:${one}`, { unanswered: true })
        if ((await other.list(`server:${one}`)).length === 0)
          await other.add(`server:${one}`, addition('Theirs'), roomy, none)
        expect(ids(await all.libraryFor(place))).toContain('theirs')
      },
      { timeout: 10_000 },
    )
    await other.remove(`server:${one}`, 'theirs')
    await vi.waitFor(async () => expect(ids(await all.libraryFor(place))).toEqual(['bundled']))
  })
})

test('while the database cannot be read, answers come from what is loaded', async () => {
  const where = { dataDir: await folder() }
  await (await opened(where)).add(`server:${one}`, addition('Ours'), roomy, none)
  const all = await libraries(where)
  const place = { server: one, member }
  const before = await all.libraryFor(place)
  expect(ids(before)).toEqual(['bundled', 'ours'])
  const other = new Sqlite(databaseFile(where.dataDir))
  other.exec('alter table articles rename to gone')
  await all.ownFor(place, true).changeSettings({ unanswered: true })
  expect(await all.libraryFor(place)).toBe(before)
  other.exec('alter table gone rename to articles')
  other.close()
  const after = await all.libraryFor(place)
  expect(after).not.toBe(before)
  expect(ids(after)).toEqual(['bundled', 'ours'])
})
