import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import {
  type APIApplicationCommand,
  type APIMessage,
  GatewayDispatchEvents,
  GatewayIntentBits,
} from 'discord-api-types/v10'
import { type Acted, type Action, ImpossibleAction, type Interaction } from './action.ts'
import { errorBody } from './discord-error.ts'
import { openEndpoint } from './endpoint.ts'
import { type CutStage, openGateway, type Shard } from './gateway.ts'
import { isOffered, notePayload, type Open, openInteractions } from './interactions.ts'
import { type Body, newMessage, openFiles, openMessages, type Shown } from './messages.ts'
import { openRegistered } from './registered.ts'
import { openResponses, Refusal } from './responses.ts'
import { type Request, type RestFault, restRoutes } from './rest.ts'
import {
  botObject,
  channelOf,
  mayEnter,
  memberObject,
  memberOf,
  readingGroup,
  serverOf,
  userObject,
  type World,
} from './world.ts'

export type { Acted, Action, Interaction, Payload, Upload } from './action.ts'
export { ImpossibleAction } from './action.ts'
export type { CutStage } from './gateway.ts'
export type { Shown } from './messages.ts'
export type { Request, RestFault } from './rest.ts'
export type { Channel, Member, Server, World } from './world.ts'

export type LoopbackOptions = {
  /** A free one unless told. */
  readonly port?: number
  /** Who and what there is; `readingGroup()` unless told. */
  readonly world?: World
  /** What the bot must log in with; a new one unless told. */
  readonly token?: string
  /** Milliseconds in which an interaction must be acknowledged: 3,000 as Discord has it. */
  readonly acknowledgeWithin?: number
  /** Milliseconds that an interaction's token lives: 15 minutes as Discord has it. */
  readonly tokenLifetime?: number
  /** Milliseconds between heartbeats: 41,250 as Discord has it. */
  readonly heartbeatInterval?: number
  /** How many shards a bot is recommended: 1 unless told. */
  readonly shards?: number
  /** How many shards may identify within five seconds: 1 as small bots have it. */
  readonly identifiesAtOnce?: number
}

/** What happens, as plain data. */
export type LoopbackEvent =
  | { readonly kind: 'bot'; readonly online: boolean }
  /** A private message concerns `shown.onlyFor` alone. */
  | { readonly kind: 'message'; readonly change: 'create' | 'update'; readonly shown: Shown }
  | {
      readonly kind: 'message-deleted'
      readonly id: string
      readonly channel: string
      readonly onlyFor?: string
    }
  /** Sent, acknowledged, answered, failed: the record as it stands now. */
  | { readonly kind: 'interaction'; readonly interaction: Interaction }
  /** The commands of a server, or without one the global commands, have changed. */
  | { readonly kind: 'commands'; readonly server?: string }
  | { readonly kind: 'typing'; readonly channel: string }

export type Faults = {
  /** Cuts the gateway connection without a word. */
  dropConnections(): void
  /** Opcode 7. */
  askToReconnect(): void
  /** Opcode 9. */
  invalidateSessions(resumable: boolean): void
  refuseResumes(on: boolean): void
  /** Leaves heartbeats unanswered. */
  ignoreHeartbeats(on: boolean): void
  /** Makes a route fail. */
  rest(fault: RestFault): void
  /** Cuts the next connections, so many (one unless told), when they have come so far. */
  cutAt(stage: CutStage, times?: number): void
  /** Sends the next dispatches, so many (one unless told), twice. */
  repeatDispatches(times?: number): void
  /** Sends the next dispatches, so many (one unless told), each after the one that follows it. */
  swapDispatches(times?: number): void
  /** Sends an event to every session as it is, however wrong. */
  dispatch(event: string, data: unknown): void
  /** Takes the bot's token for wrong from now on: the gateway closes with 4004, REST answers 401. */
  revokeToken(): void
  /** Holds first responses up by so many milliseconds. */
  slowCallbacks(milliseconds: number): void
  /** Delivers each interaction to the endpoint twice, as a balancer that tries again would. */
  deliverTwice(on: boolean): void
  /** Ends all of the above, but for a revoked token. */
  clear(): void
}

