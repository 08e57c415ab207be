import { Worker } from 'node:worker_threads'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { builtFile } from '../built-file.ts'
import type { Request, Response } from './sqlite-thread.ts'

/** An SQLite file, opened in a thread of its own at the first statement. */
export type SqliteFile = {
  readonly dialect: Dialect
  /** A number that is another one after another connection has changed the file. */
  version(): Promise<number>
  close(): Promise<void>
}

/** An error as SQLite names it: `SQLITE_BUSY`, `SQLITE_CORRUPT` and so on. */
class SqliteError extends Error {
  override readonly name = 'SqliteError'
  readonly code: string
  constructor(message: string, code: string) {
    super(message)
    this.code = code
  }
}

type Without<T> = T extends unknown ? Omit<T, 'number'> : never
type Found = Extract<Response, { rows: readonly unknown[] }>

/** @param patience milliseconds to wait for another program that writes */
export function openSqliteFile(file: string, patience: number): SqliteFile {
  const thread = new Worker(builtFile('store/sqlite-thread.js'), {
    workerData: { file, patience },
    // The thread takes nothing over that the process was started with.
    execArgv: [],
    env: {},
  })
  const waiting = new Map<number, { resolve(found: Found): void; reject(error: Error): void }>()
  let last = 0
  let ended: SqliteError | undefined
  const end = (message: string) => {
    ended = new SqliteError(message, 'SQLITE_IOERR')
    for (const { reject } of waiting.values()) reject(ended)
    waiting.clear()
  }
  thread.unref()
  thread.on('message', (response: Response) => {
    const asked = waiting.get(response.number)
    waiting.delete(response.number)
    if (waiting.size === 0) thread.unref()
    if ('rows' in response) asked?.resolve(response)
    else asked?.reject(new SqliteError(response.message, response.code))
  })
  thread.on('error', ({ message }) => end(message))
  thread.on('exit', () => end('the database is closed'))

  function send(request: Without<Request>): Promise<Found> {
    return new Promise((resolve, reject) => {
      if (ended) return reject(ended)
      last += 1
      waiting.set(last, { resolve, reject })
      thread.ref()
      thread.postMessage({ ...request, number: last })
    })
  }

  const connection: DatabaseConnection = {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const { rows, changes } = await send({ sql, parameters })
      return { rows: rows as R[], numAffectedRows: BigInt(changes) }
    },
    // biome-ignore lint/correctness/useYield: nothing is read this way.
    async *streamQuery() {
      throw new Error('Rows are read all at once.')
    },
  }
  const control = async (sql: string) => {
    await connection.executeQuery(CompiledQuery.raw(sql))
  }

  /** One connection, which a transaction has for itself. */
  let free: Promise<void> = Promise.resolve()
  let release = () => {}

  return {
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createDriver: () => ({
        init: async () => {},
        async acquireConnection() {
          const before = free
          let done = () => {}
          free = new Promise((resolve) => {
            done = resolve
          })
          await before
          release = done
          return connection
        },
        releaseConnection: async () => release(),
        beginTransaction: () => control('begin'),
        commitTransaction: () => control('commit'),
        rollbackTransaction: () => control('rollback'),
        destroy: async () => {},
      }),
    },
    async version() {
      const { rows } = await send({ ask: 'version' })
      return Number(Object.values(rows[0] ?? {})[0])
    },
    async close() {
      if (!ended) await send({ ask: 'close' }).catch(() => {})
      await thread.terminate()
    },
  }
}
