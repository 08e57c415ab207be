import { sql } from 'kysely'
import { type Database, openSqlite } from './database.ts'
import { tableNames } from './tables.ts'

/** Rows with texts and originals are carried one at a time, so that no more is held in memory. */
const keys = {
  libraries: ['owner'],
  articles: ['owner', 'id'],
  originals: ['owner', 'article'],
  unanswered: ['owner', 'question', 'day'],
} as const

/**
 * Writes a copy of all that the database holds at one moment as one SQLite file. Others may read
 * and write meanwhile.
 * @param file must not exist
 * @returns the number of articles
 */
export async function copyInto(from: Database, file: string): Promise<number> {
  if (from.kind === 'sqlite') await sql`vacuum into ${file}`.execute(from.db)
  const copy = await openSqlite(file)
  try {
    if (from.kind === 'postgres') await copyAll(from, copy)
    // Closing does not always empty the write-ahead log; without one, all stands in the one file.
    await sql`pragma journal_mode = delete`.execute(copy.db)
    const { count } = await copy.db
      .selectFrom('articles')
      .select((select) => select.fn.countAll().as('count'))
      .executeTakeFirstOrThrow()
    return Number(count)
  } finally {
    await copy.close()
  }
}

/**
 * Copies every row as it stood at one moment, in one transaction on either side, between databases
 * of any kind. What `to` held before is replaced.
 * @returns the number of articles
 */
export async function copyAll(from: Database, to: Database): Promise<number> {
  let articles = 0
  const reading =
    from.kind === 'postgres'
      ? from.db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only')
      : from.db.transaction()
  await reading.execute((source) =>
    to.db.transaction().execute(async (target) => {
      for (const table of tableNames) {
        await target.deleteFrom(table).execute()
        const found = await source.selectFrom(table).select(keys[table]).execute()
        for (const key of found) {
          const row = await Object.entries(key)
            .reduce(
              (query, [column, value]) => query.where(column as never, '=', value as never),
              source.selectFrom(table).selectAll(),
            )
            .executeTakeFirstOrThrow()
          await target
            .insertInto(table)
            .values(withBuffer(row) as never)
            .execute()
        }
        if (table === 'articles') articles = found.length
      }
      await to.announce(target, {})
    }),
  )
  return articles
}

/** What libsql reads as an ArrayBuffer it takes, as pg does, as a Buffer. */
function withBuffer(row: object): object {
  return 'bytes' in row ? { ...row, bytes: Buffer.from(row.bytes as Uint8Array) } : row
}
