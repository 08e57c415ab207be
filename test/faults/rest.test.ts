import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { command } from '../../src/commands/command.ts'
import type { RestFault } from '../../src/rehearsal/loopback.ts'
import { mara, readings, type Stage, said, shownBy, stage } from './stage.ts'

const callback = /\/callback$/
const original = /\/messages\/%40original$/

const passing: RestFault['status'][] = [500, 502, 503, 'reset', 'unheard']

/** Every interaction ends in one line that says how. */
function endOf({ lines }: Stage, id: string): string | undefined {
  const ends = lines.filter((line) => line.id === id && line.msg === 'ended')
  expect(ends.length).toBeLessThanOrEqual(1)
  return ends[0]?.outcome
}

/** Requests that were made to fail. */
const faulty = ({ discord }: Stage) =>
  discord.requests().filter(({ status }) => status === 0 || status === 429 || status >= 500)

const ended = (on: Stage, id: string) => expect.poll(() => endOf(on, id), { timeout: 15_000 })

describe.each([
  ['a first response', 'once', {}],
  ['a deferral', 'slowly', { after: 1_000 }],
] as const)('%s', (_, command, options) => {
  test.each(passing)('that ends in %s is given again, and the answer seen once', async (status) => {
    const on = await stage()
    on.discord.faults.rest({ path: callback, status })
    const answered = await on.say(command, options).settled()
    expect(said(answered)).toContain(command)
    await ended(on, answered.id).toBe('answered')
    expect(faulty(on)).toHaveLength(1)
    expect(shownBy(answered)).toHaveLength(1)
    expect(answered.messages).toHaveLength(1)
  })
})

test.each(passing)(
  'an answer after a deferral that ends in %s is given again, and seen once',
  async (status) => {
    const on = await stage()
    const act = on.say('slowly', { after: 1_000 })
    await act.acknowledged()
    on.discord.faults.rest({ path: original, status })
    const answered = await act.settled(10_000)
    await ended(on, answered.id).toBe('answered')
    expect(faulty(on)).toHaveLength(1)
    expect(said(answered)).toContain('slowly')
    expect(answered.messages).toHaveLength(1)
  },
)

test('an outage of more than a moment is waited for after a deferral', async () => {
  const on = await stage()
  const act = on.say('slowly', { after: 1_000 })
  await act.acknowledged()
  on.discord.faults.rest({ path: original, status: 502, times: 15 })
  expect(said(await act.settled(15_000))).toContain('slowly')
})

test('a rate limit on first responses is waited for', async () => {
  const on = await stage()
  on.discord.faults.rest({ path: callback, status: 429, retryAfter: 0.3, times: 2 })
  const answered = await on.say('patience').settled()
  expect(said(answered)).toContain('patience')
  expect(shownBy(answered)).toHaveLength(1)
})

test('a rate limit on the answer after a deferral is waited for', async () => {
  const on = await stage()
  const act = on.say('slowly', { after: 1_000 })
  await act.acknowledged()
  on.discord.faults.rest({ path: original, status: 429, retryAfter: 0.3, times: 2 })
  expect(said(await act.settled())).toContain('slowly')
})

test('what no member hears of is reported as lost, with its id', async () => {
  const on = await stage()
  on.discord.faults.rest({ path: callback, status: 500, times: 1_000 })
  const lost = await on.say('unheard of').settled(10_000)
  expect(lost.state).toBe('failed')
  await ended(on, lost.id).toBe('lost')
  expect(on.lines.some(({ id, level }) => id === lost.id && level === 'error')).toBe(true)
  on.discord.faults.clear()
  expect(said(await on.say('back').settled())).toContain('back')
})

test('first responses that Discord takes more than three seconds for are reported as late', async () => {
  const on = await stage()
  on.discord.faults.slowCallbacks(3_200)
  const acts = ['one', 'two', 'three'].map((words) => on.say(words))
  for (const act of acts) {
    expect((await act.settled()).state).toBe('failed')
    await ended(on, act.id).toBe('late')
  }
  on.discord.faults.clear()
  expect(said(await on.say('back').settled())).toContain('back')
})

