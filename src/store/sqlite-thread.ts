import { statSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import Sqlite from 'libsql'

/** A statement for the thread, or something that it does itself. */
export type Request = { readonly number: number } & (
  | { readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly ask: 'version' | 'close' }
)

export type Response = { readonly number: number } & (
  | { readonly rows: readonly unknown[]; readonly changes: number }
  | { readonly message: string; readonly code: string }
)

// SQLite works in the thread that calls it. Here it may wait for the disk and for locks while the
// bot's own thread answers.
const { file, patience } = workerData as { file: string; patience: number }
let database: Sqlite.Database | undefined
let opened: string | undefined

/**
 * Opens the file at the first statement. A statement that libsql could not begin because of a lock
 * stays unfinished, and beside it nothing can be committed. So locks are met by BEGIN IMMEDIATE
 * alone, which `exec` always finishes.
 */
function open(): Sqlite.Database {
  if (database) return database
  database = new Sqlite(file)
  database.exec(`pragma busy_timeout = ${patience}`)
  database.exec('pragma journal_mode = wal')
  // In a write-ahead log FULL syncs every commit: what was confirmed survives a power cut.
  database.exec('pragma synchronous = full')
  database.exec('pragma secure_delete = on')
  opened = identity()
  return database
}

function identity(): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false })
  return found && `${found.dev}:${found.ino}`
}

/** What is written to a file that was moved away or replaced would be lost, and what is read is old. */
function mustBeThere(): void {
  if (opened !== identity())
    throw Object.assign(new Error(`${file} is not the file that was opened`), {
      code: 'SQLITE_READONLY_DBMOVED',
    })
}

function run(sql: string, parameters: readonly unknown[]) {
  const sqlite = open()
  const none = { rows: [], changes: 0 }
  if (!sqlite.inTransaction) mustBeThere()
  if (sql === 'begin') {
    sqlite.exec('begin immediate')
    return none
  }
  if (sql === 'commit') {
    sqlite.exec('commit')
    return none
  }
  // A full disk ends a transaction by itself: nothing is left to undo.
  if (sql === 'rollback') {
    if (sqlite.inTransaction) sqlite.exec('rollback')
    return none
  }
  const statement = sqlite.prepare<unknown[]>(sql)
  const values = parameters.map((one) =>
    one instanceof Uint8Array ? Buffer.from(one.buffer, one.byteOffset, one.length) : one,
  )
  if (statement.reader) return { rows: statement.all(values), changes: 0 }
  if (sqlite.inTransaction || sql.startsWith('vacuum')) {
    return { rows: [], changes: statement.run(values).changes }
  }
  sqlite.exec('begin immediate')
  try {
    const { changes } = statement.run(values)
    sqlite.exec('commit')
    return { rows: [], changes }
  } catch (error) {
    if (sqlite.inTransaction) sqlite.exec('rollback')
    throw error
  }
}

function act(request: Request) {
  if ('sql' in request) return run(request.sql, request.parameters)
  if (request.ask === 'version') {
    const sqlite = open()
    mustBeThere()
    // Another number after a change by another connection, never after one of our own.
    return { rows: sqlite.prepare<unknown[]>('pragma data_version').all([]), changes: 0 }
  }
  database?.close()
  return { rows: [], changes: 0 }
}

parentPort?.on('message', (request: Request) => {
  const { number } = request
  let response: Response
  try {
    response = { number, ...act(request) }
  } catch (error) {
    const { message, code = '' } = error as Error & { code?: string }
    response = { number, message, code }
  }
  parentPort?.postMessage(response)
  if ('ask' in request && request.ask === 'close') parentPort?.close()
})
