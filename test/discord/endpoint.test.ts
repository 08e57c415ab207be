import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import ask from '../../commands/ask.ts'
import { type Command, command } from '../../src/commands/command.ts'
import { type Bot, startBot } from '../../src/discord/bot.ts'
import { createLog } from '../../src/log.ts'
import type { Ending } from '../../src/operations/ending.ts'
import type { Loopback } from '../../src/rehearsal/loopback.ts'
import { discord, mara, readings } from '../rehearsal/stage.ts'
import { library } from '../reply/reading.ts'

const said = (text: string, more = {}) => ({ blocks: [{ kind: 'text' as const, text }], ...more })

let runs = 0
const odd = command({
  name: 'odd',
  description: 'Does what commands should not do',
  options: { what: z.enum(['slow', 'file', 'count', 'throw']).describe('What') },
  async run({ options }) {
    if (options.what === 'throw') throw new Error('secret detail')
    if (options.what === 'slow') await wait(1_100)
    if (options.what === 'file') return said('here', { file: { name: 'a.txt', content: 'hello' } })
    runs += 1
    return said(options.what)
  },
})

/** A bot behind an endpoint; Discord delivers to it unless told. */
async function stage(given: { acknowledgeWithin?: number; delivers?: boolean } = {}) {
  const loopback = await discord({ acknowledgeWithin: given.acknowledgeWithin ?? 3_000 })
  const endings: Ending[] = []
  const commands: readonly Command[] = [ask, odd]
  const bot = startBot({
    config: {
      token: loopback.token,
      discordApi: loopback.api,
      mentions: false,
      http: { host: '127.0.0.1', port: 0, publicKey: loopback.publicKey },
    },
    log: createLog({ level: 'silent' }),
    library: () => library,
    commands: () => commands,
    topics: () => [],
    metrics: { ended: (ending) => endings.push(ending), rateLimited: () => {} },
  })
  onTestFinished(() => bot.close())
  await bot.ready
  if (given.delivers ?? true) await loopback.useEndpoint(bot.endpoint() ?? '')
  return { loopback, bot, endings }
}

function run(loopback: Loopback, what: string) {
  return loopback
    .act({ kind: 'command', member: mara, channel: readings, command: 'odd', options: { what } })
    .settled()
}

const ping = JSON.stringify({ id: '1', application_id: '2', type: 1, token: 'x', version: 1 })
const now = () => Math.floor(Date.now() / 1000)

/** A bot that takes requests signed by a key of ours. */
async function signedBot() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const loopback = await discord()
  const x = publicKey.export({ format: 'jwk' }).x ?? ''
  const bot = startBot({
    config: {
      token: loopback.token,
      discordApi: loopback.api,
      mentions: false,
      http: {
        host: '127.0.0.1',
        port: 0,
        publicKey: Buffer.from(x, 'base64url').toString('hex').toUpperCase(),
      },
    },
    log: createLog({ level: 'silent' }),
    library: () => library,
    commands: () => [],
    topics: () => [],
  })
  onTestFinished(() => bot.close())
  await bot.ready
  return { bot, privateKey }
}

function send(
  bot: Bot,
  key: KeyObject,
  given: {
    body?: string
    /** What the signature is made of, where that is another body. */
    signed?: string
    at?: number
    headers?: Record<string, string>
    method?: string
    path?: string
  } = {},
): Promise<Response> {
  const { body = ping, signed = body, at = now(), headers, method = 'POST', path = '' } = given
  return fetch(`${bot.endpoint()}${path}`, {
    method,
    ...(method === 'POST' && { body }),
    headers: {
      'content-type': 'application/json',
      'x-signature-ed25519': sign(null, Buffer.from(`${at}${signed}`), key).toString('hex'),
      'x-signature-timestamp': String(at),
      ...headers,
    },
  })
}

test('a ping with a good signature is answered with a pong', async () => {
  const { bot, privateKey } = await signedBot()
  const response = await send(bot, privateKey)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain('application/json')
  expect(await response.json()).toEqual({ type: 1 })
  // The clocks of two machines are never quite the same.
  expect((await send(bot, privateKey, { at: now() - 200 })).status).toBe(200)
  expect((await send(bot, privateKey, { at: now() + 200 })).status).toBe(200)
})

