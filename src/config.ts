import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { OperatorError } from './problem.ts'

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

const count = (standard: number, most: number) => {
  const range = `must be a whole number from 1 to ${most.toLocaleString('en')}`
  return z.coerce.number(range).int(range).min(1, range).max(most, range).default(standard)
}

const port = z.coerce
  .number('must be a port from 1 to 65535')
  .int('must be a port from 1 to 65535')
  .min(1, 'must be a port from 1 to 65535')
  .max(65535, 'must be a port from 1 to 65535')

const host = z
  .string()
  .regex(/^[\w.:-]+$/, 'must be an address of this machine, such as 127.0.0.1')
  .default('127.0.0.1')

const onOrOff = z.enum(['on', 'off'], { error: 'must be on or off' }).default('off')

/** Every setting that the program reads from its environment; `.env.example` explains each. */
export const settings = z.object({
  DISCORD_TOKEN: z
    .string()
    .refine((token) => !/^bot\b/i.test(token), 'must be the bare token, without "Bot" before it')
    .regex(/^\S+$/, 'must hold no white space')
    .optional(),
  DISCORD_APPLICATION_ID: snowflake.optional(),
  DISCORD_GUILD_ID: snowflake.optional(),
  TRANSPORT: z.enum(['gateway', 'http'], { error: 'must be gateway or http' }).default('gateway'),
  PUBLIC_KEY: z
    .string()
    .regex(
      /^[0-9a-f]{64}$/i,
      'must be the 64 hexadecimal digits on your application\'s page, "General Information"',
    )
    .optional(),
  HTTP_PORT: port.default(8080),
  HTTP_HOST: host,
  SHARDS: z
    .string()
    .regex(/^(auto|[1-9]\d{0,3})$/, 'must be auto or a whole number from 1 to 9,999')
    .transform((value) => (value === 'auto' ? value : Number(value)))
    .optional(),
  KNOWLEDGE_DIR: folder('knowledge'),
  COMMANDS_DIR: folder('commands'),
  DATA_DIR: folder('data'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      error: 'must be trace, debug, info, warn, error, fatal or silent',
    })
    .default('info'),
  MENTIONS: onOrOff,
  DATABASE_URL: z
    .url({
      protocol: /^postgres(ql)?$/,
      hostname: /./,
      error: 'must be an address that begins with postgres://',
    })
    .optional(),
  LINKS: onOrOff,
  LIBRARY_ARTICLES: count(100, 10_000),
  LIBRARY_MEGABYTES: count(100, 100_000),
  DOCUMENT_MEGABYTES: count(25, 500),
  UPLOADS_PER_HOUR: count(30, 10_000),
  SERVER_UPLOADS_PER_HOUR: count(100, 10_000),
  LIBRARY_MEMORY: count(256, 1_000_000),
  DAYS_AFTER_LEAVING: count(30, 3_650),
  MEMBER_PER_MINUTE: count(30, 100_000),
  CHANNEL_PER_MINUTE: count(120, 1_000_000),
  SERVER_PER_MINUTE: count(600, 10_000_000),
  METRICS_PORT: port.optional(),
  METRICS_HOST: host,
  LOG_QUESTIONS: onOrOff,
  DISCORD_API: z
    .url({ protocol: /^https?$/, error: 'must be an address that begins with http:// or https://' })
    .transform((address) => address.replace(/\/+$/, ''))
    .default('https://discord.com/api'),
  REHEARSAL_PORT: port.default(4321),
})