test('a press is answered once though its first response is lost', async () => {
  const on = await stage()
  const message = (await on.say('press me').settled()).messages[0]?.message.id ?? ''
  on.discord.faults.rest({ path: callback, status: 'unheard' })
  const pressed = await on.discord
    .act({ kind: 'press', member: mara, message, customId: 'echo|again' })
    .settled()
  await ended(on, pressed.id).toBe('answered')
  expect(shownBy(pressed)).toHaveLength(1)
})

/** Commands whose ways back to a member are not those of most. */
const ways = command({
  name: 'ways',
  description: 'Opens a form, answers in private late, or shows a button that takes its time',
  options: { how: z.enum(['form', 'private', 'button']).describe('How') },
  async run({ options: { how } }) {
    if (how === 'form') {
      const input = { kind: 'line' as const, maxLength: 9 }
      const fields = [{ name: 'a', label: 'A', required: true, input }]
      return { kind: 'form', id: 'ways|sent', title: 'A form', fields }
    }
    if (how === 'private') await wait(1_000)
    const text = how === 'private' ? 'for you alone' : 'press me'
    const buttons = [{ label: 'Slowly', id: 'ways|slowly' }]
    return { blocks: [{ kind: 'text', text }], buttons, private: how === 'private' }
  },
  actions: {
    sent: () => ({ blocks: [{ kind: 'text', text: 'sent' }] }),
    async slowly() {
      await wait(1_000)
      return { blocks: [{ kind: 'text', text: 'at last' }] }
    },
  },
})

const how = ({ discord }: Stage, given: string) =>
  discord.act({
    kind: 'command',
    member: mara,
    channel: readings,
    command: 'ways',
    options: { how: given },
  })

/** Somebody presses the button that takes its time, and the press has been put off. */
async function pressSlowly(on: Stage) {
  const message = (await how(on, 'button').settled()).messages[0]?.message.id ?? ''
  const pressed = on.discord.act({
    kind: 'press',
    member: mara,
    message,
    customId: 'ways|slowly',
  })
  await pressed.acknowledged()
  return pressed
}

const followUp = /^\/webhooks\/\d+\/[^/]+$/

test.each([500, 502, 503] as const)(
  'the answer to a slow press that ends in %s is given again, and seen once',
  async (status) => {
    const on = await stage({ commands: [ways] })
    const pressed = await pressSlowly(on)
    on.discord.faults.rest({ path: followUp, status, times: 2 })
    const answered = await pressed.settled(10_000)
    await ended(on, answered.id).toBe('answered')
    expect(faulty(on)).toHaveLength(2)
    expect(said(answered)).toContain('at last')
    expect(answered.messages).toHaveLength(1)
  },
)

test.each([
  ['reset', 0],
  ['unheard', 1],
] as const)(
  'the answer to a slow press that ends in %s is not given again, as it may have been seen, and that is reported',
  async (status, seen) => {
    const on = await stage({ commands: [ways] })
    const pressed = await pressSlowly(on)
    on.discord.faults.rest({ path: followUp, status })
    await ended(on, pressed.id).toBe('unconfirmed')
    expect(pressed.now().messages).toHaveLength(seen)
    expect(on.discord.requests().filter(({ path }) => followUp.test(path))).toHaveLength(1)
    const reported = on.lines.filter(({ id, level }) => id === pressed.id && level === 'warn')
    expect(reported).toHaveLength(1)
  },
)

test('a slow answer that turns out private is given once, though nobody heard that the sign of waiting is gone', async () => {
  const on = await stage({ commands: [ways] })
  const act = how(on, 'private')
  await act.acknowledged()
  on.discord.faults.rest({ method: 'DELETE', path: original, status: 'unheard' })
  await ended(on, act.id).toBe('answered')
  const { messages } = act.now()
  expect(messages).toHaveLength(1)
  expect(messages[0]?.onlyFor).toBe(mara)
  expect(said(act.now())).toContain('for you alone')
})

test('a form is opened once though nobody heard that it was', async () => {
  const on = await stage({ commands: [ways] })
  on.discord.faults.rest({ path: callback, status: 'unheard' })
  const opened = how(on, 'form')
  await ended(on, opened.id).toBe('answered')
  expect(opened.now().modal?.title).toBe('A form')
  expect(opened.now().messages).toEqual([])
})

