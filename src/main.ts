import { config as readEnvFile } from 'dotenv'
import { type Config, readConfig } from './config.ts'
import { startBot } from './discord/bot.ts'
import { ownShards, superviseShards } from './discord/sharding.ts'
import { openLibraries } from './libraries/libraries.ts'
import { createLog } from './log.ts'
import { openAllowance } from './operations/allowance.ts'
import { finishWhenTold } from './operations/finish.ts'
import { openOperations } from './operations/operations.ts'
import { exitOn } from './problem.ts'
import { openReadings } from './readings.ts'
import { startRehearsal } from './rehearsal/rehearse.ts'

async function main() {
  readEnvFile({ quiet: true })
  const shards = ownShards(process.env)
  // In one process of several, discord.js has written there which shards are its own.
  const config = readConfig(shards ? { ...process.env, SHARDS: '' } : process.env)
  const log = createLog({ level: config.logLevel, secrets: secretsOf(config) })
  if (config.shards) return superviseShards(config, log, import.meta.filename)
  const operations = await openOperations(config.metrics)

  const readings = await openReadings(config, log)
  // Without a token the bot answers on a Discord of this machine, and a page there shows it.
  const rehearsal = config.token
    ? undefined
    : await startRehearsal({ port: config.rehearsalPort, http: config.http, ...readings })
  const account = { ...config, ...rehearsal?.bot }
  const libraries = await openLibraries(account, log, readings)
  const bot = startBot({
    config: account,
    shards,
    log,
    ...operations.watch({ ...readings, libraries }),
    allowance: openAllowance(config.perMinute),
  })
  operations.follow(bot.state)

  let stopWatching = async () => {}
  const end = finishWhenTold(log, async () => {
    await Promise.all([stopWatching(), bot.close()])
    await libraries.close()
    await rehearsal?.close()
    await operations.close()
  })
  bot.ended.catch(end)

  await bot.ready.catch(async (error) => {
    await bot.close()
    throw error
  })
  await rehearsal?.deliverTo(bot.endpoint())
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
