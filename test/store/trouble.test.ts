import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import Sqlite from 'libsql'
import { describe, expect, test } from 'vitest'
import { projectRoot } from '../../src/config.ts'
import { OperatorError } from '../../src/problem.ts'
import { databaseFile } from '../../src/store/database.ts'
import { addition, folder, none, onBothDatabases, opened, roomy } from './stores.ts'

const owner = 'server:1'
const run = promisify(execFile)

test('a file that is no database is named, and left as it is', async () => {
  const dataDir = await folder()
  const file = databaseFile(dataDir)
  const content = 'Not a database, but somebody may want to rescue it. '.repeat(200)
  await writeFile(file, content)
  await expect(opened({ dataDir })).rejects.toThrow(OperatorError)
  await expect(opened({ dataDir })).rejects.toThrow(`${file}: the file is damaged or no database`)
  expect(await readFile(file, 'utf8')).toBe(content)
})

test('a database of a newer version is not touched', async () => {
  const dataDir = await folder()
  const store = await opened({ dataDir })
  await sql`insert into kysely_migration (name, timestamp) values ('9999 later', 'now')`.execute(
    store.database.db,
  )
  await expect(opened({ dataDir })).rejects.toThrow('written by a newer version')
})

test('a folder that cannot be made is named', async () => {
  const file = join(await folder(), 'file')
  await writeFile(file, '')
  await expect(opened({ dataDir: join(file, 'data') })).rejects.toThrow('set DATA_DIR')
})

test('a PostgreSQL that is not there is named, without its password', async () => {
  const where = { dataDir: await folder(), databaseUrl: 'postgres://reader:hush@127.0.0.1:9/x' }
  await expect(opened(where)).rejects.toThrow('DATABASE_URL: the database cannot be opened')
  await expect(opened(where)).rejects.not.toThrow('hush')
})

test('while another program holds the database, reading goes on and adding says why not', async () => {
  const dataDir = await folder()
  const store = await opened({ dataDir })
  await store.add(owner, addition('Before'), roomy, none)
  const other = new Sqlite(databaseFile(dataDir))
  other.exec('begin immediate')
  await expect(store.add(owner, addition('During'), roomy, none)).rejects.toThrow(
    'The library is locked by another program just now. Nothing was changed.',
  )
  expect(await store.list(owner)).toHaveLength(1)
  other.exec('rollback')
  other.close()
  await store.add(owner, addition('After'), roomy, none)
  expect((await store.list(owner)).map(({ title }) => title)).toEqual(['Before', 'After'])
})

test('without room on the disk nothing is half there, and what was there stays', async () => {
  const store = await opened({ dataDir: await folder() })
  await store.add(owner, addition('Small'), roomy, none)
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(store.database.db)
  await sql
    .raw(`pragma max_page_count = ${(rows[0]?.page_count ?? 0) + 3}`)
    .execute(store.database.db)
  await expect(
    store.add(owner, addition('Large', 'word '.repeat(100_000)), roomy, none),
  ).rejects.toThrow('There is no room left where the library is kept. Nothing was changed.')
  expect((await store.texts(owner)).map(({ title }) => title)).toEqual(['Small'])
})

describe('npm run backup and npm run restore', () => {
  const built = (name: string) => join(projectRoot, `dist/src/${name}.js`)
  const start = (name: string, args: readonly string[], env: Record<string, string>) =>
    run(process.execPath, [built(name), ...args], {
      cwd: env.DATA_DIR,
      env: { PATH: process.env.PATH, ...env },
    })

  onBothDatabases((newPlace) => {
    test('copy while the bot runs, and bring back', async () => {
      const where = await newPlace()
      const store = await opened(where)
      await store.add(owner, addition('Kept'), roomy, none)
      const env = {
        DATA_DIR: where.dataDir,
        ...(where.databaseUrl && { DATABASE_URL: where.databaseUrl }),
      }
      const file = join(await folder(), 'copy.db')
      const { stdout } = await start('backup', [file], env)
      expect(stdout).toContain('1 reading copied')
      expect(existsSync(`${file}.unfinished`)).toBe(false)
      await expect(start('backup', [file], env)).rejects.toThrow('there is such a file already')

      await store.remove(owner, 'kept')
      await store.add(owner, addition('Later'), roomy, none)
      await expect(start('restore', [file], env)).rejects.toThrow('nothing was changed')
      expect((await store.list(owner)).map(({ id }) => id)).toEqual(['later'])
      await start('restore', [file, '--replace'], env)
      expect(await store.texts(owner)).toMatchObject([{ id: 'kept', title: 'Kept' }])

      // An empty file would pass for a database without readings.
      const empty = join(await folder(), 'empty.db')
      await writeFile(empty, '')
      await expect(start('restore', [empty, '--replace'], env)).rejects.toThrow(
        `${empty}: this is no copy`,
      )
      await expect(start('restore', [file, '--replce'], env)).rejects.toThrow('--replce')
      expect(await store.texts(owner)).toMatchObject([{ id: 'kept' }])

      const fresh = await newPlace()
      await start('restore', [file], {
        DATA_DIR: fresh.dataDir,
        ...(fresh.databaseUrl && { DATABASE_URL: fresh.databaseUrl }),
      })
      expect(await (await opened(fresh)).texts(owner)).toEqual(await store.texts(owner))
    }, 60_000)
  })
})