test('suggestions that arrive unheard are reported as what they are: answered', async () => {
  const on = await stage()
  on.discord.faults.rest({ path: callback, status: 'unheard' })
  const typed = on.discord.act({
    kind: 'autocomplete',
    member: mara,
    channel: readings,
    command: 'echo',
    options: { words: 'x' },
    focused: 'words',
  })
  await ended(on, typed.id).toBe('answered')
  expect(typed.now().choices).toHaveLength(1)
})

test('an answer that was shown, while Discord never got to say so, is not reported as lost', async () => {
  const on = await stage()
  on.discord.faults.rest({ path: callback, status: 'unheard' })
  on.discord.faults.rest({ path: callback, status: 500, times: 1_000 })
  const shown = on.say('seen')
  await ended(on, shown.id).toBe('unconfirmed')
  expect(said(shown.now())).toContain('seen')
  expect(shown.now().messages).toHaveLength(1)
})

test.each(passing)('a reply to a mention that ends in %s is seen once', async (status) => {
  const on = await stage()
  on.discord.faults.rest({ method: 'POST', path: /^\/channels\/\d+\/messages$/, status })
  on.discord.post({
    member: mara,
    channel: readings,
    content: `<@${on.discord.applicationId}> hello?`,
  })
  await expect.poll(() => on.endings.filter(({ kind }) => kind === 'mention')).toHaveLength(1)
  expect(on.endings.map(({ outcome }) => outcome)).not.toContain('lost')
  expect(faulty(on)).toHaveLength(1)
  const replies = on.discord.messages(readings).filter(({ message }) => message.author.bot)
  expect(replies).toHaveLength(1)
})

test('suggestions that do not arrive are reported, and nobody is troubled', async () => {
  const on = await stage()
  on.discord.faults.rest({ path: callback, status: 500, times: 1_000 })
  const typed = on.discord.act({
    kind: 'autocomplete',
    member: mara,
    channel: readings,
    command: 'echo',
    options: { words: 'x' },
    focused: 'words',
  })
  await typed.settled(10_000)
  await ended(on, typed.id).toBe('lost')
})

describe('while the clock is wrong', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  const shift = (milliseconds: number) => {
    const real = Date.now.bind(Date)
    vi.spyOn(Date, 'now').mockImplementation(() => real() + milliseconds)
  }

  test.each([
    ['forward by a day', 86_400_000],
    ['back by an hour', -3_600_000],
    ['back by ten years', -315_360_000_000],
  ])('set %s under way, questions are answered all the same', async (_how, milliseconds) => {
    const on = await stage()
    expect(said(await on.say('before').settled())).toContain('before')
    const deferred = on.say('across', { after: 1_500 })
    await deferred.acknowledged()
    shift(milliseconds)
    const many = Array.from({ length: 80 }, (_, index) => on.say(`after ${index}`, { after: 900 }))
    expect(said(await deferred.settled(10_000))).toContain('across')
    for (const act of many) expect(shownBy(await act.settled(10_000))).toHaveLength(1)
    on.discord.faults.dropConnections()
    await wait(50)
    expect(said(await on.say('resumed').settled(10_000))).toContain('resumed')
  })
})

test('a hundred interactions among all faults at once are each answered once or reported', async () => {
  const on = await stage()
  const { faults } = on.discord
  const statuses: RestFault['status'][] = [500, 502, 'reset', 'unheard', 429]
  const acts = []
  for (let index = 0; index < 100; index += 1) {
    const status = statuses[index % statuses.length] ?? 500
    if (index % 3 === 0)
      faults.rest({ path: index % 2 ? callback : original, status, retryAfter: 0.1 })
    if (index % 5 === 0) faults.repeatDispatches()
    if (index % 40 === 20) faults.dropConnections()
    if (index % 40 === 30) faults.cutAt('dispatch')
    acts.push(on.say(`words ${index}`, index % 4 === 0 ? { after: 900 } : {}))
    await wait(10)
  }
  for (const act of acts) {
    await ended(on, act.id).toMatch(/answered|late|lost|unconfirmed/)
    const record = act.now()
    if (endOf(on, act.id) === 'answered') {
      expect(record.messages).toHaveLength(1)
      expect(said(record)).toContain('words')
    }
  }
}, 60_000)