test('whatever is not signed by Discord just now is refused with 401', async () => {
  const { bot, privateKey } = await signedBot()
  const other = generateKeyPairSync('ed25519').privateKey
  const status = async (response: Promise<Response>) => (await response).status
  expect({
    'another key': await status(send(bot, other)),
    'another body': await status(send(bot, privateKey, { signed: `${ping} ` })),
    'another time': await status(
      send(bot, privateKey, { headers: { 'x-signature-timestamp': String(now() - 1) } }),
    ),
    'an old request': await status(send(bot, privateKey, { at: now() - 400 })),
    'one from the future': await status(send(bot, privateKey, { at: now() + 400 })),
    'no signature': await status(
      fetch(bot.endpoint() ?? '', {
        method: 'POST',
        body: ping,
        headers: { 'x-signature-timestamp': String(now()) },
      }),
    ),
    'no time': await status(send(bot, privateKey, { headers: { 'x-signature-timestamp': '' } })),
    'half a signature': await status(
      send(bot, privateKey, { headers: { 'x-signature-ed25519': 'ab'.repeat(32) } }),
    ),
    'no hexadecimal digits': await status(
      send(bot, privateKey, { headers: { 'x-signature-ed25519': 'x'.repeat(128) } }),
    ),
  }).toEqual({
    'another key': 401,
    'another body': 401,
    'another time': 401,
    'an old request': 401,
    'one from the future': 401,
    'no signature': 401,
    'no time': 401,
    'half a signature': 401,
    'no hexadecimal digits': 401,
  })
})

test('other methods, places, sizes and bodies are refused, each with its status', async () => {
  const { bot, privateKey } = await signedBot()
  const get = await send(bot, privateKey, { method: 'GET' })
  expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST'])
  expect((await send(bot, privateKey, { path: '/more' })).status).toBe(404)
  expect((await send(bot, privateKey, { body: 'not JSON' })).status).toBe(400)
  expect((await send(bot, privateKey, { body: '{"type":2}' })).status).toBe(400)
  expect((await send(bot, privateKey)).status).toBe(200)
  expect((await send(bot, privateKey, { body: 'x'.repeat(1_000_001) })).status).toBe(413)
})

test('an interaction of a type that nobody knows is answered, and the bot lives on', async () => {
  const { bot, privateKey } = await signedBot()
  const body = JSON.stringify({ ...JSON.parse(ping), id: '3', type: 99, data: {} })
  const response = await send(bot, privateKey, { body })
  expect(response.status).toBeLessThan(600)
  expect((await send(bot, privateKey)).status).toBe(200)
})

test('the first response is the answer to the request, and nothing goes over REST', async () => {
  const { loopback, endings } = await stage()
  const answered = await run(loopback, 'count')
  expect(answered.payloads.map(({ method, status }) => [method, status])).toEqual([['HTTP', 200]])
  expect(JSON.stringify(answered.messages[0]?.message.components)).toContain('count')
  expect(loopback.requests().filter(({ path }) => /callback|webhooks/.test(path))).toEqual([])
  await expect.poll(() => endings).toHaveLength(1)
  expect(endings[0]).toMatchObject({ command: 'odd', outcome: 'answered' })
  expect(endings[0]?.acknowledgedAfter).toBeGreaterThan(0)
})

test('a slow answer is put off in the answer to the request, and follows over REST', async () => {
  const { loopback } = await stage()
  const slow = await run(loopback, 'slow')
  expect(slow.response).toBe(5)
  expect(slow.payloads.map(({ method }) => method)).toEqual(['HTTP', 'PATCH'])
  expect(JSON.stringify(slow.messages[0]?.message.components)).toContain('slow')
})

test('an answer with a file arrives with its file', async () => {
  const { loopback } = await stage()
  const answered = await run(loopback, 'file')
  const [shown] = answered.messages
  expect(answered.messages).toHaveLength(1)
  expect(shown?.message.attachments.map(({ filename }) => filename)).toEqual(['a.txt'])
  expect(await (await fetch(shown?.message.attachments[0]?.url ?? '')).text()).toBe('hello')
})

