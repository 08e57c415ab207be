import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { Client, Events, GatewayIntentBits } from 'discord.js'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { readingGroup } from '../../src/rehearsal/world.ts'
import { ask, bot, discord, login } from './stage.ts'

/** discord.js waits five seconds before a second identify; the tests of one need not. */
const ws = { buildIdentifyThrottler: async () => ({ waitForIdentify: async () => {} }) }

test('a client logs in and sees the servers that it was added to', async () => {
  const loopback = await discord()
  const client = await login(loopback)
  expect(client.user.id).toBe(loopback.world.bot.id)
  expect(client.application.id).toBe(loopback.applicationId)
  expect(client.guilds.cache.map((guild) => guild.name).sort()).toEqual([
    'Evening class',
    'Reading group',
  ])
  expect(loopback.online()).toBe(true)
})

test('a wrong token is refused at the gateway with 4004 and by REST with 401', async () => {
  const loopback = await discord()
  const client = new Client({ intents: [], rest: { api: loopback.api } })
  await expect(client.login('wrong')).rejects.toThrow(/token/i)

  const socket = new WebSocket(`ws://127.0.0.1:${loopback.port}/gateway?v=10&encoding=json`)
  await once(socket, 'message')
  socket.send(JSON.stringify({ op: 2, d: { token: 'wrong', intents: 0, properties: {} } }))
  const [code] = await once(socket, 'close')
  expect(code).toBe(4004)
})

test('privileged intents are refused with 4014', async () => {
  const loopback = await discord()
  const client = new Client({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.MessageContent],
    rest: { api: loopback.api },
  })
  onTestFinished(() => client.destroy())
  await expect(client.login(loopback.token)).rejects.toThrow(/intents/i)
})

test('heartbeats are acknowledged', async () => {
  const loopback = await discord({ heartbeatInterval: 30 })
  const client = await login(loopback)
  await expect.poll(() => client.ws.ping).toBeGreaterThanOrEqual(0)
  await wait(150)
  expect(client.ws.status).toBe(0)
})

test('a client whose heartbeats stay unanswered reconnects and resumes', async () => {
  const loopback = await discord({ heartbeatInterval: 40 })
  const client = await login(loopback)
  loopback.faults.ignoreHeartbeats(true)
  await once(client, Events.ShardReconnecting)
  loopback.faults.ignoreHeartbeats(false)
  await once(client, Events.ShardResume)
  expect(loopback.online()).toBe(true)
})

test('what happened while the connection was down is replayed in order on resume', async () => {
  const loopback = await discord()
  const asked: string[] = []
  const client = await bot(loopback, (interaction) => {
    if (!interaction.isChatInputCommand()) return
    asked.push(interaction.options.getString('question', true))
    return interaction.reply('Here.')
  })
  loopback.faults.dropConnections()
  await loopback.next((event) => event.kind === 'bot' && !event.online)
  const acts = ['one', 'two', 'three'].map((question) => ask(loopback, question))
  const [, replayed] = await once(client, Events.ShardResume)
  for (const act of acts) expect((await act.settled()).state).toBe('done')
  expect(asked).toEqual(['one', 'two', 'three'])
  expect(replayed).toBeGreaterThanOrEqual(3)
})

test('asked to reconnect, the client resumes its session', async () => {
  const loopback = await discord()
  const client = await bot(loopback, (interaction) => {
    if (interaction.isChatInputCommand()) return interaction.reply('Here.')
  })
  const resumed = once(client, Events.ShardResume)
  loopback.faults.askToReconnect()
  await resumed
  expect((await ask(loopback).settled()).state).toBe('done')
})

test('a session that is invalid but resumable is resumed on the same connection', async () => {
  const loopback = await discord()
  const client = await login(loopback)
  const resumed = once(client, Events.ShardResume)
  loopback.faults.invalidateSessions(true)
  await resumed
  expect(loopback.online()).toBe(true)
})

test('a session that is invalid for good is replaced by a new one', async () => {
  const loopback = await discord()
  const client = await login(loopback, { ws } as never)
  const ready = once(client, Events.ShardReady)
  loopback.faults.invalidateSessions(false)
  await ready
  expect(loopback.online()).toBe(true)
})

test('a refused resume makes the client identify anew', async () => {
  const loopback = await discord()
  const client = await login(loopback, { ws } as never)
  loopback.faults.refuseResumes(true)
  const ready = once(client, Events.ShardReady)
  loopback.faults.dropConnections()
  await ready
  expect(loopback.online()).toBe(true)
})

test('the bot is seen going offline when it logs out', async () => {
  const loopback = await discord()
  const client = await login(loopback)
  const offline = loopback.next((event) => event.kind === 'bot' && !event.online)
  await client.destroy()
  await offline
  expect(loopback.online()).toBe(false)
})

test('only this machine can connect', async () => {
  const loopback = await discord()
  expect(loopback.api).toBe(`http://127.0.0.1:${loopback.port}/api`)
  const { networkInterfaces } = await import('node:os')
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address && !address.internal && address.family === 'IPv4')
  if (!outside) return
  await expect(
    fetch(`http://${outside.address}:${loopback.port}/api/v10/gateway`),
  ).rejects.toThrow()
})

test('a message reaches the gateway only with its intent, and unmentioned without its words', async () => {
  const loopback = await discord()
  const heard: string[] = []
  const client = await login(loopback, {
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages],
  })
  client.on(Events.MessageCreate, (message) => heard.push(message.content))
  const deaf = await login(loopback)
  deaf.on(Events.MessageCreate, () => heard.push('heard without the intent'))
  const { members, channels } = readingGroup()
  const member = members[0]?.id ?? ''
  const channel = channels[0]?.id ?? ''
  loopback.post({ member, channel, content: 'Good morning' })
  loopback.post({ member, channel, content: `<@${loopback.applicationId}> why?` })
  await expect.poll(() => heard).toEqual(['', `<@${loopback.applicationId}> why?`])
})
