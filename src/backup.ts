import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { config as readEnvFile } from 'dotenv'
import { readConfig } from './config.ts'
import { createLog } from './log.ts'
import { OperatorError, runProgram } from './problem.ts'
import { copyInto } from './store/copy.ts'
import { databaseFile, openDatabase } from './store/database.ts'

/** `npm run backup -- FILE`: a consistent copy of all libraries as one SQLite file; the bot may run. */
async function main() {
  readEnvFile({ quiet: true })
  const {
    positionals: [given],
  } = parseArgs({ allowPositionals: true })
  if (!given) throw new OperatorError('Name the file to write: npm run backup -- footnote-copy.db')
  const file = resolve(given)
  if (existsSync(file))
    throw new OperatorError(`${file}: there is such a file already; name another.`)
  const config = readConfig(process.env)
  if (!config.databaseUrl && !existsSync(databaseFile(config.dataDir)))
    throw new OperatorError(
      `${databaseFile(config.dataDir)}: there is no database yet; nothing was copied.`,
    )
  const log = createLog({ level: config.logLevel, secrets: [] })
  const from = await openDatabase(config, log)
  const unfinished = `${file}.unfinished`
  await rm(unfinished, { force: true })
  try {
    const articles = await copyInto(from, unfinished)
    await synced(unfinished)
    await rename(unfinished, file)
    console.log(`${file}: ${articles} ${articles === 1 ? 'reading' : 'readings'} copied.`)
  } finally {
    await from.close()
    for (const end of ['', '-wal', '-shm']) await rm(`${unfinished}${end}`, { force: true })
  }
}

async function synced(file: string): Promise<void> {
  const handle = await open(file)
  await handle.sync()
  await handle.close()
}

await runProgram(main)
