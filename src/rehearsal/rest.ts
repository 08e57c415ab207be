import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { discordErrors, errorBody, type FieldError, invalidForm } from './discord-error.ts'
import { type Interactions, notePayload, type Open } from './interactions.ts'
import type { Body, Files } from './messages.ts'
import { type Registered, withoutLocalizations } from './registered.ts'
import { Refusal, type Responses, type Uploads } from './responses.ts'
import { type CommandBody, commandErrors, commandLimits, commandListErrors } from './rules.ts'
import { type BodyKind, schemaErrors } from './schema.ts'
import {
  anyUserObject,
  applicationObject,
  botMayEnter,
  botObject,
  channelObject,
  channelOf,
  guildObject,
  memberObject,
  serverOf,
  type World,
} from './world.ts'

/** A request that the bot made, for tests and for whoever looks over its shoulder. */
export type Request = {
  readonly at: number
  readonly method: string
  /** Without the API's version, for example `/users/@me`. */
  readonly path: string
  /** 0 where the connection was cut. */
  readonly status: number
}

/** What a route is made to answer instead of its own answer. */
export type RestFault = {
  readonly method?: string
  /** Matched against the path without the API's version. */
  readonly path: RegExp
  /**
   * What it answers; or the connection is cut before anything is done (`reset`), or after it is
   * done, so that nobody hears of it (`unheard`).
   */
  readonly status: 429 | 500 | 502 | 503 | 'reset' | 'unheard'
  /** Seconds, for 429. */
  readonly retryAfter?: number
  /** How often; once unless told. */
  readonly times?: number
}

type Served = { Bindings: HttpBindings }

type Surroundings = {
  readonly world: World
  /** Whether this is the bot's token, as it stands in the header `authorization`. */
  readonly isAuthorized: (header: string | undefined) => boolean
  readonly gatewayUrl: () => string
  readonly publicKey: string
  /** What is recommended to a bot: how many shards, and how many of them may identify at once. */
  readonly shards: { readonly count: number; readonly identifiesAtOnce: number }
  readonly registered: Registered
  readonly interactions: Interactions
  readonly responses: Responses
  readonly files: Files
  readonly fault: (method: string, path: string) => RestFault | undefined
  /** Milliseconds by which first responses are held up before they are read. */
  readonly callbackDelay: () => number
  readonly requested: (request: Request) => void
  readonly typing: (channel: string) => void
}

const refuse = (error: ConstructorParameters<typeof Refusal>[0]): never => {
  throw new Refusal(error)
}