/** A Discord on this machine that one bot can log in to and members can act in. */
export type Loopback = {
  readonly port: number
  /** The REST base, for example `http://127.0.0.1:4321/api`. */
  readonly api: string
  readonly token: string
  readonly applicationId: string
  /** With it an endpoint verifies that what arrives is from here; 32 bytes in hex. */
  readonly publicKey: string
  readonly world: World
  readonly online: () => boolean
  /** The sessions at the gateway. */
  readonly sessions: () => readonly { readonly connected: boolean; readonly shard: Shard }[]
  /**
   * Delivers interactions to an endpoint from now on, not over the gateway.
   * @throws if the endpoint does not answer as Discord demands before it takes its address
   */
  useEndpoint(url: string): Promise<void>
  /** Resolves when a bot is logged in and ready. */
  whenOnline(milliseconds?: number): Promise<void>
  /**
   * A member acts.
   * @throws ImpossibleAction if Discord's own apps would not let the member do it
   */
  act(action: Action): Acted
  /** A member writes a message. A mention of the bot is `<@applicationId>`. */
  post(post: {
    readonly member: string
    readonly channel: string
    readonly content: string
    /** The message that it replies to. */
    readonly replyTo?: string
  }): APIMessage
  /** A message of the bot, as if an earlier version of it had sent it. */
  place(channel: string, body: Body): APIMessage
  /** Oldest first; with `member`, as that member sees the channel. */
  messages(channel: string, member?: string): readonly Shown[]
  message(id: string): Shown | undefined
  interaction(id: string): Interaction | undefined
  /** The registered commands of a server, or the global ones, as Discord lists them. */
  commandsFor(server?: string): readonly APIApplicationCommand[]
  /** What Discord offers a member in a channel: a server's commands before global ones. */
  offered(channel: string, member: string): readonly APIApplicationCommand[]
  /** @returns how to stop */
  subscribe(listener: (event: LoopbackEvent) => void): () => void
  /** Resolves with the first event, from now on, that `fits`; 5 seconds is the longest wait unless told. */
  next<E extends LoopbackEvent>(
    fits: (event: LoopbackEvent) => event is E,
    milliseconds?: number,
  ): Promise<E>
  next(fits: (event: LoopbackEvent) => boolean, milliseconds?: number): Promise<LoopbackEvent>
  /** What the bot has asked of the REST API, oldest first; the last 10,000. */
  readonly requests: () => readonly Request[]
  readonly faults: Faults
  close(): Promise<void>
}

