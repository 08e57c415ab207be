import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { OperatorError } from './problem.ts'

export { badConfiguration } from './problem.ts'

/** The project's own folder, whether the program runs from `src/` or from `dist/src/`. */
export const projectRoot = rootAbove(import.meta.dirname)

function rootAbove(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder
  const parent = dirname(folder)
  if (parent === folder) throw new OperatorError('The folder that holds package.json is missing.')
  return rootAbove(parent)
}

const snowflake = z.string().regex(/^\d{17,20}$/, 'must be an id of 17 to 20 digits')
const folder = (standard: string) =>
  z
    .string()
    .transform((path) => resolve(path))
    .default(join(projectRoot, standard))

/** Every setting that the program reads from its environment; `.env.example` explains each. */
export const settings = z.object({
  DISCORD_TOKEN: z
    .string()
    .regex(/^\S+$/, 'must hold no white space')
    .refine((token) => !/^bot\b/i.test(token), 'must be the bare token, without "Bot" before it')
    .optional(),
  DISCORD_APPLICATION_ID: snowflake.optional(),
  DISCORD_GUILD_ID: snowflake.optional(),
  KNOWLEDGE_DIR: folder('knowledge'),
  COMMANDS_DIR: folder('commands'),
  DATA_DIR: folder('data'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      error: 'must be trace, debug, info, warn, error, fatal or silent',
    })
    .default('info'),
  MENTIONS: z.enum(['on', 'off'], { error: 'must be on or off' }).default('off'),
  DISCORD_API: z
    .url({ protocol: /^https?$/, error: 'must be an address that begins with http:// or https://' })
    .transform((address) => address.replace(/\/+$/, ''))
    .default('https://discord.com/api'),
  REHEARSAL_PORT: z.coerce
    .number('must be a port from 1 to 65535')
    .int('must be a port from 1 to 65535')
    .min(1, 'must be a port from 1 to 65535')
    .max(65535, 'must be a port from 1 to 65535')
    .default(4321),
})

export type Config = {
  readonly token?: string
  readonly applicationId?: string
  /** Commands are registered in this server, at once, instead of everywhere. */
  readonly guildId?: string
  /** Absolute paths. */
  readonly knowledgeDir: string
  readonly commandsDir: string
  readonly dataDir: string
  readonly logLevel: z.output<typeof settings>['LOG_LEVEL']
  /** Whether the bot also answers messages that mention it, and direct messages. */
  readonly mentions: boolean
  /** The base of Discord's REST API, without version and closing slash. */
  readonly discordApi: string
  readonly rehearsalPort: number
}

const secret: ReadonlySet<string> = new Set(['DISCORD_TOKEN'])

/**
 * Reads the settings from an environment; an empty value counts as none.
 * @throws OperatorError naming the first bad variable, its value (never a token's) and the mend
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.keys(settings.shape).flatMap((name) => {
      const value = env[name]?.trim()
      return value ? [[name, value]] : []
    }),
  )
  const parsed = settings.safeParse(given)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const name = String(issue?.path[0])
    const shown = secret.has(name) ? name : `${name}="${given[name]}"`
    throw new OperatorError(
      `${shown} ${issue?.message}: mend it in .env or in the environment (.env.example explains it).`,
    )
  }
  const set = parsed.data
  return {
    ...(set.DISCORD_TOKEN && { token: set.DISCORD_TOKEN }),
    ...(set.DISCORD_APPLICATION_ID && { applicationId: set.DISCORD_APPLICATION_ID }),
    ...(set.DISCORD_GUILD_ID && { guildId: set.DISCORD_GUILD_ID }),
    knowledgeDir: set.KNOWLEDGE_DIR,
    commandsDir: set.COMMANDS_DIR,
    dataDir: set.DATA_DIR,
    logLevel: set.LOG_LEVEL,
    mentions: set.MENTIONS === 'on',
    discordApi: set.DISCORD_API,
    rehearsalPort: set.REHEARSAL_PORT,
  }
}
