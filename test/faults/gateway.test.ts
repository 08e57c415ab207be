import { expect, test } from 'vitest'
import { OperatorError } from '../../src/problem.ts'
import type { Loopback } from '../../src/rehearsal/loopback.ts'
import { mara, readings, type Stage, said, shownBy, stage } from './stage.ts'

/** discord.js lets five seconds pass between two logins. */
const patience = 15_000

async function isWell(on: Stage): Promise<void> {
  const answered = await on.say('still here').settled(patience)
  expect(said(answered)).toContain('still here')
  expect(shownBy(answered)).toHaveLength(1)
}

const online = ({ discord }: Stage, now: boolean) =>
  discord.next((event) => event.kind === 'bot' && event.online === now, patience)

const beforeLogin: [string, (discord: Loopback) => void][] = [
  ['before hello', ({ faults }) => faults.cutAt('hello')],
  ['before hello, three times', ({ faults }) => faults.cutAt('hello', 3)],
  ['after identify', ({ faults }) => faults.cutAt('identify')],
]

test.each(beforeLogin)(
  'the bot logs in though the connection drops %s',
  async (_when, prepare) => {
    const on = await stage({ prepare })
    expect(on.bot.state()).toBe('ready')
    await isWell(on)
  },
  30_000,
)

test('the connection drops after ready: what is asked meanwhile is answered after the resume', async () => {
  const on = await stage()
  const offline = online(on, false)
  on.discord.faults.dropConnections()
  await offline
  const asked = ['one', 'two', 'three'].map((words) => on.say(words))
  await expect.poll(on.bot.state).toBe('reconnecting')
  for (const act of asked) expect(shownBy(await act.settled(patience))).toHaveLength(1)
  await expect.poll(on.bot.state).toBe('ready')
})

test.each(['hello', 'resume'] as const)(
  'the connection drops again at the %s of coming back',
  async (when) => {
    const on = await stage()
    on.discord.faults.cutAt(when, 2)
    const offline = online(on, false)
    on.discord.faults.dropConnections()
    await offline
    const asked = on.say('meanwhile')
    expect(shownBy(await asked.settled(patience))).toHaveLength(1)
    await isWell(on)
  },
  30_000,
)

test('the connection drops in the middle of a dispatch, which is answered after the resume', async () => {
  const on = await stage()
  on.discord.faults.cutAt('dispatch')
  const answered = await on.say('cut in two').settled(patience)
  expect(said(answered)).toContain('cut in two')
  expect(shownBy(answered)).toHaveLength(1)
})

test('the resume is refused: the bot logs in anew', async () => {
  const on = await stage()
  on.discord.faults.refuseResumes(true)
  const offline = online(on, false)
  on.discord.faults.dropConnections()
  await offline
  const back = online(on, true)
  await back
  await isWell(on)
}, 30_000)

test.each([true, false])(
  'the session is declared invalid, resumable: %s',
  async (resumable) => {
    const on = await stage()
    on.discord.faults.invalidateSessions(resumable)
    if (!resumable) await online(on, true)
    await isWell(on)
  },
  30_000,
)

test('what Discord sends twice is answered once', async () => {
  const on = await stage()
  on.discord.faults.repeatDispatches(3)
  const asked = ['one', 'two', 'three'].map((words) => on.say(words))
  const answers = await Promise.all(asked.map((act) => act.settled()))
  await isWell(on)
  for (const answered of answers) {
    expect(answered.payloads).toHaveLength(1)
    expect(shownBy(answered)).toHaveLength(1)
  }
  expect(on.lines.filter(({ msg }) => msg.startsWith('sent twice'))).toHaveLength(3)
})

test('a message that Discord sends twice is answered once', async () => {
  const on = await stage()
  on.discord.faults.repeatDispatches(1)
  on.discord.post({
    member: mara,
    channel: readings,
    content: `<@${on.discord.applicationId}> hello?`,
  })
  await isWell(on)
  await expect.poll(() => on.endings.filter(({ kind }) => kind === 'mention')).toHaveLength(1)
  const replies = on.discord
    .messages(readings)
    .filter(({ message }) => message.author.bot && message.message_reference)
  expect(replies).toHaveLength(1)
})

test('what Discord sends out of order is answered all the same', async () => {
  const on = await stage()
  on.discord.faults.swapDispatches(2)
  const asked = ['one', 'two', 'three', 'four'].map((words) => on.say(words))
  for (const act of asked) expect(shownBy(await act.settled())).toHaveLength(1)
  await isWell(on)
})

test('a revoked token ends the bot with one clear sentence', async () => {
  const on = await stage()
  on.discord.faults.revokeToken()
  await expect(on.bot.ended).rejects.toThrow(OperatorError)
  await expect(on.bot.ended).rejects.toThrow(/^DISCORD_TOKEN is refused by Discord/)
  expect(on.bot.state()).not.toBe('ready')
})
