import { parseArgs } from 'node:util'
import { config as readEnvFile } from 'dotenv'
import { readConfig } from './config.ts'
import { registerOnce } from './discord/register-once.ts'
import { definitionsOf } from './discord/registration.ts'
import { createLog } from './log.ts'
import { OperatorError, runProgram } from './problem.ts'
import { openReadings } from './readings.ts'

const usage =
  'Use npm run commands -- --guild ID, or --global; --dry-run only shows what would change, --remove takes the commands away there.'

/** Registers the commands without starting the bot. */
async function main() {
  readEnvFile({ quiet: true })
  const config = readConfig(process.env)
  const given = flags()
  const readings = await openReadings(config, createLog({ level: 'silent' }))
  const commands = readings.commands()
  const count = `${definitionsOf(commands).length} commands`

  if (!config.token) {
    if (!given.dryRun)
      throw new OperatorError(`DISCORD_TOKEN is not set: put it into .env. ${usage}`)
    console.log(`${count}, all as Discord wants them. With DISCORD_TOKEN they would be compared.`)
    return
  }
  const guildId = given.global ? undefined : (given.guild ?? config.guildId)
  const where = guildId ? `in server ${guildId}` : 'everywhere'
  const wanted = given.remove ? [] : commands
  const changed = await registerOnce(config, wanted, { guildId, dryRun: given.dryRun })
  const done = given.remove ? 'removed' : 'changed'
  const would = given.remove ? 'would remove' : 'would change'
  console.log(
    changed.length === 0
      ? `${count} ${where}: nothing to change.`
      : `${count} ${where}: ${given.dryRun ? would : done} ${changed.join(', ')}.`,
  )
}

function flags(): {
  guild: string | undefined
  global: boolean
  dryRun: boolean
  remove: boolean
} {
  try {
    const { values } = parseArgs({
      options: {
        guild: { type: 'string' },
        global: { type: 'boolean', default: false },
        'dry-run': { type: 'boolean', default: false },
        remove: { type: 'boolean', default: false },
      },
    })
    if (values.guild !== undefined && (values.global || !/^\d{17,20}$/.test(values.guild))) {
      throw new OperatorError(
        `--guild "${values.guild}" must be a server's id, without --global. ${usage}`,
      )
    }
    if (values.remove && values.guild === undefined && !values.global) {
      throw new OperatorError(`--remove needs --guild ID or --global beside it. ${usage}`)
    }
    const { guild, global, remove } = values
    return { guild, global, remove, dryRun: values['dry-run'] }
  } catch (error) {
    throw error instanceof OperatorError
      ? error
      : new OperatorError(`${(error as Error).message} ${usage}`)
  }
}

await runProgram(main)
