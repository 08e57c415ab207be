import { Client, Events, GatewayIntentBits } from 'discord.js'
import type { Command, Topic } from '../commands/command.ts'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { OperatorError } from '../problem.ts'
import type { Library } from '../search/library.ts'

export type BotOptions = {
  readonly config: Pick<Config, 'token' | 'applicationId' | 'guildId' | 'mentions' | 'discordApi'>
  readonly log: Log
  /** The library as it is now, for a server or for a member's own messages. */
  readonly library: (server?: string) => Library
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

export function startBot({ config, log }: BotOptions): Bot {
  if (!config.token) throw new OperatorError('DISCORD_TOKEN is not set.')
  const client = new Client({
    intents: config.mentions
      ? [
          GatewayIntentBits.Guilds,
          GatewayIntentBits.GuildMessages,
          GatewayIntentBits.DirectMessages,
        ]
      : [GatewayIntentBits.Guilds],
    allowedMentions: { parse: [] },
    rest: { api: config.discordApi },
  })
  const online = new Promise<void>((resolve) => client.once(Events.ClientReady, () => resolve()))
  const ready = client.login(config.token).then(() => online)
  ready.catch((error) => log.error({ err: error }, 'not logged in'))
  return {
    ready,
    async register() {},
    close: () => client.destroy(),
  }
}
