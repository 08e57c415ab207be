import type { Server, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { type HttpBindings, serve } from '@hono/node-server'
import { REST } from 'discord.js'
import {
  type APIApplication,
  type APIInteraction,
  type APIInteractionResponse,
  type APIPingInteraction,
  InteractionResponseType,
  InteractionType,
  type RESTGetAPICurrentUserGuildsResult,
  Routes,
} from 'discord-api-types/v10'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { OperatorError } from '../problem.ts'
import { type Connection, type Receiver, restOptions } from './connection.ts'
import { explained } from './explained.ts'
import { type Respond, tooLate } from './interactions.ts'
import { isFromDiscord, publicKeyOf } from './signature.ts'

/** Where Discord posts to. */
const path = '/interactions'
/** Far more than an interaction has: a message command carries one message, a form 5 × 4,000 characters. */
const largestBody = 1_000_000
/** Milliseconds in which a request must have arrived whole. */
const arrival = 10_000
/** And, once nothing new is let in, those that are on their way. */
const arriving = 1_000
/** Milliseconds in which Discord waits for the first response. */
const waitedFor = 3_000
/** Deliveries that are remembered, with their first responses. */
const remembered = 1_000
const day = 86_400_000
/** The page of a list of servers: https://discord.com/developers/docs/resources/user#get-current-user-guilds */
const serversPerPage = 200

/** What every interaction has; the rest is Discord's, whose signature it bears. */
const envelope = z.looseObject({
  id: z.string().regex(/^\d{1,20}$/),
  application_id: z.string(),
  type: z.int(),
  token: z.string(),
})

/**
 * Serves the endpoint that Discord posts interactions to, as an application's page names it. The
 * first response is the answer to the request; all others go over REST.
 * https://discord.com/developers/docs/interactions/overview#preparing-for-interactions
 * @throws OperatorError if there is no public key
 */
export function serveEndpoint(
  config: Pick<Config, 'guildId' | 'discordApi'> & {
    readonly token: string
    readonly http: NonNullable<Config['http']>
  },
  log: Log,
  receiver: Receiver,
): Connection {
  const { host, port, publicKey } = config.http
  if (!publicKey) throw new OperatorError('PUBLIC_KEY is not set: put the public key into .env.')
  const key = publicKeyOf(publicKey)
  const rest = new REST({ ...restOptions, api: config.discordApi }).setToken(config.token)
  let closing = false
  let bound: number | undefined

  /** A delivery that comes again, by a balancer that tries another time, gets the same answer. */
  const deliveries = new LRUCache<string, Delivery>({ max: remembered })

  const app = new Hono<{ Bindings: HttpBindings }>()
  app.use(async (c, next) => {
    await next()
    if (closing) c.header('connection', 'close')
  })
  app.post(
    path,
    bodyLimit({ maxSize: largestBody, onError: (c) => c.text('too large\n', 413) }),
    async (c) => {
      const body = Buffer.from(await c.req.arrayBuffer())
      const signature = c.req.header('x-signature-ed25519')
      const timestamp = c.req.header('x-signature-timestamp')
      if (!isFromDiscord({ signature, timestamp, body }, key, Date.now())) {
        log.debug('a request without a valid signature')
        return c.text('the signature is not valid\n', 401)
      }
      const parsed = envelope.safeParse(json(body))
      if (!parsed.success) return c.text('not an interaction\n', 400)
      const interaction = parsed.data as unknown as APIInteraction | APIPingInteraction
      if (interaction.type === InteractionType.Ping) {
        return c.json({ type: InteractionResponseType.Pong })
      }
      const outgoing = c.env.outgoing as ServerResponse
      const given = deliveries.get(interaction.id)
      const delivery = given ?? openDelivery()
      deliveries.set(interaction.id, delivery)
      if (!given) receiver.interaction(interaction, delivery.respond)
      const broken = new Promise<undefined>((resolve) =>
        outgoing.once('close', () => resolve(undefined)),
      )
      const response = await Promise.race([delivery.first, broken])
      if (!response) return c.text('no answer\n', 500)
      outgoing.once('finish', delivery.arrived)
      return c.json(response)
    },
  )
  app.all(path, (c) => c.text('only POST\n', 405, { allow: 'POST' }))
  app.notFound((c) => c.text('not found\n', 404))

  const opened = new Promise<Server>((resolve, reject) => {
    const server = serve(
      {
        fetch: app.fetch,
        hostname: host,
        port,
        serverOptions: { requestTimeout: arrival, headersTimeout: arrival },
      },
      (info) => {
        bound = info.port
        resolve(server)
      },
    ) as Server
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new OperatorError(
          `HTTP_PORT="${port}" cannot be opened on ${host} (${error.code}): choose another, or end what uses it.`,
        ),
      ),
    )
  })
  const endpoint = () =>
    bound === undefined
      ? undefined
      : `http://${host.includes(':') ? `[${host}]` : host}:${bound}${path}`

  /** Nobody tells an endpoint which servers the bot is in: it asks. */
  async function lookForServers(): Promise<void> {
    const found: string[] = []
    for (;;) {
      const page = (await rest.get(Routes.userGuilds(), {
        query: new URLSearchParams({ limit: String(serversPerPage), after: found.at(-1) ?? '0' }),
      })) as RESTGetAPICurrentUserGuildsResult
      found.push(...page.map(({ id }) => id))
      if (page.length < serversPerPage) break
    }
    receiver.present(found)
  }
  const lookNow = () =>
    lookForServers().catch((error) => log.warn({ err: error }, 'the list of servers did not come'))
  const daily = setInterval(lookNow, day)
  daily.unref()

  const ready = opened.then(async () => {
    const { id, name } = (await rest
      .get(Routes.currentApplication())
      .catch((error) => Promise.reject(explained(error, config)))) as APIApplication
    void lookNow()
    log.info({ address: endpoint() }, 'listening for interactions')
    return { name, applicationId: id }
  })
  ready.catch(() => {})

  return {
    rest,
    ready,
    // There is no connection that Discord could end.
    ended: new Promise<never>(() => {}),
    connected: () => bound !== undefined,
    endpoint,
    async stopTaking() {
      closing = true
      clearInterval(daily)
      const server = await opened.catch(() => undefined)
      if (!server) return
      const gone = new Promise<void>((resolve) => server.close(() => resolve()))
      await Promise.race([gone, wait(arriving, undefined, { ref: false })])
    },
    async close() {
      closing = true
      clearInterval(daily)
      rest.clearHandlerSweeper()
      rest.clearHashSweeper()
      const server = await opened.catch(() => undefined)
      if (!server) return
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

/** One interaction, and the way of the first response into the answer to a request. */
type Delivery = {
  readonly respond: Respond
  readonly first: Promise<APIInteractionResponse | undefined>
  /** To be called when the first response has gone out. */
  arrived(): void
}

function openDelivery(): Delivery {
  let give = (_response: APIInteractionResponse | undefined) => {}
  const first = new Promise<APIInteractionResponse | undefined>((resolve) => {
    give = resolve
  })
  let arrived = () => {}
  const gone = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      give(undefined)
      reject(tooLate())
    }, waitedFor)
    arrived = () => {
      clearTimeout(timer)
      resolve()
    }
  })
  gone.catch(() => {})
  let responded = false
  return {
    first,
    arrived: () => arrived(),
    respond(response) {
      if (responded) return Promise.reject(tooLate())
      responded = true
      give(response)
      return gone
    },
  }
}

function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}
