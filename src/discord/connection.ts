import type { REST } from 'discord.js'
import type { APIInteraction, APIMessage } from 'discord-api-types/v10'
import type { Respond } from './interactions.ts'

/** The way by which interactions arrive: the gateway, or an endpoint of our own. */
export type Connection = {
  /** For what is asked of Discord, and for the commands; answers have one of their own. */
  readonly rest: REST
  /** Interactions arrive from now on. */
  readonly ready: Promise<{ readonly name: string; readonly applicationId: string | undefined }>
  readonly ended: Promise<never>
  /** Whether interactions can arrive now. */
  connected(): boolean
  endpoint?(): string | undefined
  /**
   * Called first of all at the end, where nothing new is to be let in. Resolves when what was on its
   * way has arrived.
   */
  stopTaking?(): Promise<void>
  close(): Promise<void>
}

/** What a connection passes on. */
export type Receiver = {
  /** @param respond takes the first response; without it, that goes over REST */
  interaction(interaction: APIInteraction, respond?: Respond): void
  message(message: APIMessage & { readonly guild_id?: string }, self: string): void
  joined(server: string): void
  left(server: string): void
  /** All servers that the bot is in, as far as the connection has them. */
  present(servers: readonly string[]): void
}

/** What the REST client of either connection is told. */
export const restOptions = {
  // Each answer has a rate limit of its own, which is kept until it is swept: an hour by default.
  handlerSweepInterval: 15_000,
  // Replies to interactions do not count against the global limit
  // (https://discord.com/developers/docs/topics/rate-limits#global-rate-limit), and counting them
  // by the wall clock would hold them all up after that was set back.
  globalRequestsPerSecond: Number.POSITIVE_INFINITY,
}
