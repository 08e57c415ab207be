import { setTimeout as wait } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import ask from '../../commands/ask.ts'
import search from '../../commands/search.ts'
import { type Command, command } from '../../src/commands/command.ts'
import { type BotOptions, startBot } from '../../src/discord/bot.ts'
import { createLog } from '../../src/log.ts'
import { MemberError } from '../../src/problem.ts'
import type { Interaction, Loopback } from '../../src/rehearsal/loopback.ts'
import { discord, jonas, mara, marasDm, readings } from '../rehearsal/stage.ts'
import { contextOf, corrected, library } from '../reply/reading.ts'

const pressMe = { label: 'Press', id: 'odd|pressed' }
const said = (text: string, more = {}) => ({ blocks: [{ kind: 'text' as const, text }], ...more })

const odd = command({
  name: 'odd',
  description: 'Does what commands should not do',
  options: {
    what: z
      .enum(['throw', 'slow', 'slow-private', 'very-slow', 'form', 'mistake', 'fine'])
      .describe('What'),
  },
  autocomplete: {},
  async run({ options, progress }) {
    for (let page = 1; options.what === 'very-slow' && page <= 20; page++) {
      progress?.(`reading page ${page}`)
      await wait(500, undefined, { ref: false })
    }
    if (options.what === 'throw') throw new Error('secret detail')
    if (options.what === 'mistake') throw new MemberError('Please do not.')
    if (options.what.startsWith('slow')) await wait(1_100)
    if (options.what === 'form') {
      return {
        kind: 'form',
        id: 'odd|sent',
        title: 'A form',
        fields: [{ name: 'a', label: 'A', required: true, input: { kind: 'line', maxLength: 9 } }],
      }
    }
    return said(options.what, { buttons: [pressMe], private: options.what === 'slow-private' })
  },
  actions: {
    pressed: () => said('pressed', { replaces: true, buttons: [pressMe] }),
    sent: ({ fields }) => said(`sent ${fields.a}`),
  },
})

async function stage(
  options: Partial<BotOptions> & { mentions?: boolean; acknowledgeWithin?: number } = {},
) {
  const { mentions = false, acknowledgeWithin = 3_000, ...rest } = options
  const loopback = await discord({ acknowledgeWithin })
  const lines: string[] = []
  const commands: readonly Command[] = [ask, search, odd]
  const bot = startBot({
    config: {
      token: loopback.token,
      discordApi: loopback.api,
      mentions,
    },
    log: createLog({ level: 'info', to: { write: (line) => lines.push(line) } }),
    library: () => library,
    commands: () => commands,
    topics: () => [],
    ...rest,
  })
  onTestFinished(() => bot.close())
  await bot.ready
  const errors = () => lines.filter((line) => /"level":"(error|warn)"|not answered/.test(line))
  return { loopback, bot, errors }
}

function run(loopback: Loopback, name: string, options = {}, member = mara) {
  return loopback
    .act({ kind: 'command', member, channel: readings, command: name, options })
    .settled()
}

function contentOf(interaction: Interaction): string {
  expect(interaction.payloads.map(({ error }) => error)).toEqual(
    interaction.payloads.map(() => undefined),
  )
  return JSON.stringify(interaction.messages.at(-1)?.message.components)
}

test('a command that throws ends in a short private message and one line in the log', async () => {
  const { loopback, errors } = await stage()
  const answered = await run(loopback, 'odd', { what: 'throw' })
  expect(contentOf(answered)).toContain(`noted (${answered.id})`)
  expect(contentOf(answered)).not.toContain('secret')
  expect(answered.messages[0]?.onlyFor).toBe(mara)
  expect(errors()).toHaveLength(1)
  expect(errors()[0]).toContain(answered.id)
  expect(contentOf(await run(loopback, 'odd', { what: 'fine' }))).toContain('fine')
})

test("a member's mistake is told to that member alone", async () => {
  const { loopback, errors } = await stage()
  const answered = await run(loopback, 'odd', { what: 'mistake' })
  expect(contentOf(answered)).toContain('Please do not.')
  expect(answered.messages[0]?.onlyFor).toBe(mara)
  expect(errors()).toHaveLength(1)
})

