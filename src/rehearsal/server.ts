import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { extname, join } from 'node:path'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { type WebSocket, WebSocketServer } from 'ws'
import { projectRoot } from '../config.ts'
import { OperatorError } from '../problem.ts'
import { ImpossibleAction, type Loopback, type LoopbackEvent } from './loopback.ts'
import { type PageNews, type PageRequest, pageRequest, type Welcome } from './wire.ts'
import { channelOf, mayEnter } from './world.ts'

export type PageServer = {
  readonly port: number
  /** For example `http://localhost:4321`. */
  readonly address: string
  /** Sends every open page the welcome as it is now. */
  refreshWelcome(): void
  close(): Promise<void>
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** Messages to a channel's newcomer at most. */
const history = 200
/** Ten files of 10 MiB, each a third longer in base64. */
const requestBytes = 140 * 1024 * 1024

/** Serves the rehearsal page on 127.0.0.1 only: its files, and one WebSocket for each open page. */
export async function servePage(options: {
  readonly loopback: Loopback
  /** 0 for a free one. */
  readonly port: number
  readonly welcome: () => Welcome
  /** The bundled page. */
  readonly folder?: string
}): Promise<PageServer> {
  const { loopback, welcome } = options
  const files = readFiles(options.folder ?? join(projectRoot, 'dist/page'))
  let port = 0
  // Other names and origins are pages elsewhere that reach for this server (DNS rebinding).
  const hosts = () => [`localhost:${port}`, `127.0.0.1:${port}`]
  const isHere = (host: string | undefined, origin: string | undefined) =>
    host !== undefined &&
    hosts().includes(host) &&
    (origin === undefined || hosts().some((one) => origin === `http://${one}`))

  const app = new Hono()
  app.use(async (c, next) => {
    if (!isHere(c.req.header('host'), c.req.header('origin'))) return c.text('Not here.', 403)
    await next()
    for (const [name, value] of Object.entries(securityHeaders(loopback, hosts()))) {
      c.header(name, value)
    }
    return
  })
  app.get('/:file?', (c) => {
    const name = c.req.param('file') ?? 'index.html'
    const bytes = files.get(name)
    if (!bytes) return c.notFound()
    const type = types[extname(name)] ?? 'application/octet-stream'
    return c.body(bytes, 200, { 'content-type': type, 'cache-control': 'no-cache' })
  })

  const server = await new Promise<Server>((resolve, reject) => {
    const started = serve(
      { fetch: app.fetch, hostname: '127.0.0.1', port: options.port },
      (info) => {
        port = info.port
        resolve(started as Server)
      },
    ) as Server
    started.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new OperatorError(
              `REHEARSAL_PORT=${options.port} is taken by another program: end that one, or set REHEARSAL_PORT to another port in .env.`,
            )
          : error,
      ),
    )
  })

  const pages = new Set<Attended>()
  const sockets = new WebSocketServer({ noServer: true, maxPayload: requestBytes })
  server.on('upgrade', (request, socket, head) => {
    const { host, origin } = request.headers
    if (request.url !== '/live' || origin === undefined || !isHere(host, origin)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      const page = attend(opened, loopback, welcome)
      pages.add(page)
      opened.on('close', () => pages.delete(page))
    })
  })

  return {
    port,
    address: `http://localhost:${port}`,
    refreshWelcome() {
      for (const page of pages) page.tell({ kind: 'welcome', welcome: welcome() })
    },
    async close() {
      for (const page of pages) page.close()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

function readFiles(folder: string): ReadonlyMap<string, Uint8Array<ArrayBuffer>> {
  if (!existsSync(join(folder, 'index.html'))) {
    throw new OperatorError(`The rehearsal page is not in ${folder}: run npm run build.`)
  }
  return new Map(
    readdirSync(folder).map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]),
  )
}

function securityHeaders(loopback: Loopback, hosts: readonly string[]): Record<string, string> {
  const uploads = new URL(loopback.api).origin
  const policy = {
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    // discord-components colours names with the attribute `style`.
    'style-src-attr': "'unsafe-inline'",
    'font-src': "'self'",
    'img-src': `'self' data: ${uploads}`,
    'connect-src': `'self' ${hosts.map((host) => `ws://${host}`).join(' ')}`,
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    'require-trusted-types-for': "'script'",
    'trusted-types': 'lit-html',
  }
  return {
    'content-security-policy': Object.entries(policy)
      .map(([name, value]) => `${name} ${value}`)
      .join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  }
}

type Attended = { tell(news: PageNews): void; close(): void }

/** Keeps one page up to date with what its member sees, and does what the page asks for. */
function attend(socket: WebSocket, loopback: Loopback, welcome: () => Welcome): Attended {
  const { world } = loopback
  let here: { member: string; channel: string } | undefined

  const tell = (news: PageNews) => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(news))
  }
  const commands = () => (here ? loopback.offered(here.channel, here.member) : [])

  function concerns(event: LoopbackEvent): boolean {
    if (!here) return false
    if (event.kind === 'message') {
      const { message, onlyFor } = event.shown
      return message.channel_id === here.channel && (!onlyFor || onlyFor === here.member)
    }
    if (event.kind === 'message-deleted') return event.channel === here.channel
    if (event.kind === 'typing') return event.channel === here.channel
    if (event.kind === 'interaction') return event.interaction.channel === here.channel
    return event.kind === 'bot'
  }

  function enter(member: string, channelId: string): void {
    const channel = channelOf(world, channelId)
    if (!channel || !mayEnter(world, channel, member)) return
    here = { member, channel: channelId }
    const messages = loopback.messages(channelId, member).slice(-history)
    const ids = new Set(messages.flatMap((shown) => shown.interaction ?? []))
    tell({
      kind: 'place',
      place: {
        world,
        ...here,
        online: loopback.online(),
        messages,
        interactions: [...ids].flatMap((id) => loopback.interaction(id) ?? []),
        commands: commands(),
        welcome: welcome(),
      },
    })
  }

  function handle(asked: PageRequest): void {
    if (asked.kind === 'enter') {
      enter(asked.member, asked.channel)
      return
    }
    const { request } = asked
    try {
      if (asked.kind === 'post') {
        loopback.post({
          member: asked.member,
          channel: asked.channel,
          content: asked.content,
          ...(asked.replyTo && { replyTo: asked.replyTo }),
        })
        tell({ kind: 'answer', request })
      } else {
        tell({ kind: 'answer', request, interaction: loopback.act(asked.action).id })
      }
    } catch (error) {
      if (!(error instanceof ImpossibleAction)) throw error
      tell({ kind: 'answer', request, impossible: error.message })
    }
  }

  const leave = loopback.subscribe((event) => {
    if (event.kind === 'commands') tell({ kind: 'commands', commands: commands() })
    else if (concerns(event)) tell({ kind: 'event', event })
  })
  socket.on('message', (data) => {
    const parsed = pageRequest.safeParse(json(String(data)))
    if (parsed.success) handle(parsed.data)
    else socket.close(1008, 'not understood')
  })
  socket.on('close', leave)
  socket.on('error', () => socket.terminate())
  return { tell, close: () => socket.close(1001) }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