/** Discord's REST API under `/api/v10`, and the files that were sent under `/attachments`. */
export function restRoutes(around: Surroundings): Hono<Served> {
  const { world, registered, responses, interactions } = around
  const app = new Hono<Served>()
  const api = new Hono<Served>()

  api.use(async (c, next) => {
    const path = new URL(c.req.url).pathname.replace(/^\/api\/v10/, '')
    const fault = around.fault(c.req.method, path)
    const status = fault?.status
    if (status === undefined || status === 'unheard') await next()
    else if (status !== 'reset') c.res = faulty(c, { ...fault, status })
    const cut = status === 'reset' || status === 'unheard'
    if (cut) {
      c.env.incoming.socket.destroy()
      if (status === 'reset') c.res = c.body(null, 500)
    }
    around.requested({
      at: Date.now(),
      method: c.req.method,
      path,
      status: cut ? 0 : c.res.status,
    })
  })

  const open = (c: Context): Open | undefined =>
    interactions.byToken(c.req.param('token') ?? '', c.req.param('interaction'))

  /** Does what a request for an interaction asks, and writes it into the interaction's record. */
  async function answering(
    c: Context,
    work: (given: Given, open: Open | undefined) => Response | Promise<Response>,
  ): Promise<Response> {
    const given = await read(c)
    const about = open(c)
    const note = (status: number, error?: ReturnType<typeof errorBody>) => {
      if (!about) return
      notePayload(about, {
        method: c.req.method,
        path: new URL(c.req.url).pathname.replace(/^\/api\/v10/, ''),
        body: given.body,
        files: [...given.uploads.values()].map(({ name, type, bytes }) => ({
          name,
          type,
          size: bytes.byteLength,
        })),
        status,
        ...(error && { error }),
      })
      interactions.changed(about)
    }
    try {
      const answer = await work(given, about)
      note(answer.status)
      return answer
    } catch (error) {
      if (error instanceof Refusal) note(error.error.status, errorBody(error.error))
      throw error
    }
  }

  api.post('/interactions/:interaction/:token/callback', async (c) => {
    const delay = around.callbackDelay()
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
    return answering(c, ({ body, uploads }, about) => {
      const answer = responses.callback(about, body, uploads)
      return c.req.query('with_response') === 'true' ? c.json(answer) : c.body(null, 204)
    })
  })
  api.post('/webhooks/:application/:token', (c) =>
    answering(c, ({ body, uploads }, about) =>
      c.json(responses.followUp(about, body as Body, uploads)),
    ),
  )
  api.get('/webhooks/:application/:token/messages/:message', (c) =>
    c.json(responses.fetchReply(open(c), c.req.param('message'))),
  )
  api.patch('/webhooks/:application/:token/messages/:message', (c) =>
    answering(c, ({ body, uploads }, about) =>
      c.json(responses.editReply(about, c.req.param('message'), body as Body, uploads)),
    ),
  )
  api.delete('/webhooks/:application/:token/messages/:message', (c) =>
    answering(c, (_given, about) => {
      responses.deleteReply(about, c.req.param('message'))
      return c.body(null, 204)
    }),
  )

  // Everything below needs the bot's token.
  api.use(async (c, next) => {
    if (!around.isAuthorized(c.req.header('authorization'))) refuse(discordErrors.unauthorized)
    await next()
  })

  api.get('/gateway', (c) => c.json({ url: around.gatewayUrl() }))
  api.get('/gateway/bot', (c) =>
    c.json({
      url: around.gatewayUrl(),
      shards: around.shards.count,
      session_start_limit: {
        total: 1000,
        remaining: 1000,
        reset_after: 86_400_000,
        max_concurrency: around.shards.identifiesAtOnce,
      },
    }),
  )
  const application = applicationObject(world, around.publicKey)
  api.get('/applications/@me', (c) => c.json(application))
  api.get('/oauth2/applications/@me', (c) => c.json(application))
  api.get('/users/@me/guilds', (c) => {
    const after = BigInt(c.req.query('after') ?? 0)
    const ids = world.servers.filter(({ id, hasBot }) => hasBot && BigInt(id) > after)
    return c.json(
      ids
        .sort((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1))
        .slice(0, Number(c.req.query('limit') ?? 200))
        .map(({ id, name }) => ({ id, name, icon: null, owner: false, features: [] })),
    )
  })
  api.get('/users/:user', (c) => {
    const id = c.req.param('user')
    return c.json(
      id === '@me'
        ? botObject(world)
        : (anyUserObject(world, id) ?? refuse(discordErrors.unknownUser)),
    )
  })
  api.post('/users/@me/channels', async (c) => {
    const { recipient_id } = (await read(c)).body as { recipient_id?: string }
    const channel = world.channels.find(
      (one) => one.kind === 'bot-dm' && one.member === recipient_id,
    )
    return c.json(channel ? channelObject(world, channel) : refuse(discordErrors.unknownUser))
  })
  api.get('/guilds/:server', (c) => {
    const server = serverOf(world, c.req.param('server'))
    return c.json(server?.hasBot ? guildObject(world, server) : refuse(discordErrors.unknownGuild))
  })
  api.get('/guilds/:server/members/:user', (c) => {
    const server = serverOf(world, c.req.param('server'))
    if (!server?.hasBot) return refuse(discordErrors.unknownGuild)
    const user = anyUserObject(world, c.req.param('user'))
    const known = user && (user.id === world.bot.id || server.members.includes(user.id))
    return c.json(known ? memberObject(server, user) : refuse(discordErrors.unknownMember))
  })
  api.get('/channels/:channel', (c) => {
    const channel = channelOf(world, c.req.param('channel'))
    if (!channel) return refuse(discordErrors.unknownChannel)
    return c.json(
      botMayEnter(world, channel)
        ? channelObject(world, channel)
        : refuse(discordErrors.missingAccess),
    )
  })
  api.post('/channels/:channel/typing', (c) => {
    around.typing(c.req.param('channel'))
    return c.body(null, 204)
  })
  api.get('/channels/:channel/messages', (c) =>
    c.json(responses.list(c.req.param('channel'), Number(c.req.query('limit') ?? 50))),
  )
  api.post('/channels/:channel/messages', async (c) => {
    const { body, uploads } = await read(c)
    return c.json(responses.post(c.req.param('channel'), body, uploads))
  })
  api.get('/channels/:channel/messages/:message', (c) =>
    c.json(responses.read(c.req.param('channel'), c.req.param('message'))),
  )
  api.patch('/channels/:channel/messages/:message', async (c) => {
    const { body, uploads } = await read(c)
    return c.json(responses.change(c.req.param('channel'), c.req.param('message'), body, uploads))
  })
  api.delete('/channels/:channel/messages/:message', (c) => {
    responses.remove(c.req.param('channel'), c.req.param('message'))
    return c.body(null, 204)
  })

  for (const base of [
    '/applications/:application/commands',
    '/applications/:application/guilds/:server/commands',
  ]) {
    api.use(base, checkApplication)
    api.use(`${base}/*`, checkApplication)
    api.get(base, (c) => {
      const list = registered.list(c.req.param('server'))
      return c.json(
        c.req.query('with_localizations') === 'true' ? list : withoutLocalizations(list),
      )
    })
    api.put(base, async (c) => {
      const given = (await read(c)).body
      const bodies = Array.isArray(given) ? given : []
      checkCommands(bodies)
      return c.json(registered.replace(bodies, c.req.param('server')))
    })
    api.post(base, async (c) => {
      const server = c.req.param('server')
      const { body } = await read(c)
      checkCommand(body, 'command', registered.list(server))
      const { command, isNew } = registered.add(body as CommandBody, server)
      return c.json(command, isNew ? 201 : 200)
    })
    api.get(`${base}/:command`, (c) =>
      c.json(
        registered.find(c.req.param('command') ?? '', c.req.param('server')) ??
          refuse(discordErrors.unknownCommand),
      ),
    )
    api.patch(`${base}/:command`, async (c) => {
      const server = c.req.param('server')
      const id = c.req.param('command') ?? ''
      const before = registered.find(id, server) ?? refuse(discordErrors.unknownCommand)
      const { body } = await read(c)
      checkForm(schemaErrors('command-edit', permissionsAsNumber(body)))
      checkForm(commandErrors({ ...before, ...(body as object) } as unknown as CommandBody))
      return c.json(registered.change(id, body as Partial<CommandBody>, server))
    })
    api.delete(`${base}/:command`, (c) => {
      const removed = registered.remove(c.req.param('command') ?? '', c.req.param('server'))
      if (!removed) refuse(discordErrors.unknownCommand)
      return c.body(null, 204)
    })
  }

  async function checkApplication(c: Context, next: () => Promise<void>): Promise<void> {
    if (c.req.param('application') !== world.application.id) {
      refuse(discordErrors.unknownApplication)
    }
    const id = c.req.param('server')
    if (id !== undefined && !serverOf(world, id)?.hasBot) refuse(discordErrors.missingAccess)
    await next()
  }

  app.get('/attachments/:channel/:id/:name', (c) => {
    const file = around.files.read(c.req.param('id'))
    if (!file) return c.text('', 404)
    return c.body(new Uint8Array(file.bytes).buffer as ArrayBuffer, 200, {
      'content-type': file.type,
      'x-content-type-options': 'nosniff',
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    })
  })
  app.route('/api/v10', api)
  app.notFound((c) => c.json(errorBody(discordErrors.notFound), 404))
  const failed = (error: Error, c: Context) => {
    if (error instanceof Refusal) return c.json(errorBody(error.error), error.error.status as 400)
    throw error
  }
  api.onError(failed)
  app.onError(failed)
  return app
}

