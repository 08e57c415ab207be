import { setTimeout as wait } from 'node:timers/promises'
import { Client, Events, GatewayDispatchEvents, GatewayIntentBits, Options } from 'discord.js'
import type { APIInteraction, APIMessage } from 'discord-api-types/v10'
import type { Command, Topic } from '../commands/command.ts'
import type { Config } from '../config.ts'
import type { Libraries } from '../libraries/libraries.ts'
import type { Log } from '../log.ts'
import { OperatorError } from '../problem.ts'
import type { Library } from '../search/library.ts'
import { explained } from './explained.ts'
import { type Answering, answerInteraction } from './interactions.ts'
import type { CommandIds } from './markdown.ts'
import { answerMessage } from './mentions.ts'
import { register } from './registration.ts'

export type BotOptions = {
  readonly config: Pick<Config, 'token' | 'applicationId' | 'guildId' | 'mentions' | 'discordApi'>
  readonly log: Log
  /** The library as it is now, for a server or for a member's own messages. */
  readonly library: (server?: string) => Library
  /** A library for each server and member; without it, everybody has `library`. */
  readonly libraries?: Libraries
  /** Every command, coded ones and topics, as they are now. */
  readonly commands: () => readonly Command[]
  readonly topics: () => readonly Topic[]
}

export type Bot = {
  /** Logged in, its commands registered. Rejects if Discord refuses the token. */
  readonly ready: Promise<void>
  /** Registers the commands again if they differ from what Discord has. */
  register(): Promise<void>
  /** Finishes what is in flight, then logs out. */
  close(): Promise<void>
}

/** Milliseconds that answers in flight are given at the end. */
const patience = 5_000

/** Logs in to Discord and answers there until it is closed. */
export function startBot({ config, log, ...sources }: BotOptions): Bot {
  const { token } = config
  if (!token) throw new OperatorError("DISCORD_TOKEN is not set: put the bot's token into .env.")
  const client = new Client({
    intents: config.mentions
      ? [
          GatewayIntentBits.Guilds,
          GatewayIntentBits.GuildMessages,
          GatewayIntentBits.DirectMessages,
        ]
      : [GatewayIntentBits.Guilds],
    allowedMentions: { parse: [] },
    makeCache: Options.cacheWithLimits({ ...Options.DefaultMakeCacheSettings, MessageManager: 0 }),
    rest: { api: config.discordApi },
  })
  let commandIds: CommandIds = new Map()
  let closing = false
  const answering: Answering = { ...sources, log, rest: client.rest, commandIds: () => commandIds }

  const inFlight = new Set<Promise<void>>()
  const track = (work: Promise<void>) => {
    inFlight.add(work)
    void work.finally(() => inFlight.delete(work))
  }
  client.ws.on(GatewayDispatchEvents.InteractionCreate, (interaction: APIInteraction) =>
    track(answerInteraction(interaction, answering)),
  )
  client.ws.on(
    GatewayDispatchEvents.MessageCreate,
    (message: APIMessage & { guild_id?: string }) => {
      const self = client.user?.id
      if (config.mentions && self) track(answerMessage(message, self, answering))
    },
  )
  const { servers } = sources.libraries ?? {}
  const kept = (work: Promise<void> | undefined) =>
    track((work ?? Promise.resolve()).catch((error) => log.error({ err: error }, 'servers')))
  client.on(Events.GuildCreate, ({ id }) => kept(servers?.joined(id)))
  // Emitted when the bot was removed, not when a server is out of reach for a while.
  client.on(Events.GuildDelete, ({ id }) => kept(servers?.left(id)))
  client.once(Events.ClientReady, () => kept(servers?.present([...client.guilds.cache.keys()])))
  client.on(Events.Error, (error) => log.error({ err: error }, 'gateway'))
  client.on(Events.Warn, (message) => log.warn(message))
  client.on(Events.ShardReconnecting, (shard) => {
    if (!closing) log.info({ shard }, 'reconnecting')
  })
  client.on(Events.ShardResume, (shard) => log.info({ shard }, 'resumed'))

  const registerNow = async () => {
    const applicationId = config.applicationId ?? client.application?.id
    if (!applicationId)
      throw new OperatorError('DISCORD_APPLICATION_ID is not set: put it into .env.')
    const { changed, ids } = await register(client.rest, applicationId, sources.commands(), {
      guildId: config.guildId,
    }).catch((error) => {
      throw explained(error, config)
    })
    commandIds = ids
    if (changed.length > 0) log.info({ changed }, 'commands registered')
  }
  let registering = Promise.resolve()
  const registerInOrder = () => {
    registering = registering.catch(() => {}).then(registerNow)
    return registering
  }

  const online = new Promise<void>((resolve) => client.once(Events.ClientReady, () => resolve()))
  const login = client.login(token).catch((error) => {
    throw explained(error, config)
  })
  const ready = login.then(() => online).then(registerInOrder)
  ready.then(() => log.info({ name: client.user?.tag }, 'ready')).catch(() => {})
  return {
    ready,
    register: registerInOrder,
    async close() {
      closing = true
      const done = new AbortController()
      const timeUp = wait(patience, undefined, { signal: done.signal }).catch(() => {})
      await Promise.race([Promise.allSettled([...inFlight, registering]), timeUp])
      done.abort()
      await client.destroy()
    },
  }
}
