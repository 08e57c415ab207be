import { readFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import ask from '../../commands/ask.ts'
import { projectRoot, readConfig } from '../../src/config.ts'
import { startBot } from '../../src/discord/bot.ts'
import { openLibraries } from '../../src/libraries/libraries.ts'
import { createLog } from '../../src/log.ts'
import { type Operations, openOperations } from '../../src/operations/operations.ts'
import type { State } from '../../src/operations/state.ts'
import { OperatorError } from '../../src/problem.ts'
import { type Loopback, startLoopback } from '../../src/rehearsal/loopback.ts'
import { mara, readings, stage } from '../faults/stage.ts'
import { library } from '../reply/reading.ts'
import { folder } from '../store/stores.ts'

async function opened(): Promise<Operations & { address: string }> {
  const operations = await openOperations({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => operations.close())
  return { ...operations, address: operations.address ?? '' }
}

async function get({ address }: { address: string }, path: string) {
  const response = await fetch(address + path)
  return { status: response.status, text: await response.text() }
}

/** A bot whose questions and endings are measured. */
async function measured(operations: Operations) {
  const { discord, bot } = await stage({
    commands: [ask],
    bot: operations.watch({ library: () => library }),
  })
  operations.follow(bot.state)
  const command = (name: string, options: Record<string, string>) =>
    discord
      .act({ kind: 'command', member: mara, channel: readings, command: name, options })
      .settled()
  return { discord, bot, command }
}

/** The value of a counter or gauge, or of a histogram's `_count`. */
function value(
  text: string,
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const line = text
    .split('\n')
    .find(
      (one) =>
        new RegExp(`^${name}[{ ]`).test(one) &&
        Object.entries(labels).every(([label, wanted]) => one.includes(`${label}="${wanted}"`)),
    )
  return line === undefined ? undefined : Number(line.split(' ').at(-1))
}

test('without a port nothing is served or measured', async () => {
  const operations = await openOperations(undefined)
  const sources = { library: () => library }
  expect(operations.address).toBeUndefined()
  expect(operations.watch(sources)).toBe(sources)
})

test('the bot is healthy from the start, and ready only while it answers', async () => {
  const operations = await opened()
  expect(await get(operations, '/healthz')).toEqual({ status: 200, text: 'ok\n' })
  expect(await get(operations, '/readyz')).toEqual({ status: 503, text: 'starting\n' })
  const discord = await startLoopback()
  onTestFinished(() => discord.close())
  const bot = startBot({
    config: { token: discord.token, discordApi: discord.api, mentions: false },
    log: createLog({ level: 'silent' }),
    ...operations.watch({ library: () => library }),
    commands: () => [ask],
    topics: () => [],
  })
  operations.follow(bot.state)
  expect((await get(operations, '/readyz')).status).toBe(503)
  await bot.ready
  expect(await get(operations, '/readyz')).toEqual({ status: 200, text: 'ready\n' })
  const closed = bot.close()
  expect(await get(operations, '/readyz')).toEqual({ status: 503, text: 'stopping\n' })
  expect((await get(operations, '/healthz')).status).toBe(200)
  await closed
})

test('while the gateway is out of reach the bot is not ready', async () => {
  const operations = await opened()
  const { discord, bot } = await measured(operations)
  discord.faults.cutAt('hello', 1000)
  discord.faults.dropConnections()
  await expect.poll(bot.state).toBe('reconnecting')
  expect(await get(operations, '/readyz')).toEqual({ status: 503, text: 'reconnecting\n' })
  expect(
    value((await get(operations, '/metrics')).text, 'footnote_gateway_state', {
      state: 'reconnecting',
    }),
  ).toBe(1)
  discord.faults.clear()
  await expect.poll(bot.state, { timeout: 10_000 }).toBe('ready')
  expect((await get(operations, '/readyz')).status).toBe(200)
})

test('interactions are counted by what was called and how they ended', async () => {
  const operations = await opened()
  const { discord, command } = await measured(operations)
  await command('ask', { question: 'Must the kettle boil?' })
  await command('ask', { question: 'Who won the chess tournament in Reykjavik?' })
  await command('echo', { words: 'hello' })
  const old = discord.place(readings, {
    content: 'From before',
    components: [
      { type: 1, components: [{ type: 2, style: 2, label: 'Old', custom_id: 'gone|away' }] },
    ],
  })
  await discord
    .act({ kind: 'press', member: mara, message: old.id, customId: 'gone|away' })
    .settled()
  await discord
    .act({
      kind: 'autocomplete',
      member: mara,
      channel: readings,
      command: 'ask',
      options: { question: 'make' },
      focused: 'question',
    })
    .settled()
  const name = 'footnote_interactions_total'
  const metrics = async () => (await get(operations, '/metrics')).text
  await expect.poll(async () => value(await metrics(), name, { kind: 'autocomplete' })).toBe(1)
  const text = await metrics()
  expect(value(text, name, { command: 'ask', kind: 'command', outcome: 'answered' })).toBe(1)
  expect(value(text, name, { command: 'ask', kind: 'command', outcome: 'refused' })).toBe(1)
  expect(value(text, name, { command: 'echo', outcome: 'answered' })).toBe(1)
  expect(value(text, name, { command: 'unknown', kind: 'press', outcome: 'mistake' })).toBe(1)
  expect(value(text, 'footnote_acknowledgement_seconds_count', { kind: 'command' })).toBe(3)
  expect(value(text, 'footnote_search_seconds_count')).toBe(2)
  expect(value(text, 'footnote_confidence_count', { outcome: 'refusal' })).toBe(1)
  expect(value(text, 'footnote_refusals_total')).toBe(1)
  expect(value(text, 'footnote_articles')).toBe(1)
  expect(value(text, 'footnote_passages')).toBe(5)
  expect(value(text, 'footnote_gateway_state', { state: 'ready' })).toBe(1)
  expect(value(text, 'nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0)
})

test("no metric holds an id, a word of a question or anybody's name", async () => {
  const operations = await opened()
  const { discord, command } = await measured(operations)
  const answered = await command('ask', { question: 'Must the xylophone boil?' })
  await command('echo', { words: 'xylophone' })
  const { text } = await get(operations, '/metrics')
  for (const secret of ['xylophone', mara, readings, answered.id, discord.token, '1100000000']) {
    expect(text).not.toContain(secret)
  }
})

test('rate limits of Discord are counted by their scope', async () => {
  const operations = await opened()
  const { discord, command } = await measured(operations)
  discord.faults.rest({ path: /callback$/, status: 429, retryAfter: 0.1, times: 2 })
  await command('echo', { words: 'hello' })
  const { text } = await get(operations, '/metrics')
  expect(value(text, 'footnote_rest_rate_limited_total', { scope: 'user' })).toBe(2)
})

test('it is served on the address that was set, and no other', async () => {
  const { address } = await opened()
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((one) => one && !one.internal && one.family === 'IPv4')
  if (!outside) return
  await expect(fetch(address.replace('127.0.0.1', outside.address))).rejects.toThrow()
})

test('a port that is taken ends the start with one sentence', async () => {
  const { address } = await opened()
  const second = openOperations({ host: '127.0.0.1', port: Number(new URL(address).port) })
  await expect(second).rejects.toThrow(OperatorError)
  await expect(second).rejects.toThrow(/METRICS_PORT="\d+" cannot be opened.*EADDRINUSE/)
})

test('the dashboard asks only for metrics that there are', async () => {
  const operations = await opened()
  const where = await folder()
  const config = readConfig({ DATA_DIR: where })
  const libraries = await openLibraries(config, createLog({ level: 'silent' }), {
    library: () => library,
    knowledge: () => ({ articles: [], synonyms: [] }),
  })
  onTestFinished(() => libraries.close())
  const { command } = await measuredWith(operations, libraries)
  await command()
  const { text } = await get(operations, '/metrics')
  const exported = new Set(
    text.split('\n').flatMap((line) => /^([a-z_0-9]+)[{ ]/.exec(line)?.[1] ?? []),
  )
  const types = new Set(text.split('\n').flatMap((line) => /^# TYPE (\w+)/.exec(line)?.[1] ?? []))
  const file = join(projectRoot, 'docs/grafana-dashboard.json')
  const dashboard = JSON.parse(await readFile(file, 'utf8')) as {
    panels: { title: string; targets?: { expr: string }[]; gridPos: { w: number; x: number } }[]
  }
  const asked = dashboard.panels.flatMap(({ targets = [] }) =>
    targets.flatMap(({ expr }) => expr.match(/\b(footnote|nodejs|process)_\w+/g) ?? []),
  )
  expect(asked.length).toBeGreaterThan(10)
  const known = (name: string) => exported.has(name) || types.has(name)
  expect(asked.filter((name) => !known(name))).toEqual([])
  const own = [...types].filter((name) => name.startsWith('footnote_'))
  const shown = (name: string) => asked.some((one) => one.startsWith(name))
  expect(own.filter((name) => !shown(name))).toEqual([])
})

async function measuredWith(
  operations: Operations,
  libraries: Awaited<ReturnType<typeof openLibraries>>,
) {
  const { discord, bot } = await stage({
    commands: [ask],
    bot: operations.watch({ library: () => library, libraries }),
  })
  operations.follow(bot.state as () => State)
  return { command: () => question(discord) }
}

function question(discord: Loopback) {
  return discord
    .act({
      kind: 'command',
      member: mara,
      channel: readings,
      command: 'ask',
      options: { question: 'Must the kettle boil?' },
    })
    .settled()
}