export type Config = {
  readonly token?: string
  readonly applicationId?: string
  /** Commands are registered in this server, at once, instead of everywhere. */
  readonly guildId?: string
  /** Where interactions arrive over HTTP; without it, they do over the gateway. */
  readonly http?: {
    readonly host: string
    readonly port: number
    /** Of the application, in hex; a rehearsal has one of its own. */
    readonly publicKey?: string
  }
  /** How many connections to the gateway there are, in several processes; without it, one here. */
  readonly shards?: 'auto' | number
  /** Absolute paths. */
  readonly knowledgeDir: string
  readonly commandsDir: string
  readonly dataDir: string
  readonly logLevel: z.output<typeof settings>['LOG_LEVEL']
  /** Whether the bot also answers messages that mention it, and direct messages. */
  readonly mentions: boolean
  /** A PostgreSQL database; without it, an SQLite file in `dataDir`. */
  readonly databaseUrl?: string
  /** What members may add to their libraries. */
  readonly uploads: {
    readonly links: boolean
    /** In each library. */
    readonly articles: number
    readonly bytes: number
    readonly documentBytes: number
    /** Of each member. */
    readonly perHour: number
    /** To each server. */
    readonly perHourToServer: number
  }
  /** Bytes that the loaded libraries of servers and members may take together, roughly. */
  readonly libraryMemory: number
  /** After so many days, the library of a server that the bot has left is deleted. */
  readonly daysAfterLeaving: number
  /** How often the bot may be asked within a minute: by one member, in one channel, in one server. */
  readonly perMinute: {
    readonly member: number
    readonly channel: number
    readonly server: number
  }
  /** Where health and metrics are served; nowhere without it. */
  readonly metrics?: { readonly host: string; readonly port: number }
  /** Whether the log holds what members ask. */
  readonly logQuestions: boolean
  /** The base of Discord's REST API, without version and closing slash. */
  readonly discordApi: string
  readonly rehearsalPort: number
}

const secret: ReadonlySet<string> = new Set(['DISCORD_TOKEN', 'DATABASE_URL'])

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
  checkTogether(set)
  return {
    ...(set.DISCORD_TOKEN && { token: set.DISCORD_TOKEN }),
    ...(set.DISCORD_APPLICATION_ID && { applicationId: set.DISCORD_APPLICATION_ID }),
    ...(set.DISCORD_GUILD_ID && { guildId: set.DISCORD_GUILD_ID }),
    ...(set.TRANSPORT === 'http' && {
      http: {
        host: set.HTTP_HOST,
        port: set.HTTP_PORT,
        ...(set.PUBLIC_KEY && { publicKey: set.PUBLIC_KEY }),
      },
    }),
    ...(set.SHARDS && { shards: set.SHARDS }),
    knowledgeDir: set.KNOWLEDGE_DIR,
    commandsDir: set.COMMANDS_DIR,
    dataDir: set.DATA_DIR,
    logLevel: set.LOG_LEVEL,
    mentions: set.MENTIONS === 'on',
    ...(set.DATABASE_URL && { databaseUrl: set.DATABASE_URL }),
    uploads: {
      links: set.LINKS === 'on',
      articles: set.LIBRARY_ARTICLES,
      bytes: set.LIBRARY_MEGABYTES * 1_000_000,
      documentBytes: set.DOCUMENT_MEGABYTES * 1_000_000,
      perHour: set.UPLOADS_PER_HOUR,
      perHourToServer: set.SERVER_UPLOADS_PER_HOUR,
    },
    libraryMemory: set.LIBRARY_MEMORY * 1_000_000,
    daysAfterLeaving: set.DAYS_AFTER_LEAVING,
    perMinute: {
      member: set.MEMBER_PER_MINUTE,
      channel: set.CHANNEL_PER_MINUTE,
      server: set.SERVER_PER_MINUTE,
    },
    ...(set.METRICS_PORT && { metrics: { host: set.METRICS_HOST, port: set.METRICS_PORT } }),
    logQuestions: set.LOG_QUESTIONS === 'on',
    discordApi: set.DISCORD_API,
    rehearsalPort: set.REHEARSAL_PORT,
  }
}

/** @throws OperatorError if settings that are right by themselves do not go together */
function checkTogether(set: z.output<typeof settings>): void {
  const http = set.TRANSPORT === 'http'
  if (http && set.SHARDS) {
    throw new OperatorError(
      `SHARDS="${set.SHARDS}" needs TRANSPORT="gateway": with http, start as many processes as you like.`,
    )
  }
  if (set.SHARDS && !set.DISCORD_TOKEN) {
    throw new OperatorError(
      `SHARDS="${set.SHARDS}" needs DISCORD_TOKEN: without one, the bot rehearses in one process.`,
    )
  }
  if (http && set.DISCORD_TOKEN && !set.PUBLIC_KEY) {
    throw new OperatorError(
      'TRANSPORT="http" needs PUBLIC_KEY: copy it from your application\'s page, "General Information", into .env.',
    )
  }
  if (http && set.MENTIONS === 'on') {
    throw new OperatorError(
      'MENTIONS="on" needs TRANSPORT="gateway": Discord sends messages over the gateway alone.',
    )
  }
}
