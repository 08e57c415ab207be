import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Kysely, Migrator, PostgresDialect, sql, type Transaction } from 'kysely'
import pg from 'pg'
import type { Log } from '../log.ts'
import { OperatorError } from '../problem.ts'
import { migrations } from './migrations.ts'
import { openSqliteFile } from './sqlite.ts'
import type { DatabaseKind, Tables } from './tables.ts'

/** That a library is another one now; without `owner`, that any may be. */
export type Change = {
  readonly owner?: string
  /** True if nothing that it held before is gone or different. */
  readonly grew?: boolean
}

export type Database = {
  readonly kind: DatabaseKind
  readonly db: Kysely<Tables>
  /** Within a transaction: tells the other processes of a change, once it is committed. */
  announce(transaction: Transaction<Tables>, change: Change): Promise<void>
  /** Is told of what other processes changed. */
  onAnnounced(listener: (change: Change) => void): void
  close(): Promise<void>
}

/** Milliseconds to wait for another program that writes; reading waits behind it. */
const LOCK_PATIENCE = 1_000
const RECONNECT_AFTER = 1_000
const CHANNEL = 'footnote_library'
/** Milliseconds between two looks whether another process has changed the SQLite file. */
const LOOK_EVERY = 500

/** The file of the SQLite database in the folder for data. */
export function databaseFile(dataDir: string): string {
  return join(dataDir, 'footnote.db')
}

/**
 * Opens the database and brings its tables up to date: PostgreSQL where an address is given, else
 * one SQLite file, which is made if it is absent.
 * @param again true if it has been there before: a file that is gone now is not made
 * @throws OperatorError if it cannot be opened; a file that is damaged is left as it is
 */
export async function openDatabase(
  config: { readonly dataDir: string; readonly databaseUrl?: string },
  log: Log,
  again = false,
): Promise<Database> {
  if (config.databaseUrl) return migrated(openPostgres(config.databaseUrl, log), 'DATABASE_URL')
  await mkdir(config.dataDir, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new OperatorError(
      `${config.dataDir}: the folder cannot be made (${error.code}); set DATA_DIR to one that can be written to.`,
    )
  })
  const file = databaseFile(config.dataDir)
  if (again && !existsSync(file))
    throw new OperatorError(
      `${file}: the file is gone; put it back, or bring back a copy with npm run restore -- FILE.`,
    )
  return openSqlite(file)
}

/** Opens one SQLite file by its path; otherwise as `openDatabase`. */
export async function openSqlite(file: string): Promise<Database> {
  const sqlite = openSqliteFile(file, LOCK_PATIENCE)
  const db = new Kysely<Tables>({ dialect: sqlite.dialect })
  const database: Database = {
    kind: 'sqlite',
    db,
    async announce(transaction, { owner }) {
      if (owner === undefined) return
      const changed = randomUUID()
      seen.set(owner, changed)
      await transaction
        .updateTable('libraries')
        .set({ changed })
        .where('owner', '=', owner)
        .execute()
    },
    onAnnounced(listener) {
      looking = setInterval(() => {
        looked = looked.then(() => look(listener)).catch(() => listener({}))
      }, LOOK_EVERY)
      looking.unref()
    },
    async close() {
      clearInterval(looking)
      await looked
      await db.destroy()
      await sqlite.close()
    },
  }

  let looking: NodeJS.Timeout | undefined
  let looked: Promise<void> = Promise.resolve()
  let version: number | undefined
  /** What stood in each library's `changed` when it was last looked at. */
  const seen = new Map<string, string | null>()

  /** https://www.sqlite.org/pragma.html#pragma_data_version: another number after others have written. */
  async function look(listener: (change: Change) => void): Promise<void> {
    const before = version
    version = await sqlite.version()
    if (version === before) return
    const all = await db.selectFrom('libraries').select(['owner', 'changed']).execute()
    const now = new Map(all.map(({ owner, changed }) => [owner, changed]))
    const owners = new Set([...now.keys(), ...seen.keys()])
    const others = [...owners].filter((owner) => now.get(owner) !== seen.get(owner))
    seen.clear()
    for (const [owner, changed] of now) seen.set(owner, changed)
    // At the first look nothing is loaded that could be old.
    if (before !== undefined) for (const owner of others) listener({ owner })
  }

  return migrated(database, file)
}

function openPostgres(address: string, log: Log): Database {
  const pool = new pg.Pool({ connectionString: address, connectionTimeoutMillis: 5_000 })
  pool.on('error', (error) => log.warn({ err: error }, 'a connection to the database was lost'))
  /** Stands in each announcement, so that a process passes over its own. */
  const self = randomUUID()
  let closed = false
  let listening: pg.Client | undefined
  let again: NodeJS.Timeout | undefined

  const listen = async (listener: (change: Change) => void, first: boolean) => {
    const client = new pg.Client({ connectionString: address, connectionTimeoutMillis: 5_000 })
    const lost = (error?: unknown) => {
      if (closed || listening !== client) return
      listening = undefined
      log.warn({ err: error }, 'changes of other processes are not seen for a moment')
      void client.end().catch(() => {})
      again = setTimeout(() => listen(listener, false), RECONNECT_AFTER)
    }
    listening = client
    client.on('error', lost)
    client.on('end', lost)
    client.on('notification', ({ payload = '' }) => {
      const { process, ...change } = JSON.parse(payload) as Change & { process: string }
      if (process !== self) listener(change)
    })
    try {
      await client.connect()
      await client.query(`listen ${CHANNEL}`)
      if (!first) listener({})
    } catch (error) {
      lost(error)
    }
  }

  return {
    kind: 'postgres',
    db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }),
    async announce(transaction, change) {
      const payload = JSON.stringify({ process: self, ...change })
      await sql`select pg_notify(${CHANNEL}, ${payload})`.execute(transaction)
    },
    onAnnounced(listener) {
      void listen(listener, true)
    },
    async close() {
      closed = true
      clearTimeout(again)
      await Promise.allSettled([listening?.end(), pool.end()])
    },
  }
}

async function migrated(database: Database, place: string): Promise<Database> {
  const migrator = new Migrator({
    db: database.db,
    provider: { getMigrations: async () => migrations(database.kind) },
  })
  const { error, results } = await migrator
    .migrateToLatest()
    .catch((thrown: unknown) => ({ error: thrown, results: undefined }))
  if (error === undefined) return database
  await database.close().catch(() => {})
  throw new OperatorError(whyNotOpened(place, error, results?.at(-1)?.migrationName), {
    cause: error,
  })
}

function whyNotOpened(place: string, error: unknown, migration: string | undefined): string {
  const { code, message } = error as { code?: string; message?: string }
  if (code === 'SQLITE_NOTADB' || code?.startsWith('SQLITE_CORRUPT')) {
    return `${place}: the file is damaged or no database, and it was left as it is; move it away with the files footnote.db-wal and footnote.db-shm beside it, then bring back a copy with npm run restore -- FILE.`
  }
  if (code?.startsWith('SQLITE_BUSY')) {
    return `${place}: another program holds the database; end it, or wait until it has finished.`
  }
  if (message?.includes('previously executed migration')) {
    return `${place}: the database was written by a newer version of Footnote; run that version or a newer one.`
  }
  if (migration)
    return `${place}: the tables could not be brought up to date (${migration}: ${message}).`
  return `${place}: the database cannot be opened (${code ?? message}); check that it is there and may be written to.`
}