/** Starts a Discord that listens on 127.0.0.1 only. */
export async function startLoopback(options: LoopbackOptions = {}): Promise<Loopback> {
  const world = options.world ?? readingGroup()
  const token = options.token ?? newToken(world.bot.id)
  const listeners = new Set<(event: LoopbackEvent) => void>()
  const publish = (event: LoopbackEvent) => {
    for (const listener of [...listeners]) listener(event)
  }
  let port = 0
  const base = () => `http://127.0.0.1:${port}`
  const gatewayUrl = () => `ws://127.0.0.1:${port}/gateway`
  let requests: Request[] = []
  let restFaults: (RestFault & { left: number })[] = []
  let callbackDelay = 0
  let revoked = false
  let twice = false
  const acknowledgeWithin = options.acknowledgeWithin ?? 3000

  const endpoint = openEndpoint({ applicationId: world.application.id, within: acknowledgeWithin })
  const messages = openMessages()
  const files = openFiles(base)
  const registered = openRegistered(world.application.id, (server) =>
    publish({ kind: 'commands', ...(server && { server }) }),
  )
  const tokenLifetime = options.tokenLifetime ?? 15 * 60 * 1000
  const interactions = openInteractions({
    world,
    files,
    acknowledgeWithin,
    tokenLifetime,
    message: messages.get,
    commands: (server) => [...(server ? registered.list(server) : []), ...registered.list()],
    deliver,
    published: (interaction) => publish({ kind: 'interaction', interaction }),
  })
  const responses = openResponses({
    world,
    messages,
    files,
    acknowledgeWithin,
    tokenLifetime,
    shown,
  })

  function deliver(open: Open): void {
    if (endpoint.url() !== undefined) {
      void overHttp(open)
      return
    }
    const { sent } = open.record
    const server = open.channel.kind === 'text' ? open.channel.server : undefined
    const here = server !== undefined && serverOf(world, server)?.hasBot ? server : undefined
    gateway.dispatch(GatewayDispatchEvents.InteractionCreate, () => sent, here)
  }

  /** The endpoint's answer is the first response; without one the interaction has failed. */
  async function overHttp(open: Open): Promise<void> {
    const { record } = open
    const answers = Array.from({ length: twice ? 2 : 1 }, async () => {
      const answer = await endpoint.deliver(record.sent)
      const note = (status: number, error?: ReturnType<typeof errorBody>) => {
        const payload = { method: 'HTTP', path: '', body: answer?.body, files: [], status }
        notePayload(open, { ...payload, ...(error && { error }) })
        interactions.changed(open)
      }
      if (answer?.status !== 200) {
        note(answer?.status ?? 0)
        // It may have responded over REST, or be about to.
        return answer?.status === 202
      }
      try {
        responses.callback(open, answer.body, new Map())
        note(200)
        return true
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        note(error.error.status, errorBody(error.error))
        return false
      }
    })
    const taken = await Promise.all(answers)
    if (taken.includes(true) || record.state !== 'waiting') return
    record.state = 'failed'
    interactions.changed(open)
  }

  function shown(change: 'create' | 'update' | 'delete', one: Shown): void {
    const { id, channel_id } = one.message
    if (change === 'delete') {
      const only = one.onlyFor && { onlyFor: one.onlyFor }
      publish({ kind: 'message-deleted', id, channel: channel_id, ...only })
    } else publish({ kind: 'message', change, shown: one })
    if (!one.onlyFor) tellBot(change, one.message)
  }

  /** The message as a gateway event, to the sessions that asked for such. */
  function tellBot(change: 'create' | 'update' | 'delete', message: APIMessage): void {
    const channel = channelOf(world, message.channel_id)
    const server = channel?.kind === 'text' ? serverOf(world, channel.server) : undefined
    if (channel?.kind === 'private' || (server && !server.hasBot)) return
    const needed = server ? GatewayIntentBits.GuildMessages : GatewayIntentBits.DirectMessages
    const event = {
      create: GatewayDispatchEvents.MessageCreate,
      update: GatewayDispatchEvents.MessageUpdate,
      delete: GatewayDispatchEvents.MessageDelete,
    }[change]
    gateway.dispatch(
      event,
      (intents) => ((intents & needed) === 0 ? undefined : asEvent(change, message, server)),
      server?.id,
    )
  }

  function asEvent(
    change: string,
    message: APIMessage,
    server: World['servers'][number] | undefined,
  ) {
    const place = {
      channel_id: message.channel_id,
      channel_type: server ? 0 : 1,
      ...(server && { guild_id: server.id }),
    }
    if (change === 'delete') return { id: message.id, ...place }
    const { user: _user, ...member } = server ? memberObject(server, message.author) : {}
    // Without the privileged intent, only these carry what they say.
    const readable =
      !server ||
      message.author.id === world.bot.id ||
      message.mentions.some((user) => user.id === world.bot.id)
    const silent = { content: '', embeds: [], attachments: [], components: [] }
    return { ...message, ...(!readable && silent), ...place, ...(server && { member }) }
  }

  const routes = restRoutes({
    world,
    isAuthorized: (header) => !revoked && header === `Bot ${token}`,
    gatewayUrl,
    publicKey: endpoint.publicKey,
    shards: { count: options.shards ?? 1, identifiesAtOnce: options.identifiesAtOnce ?? 1 },
    registered,
    interactions,
    responses,
    files,
    callbackDelay: () => callbackDelay,
    fault(method, path) {
      const fault = restFaults.find(
        (one) => (one.method === undefined || one.method === method) && one.path.test(path),
      )
      if (!fault) return undefined
      fault.left -= 1
      if (fault.left <= 0) restFaults = restFaults.filter((one) => one !== fault)
      return fault
    },
    requested(request) {
      requests.push(request)
      if (requests.length > 20_000) requests = requests.slice(-10_000)
    },
    typing: (channel) => publish({ kind: 'typing', channel }),
  })

  const server = await new Promise<Server>((resolve, reject) => {
    const started = serve(
      { fetch: routes.fetch, hostname: '127.0.0.1', port: options.port ?? 0 },
      (info: AddressInfo) => {
        port = info.port
        resolve(started as Server)
      },
    )
    started.once('error', reject)
  })
  const gateway = openGateway(server, {
    path: '/gateway',
    url: gatewayUrl,
    world,
    token,
    heartbeatInterval: options.heartbeatInterval ?? 41_250,
    onlineChanged: (online) => publish({ kind: 'bot', online }),
  })

  const online = () => gateway.online() || endpoint.url() !== undefined

  function next(fits: (event: LoopbackEvent) => boolean, milliseconds = 5000) {
    return new Promise<LoopbackEvent>((resolve, reject) => {
      const timer = setTimeout(() => {
        listeners.delete(look)
        reject(new Error(`Nothing that was waited for happened in ${milliseconds} ms.`))
      }, milliseconds)
      function look(event: LoopbackEvent) {
        if (!fits(event)) return
        clearTimeout(timer)
        listeners.delete(look)
        resolve(event)
      }
      listeners.add(look)
    })
  }

  return {
    port,
    api: `${base()}/api`,
    token,
    applicationId: world.application.id,
    publicKey: endpoint.publicKey,
    world,
    online,
    sessions: gateway.sessions,
    async useEndpoint(url) {
      await endpoint.use(url)
      publish({ kind: 'bot', online: true })
    },
    async whenOnline(milliseconds) {
      if (!online()) await next((event) => event.kind === 'bot' && event.online, milliseconds)
    },
    act: interactions.act,
    post({ member: memberId, channel: channelId, content, replyTo }) {
      const member = memberOf(world, memberId)
      const channel = channelOf(world, channelId)
      if (!member || !channel || !mayEnter(world, channel, memberId)) {
        throw new ImpossibleAction(
          `${member?.displayName ?? memberId} sees no channel ${channelId}.`,
        )
      }
      const length = [...content].length
      if (!content.trim() || length > 2000) {
        throw new ImpossibleAction('A message has 1 to 2,000 characters.')
      }
      const replied = replyTo ? messages.get(replyTo)?.message : undefined
      const message = newMessage({
        world,
        channel,
        author: userObject(member),
        body: { content },
        attachments: [],
        ...(replied && {
          more: {
            type: 19,
            referenced_message: replied,
            message_reference: { type: 0, channel_id: channelId, message_id: replied.id },
          },
        }),
      })
      const one = { message, thinking: false }
      messages.put(one)
      shown('create', one)
      return message
    },
    place(channelId, body) {
      const channel = channelOf(world, channelId)
      if (!channel) throw new ImpossibleAction(`There is no channel ${channelId}.`)
      const message = newMessage({
        world,
        channel,
        author: botObject(world),
        body,
        attachments: [],
        more: { application_id: world.application.id },
      })
      const one = { message, thinking: false }
      messages.put(one)
      shown('create', one)
      return message
    },
    messages: messages.list,
    message: messages.get,
    interaction: interactions.get,
    commandsFor: registered.list,
    offered(channelId, memberId) {
      const channel = channelOf(world, channelId)
      const member = memberOf(world, memberId)
      if (!channel || !member) return []
      const own = channel.kind === 'text' ? registered.list(channel.server) : []
      return [...own, ...registered.list()].filter((command) =>
        isOffered(world, command, channel, member),
      )
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    next: next as Loopback['next'],
    requests: () => requests,
    faults: {
      dropConnections: gateway.dropConnections,
      askToReconnect: gateway.askToReconnect,
      invalidateSessions: gateway.invalidateSessions,
      refuseResumes: gateway.refuseResumes,
      ignoreHeartbeats: gateway.ignoreHeartbeats,
      cutAt: (stage, times = 1) => gateway.cutAt(stage, times),
      repeatDispatches: (times = 1) => gateway.repeatDispatches(times),
      swapDispatches: (times = 1) => gateway.swapDispatches(times),
      dispatch: (event, data) => gateway.dispatch(event, () => data, undefined),
      revokeToken() {
        revoked = true
        gateway.revokeToken()
      },
      rest(fault) {
        restFaults.push({ ...fault, left: fault.times ?? 1 })
      },
      slowCallbacks(milliseconds) {
        callbackDelay = milliseconds
      },
      deliverTwice(on) {
        twice = on
      },
      clear() {
        restFaults = []
        callbackDelay = 0
        twice = false
        gateway.clearFaults()
      },
    },
    async close() {
      listeners.clear()
      gateway.close()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

/** In the shape of Discord's tokens, so that whatever recognizes those recognizes it. */
function newToken(botId: string): string {
  const part = (text: string) => Buffer.from(text).toString('base64url')
  return `${part(botId).slice(0, 26)}.${randomBytes(6).toString('base64url').slice(0, 6)}.${randomBytes(28).toString('base64url')}`
}
