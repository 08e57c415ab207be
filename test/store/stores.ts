import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, onTestFinished } from 'vitest'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { type Addition, openStore, type Store } from '../../src/store/store.ts'
import { onPostgres } from './postgres.ts'

export const silent = pino({ level: 'silent' })

export type Where = { readonly dataDir: string; readonly databaseUrl?: string }

/** A new, empty place for a database; it goes with the test. */
export type NewPlace = () => Promise<Where>

export async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'footnote-store-'))
  onTestFinished(() => rm(made, { recursive: true, force: true }))
  return made
}

/** The same tests on each kind of database. */
export function onBothDatabases(tests: (newPlace: NewPlace) => void): void {
  describe('SQLite', () => tests(async () => ({ dataDir: await folder() })))
  onPostgres('PostgreSQL', (newDatabase) =>
    tests(async () => ({ dataDir: await folder(), databaseUrl: await newDatabase() })),
  )
}

/** Opens the place as a process would; closed with the test. */
export async function opened(where: Where): Promise<Store & { readonly database: Database }> {
  const database = await openDatabase(where, silent)
  const store = openStore(async () => database, silent)
  onTestFinished(() => store.close())
  return { ...store, database }
}

export const roomy = { articles: 100, bytes: 10_000_000 }
export const none = () => false

export function addition(title: string, text = `${title} says a thing.`): Addition {
  return {
    id: title.toLowerCase().replaceAll(' ', '-'),
    title,
    text: { sections: [{ heading: 'First', paragraphs: [{ text, page: 3 }] }] },
    original: { name: `${title}.txt`, bytes: Buffer.from(text) },
    uploader: '1',
  }
}
