import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { actionId } from '../../src/commands/action-id.ts'
import { command as define } from '../../src/commands/command.ts'
import {
  article,
  ask,
  buttonsOf,
  command,
  failuresIn,
  mara,
  only,
  plain,
  press,
  quotesOf,
  readings,
  type Stage,
  stage,
} from './stage.ts'

const failing = define({
  name: 'fail',
  description: 'Fails in every way',
  options: {},
  run: () => {
    throw new Error('a secret of the handler')
  },
  actions: {
    press: () => Promise.reject(new Error('a secret of the button')),
  },
})

/** A command whose answer comes when the test lets it. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const slow = define({
    name: 'slow',
    description: 'Answers when it may',
    options: {},
    run: async () => {
      await opened
      return { blocks: [{ kind: 'text', text: 'At last.' }] }
    },
  })
  return { open, slow }
}

const slowly = ({ discord }: Stage) =>
  discord.act({ kind: 'command', member: mara, channel: readings, command: 'slow' })

/** Presses a button that an earlier version of the bot might have sent. */
function pressOld(on: Stage, customId: string) {
  const { id: message } = on.discord.place(readings, {
    content: 'From before',
    components: [
      { type: 1, components: [{ type: 2, style: 2, label: 'Old', custom_id: customId }] },
    ],
  })
  return on.discord.act({ kind: 'press', member: mara, message, customId }).settled()
}

test('a handler that throws ends in a short private message and one log line with its id', async () => {
  const on = await stage({ commands: [failing] })
  const shown = only(await command(on, 'fail'))
  expect(shown.onlyFor).toBe(mara)
  expect(plain(shown)).not.toContain('secret')
  expect(plain(shown).length).toBeLessThan(200)
  expect(failuresIn(on)).toHaveLength(1)
  expect(JSON.stringify(failuresIn(on)[0])).toContain('a secret of the handler')
  const id = on.discord.messages(readings, mara)[0]?.interaction ?? ''
  expect(JSON.stringify(failuresIn(on)[0])).toContain(id)
})

test('a button that fails leaves its message as it was, and the bot goes on', async () => {
  const on = await stage({ commands: [failing] })
  const answer = await pressOld(on, actionId('fail', 'press'))
  expect(only(answer).onlyFor).toBe(mara)
  expect(plain(only(answer))).not.toContain('secret')
  expect(on.discord.messages(readings)[0]?.message.content).toBe('From before')
  expect(quotesOf(only(await ask(on, 'Why did the Hanoi summit fail?'))).length).toBeGreaterThan(0)
})

test.each([
  'no-such-command|open|1',
  'ask|no-such-action|1',
  'ask|toString',
  'ask|constructor|x',
  'not an id of ours',
  'x'.repeat(100),
])('the unknown button %s is answered privately', async (id) => {
  const on = await stage()
  const shown = only(await pressOld(on, id))
  expect(shown.onlyFor).toBe(mara)
  expect(plain(shown)).toMatch(/ask again/i)
  expect(failuresIn(on)).toEqual([])
})

test('a button whose paragraph has changed meanwhile says that the source has changed', async () => {
  const text = 'The river rises in the hills. The river flows past three towns.'
  const on = await stage({ knowledge: { 'river.md': article('river', ['Course', text]) } })
  const answer = await ask(on, 'What does the river flow past?')
  expect(quotesOf(only(answer)).length).toBeGreaterThan(0)
  await on.stop()
  const changed = text.replace('three towns', 'four towns')
  await writeFile(join(on.knowledgeDir, 'river.md'), article('river', ['Course', changed]))
  await on.start()
  const shown = only(await press(on, answer, 'Context'))
  expect(shown.onlyFor).toBe(mara)
  expect(plain(shown)).toMatch(/source has changed/i)
  expect(quotesOf(shown)).toEqual([])
})

test('a button of an answer still works after the bot was restarted', async () => {
  const on = await stage()
  const answer = await ask(on, 'Why did the Hanoi summit fail?')
  await on.stop()
  expect(on.discord.online()).toBe(false)
  await on.start()
  const shown = only(await press(on, answer, 'Context'))
  expect(quotesOf(shown).join('\n')).toContain(quotesOf(only(answer))[0])
})

test('an answer arrives though the connection breaks while it is made', async () => {
  const { open, slow } = gate()
  const on = await stage({ commands: [slow] })
  const asked = slowly(on)
  const offline = on.discord.next((event) => event.kind === 'bot' && !event.online)
  const online = on.discord.next((event) => event.kind === 'bot' && event.online)
  on.discord.faults.dropConnections()
  await offline
  open()
  expect(plain(only(await asked.settled()))).toContain('At last.')
  await online
  expect(quotesOf(only(await ask(on, 'Why did the Hanoi summit fail?'))).length).toBeGreaterThan(0)
})

