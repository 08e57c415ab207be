import { config as readEnvFile } from 'dotenv'
import { type Config, readConfig } from './config.ts'
import { startBot } from './discord/bot.ts'
import { openLibraries } from './libraries/libraries.ts'
import { createLog } from './log.ts'
import { exitOn } from './problem.ts'
import { openReadings } from './readings.ts'
import { startRehearsal } from './rehearsal/rehearse.ts'

async function main() {
  readEnvFile({ quiet: true })
  const config = readConfig(process.env)
  const log = createLog({ level: config.logLevel, secrets: secretsOf(config) })

  const readings = await openReadings(config, log)
  // Without a token the bot answers on a Discord of this machine, and a page there shows it.
  const rehearsal = config.token
    ? undefined
    : await startRehearsal({ port: config.rehearsalPort, ...readings })
  const account = rehearsal?.bot ?? config
  const libraries = await openLibraries({ ...config, ...account }, log, readings)
  const bot = startBot({ config: account, log, ...readings, libraries })

  let stopWatching = async () => {}
  const stop = async (signal: NodeJS.Signals) => {
    log.info({ signal }, 'finishing')
    await Promise.all([stopWatching(), bot.close()])
    await libraries.close()
    await rehearsal?.close()
    process.exit(0)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)

  await bot.ready.catch(async (error) => {
    await bot.close()
    throw error
  })
  stopWatching = await readings.watch(
    () => bot.register(),
    () => rehearsal?.refresh(),
  )
  if (rehearsal) console.log(`Try it: ${rehearsal.address} (Ctrl+C ends it)`)
}

function secretsOf({ token, databaseUrl }: Config): readonly string[] {
  return [token, databaseUrl].filter((secret) => secret !== undefined)
}

await main().catch(exitOn)