type Given = { readonly body: unknown; readonly uploads: Uploads }

/** The JSON of a request, and its files if it comes in parts. */
async function read(c: Context): Promise<Given> {
  const type = c.req.header('content-type') ?? ''
  if (!type.startsWith('multipart/form-data')) {
    const text = await c.req.text()
    return { body: text ? parse(text) : {}, uploads: new Map() }
  }
  const form = await c.req.formData()
  const files = await Promise.all(
    [...form].flatMap(([name, value]) => {
      const number = /^files\[(\d+)\]$/.exec(name)?.[1]
      return number === undefined || typeof value === 'string' ? [] : [named(Number(number), value)]
    }),
  )
  const json = form.get('payload_json')
  return { body: typeof json === 'string' ? parse(json) : {}, uploads: new Map(files) }
}

async function named(number: number, file: globalThis.File) {
  const bytes = new Uint8Array(await file.arrayBuffer())
  const type = file.type || 'application/octet-stream'
  return [number, { name: file.name, type, bytes }] as const
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return refuse(discordErrors.notJson)
  }
}

function faulty(
  c: Context,
  fault: { readonly status: 429 | 500 | 502 | 503; readonly retryAfter?: number },
): Response {
  if (fault.status !== 429) {
    return c.json({ message: `${fault.status}: Server Error`, code: 0 }, fault.status)
  }
  const retryAfter = fault.retryAfter ?? 0.1
  return c.json(
    { message: 'You are being rate limited.', retry_after: retryAfter, global: false },
    429,
    {
      'retry-after': String(retryAfter),
      'x-ratelimit-scope': 'user',
      'x-ratelimit-limit': '1',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset-after': String(retryAfter),
    },
  )
}

