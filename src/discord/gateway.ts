import {
  Client,
  Events,
  GatewayDispatchEvents,
  GatewayIntentBits,
  Options,
  Status,
} from 'discord.js'
import type { APIInteraction, APIMessage } from 'discord-api-types/v10'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { type Connection, type Receiver, restOptions } from './connection.ts'
import { explained, explainedClosing } from './explained.ts'
import type { Shards } from './sharding.ts'

/** Logs in to Discord's gateway: https://discord.com/developers/docs/events/gateway */
export function connectGateway(
  config: Pick<Config, 'guildId' | 'mentions' | 'discordApi'> & {
    readonly token: string
    readonly shards: Shards | undefined
  },
  log: Log,
  receiver: Receiver,
): Connection {
  const { ids, of } = config.shards ?? { ids: [0], of: 1 }
  const client = new Client({
    shards: [...ids],
    shardCount: of,
    intents: config.mentions
      ? [
          GatewayIntentBits.Guilds,
          GatewayIntentBits.GuildMessages,
          GatewayIntentBits.DirectMessages,
        ]
      : [GatewayIntentBits.Guilds],
    allowedMentions: { parse: [] },
    makeCache: Options.cacheWithLimits({ ...Options.DefaultMakeCacheSettings, MessageManager: 0 }),
    rest: { ...restOptions, api: config.discordApi },
  })
  let closing = false

  client.ws.on(GatewayDispatchEvents.InteractionCreate, (interaction: APIInteraction) =>
    receiver.interaction(interaction),
  )
  client.ws.on(
    GatewayDispatchEvents.MessageCreate,
    (message: APIMessage & { guild_id?: string }) => {
      const self = client.user?.id
      if (config.mentions && self) receiver.message(message, self)
    },
  )
  client.on(Events.GuildCreate, ({ id }) => receiver.joined(id))
  // Emitted when the bot was removed, not when a server is out of reach for a while.
  client.on(Events.GuildDelete, ({ id }) => receiver.left(id))
  client.once(Events.ClientReady, () => receiver.present([...client.guilds.cache.keys()]))
  client.on(Events.Error, (error) => log.error({ err: error }, 'gateway'))
  client.on(Events.ShardError, (error, shard) => log.warn({ err: error, shard }, 'gateway'))
  client.on(Events.Warn, (message) => log.warn(message))
  client.on(Events.ShardReconnecting, (shard) => {
    if (!closing) log.info({ shard }, 'reconnecting')
  })
  client.on(Events.ShardResume, (shard) => log.info({ shard }, 'resumed'))

  const ended = new Promise<never>((_resolve, reject) => {
    client.on(Events.ShardDisconnect, ({ code }) => reject(explainedClosing(code)))
  })
  ended.catch(() => {})
  const online = new Promise<void>((resolve) => client.once(Events.ClientReady, () => resolve()))
  const login = client.login(config.token).catch((error) => {
    throw explained(error, config)
  })
  return {
    rest: client.rest,
    ready: login
      .then(() => online)
      .then(() => ({ name: client.user?.tag ?? '', applicationId: client.application?.id })),
    ended,
    connected: () => client.ws.shards.every(({ status }) => status === Status.Ready),
    async close() {
      closing = true
      await client.destroy()
    },
  }
}
