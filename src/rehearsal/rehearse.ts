import type { Topic } from '../commands/command.ts'
import type { Config } from '../config.ts'
import type { BotOptions } from '../discord/bot.ts'
import type { Library } from '../search/library.ts'
import { startLoopback } from './loopback.ts'
import { servePage } from './server.ts'
import { welcomeOf } from './welcome.ts'

export type Rehearsal = {
  /** What the bot logs in with: the same client as ever, against a Discord on this machine. */
  readonly bot: Pick<BotOptions['config'], 'token' | 'discordApi' | 'mentions' | 'http'>
  /** Where the page is, for example `http://localhost:4321`. */
  readonly address: string
  /** Delivers interactions to the bot's endpoint, if it has one. */
  deliverTo(endpoint: string | undefined): Promise<void>
  /** To be called when the readings or the topics have changed. */
  refresh(): void
  close(): Promise<void>
}

/** Starts a Discord on this machine and the page to try the bot out in. */
export async function startRehearsal(options: {
  /** The page's port; 0 for a free one. */
  readonly port: number
  /** Where the bot is to serve an endpoint, if it is to. */
  readonly http?: Config['http'] | undefined
  readonly library: () => Library
  readonly topics: () => readonly Topic[]
  /** What is wrong with the files of the readings and topics, in sentences. */
  readonly mistakes: () => readonly string[]
}): Promise<Rehearsal> {
  const loopback = await startLoopback()
  try {
    const page = await servePage({
      loopback,
      port: options.port,
      welcome: () => welcomeOf(options.library(), options.topics(), options.mistakes()),
    })
    return {
      bot: {
        token: loopback.token,
        discordApi: loopback.api,
        mentions: true,
        ...(options.http && { http: { ...options.http, publicKey: loopback.publicKey } }),
      },
      address: page.address,
      async deliverTo(endpoint) {
        if (endpoint) await loopback.useEndpoint(endpoint)
      },
      refresh: page.refreshWelcome,
      async close() {
        await page.close()
        await loopback.close()
      },
    }
  } catch (error) {
    await loopback.close()
    throw error
  }
}