test('a question asked while the connection is down is answered after the resume', async () => {
  const on = await stage()
  on.discord.faults.dropConnections()
  await on.discord.next((event) => event.kind === 'bot' && !event.online)
  const answer = await ask(on, 'Why did the Hanoi summit fail?')
  expect(quotesOf(only(answer)).length).toBeGreaterThan(0)
  expect(on.discord.online()).toBe(true)
})

test('asked to reconnect, the bot goes on answering', async () => {
  const on = await stage()
  const online = on.discord.next((event) => event.kind === 'bot' && event.online)
  on.discord.faults.askToReconnect()
  await online
  expect(quotesOf(only(await ask(on, 'Why did the Hanoi summit fail?'))).length).toBeGreaterThan(0)
})

test('an answer that takes its time defers first', async () => {
  const { open, slow } = gate()
  const on = await stage({ commands: [slow] })
  const asked = slowly(on)
  const { state, response } = await asked.acknowledged()
  expect({ state, response }).toEqual({ state: 'thinking', response: 5 })
  open()
  expect(plain(only(await asked.settled()))).toContain('At last.')
})

test('when Discord takes the first response too late, the bot lives on and says so in its log', async () => {
  const on = await stage()
  on.discord.faults.slowCallbacks(3_200)
  const { state } = await ask(on, 'Why did the Hanoi summit fail?')
  expect(state).toBe('failed')
  await expect.poll(() => on.log.filter((line) => line.level === 'warn')).toHaveLength(1)
  on.discord.faults.clear()
  expect(quotesOf(only(await ask(on, 'Why did the Hanoi summit fail?'))).length).toBeGreaterThan(0)
})

test('a rate limit on registering is waited for', async () => {
  const on = await stage()
  await on.stop()
  on.discord.faults.rest({ path: /\/commands$/, status: 429, retryAfter: 0.1 })
  await on.start()
  expect(on.discord.commandsFor().length).toBeGreaterThan(5)
})

// That each of a crowd is acknowledged in time is counted in test/discord/bot.test.ts.
test('sixty questions at once are all answered, each its own', async () => {
  const on = await stage({ discord: { acknowledgeWithin: 120_000 } })
  const questions = Array.from({ length: 60 }, (_, index) => `Why did summit ${index} fail?`)
  const answers = await Promise.all(
    questions.map((question) =>
      on.discord
        .act({
          kind: 'command',
          member: mara,
          channel: readings,
          command: 'ask',
          options: { question },
        })
        .settled(120_000),
    ),
  )
  for (const [index, answer] of answers.entries()) {
    expect(plain(only(answer))).toContain(questions[index])
  }
}, 130_000)

test('an unknown article is answered with a short private sentence, and is no error', async () => {
  const on = await stage()
  for (const name of ['ask', 'search']) {
    const options = name === 'ask' ? { question: 'Why did it fail?' } : { words: 'summit' }
    const shown = only(await command(on, name, { ...options, article: 'no such article' }))
    expect(shown.onlyFor).toBe(mara)
    expect(plain(shown)).toContain('There is no such article')
  }
  expect(failuresIn(on)).toEqual([])
})

test('an answer that Discord refuses for a while is given once it takes it', async () => {
  const { open, slow } = gate()
  const on = await stage({ commands: [slow] })
  const asked = slowly(on)
  await asked.acknowledged()
  on.discord.faults.rest({ method: 'PATCH', path: /webhooks/, status: 502 })
  open()
  expect(plain(only(await asked.settled()))).toContain('At last.')
})

test('neither the bot token nor the token of an interaction is ever logged', async () => {
  const on = await stage({ commands: [failing] })
  const answers = [await command(on, 'fail'), await ask(on, 'Why did the Hanoi summit fail?')]
  on.discord.faults.rest({ path: /callback/, status: 500, times: 1_000 })
  const lost = on.discord.act({
    kind: 'command',
    member: mara,
    channel: readings,
    command: 'fail',
  })
  answers.push(await lost.settled())
  const lines = JSON.stringify(on.log)
  expect(lines.length).toBeGreaterThan(100)
  for (const secret of [on.discord.token, ...answers.map(({ sent }) => String(sent.token))]) {
    expect(lines).not.toContain(secret)
  }
})

test('buttons carry all they need within their 100 characters', async () => {
  const on = await stage()
  const { id } = only(await ask(on, 'Why did the Hanoi summit fail?')).message
  const shown = on.discord.message(id)
  for (const button of shown ? buttonsOf(shown) : []) {
    expect(button.id.length).toBeLessThanOrEqual(100)
  }
})
