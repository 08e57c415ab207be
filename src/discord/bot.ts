import { setTimeout as wait } from 'node:timers/promises'
import {
  Client,
  Events,
  GatewayDispatchEvents,
  GatewayIntentBits,
  Options,
  RESTEvents,
  Status,
} from 'discord.js'
import type { APIInteraction, APIMessage } from 'discord-api-types/v10'
import { LRUCache } from 'lru-cache'
import type { Command, Topic } from '../commands/command.ts'
import type { Config } from '../config.ts'
import type { Libraries } from '../libraries/libraries.ts'
import type { Log } from '../log.ts'
import type { Allowance } from '../operations/allowance.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { State } from '../operations/state.ts'
import { OperatorError } from '../problem.ts'
import type { Library } from '../search/library.ts'
import { explained, explainedClosing } from './explained.ts'
import { type Answering, answerInteraction } from './interactions.ts'
import type { CommandIds } from './markdown.ts'
import { answerMessage } from './mentions.ts'
import { register } from './registration.ts'

export type BotOptions = {
  readonly config: Pick<Config, 'token' | 'applicationId' | 'guildId' | 'mentions' | 'discordApi'> &
    Partial<Pick<Config, 'logQuestions'>>
  readonly log: Log
  /** The library as it is now, for a server or for a member's own messages. */
  readonly library: (server?: string) => Library
  /** A library for each server and member; without it, everybody has `library`. */
  readonly libraries?: Libraries
  /** Every command, coded ones and topics, as they are now. */
  readonly commands: () => readonly Command[]
  readonly topics: () => readonly Topic[]
  /** How much may be asked; without it, as much as anybody likes. */
  readonly allowance?: Allowance
  readonly metrics?: Pick<Metrics, 'ended' | 'rateLimited'>
}

export type Bot = {
  /** Logged in, its commands registered. Rejects if Discord refuses the token. */
  readonly ready: Promise<void>
  /** Never resolves; rejects if Discord ends the connection for good, as it does for a revoked token. */
  readonly ended: Promise<never>
  state(): State
  /** Registers the commands again if they differ from what Discord has. */
  register(): Promise<void>
  /** Finishes what is in flight, for 8 seconds at most, then logs out. What comes meanwhile is put off. */
  close(): Promise<void>
}

/** Milliseconds that answers in flight are given at the end. */
const patience = 8_000

/** Interactions that are remembered: after a broken connection Discord may send one twice. */
const remembered = 10_000

/** Logs in to Discord and answers there until it is closed. */
export function startBot({ config, log, metrics, ...sources }: BotOptions): Bot {
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
    rest: {
      api: config.discordApi,
      // Each answer has a rate limit of its own, which is kept until it is swept: an hour by default.
      handlerSweepInterval: 15_000,
      // Replies to interactions do not count against the global limit
      // (https://discord.com/developers/docs/topics/rate-limits#global-rate-limit), and counting them
      // by the wall clock would hold them all up after that was set back.
      globalRequestsPerSecond: Number.POSITIVE_INFINITY,
    },
  })
  let commandIds: CommandIds = new Map()
  let closing = false
  let registered = false
  const answering: Answering = {
    ...sources,
    log,
    rest: client.rest,
    commandIds: () => commandIds,
    logQuestions: config.logQuestions ?? false,
    stopping: () => closing,
    ...(metrics && { ended: metrics.ended }),
  }

  /** The work under way, each with the id of what it answers. */
  const inFlight = new Map<Promise<void>, string>()
  const track = (work: Promise<void>, id = '') => {
    const tracked = work
      .catch((error) => log.error({ ...(id && { id }), err: error }, 'failed'))
      .finally(() => inFlight.delete(tracked))
    inFlight.set(tracked, id)
  }
  const seen = new LRUCache<string, true>({ max: remembered })
  const isNew = (id: string) => {
    if (seen.has(id)) {
      log.info({ id }, 'sent twice by Discord, answered once')
      return false
    }
    seen.set(id, true)
    return true
  }
  client.ws.on(GatewayDispatchEvents.InteractionCreate, (interaction: APIInteraction) => {
    const { id } = interaction
    if (isNew(id)) track(answerInteraction(interaction, answering), id)
  })
  client.ws.on(
    GatewayDispatchEvents.MessageCreate,
    (message: APIMessage & { guild_id?: string }) => {
      const self = client.user?.id
      if (!config.mentions || !self || !isNew(message.id)) return
      track(answerMessage(message, self, answering), message.id)
    },
  )
  client.rest.on(RESTEvents.Response, (_request, { status, headers }) => {
    if (status === 429) metrics?.rateLimited(headers.get('x-ratelimit-scope') ?? 'user')
  })
  const { servers } = sources.libraries ?? {}
  const kept = (work: Promise<void> | undefined) =>
    track((work ?? Promise.resolve()).catch((error) => log.error({ err: error }, 'servers')))
  client.on(Events.GuildCreate, ({ id }) => kept(servers?.joined(id)))
  // Emitted when the bot was removed, not when a server is out of reach for a while.
  client.on(Events.GuildDelete, ({ id }) => kept(servers?.left(id)))
  client.once(Events.ClientReady, () => kept(servers?.present([...client.guilds.cache.keys()])))
  client.on(Events.Error, (error) => log.error({ err: error }, 'gateway'))
  client.on(Events.ShardError, (error, shard) => log.warn({ err: error, shard }, 'gateway'))
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
  const ended = new Promise<never>((_resolve, reject) => {
    client.on(Events.ShardDisconnect, ({ code }) => reject(explainedClosing(code)))
  })
  ended.catch(() => {})
  let registering = Promise.resolve()
  const registerInOrder = () => {
    registering = registering.catch(() => {}).then(registerNow)
    return registering
  }

  const online = new Promise<void>((resolve) => client.once(Events.ClientReady, () => resolve()))
  const login = client.login(token).catch((error) => {
    throw explained(error, config)
  })
  const started = login.then(() => online).then(registerInOrder)
  const ready = Promise.race([started, ended]).then(() => {
    registered = true
    log.info({ name: client.user?.tag }, 'ready')
  })
  ready.catch(() => {})
  return {
    ready,
    ended,
    state() {
      if (closing) return 'stopping'
      if (!registered) return 'starting'
      return client.ws.shards.every(({ status }) => status === Status.Ready)
        ? 'ready'
        : 'reconnecting'
    },
    register: registerInOrder,
    async close() {
      closing = true
      const done = new AbortController()
      const timeUp = wait(patience, undefined, { signal: done.signal }).catch(() => {})
      const finished = async () => {
        await Promise.allSettled([registering])
        while (inFlight.size > 0 && !done.signal.aborted) await Promise.all(inFlight.keys())
      }
      await Promise.race([finished(), timeUp])
      done.abort()
      for (const id of inFlight.values()) log.error({ id }, 'lost: there was no more time for it')
      await client.destroy()
    },
  }
}
