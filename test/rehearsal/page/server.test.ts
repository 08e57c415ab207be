import { once } from 'node:events'
import { request } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import WebSocket from 'ws'
import { OperatorError } from '../../../src/problem.ts'
import { startLoopback } from '../../../src/rehearsal/loopback.ts'
import { type PageServer, servePage } from '../../../src/rehearsal/server.ts'
import type { PageNews } from '../../../src/rehearsal/wire.ts'
import { jonas, mara, marasDm, readings } from './stage.ts'

const welcome = () => ({ readings: [], questions: [], mistakes: [] })

async function serve(): Promise<PageServer> {
  const loopback = await startLoopback()
  const page = await servePage({ loopback, port: 0, welcome })
  onTestFinished(async () => {
    await page.close()
    await loopback.close()
  })
  return page
}

/** The status of a request with these headers, sent to 127.0.0.1 whatever they say. */
async function status({ port }: PageServer, headers: Record<string, string>, path = '/') {
  const sent = request({ host: '127.0.0.1', port, path, headers })
  sent.end()
  const [response] = await once(sent, 'response')
  response.resume()
  return response
}

test('the page is served to this machine under its own names only', async () => {
  const page = await serve()
  for (const host of [`localhost:${page.port}`, `127.0.0.1:${page.port}`]) {
    expect((await status(page, { host })).statusCode).toBe(200)
    expect((await status(page, { host, origin: `http://${host}` })).statusCode).toBe(200)
    expect((await status(page, { host, origin: 'http://evil.example' })).statusCode).toBe(403)
  }
  for (const host of ['evil.example', `evil.example:${page.port}`, 'localhost', 'localhost:1']) {
    expect((await status(page, { host })).statusCode).toBe(403)
  }
})

test('the page may load nothing from elsewhere and make no HTML from text', async () => {
  const page = await serve()
  const { headers } = await status(page, { host: `localhost:${page.port}` })
  const policy = String(headers['content-security-policy'])
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self';")
  expect(policy).toContain("require-trusted-types-for 'script'")
  expect(policy).not.toMatch(/https:|\*/)
})

test('only the bundled files are served', async () => {
  const page = await serve()
  const host = `localhost:${page.port}`
  for (const path of ['/..%2f..%2fpackage.json', '/package.json', '/%2e%2e/src/main.js']) {
    expect((await status(page, { host }, path)).statusCode).toBe(404)
  }
})

async function live(
  { port }: PageServer,
  headers: { readonly host?: string; readonly origin?: string },
): Promise<WebSocket> {
  const { host, origin } = headers
  const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, {
    ...(origin && { origin }),
    ...(host && { headers: { host } }),
  })
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  return socket
}

test('the live connection is refused to pages from elsewhere', async () => {
  const page = await serve()
  const origin = page.address
  await live(page, { origin })
  await expect(live(page, { origin: 'http://evil.example' })).rejects.toThrow('403')
  await expect(live(page, {})).rejects.toThrow('403')
  await expect(live(page, { host: 'evil.example', origin })).rejects.toThrow('403')
})

test('what is no request of the page ends the connection', async () => {
  const page = await serve()
  const socket = await live(page, { origin: page.address })
  socket.send('{"kind":"enter","member":"<script>"}')
  const [code] = await once(socket, 'close')
  expect(code).toBe(1008)
})

test('a member is told of their own channel alone', async () => {
  const page = await serve()
  const socket = await live(page, { origin: page.address })
  const news: PageNews[] = []
  socket.on('message', (data) => news.push(JSON.parse(String(data))))
  const send = (value: object) => socket.send(JSON.stringify(value))
  send({ kind: 'enter', member: jonas, channel: marasDm })
  send({ kind: 'enter', member: mara, channel: readings })
  send({ kind: 'post', request: 1, member: mara, channel: marasDm, content: 'elsewhere' })
  send({ kind: 'post', request: 2, member: jonas, channel: readings, content: 'here' })
  send({ kind: 'post', request: 3, member: jonas, channel: marasDm, content: 'not mine' })
  await expect.poll(() => news.filter((one) => one.kind === 'answer').length).toBe(3)
  const places = news.flatMap((one) => (one.kind === 'place' ? one.place.channel : []))
  expect(places).toEqual([readings])
  const said = news.flatMap((one) =>
    one.kind === 'event' && one.event.kind === 'message' ? one.event.shown.message.content : [],
  )
  expect(said).toEqual(['here'])
  expect(news.find((one) => one.kind === 'answer' && one.impossible)).toMatchObject({ request: 3 })
})

test('a port that is taken is said in one sentence', async () => {
  const page = await serve()
  const loopback = await startLoopback()
  onTestFinished(() => loopback.close())
  const second = servePage({ loopback, port: page.port, welcome })
  await expect(second).rejects.toThrow(OperatorError)
  await expect(second).rejects.toThrow('REHEARSAL_PORT')
})
