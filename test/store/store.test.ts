import { createHash } from 'node:crypto'
import { copyFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { copyAll, copyInto } from '../../src/store/copy.ts'
import { openSqlite } from '../../src/store/database.ts'
import { freeId, openStore } from '../../src/store/store.ts'
import { addition, folder, none, onBothDatabases, opened, roomy, silent } from './stores.ts'

const ours = 'server:1'
const theirs = 'server:2'

async function all<T>(given: AsyncIterable<T>): Promise<T[]> {
  const made: T[] = []
  for await (const one of given) made.push(one)
  return made
}

onBothDatabases((newPlace) => {
  test('an article comes back as it went in, also after the process has started anew', async () => {
    const place = await newPlace()
    const given = addition('Old Bread', 'Brot “ist” gut. \u{1f35e} 100 %')
    await (await opened(place)).add(ours, given, roomy, none)
    const store = await opened(place)
    expect(await store.texts(ours)).toEqual([
      {
        id: 'old-bread',
        title: 'Old Bread',
        text: given.text,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ])
    const [held] = await store.list(ours)
    expect(held).toMatchObject({ uploader: '1', size: given.original.bytes.length, characters: 24 })
    const [original] = await all(store.originals(ours))
    expect(original?.bytes.equals(given.original.bytes)).toBe(true)
    expect(original).toMatchObject({
      name: 'Old Bread.txt',
      sha256: createHash('sha256').update(given.original.bytes).digest('hex'),
    })
  })

  test('every byte of an original is kept', async () => {
    const store = await opened(await newPlace())
    const bytes = Uint8Array.from(
      { length: 70_000 },
      (_, index) => (index * 7 + (index >> 8)) % 256,
    )
    await store.add(ours, { ...addition('A'), original: { name: 'a', bytes } }, roomy, none)
    const [original] = await all(store.originals(ours))
    expect(original?.bytes.equals(bytes)).toBe(true)
  })

  test('one library knows nothing of another', async () => {
    const store = await opened(await newPlace())
    await store.add(ours, addition('Ours'), roomy, none)
    await store.add(theirs, addition('Theirs'), roomy, none)
    await store.changeSettings(theirs, { unanswered: true })
    await store.noteUnanswered(theirs, 'What is theirs?')
    expect((await store.list(ours)).map(({ id }) => id)).toEqual(['ours'])
    expect(await store.unanswered(ours)).toEqual([])
    expect(await store.remove(ours, 'theirs')).toBe(false)
    expect(await store.rename(ours, 'theirs', 'Mine now')).toBe(false)
    expect(await store.forget(ours)).toBe(1)
    expect((await store.list(theirs)).map(({ title }) => title)).toEqual(['Theirs'])
    expect(await store.settings(theirs)).toMatchObject({ unanswered: true })
  })

  test('an id that is taken, here or among the bundled articles, gets a number', async () => {
    const store = await opened(await newPlace())
    const bundled = (id: string) => id === 'report-2'
    const ids: string[] = []
    for (const text of ['One.', 'Two.', 'Three.'])
      ids.push((await store.add(ours, addition('Report', text), roomy, bundled)).id)
    expect(ids).toEqual(['report', 'report-3', 'report-4'])
  })

  test('a library holds no more than it may, also when many are added at once', async () => {
    const store = await opened(await newPlace())
    const added = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) =>
        store.add(ours, addition(`Text ${index}`), { articles: 3, bytes: 1e6 }, none),
      ),
    )
    expect(added.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    expect(await store.list(ours)).toHaveLength(3)
    await expect(
      store.add(theirs, addition('Long', 'x'.repeat(2_000_000)), { articles: 3, bytes: 1e6 }, none),
    ).rejects.toThrow('"Long" does not fit: the readings may have 1 MB together.')
    expect(await store.list(theirs)).toEqual([])
  })

  test('the same file is not added twice to one library', async () => {
    const store = await opened(await newPlace())
    await store.add(ours, addition('First', 'Same.'), roomy, none)
    await expect(store.add(ours, addition('Second', 'Same.'), roomy, none)).rejects.toThrow(
      'This text is here already, as "First".',
    )
    await store.add(theirs, addition('Second', 'Same.'), roomy, none)
  })

  test('renamed, removed, forgotten', async () => {
    const store = await opened(await newPlace())
    await store.add(ours, addition('One'), roomy, none)
    await store.add(ours, addition('Two'), roomy, none)
    expect(await store.rename(ours, 'one', 'Uno')).toBe(true)
    expect((await store.texts(ours)).map(({ id, title }) => [id, title])).toEqual([
      ['one', 'Uno'],
      ['two', 'Two'],
    ])
    expect(await store.remove(ours, 'one')).toBe(true)
    expect(await all(store.originals(ours))).toHaveLength(1)
    expect(await store.forget(ours)).toBe(1)
    for (const table of ['libraries', 'articles', 'originals', 'unanswered'] as const)
      expect(await store.database.db.selectFrom(table).selectAll().execute()).toEqual([])
  })

  test('settings are kept, and turning the log of questions off deletes it', async () => {
    const store = await opened(await newPlace())
    expect(await store.settings(ours)).toEqual({ unanswered: false, changes: 'managers' })
    await store.changeSettings(ours, { unanswered: true, changes: 'everyone' })
    expect(await store.changeSettings(ours, { defaultArticle: 'one' })).toEqual({
      unanswered: true,
      changes: 'everyone',
      defaultArticle: 'one',
    })
    await store.noteUnanswered(ours, 'Why?')
    await store.changeSettings(ours, { unanswered: false })
    expect(await store.unanswered(ours)).toEqual([])
  })

  test('unanswered questions are counted without names and go after their time', async () => {
    const store = await opened(await newPlace())
    await store.noteUnanswered(ours, 'Why?', new Date('2026-01-01T10:00:00Z'))
    await store.noteUnanswered(ours, 'Why?', new Date('2026-02-01T10:00:00Z'))
    await store.noteUnanswered(ours, 'Why?', new Date('2026-02-01T12:00:00Z'))
    await store.noteUnanswered(ours, 'How?', new Date('2026-02-02T12:00:00Z'))
    expect(await store.unanswered(ours)).toEqual([
      { question: 'Why?', times: 3, last: '2026-02-01' },
      { question: 'How?', times: 1, last: '2026-02-02' },
    ])
    await store.sweep({
      left: new Date(0),
      asked: new Date('2026-02-01T00:00:00Z'),
      counted: new Date(0),
    })
    expect(await store.unanswered(ours)).toEqual([
      { question: 'Why?', times: 2, last: '2026-02-01' },
      { question: 'How?', times: 1, last: '2026-02-02' },
    ])
  })

  test('uploads are counted for member and server within an hour, across processes and restarts', async () => {
    const place = await newPlace()
    const [one, other] = [await opened(place), await opened(place)]
    const counts = [
      { who: 'member:7', most: 3 },
      { who: ours, most: 4 },
    ] as const
    const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1, 10, minutes))
    expect(await one.countUpload(counts, at(0))).toBeUndefined()
    expect(await other.countUpload(counts, at(10))).toBeUndefined()
    expect(await one.countUpload(counts, at(20))).toBeUndefined()
    expect(await other.countUpload(counts, at(30))).toEqual({ who: 'member:7', until: at(60) })
    // Another member, until the server has its share; what was refused is not counted.
    const others = [{ who: 'member:8', most: 3 }, counts[1]] as const
    expect(await one.countUpload(others, at(40))).toBeUndefined()
    expect(await other.countUpload(others, at(50))).toEqual({ who: ours, until: at(60) })
    const later = await opened(place)
    expect(await later.countUpload(counts, at(59))).toEqual({ who: 'member:7', until: at(60) })
    expect(await later.countUpload(counts, at(61))).toBeUndefined()

    const atOnce = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        [one, other][index % 2]?.countUpload([{ who: 'member:9', most: 5 }], at(0)),
      ),
    )
    expect(atOnce.filter((refused) => refused === undefined)).toHaveLength(5)
    await one.sweep({ left: new Date(0), asked: new Date(0), counted: at(200) })
    expect(await one.database.db.selectFrom('uploads').selectAll().execute()).toEqual([])
  })

  test('a library that was left goes after its time, and stays if the bot comes back', async () => {
    const store = await opened(await newPlace())
    for (const owner of [ours, theirs] as const) {
      await store.add(owner, addition('Text'), roomy, none)
      await store.left(owner, new Date('2026-01-01T00:00:00Z'))
    }
    const [asked, counted] = [new Date(0), new Date(0)]
    expect(await store.servers()).toEqual([])
    expect(await store.sweep({ left: new Date('2026-01-01T00:00:00Z'), asked, counted })).toEqual(
      [],
    )
    await store.returned(theirs)
    expect(await store.sweep({ left: new Date('2026-02-01T00:00:00Z'), asked, counted })).toEqual([
      ours,
    ])
    expect(await store.list(ours)).toEqual([])
    expect(await all(store.originals(ours))).toEqual([])
    expect(await store.list(theirs)).toHaveLength(1)
    expect(await store.servers()).toEqual([theirs])
  })

  test('who listens is told of every change', async () => {
    const store = await opened(await newPlace())
    const told: unknown[] = []
    store.onChange((change) => told.push(change))
    await store.add(ours, addition('One'), roomy, none)
    await store.remove(ours, 'one')
    expect(told).toEqual([
      { owner: ours, grew: true },
      { owner: ours, grew: false },
    ])
  })

  test('another process hears whose library has changed, and of nobody else', async () => {
    const place = await newPlace()
    const [one, other] = [await opened(place), await opened(place)]
    await one.add(ours, addition('Before'), roomy, none)
    // PostgreSQL tells who listens, SQLite is looked at: either takes a moment to begin.
    const told: unknown[] = []
    other.onChange(({ owner }) => told.push(owner))
    await wait(1_200)
    told.length = 0
    await one.add(theirs, addition('One'), roomy, none)
    await expect.poll(() => told, { timeout: 5_000 }).toEqual([theirs])
    await one.changeSettings(ours, { unanswered: true })
    await expect.poll(() => told, { timeout: 5_000 }).toEqual([theirs, ours])
    await one.noteUnanswered(ours, 'Why?')
    await one.forget(theirs)
    await expect.poll(() => told, { timeout: 5_000 }).toEqual([theirs, ours, theirs])
    expect((await other.list(theirs)).length).toBe(0)
  })

  test('a copy made while others write holds whole articles, and brings them back', async () => {
    const place = await newPlace()
    const store = await opened(place)
    for (let index = 0; index < 20; index++)
      await store.add(ours, addition(`Text ${index}`), roomy, none)
    const other = await opened(place)
    const writing = (async () => {
      for (let index = 20; index < 60; index++)
        await other.add(ours, addition(`Text ${index}`), roomy, none)
    })()
    const file = `${await folder()}/copy.db`
    const counted = await copyInto(store.database, file)
    await writing
    // Nothing but the one file is needed.
    await copyFile(file, `${file}.moved`)
    const copy = await openSqlite(`${file}.moved`)
    const copied = openStore(async () => copy, silent)
    const texts = await copied.texts(ours)
    expect(texts.length).toBe(counted)
    expect(counted).toBeGreaterThanOrEqual(20)
    expect((await all(copied.originals(ours))).length).toBe(counted)

    const fresh = await opened(await newPlace())
    await copyAll(copy, fresh.database)
    expect(await fresh.texts(ours)).toEqual(texts)
    expect(await all(fresh.originals(ours))).toEqual(await all(copied.originals(ours)))
    await copied.close()
  })
})

test('an id stays within its forty characters', () => {
  const taken = new Set(['a'.repeat(40)])
  const id = freeId('a'.repeat(40), (one) => taken.has(one))
  expect(id).toBe(`${'a'.repeat(38)}-2`)
})