function checkForm(errors: readonly FieldError[]): void {
  if (errors.length > 0) refuse(invalidForm(errors))
}

/** The published schema wants a number where Discord takes, and discord.js sends, a string. */
function permissionsAsNumber(body: unknown): unknown {
  const given = body as { default_member_permissions?: unknown } | null
  const bits = given?.default_member_permissions
  return typeof bits === 'string' && /^\d+$/.test(bits)
    ? { ...given, default_member_permissions: Number(bits) }
    : body
}

function oneCommand(body: unknown, kind: BodyKind): FieldError[] {
  const errors = schemaErrors(kind, permissionsAsNumber(body))
  return errors.length > 0 ? errors : commandErrors(body as CommandBody)
}

function checkCommand(
  body: unknown,
  kind: BodyKind,
  others: readonly { readonly name: string; readonly type: number }[],
): void {
  checkForm(oneCommand(body, kind))
  const { type, name } = body as CommandBody
  const rest = others.filter((other) => other.name !== name || other.type !== (type ?? 1))
  checkCount([...rest, { type: type ?? 1 }])
}

function checkCommands(bodies: readonly unknown[]): void {
  checkForm(
    bodies.flatMap((body, index) =>
      oneCommand(body, 'command').map((error) => ({ ...error, path: [index, ...error.path] })),
    ),
  )
  checkForm(commandListErrors(bodies as CommandBody[]))
  checkCount(bodies as CommandBody[])
}

function checkCount(commands: readonly { readonly type?: number | null }[]): void {
  for (const [type, limit] of Object.entries(commandLimits)) {
    if (commands.filter((command) => (command.type ?? 1) === Number(type)).length > limit) {
      refuse({
        status: 400,
        code: 30032,
        message: `Maximum number of application commands reached (${limit}).`,
      })
    }
  }
}