test('a slow command is acknowledged before it has its answer, then answered', async () => {
  // It has none before the acknowledgement was seen. Seconds are counted as this process lives
  // them: on a busy machine both its seconds and the acknowledgement take longer.
  let answer = () => {}
  const allowed = new Promise<void>((resolve) => {
    answer = resolve
  })
  const slow = command({
    name: 'slow',
    description: 'Answers when it may',
    options: {},
    run: () => allowed.then(() => said('at last')),
  })
  const { loopback } = await stage({ commands: () => [slow], acknowledgeWithin: 120_000 })
  let seconds = 0
  const counting = setInterval(() => {
    seconds += 1
  }, 1_000)
  onTestFinished(() => clearInterval(counting))
  const acted = loopback.act({
    kind: 'command',
    member: mara,
    channel: readings,
    command: 'slow',
    options: {},
  })
  const { state, response } = await acted.acknowledged(120_000)
  // Discord waits for three.
  expect(seconds).toBeLessThan(3)
  expect({ state, response }).toEqual({ state: 'thinking', response: 5 })
  answer()
  expect(contentOf(await acted.settled(120_000))).toContain('at last')
}, 130_000)

test('a slow answer that turns out private is not shown to the channel', async () => {
  const { loopback } = await stage()
  const acted = loopback.act({
    kind: 'command',
    member: mara,
    channel: readings,
    command: 'odd',
    options: { what: 'slow-private' },
  })
  const answered = await acted.until(({ payloads }) =>
    payloads.some(({ path, method }) => method === 'POST' && path.startsWith('/webhooks')),
  )
  expect(answered.messages.filter(({ onlyFor }) => onlyFor === undefined)).toEqual([])
  expect(loopback.messages(readings, jonas)).toEqual([])
})

test('a button that nobody knows any more says so', async () => {
  const { loopback, errors } = await stage()
  const old = loopback.place(readings, {
    flags: 32768,
    components: [
      { type: 1, components: [{ type: 2, style: 2, label: 'Old', custom_id: 'gone|away' }] },
    ],
  })
  const pressed = await loopback
    .act({ kind: 'press', member: mara, message: old.id, customId: 'gone|away' })
    .settled()
  expect(contentOf(pressed)).toContain('out of date')
  expect(pressed.messages[0]?.onlyFor).toBe(mara)
  expect(errors()).toHaveLength(1)
})

