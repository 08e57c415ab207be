import { setTimeout as wait } from 'node:timers/promises'
import { REST, RESTEvents } from 'discord.js'
import type { APIInteraction } from 'discord-api-types/v10'
import { LRUCache } from 'lru-cache'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import type { Allowance } from '../operations/allowance.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { State } from '../operations/state.ts'
import { MemberError, OperatorError } from '../problem.ts'
import { type Receiver, restOptions } from './connection.ts'
import type { Sources } from './dispatch.ts'
import { serveEndpoint } from './endpoint.ts'
import { explained } from './explained.ts'
import { connectGateway } from './gateway.ts'
import { type Answering, answerInteraction, giveUp, turnAway } from './interactions.ts'
import type { CommandIds } from './markdown.ts'
import { answerMessage } from './mentions.ts'
import { register } from './registration.ts'
import { hasServer, type Shards } from './sharding.ts'

export type BotOptions = Sources & {
  readonly config: Pick<Config, 'token' | 'applicationId' | 'guildId' | 'mentions' | 'discordApi'> &
    Partial<Pick<Config, 'logQuestions' | 'http'>>
  /** Of this process, where there are others; without it, all is here. */
  readonly shards?: Shards | undefined
  readonly log: Log
  /** How much may be asked; without it, as much as anybody likes. */
  readonly allowance?: Allowance
  readonly metrics?: Pick<Metrics, 'ended' | 'rateLimited'>
}

export type Bot = {
  /** Interactions arrive, the commands are registered. Rejects if Discord refuses the token. */
  readonly ready: Promise<void>
  /** Never resolves; rejects if Discord ends the connection for good, as it does for a revoked token. */
  readonly ended: Promise<never>
  state(): State
  /** Where Discord is to deliver interactions over HTTP, once it is ready; nothing over the gateway. */
  endpoint(): string | undefined
  /** Registers the commands again if they differ from what Discord has. */
  register(): Promise<void>
  /** Finishes what is in flight, for 8 seconds at most, then logs out. What comes meanwhile is put off. */
  close(): Promise<void>
}

/** Milliseconds that answers in flight are given at the end. */
const patience = 8_000
/** And those that tell members of the answers which were not finished. */
const parting = 1_000

/** Interactions that are remembered: after a broken connection Discord may send one twice. */
const remembered = 10_000

/** Milliseconds after which a process looks again whether another one has registered the commands. */
const registeredElsewhere = 10_000

/** How many processes begin on an interaction that each of them ends at. */
const attempts = 3