test('a command that throws ends in a short private message', async () => {
  const { loopback, endings } = await stage()
  const answered = await run(loopback, 'throw')
  expect(JSON.stringify(answered.messages[0]?.message.components)).toContain('noted')
  expect(JSON.stringify(answered)).not.toContain('secret')
  expect(answered.messages[0]?.onlyFor).toBe(mara)
  await expect.poll(() => endings.map(({ outcome }) => outcome)).toEqual(['failed'])
})

test('an interaction that is delivered twice is run once and answered alike', async () => {
  const { loopback } = await stage()
  loopback.faults.deliverTwice(true)
  const before = runs
  const acted = loopback.act({
    kind: 'command',
    member: mara,
    channel: readings,
    command: 'odd',
    options: { what: 'count' },
  })
  const answered = await acted.until(({ payloads }) => payloads.length === 2)
  expect(runs).toBe(before + 1)
  expect(answered.messages).toHaveLength(1)
  const [first, second] = answered.payloads
  expect(second?.body).toEqual(first?.body)
})

test('where nobody waits for the answer any more, that is noted, and the bot lives on', async () => {
  const { loopback, endings } = await stage({ acknowledgeWithin: 300 })
  const late = await run(loopback, 'slow')
  expect(late.state).toBe('failed')
  await expect
    .poll(() => endings.map(({ outcome }) => outcome), { timeout: 6_000 })
    .toEqual(['late'])
  await expect
    .poll(async () => (await run(loopback, 'count')).state, { timeout: 15_000 })
    .toBe('done')
})

test('closing finishes what is in flight and lets nothing new in', async () => {
  const { loopback, bot } = await stage()
  const slow = run(loopback, 'slow')
  await wait(200)
  const closed = bot.close()
  await wait(50)
  expect((await run(loopback, 'count')).state).toBe('failed')
  await closed
  expect(JSON.stringify((await slow).messages[0]?.message.components)).toContain('slow')
  await expect(fetch(bot.endpoint() ?? '')).rejects.toThrow()
})

test('a command that was on its way when closing began is run and answered', async () => {
  const { bot, privateKey } = await signedBot()
  const body = JSON.stringify({
    ...JSON.parse(ping),
    type: 2,
    user: { id: mara },
    data: { type: 1, name: 'count', options: [] },
  })
  const at = now()
  const coming = request(bot.endpoint() ?? '', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': body.length,
      'x-signature-ed25519': sign(null, Buffer.from(`${at}${body}`), privateKey).toString('hex'),
      'x-signature-timestamp': String(at),
    },
  })
  const answered = once(coming, 'response')
  coming.write(body.slice(0, 50))
  await wait(200)
  const closed = bot.close()
  await wait(200)
  coming.end(body.slice(50))
  const [response] = await answered
  expect(response.statusCode).toBe(200)
  expect(response.headers.connection).toBe('close')
  // What a bot without commands says to each; not that it is being restarted.
  expect(await text(response)).toContain('This command is no longer here')
  const started = performance.now()
  await closed
  expect(performance.now() - started).toBeLessThan(500)
})

test('the bot asks Discord which servers it is in, since nobody tells an endpoint', async () => {
  const { loopback } = await stage()
  await expect
    .poll(() => loopback.requests().map(({ path }) => path))
    .toContain('/users/@me/guilds')
})

test('a port that is taken ends the start with a sentence that names it', async () => {
  const { bot, loopback } = await stage()
  const port = Number(new URL(bot.endpoint() ?? '').port)
  const second = startBot({
    config: {
      token: loopback.token,
      discordApi: loopback.api,
      mentions: false,
      http: { host: '127.0.0.1', port, publicKey: loopback.publicKey },
    },
    log: createLog({ level: 'silent' }),
    library: () => library,
    commands: () => [],
    topics: () => [],
  })
  onTestFinished(() => second.close())
  await expect(second.ready).rejects.toThrow(`HTTP_PORT="${port}" cannot be opened`)
})
