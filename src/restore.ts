import { copyFile, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { config as readEnvFile } from 'dotenv'
import { readConfig } from './config.ts'
import { createLog } from './log.ts'
import { OperatorError, runProgram } from './problem.ts'
import { copyAll } from './store/copy.ts'
import { openDatabase, openSqlite } from './store/database.ts'
import { tableNames } from './store/tables.ts'

/**
 * `npm run restore -- FILE`: brings a copy made by `npm run backup` back, into SQLite or PostgreSQL.
 * Where there are libraries already, `--replace` must be said.
 */
async function main() {
  readEnvFile({ quiet: true })
  const {
    positionals: [given],
    values: { replace },
  } = parseArgs({
    allowPositionals: true,
    options: { replace: { type: 'boolean', default: false } },
  })
  if (!given) throw new OperatorError('Name the copy to bring back: npm run restore -- FILE')
  const file = resolve(given)
  await mustBeDatabase(file)
  const config = readConfig(process.env)
  const log = createLog({ level: config.logLevel, secrets: [] })
  // The copy itself stays as it is, also where it comes from an older version.
  const folder = await mkdtemp(join(tmpdir(), 'footnote-restore-'))
  try {
    const copy = join(folder, 'copy.db')
    await copyFile(file, copy)
    const from = await openSqlite(copy)
    const to = await openDatabase(config, log)
    try {
      let held = 0
      for (const table of tableNames)
        held += (await to.db.selectFrom(table).select('owner').limit(1).execute()).length
      if (held > 0 && !replace)
        throw new OperatorError(
          'There are libraries already, and nothing was changed; to put the copy in their place, add --replace.',
        )
      const articles = await copyAll(from, to)
      console.log(
        `${articles} ${articles === 1 ? 'reading' : 'readings'} brought back; a bot that runs shows ${articles === 1 ? 'it' : 'them'} within seconds.`,
      )
    } finally {
      await Promise.all([from.close(), to.close()])
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** An empty file would pass for an empty database, and `--replace` would then delete all there is. */
async function mustBeDatabase(file: string): Promise<void> {
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    const what =
      error.code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${error.code})`
    throw new OperatorError(`${file}: ${what}.`)
  })
  try {
    // https://www.sqlite.org/fileformat.html#the_database_header
    const header = Buffer.alloc(16)
    await handle.read(header, 0, 16, 0).catch(() => {})
    if (header.toString('latin1') !== 'SQLite format 3\0')
      throw new OperatorError(`${file}: this is no copy that npm run backup has made.`)
  } finally {
    await handle.close()
  }
}

await runProgram(main)