test('a quotation whose source has changed since says so', async () => {
  let now = library
  const { loopback } = await stage({ library: () => now })
  const answered = await run(loopback, 'ask', { question: 'Must the kettle boil?' })
  const message = answered.messages[0]?.message
  const id = /ask\|context\|tea:3[^"]*/.exec(JSON.stringify(message?.components))?.[0] ?? ''
  now = corrected
  const pressed = await loopback
    .act({ kind: 'press', member: mara, message: message?.id ?? '', customId: id })
    .settled()
  expect(contentOf(pressed)).toContain('The source has changed since this was quoted')
})

test('a late answer is one line in the log, and the bot lives on', async () => {
  const { loopback, errors } = await stage({ acknowledgeWithin: 300 })
  loopback.faults.slowCallbacks(600)
  const late = loopback.act({
    kind: 'command',
    member: mara,
    channel: readings,
    command: 'odd',
    options: { what: 'fine' },
  })
  await expect.poll(errors).toHaveLength(1)
  expect(errors()[0]).toContain(late.id)
  loopback.faults.clear()
  await expect
    .poll(async () => contentOf(await run(loopback, 'odd', { what: 'fine' })), { timeout: 15_000 })
    .toContain('fine')
})

test('a page is turned for who asked; anybody else gets a copy', async () => {
  const { loopback } = await stage()
  const answered = await run(loopback, 'odd', { what: 'fine' })
  const message = answered.messages[0]?.message.id ?? ''
  const other = await loopback
    .act({ kind: 'press', member: jonas, message, customId: pressMe.id })
    .settled()
  expect(other.messages[0]?.onlyFor).toBe(jonas)
  expect(JSON.stringify(loopback.message(message)?.message.components)).toContain('fine')
  const own = await loopback
    .act({ kind: 'press', member: mara, message, customId: pressMe.id })
    .settled()
  expect(own.response).toBe(7)
  expect(JSON.stringify(loopback.message(message)?.message.components)).toContain('pressed')
})

test('a form is opened, and what is written in it arrives', async () => {
  const { loopback } = await stage()
  const opened = await run(loopback, 'odd', { what: 'form' })
  expect(opened.modal?.title).toBe('A form')
  const sent = await loopback
    .act({ kind: 'submit', member: mara, interaction: opened.id, fields: { a: 'hello' } })
    .settled()
  expect(contentOf(sent)).toContain('sent hello')
})

test('a crowd is acknowledged before its answers are made, though each takes the processor for itself', async () => {
  // Counted in answers, not by the clock: whoever had to wait for the others' answers would see
  // nearly all of them go before. The first of them are made before it is time to acknowledge.
  let made = 0
  const busy = command({
    name: 'busy',
    description: 'Keeps the processor to itself',
    options: {},
    run() {
      const until = performance.now() + 30
      while (performance.now() < until);
      made += 1
      return said('done')
    },
  })
  const { loopback } = await stage({ commands: () => [busy], acknowledgeWithin: 120_000 })
  const size = 120
  const before: number[] = []
  const crowd = Array.from({ length: size }, () =>
    loopback.act({
      kind: 'command',
      member: mara,
      channel: readings,
      command: 'busy',
      options: {},
    }),
  )
  await Promise.all(
    crowd.map(async (acted) => {
      await acted.acknowledged(120_000)
      before.push(made)
    }),
  )
  const answered = await Promise.all(crowd.map((acted) => acted.settled(120_000)))
  expect(answered.map(({ state }) => state)).toEqual(answered.map(() => 'done'))
  expect(Math.max(...before)).toBeLessThan(size / 2)
}, 130_000)

test('autocomplete offers choices, and nothing where it fails', async () => {
  const failing = command({
    name: 'failing',
    description: 'Fails while one types',
    options: { a: z.string().describe('A') },
    autocomplete: {
      a: () => {
        throw new Error('oh')
      },
    },
    run: () => said('never'),
  })
  const { loopback, errors } = await stage({ commands: () => [ask, failing] })
  const type = (name: string, option: string, typed: string) =>
    loopback
      .act({
        kind: 'autocomplete',
        member: mara,
        channel: readings,
        command: name,
        options: { [option]: typed },
        focused: option,
      })
      .settled()
  expect((await type('ask', 'question', 'make')).choices?.map(({ name }) => name)).toEqual([
    'How do you make tea?',
  ])
  expect((await type('failing', 'a', 'x')).choices).toEqual([])
  expect(errors()).toHaveLength(1)
})

test('mentions are not listened to unless they are switched on', async () => {
  const { loopback } = await stage()
  loopback.post({
    member: mara,
    channel: readings,
    content: `<@${loopback.applicationId}> What ruins green tea?`,
  })
  await run(loopback, 'odd', { what: 'fine' })
  expect(loopback.messages(readings).filter(({ message }) => message.author.bot)).toHaveLength(1)
})

test('a mention with a question is answered by a reply that calls nobody', async () => {
  const { loopback } = await stage({ mentions: true })
  const post = loopback.post({
    member: mara,
    channel: readings,
    content: `<@${loopback.applicationId}> What ruins green tea? @everyone`,
  })
  const event = await loopback.next(
    (one) => one.kind === 'message' && one.shown.message.author.bot === true,
  )
  if (event.kind !== 'message') throw new Error('no message')
  const { message } = event.shown
  expect(message.message_reference?.message_id).toBe(post.id)
  expect(JSON.stringify(message.components)).toContain('ruined')
  expect(message.mention_everyone).toBe(false)
  expect(message.mentions).toEqual([])
})

test('a direct message is a question too, where mentions are switched on', async () => {
  const { loopback } = await stage({ mentions: true })
  loopback.post({ member: mara, channel: marasDm, content: 'What ruins green tea?' })
  const event = await loopback.next(
    (one) => one.kind === 'message' && one.shown.message.author.bot === true,
  )
  expect(JSON.stringify(event)).toContain('ruined')
})

test('a new topic is registered at once, and the same ones not again', async () => {
  const commands: Command[] = [ask]
  const { loopback, bot } = await stage({ commands: () => commands })
  const writes = () => loopback.requests().filter(({ method }) => method === 'PUT').length
  await bot.register()
  expect(writes()).toBe(1)
  commands.push(search)
  await bot.register()
  expect(
    loopback
      .commandsFor()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['ask', 'search'])
})

test("a token that Discord refuses is the operator's to mend", async () => {
  const loopback = await discord()
  const bot = startBot({
    config: { token: 'wrong', discordApi: loopback.api, mentions: false },
    log: createLog({ level: 'silent' }),
    library: () => contextOf().library,
    commands: () => [],
    topics: () => [],
  })
  onTestFinished(() => bot.close())
  await expect(bot.ready).rejects.toThrow('DISCORD_TOKEN is refused by Discord')
})

test('closing finishes the answer in flight', async () => {
  const { loopback, bot } = await stage()
  const slow = run(loopback, 'odd', { what: 'slow' })
  await wait(200)
  await bot.close()
  expect(contentOf(await slow)).toContain('slow')
})

test('who waits for what closing does not wait for is told so', async () => {
  const { loopback, bot, errors } = await stage()
  const slow = loopback.act({
    kind: 'command',
    member: mara,
    channel: readings,
    command: 'odd',
    options: { what: 'very-slow' },
  })
  await slow.until((now) => contentOf(now)?.includes('reading page'), 10_000)
  await bot.close()
  expect(contentOf(slow.now())).toContain('I am being restarted')
  expect(slow.now().messages).toHaveLength(1)
  expect(errors()).toEqual([expect.stringContaining('given up: there was no more time for it')])
})