/** Answers on Discord until it is closed. */
export function startBot({ config, log, metrics, shards, ...sources }: BotOptions): Bot {
  const { token } = config
  if (!token) throw new OperatorError("DISCORD_TOKEN is not set: put the bot's token into .env.")
  let commandIds: CommandIds = new Map()
  let closing = false
  let registered = false
  let stopTakingOver: (() => void) | undefined

  /** The work under way, each with what it answers. */
  const inFlight = new Map<Promise<void>, APIInteraction | { readonly id?: string }>()
  const track = (work: Promise<void>, answered: APIInteraction | { readonly id?: string } = {}) => {
    const { id } = answered
    const tracked = work
      .catch((error) => log.error({ ...(id && { id }), err: error }, 'failed'))
      .finally(() => inFlight.delete(tracked))
    inFlight.set(tracked, answered)
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
  const { servers, deferred } = sources.libraries ?? {}
  const kept = (work: Promise<void> | undefined) =>
    track(
      (work ?? Promise.resolve()).catch((error) =>
        // Of the database's own troubles the store has logged more than a member is told.
        log.error(
          error instanceof MemberError ? {} : { err: error },
          'not noted which servers there are',
        ),
      ),
    )

  const receiver: Receiver = {
    interaction(interaction, respond) {
      if (isNew(interaction.id))
        track(answerInteraction(interaction, answering, respond), interaction)
    },
    message(message, self) {
      const { id } = message
      if (isNew(id)) track(answerMessage(message, self, answering), { id })
    },
    joined: (server) => kept(servers?.joined(server)),
    left: (server) => kept(servers?.left(server)),
    present: (all) => kept(servers?.present(all, (server) => !shards || hasServer(shards, server))),
  }
  const connection = config.http
    ? serveEndpoint({ ...config, token, http: config.http }, log, receiver)
    : connectGateway({ ...config, token, shards }, log, receiver)
  const replies = new REST({ ...restOptions, api: config.discordApi, retries: 0 }).setToken(token)
  const answering: Answering = {
    ...sources,
    log,
    rest: replies,
    commandIds: () => commandIds,
    logQuestions: config.logQuestions ?? false,
    stopping: () => closing,
    // An endpoint that lets nothing new in still answers what was on its way.
    takesNothingNew: () => closing && !connection.stopTaking,
    ...(deferred && { deferred }),
    ...(metrics && { ended: metrics.ended }),
  }
  for (const rest of [connection.rest, replies]) {
    rest.on(RESTEvents.Response, (_request, { status, headers }) => {
      if (status === 429) metrics?.rateLimited(headers.get('x-ratelimit-scope') ?? 'user')
    })
  }

  // Of several processes the one with the first shard registers; the others learn the ids.
  const registers = !shards || shards.ids.includes(0)
  const registerNow = async () => {
    const applicationId = config.applicationId ?? (await connection.ready).applicationId
    if (!applicationId)
      throw new OperatorError('DISCORD_APPLICATION_ID is not set: put it into .env.')
    const { changed, ids } = await register(connection.rest, applicationId, sources.commands(), {
      guildId: config.guildId,
      dryRun: !registers,
    }).catch((error) => {
      throw explained(error, config)
    })
    commandIds = ids
    if (changed.length === 0) return
    if (registers) log.info({ changed }, 'commands registered')
    else if (!closing) {
      setTimeout(() => registerInOrder().catch(() => {}), registeredElsewhere).unref()
    }
  }
  /** At the end, for what could not be finished. */
  async function leave(unfinished: APIInteraction | { readonly id?: string }): Promise<void> {
    const { id } = unfinished
    if (deferred) log.warn({ id }, 'no more time for it: left to another process')
    else log.error({ id }, 'given up: there was no more time for it')
    if (!deferred && 'token' in unfinished) await turnAway(unfinished, answering)
  }

  let registering = Promise.resolve()
  function registerInOrder(): Promise<void> {
    registering = registering.catch(() => {}).then(registerNow)
    return registering
  }

  const started = connection.ready.then(async ({ name }) => {
    await registerInOrder()
    registered = true
    stopTakingOver = deferred?.onLeft((payload, attempt) => {
      const interaction = payload as APIInteraction
      const { id } = interaction
      log.info({ id, attempt }, 'taken over from a process that is gone')
      const work =
        attempt > attempts
          ? giveUp(interaction, answering)
          : answerInteraction(interaction, answering, 'deferred')
      track(work, interaction)
    })
    log.info({ name }, 'ready')
  })
  const ready = Promise.race([started, connection.ended])
  ready.catch(() => {})
  return {
    ready,
    ended: connection.ended,
    state() {
      if (closing) return 'stopping'
      if (!registered) return 'starting'
      return connection.connected() ? 'ready' : 'reconnecting'
    },
    endpoint: () => connection.endpoint?.(),
    register: registerInOrder,
    async close() {
      closing = true
      stopTakingOver?.()
      const stopped = connection.stopTaking?.()
      const done = new AbortController()
      const timeUp = wait(patience, undefined, { signal: done.signal }).catch(() => {})
      const finished = async () => {
        await Promise.allSettled([registering, stopped])
        while (inFlight.size > 0 && !done.signal.aborted) await Promise.all(inFlight.keys())
      }
      await Promise.race([finished(), timeUp])
      done.abort()
      await Promise.race([Promise.all([...inFlight.values()].map(leave)), wait(parting)])
      replies.clearHandlerSweeper()
      replies.clearHashSweeper()
      await connection.close()
    },
  }
}
