import { config as readEnvFile } from 'dotenv'
import { readConfig } from './config.ts'
import { startBot } from './discord/bot.ts'
import { createLog } from './log.ts'
import { exitOn, OperatorError } from './problem.ts'
import { openReadings } from './readings.ts'

async function main() {
  readEnvFile({ quiet: true })
  const config = readConfig(process.env)
  if (!config.token) {
    throw new OperatorError(
      'DISCORD_TOKEN is not set: put your bot\'s token into .env to answer on Discord; npm run ask -- "your question" works without one.',
    )
  }
  const log = createLog({ level: config.logLevel, secrets: [config.token] })

  const readings = await openReadings(config, log)
  const bot = startBot({ config, log, ...readings })

  let stopWatching = async () => {}
  const stop = async (signal: NodeJS.Signals) => {
    log.info({ signal }, 'finishing')
    await Promise.all([stopWatching(), bot.close()])
    process.exit(0)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)

  await bot.ready.catch(async (error) => {
    await bot.close()
    throw error
  })
  stopWatching = await readings.watch(() => bot.register())
}

await main().catch(exitOn)
