import { expect, test } from 'vitest'
import {
  ask,
  command,
  elsewhere,
  isVerbatim,
  jonas,
  mara,
  marasDm,
  markdownOf,
  only,
  plain,
  press,
  privateTalk,
  quotesOf,
  readings,
  type Stage,
  stage,
} from './stage.ts'

const question = 'Why did the Hanoi summit fail?'

test.each([
  ['a direct message', marasDm],
  ['a private conversation', privateTalk],
  ['a server that only the member brought the bot to', elsewhere],
])('a question is answered in %s, and its buttons work there', async (_where, channel) => {
  const on = await stage()
  const answer = await ask(on, question, { channel })
  expect(quotesOf(only(answer)).length).toBeGreaterThan(0)
  expect(quotesOf(only(await press(on, answer, 'Context'))).length).toBeGreaterThan(0)
})

test('help is for the asker alone and names commands that can be pressed', async () => {
  const on = await stage()
  const shown = only(await command(on, 'help'))
  expect(shown.onlyFor).toBe(mara)
  for (const { id, name, type } of on.discord.commandsFor()) {
    if (type === 1) expect(markdownOf(shown)).toMatch(new RegExp(`</${name}( [-\\w]+)?:${id}>`))
  }
})

/** The bot's next public message in a channel. */
async function reply({ discord }: Stage, channel: string) {
  const event = await discord.next(
    (one) =>
      one.kind === 'message' &&
      one.shown.message.channel_id === channel &&
      one.shown.message.author.id === discord.applicationId,
  )
  if (event.kind !== 'message') throw new Error('no message')
  return event.shown
}

test('mentioned with a question, the bot answers by a reply that pings nobody', async () => {
  const on = await stage({ env: { MENTIONS: 'on' } })
  const answer = reply(on, readings)
  const { id } = on.discord.post({
    member: jonas,
    channel: readings,
    content: `<@${on.discord.applicationId}> ${question}`,
  })
  const shown = await answer
  expect(quotesOf(shown).length).toBeGreaterThan(0)
  expect(shown.message.message_reference?.message_id).toBe(id)
  expect(shown.message.mentions).toEqual([])
})

test('a direct message is answered too where mentions are on', async () => {
  const on = await stage({ env: { MENTIONS: 'on' } })
  const answer = reply(on, marasDm)
  on.discord.post({ member: mara, channel: marasDm, content: question })
  expect(quotesOf(await answer).length).toBeGreaterThan(0)
})

test('unless it is switched on, mentions are left alone', async () => {
  const on = await stage()
  const { discord } = on
  discord.post({ member: jonas, channel: readings, content: `<@${discord.applicationId}> why?` })
  await ask(on, question)
  expect(discord.requests().filter((one) => one.path.startsWith('/channels/'))).toEqual([])
})

test('talk that does not mention the bot is left alone', async () => {
  const on = await stage({ env: { MENTIONS: 'on' } })
  on.discord.post({ member: jonas, channel: readings, content: question })
  const answer = reply(on, readings)
  on.discord.post({
    member: jonas,
    channel: readings,
    content: `<@${on.discord.applicationId}> ${question}`,
  })
  await answer
  expect(on.discord.messages(readings).map((shown) => shown.message.author.id)).toEqual([
    jonas,
    jonas,
    on.discord.applicationId,
  ])
})

const hostile = [
  `The **mayor** @everyone of <@${jonas}> and <@&1100000000000000041> sells [bread](https://example.org) for __two__ coins.`,
  '> The baker ||hides|| `code` under ~~the~~ # heading and </ask:1> <t:1> <#1> \\*.',
  '- The miller says: ```js alert(1)``` <script>alert(1)</script> https://example.org/?a=1&b=2_c_d 1. 2) + -#',
].join(' ')

test('hostile text in a source stays plain and pings nobody', async () => {
  const on = await stage({ knowledge: { 'village.txt': `${hostile}\n` } })
  const held = [...on.library().passages.values()].some(({ text }) => text.includes('@everyone'))
  expect(held).toBe(true)
  for (const asked of ['What does the mayor sell?', 'What does the baker hide?']) {
    const shown = only(await ask(on, asked))
    const quotes = quotesOf(shown)
    expect(quotes.length).toBeGreaterThan(0)
    for (const quote of quotes) expect(isVerbatim(on, quote)).toBe(true)
    expect(shown.message.mentions).toEqual([])
    expect(shown.message.mention_roles).toEqual([])
    expect(shown.message.mention_everyone).toBe(false)
    const markdown = markdownOf(shown)
    for (const live of [
      `<@${jonas}>`,
      '](https://example.org)',
      '||hides||',
      '</ask:1>',
      '<t:1>',
    ]) {
      expect(markdown).not.toContain(live)
    }
  }
})

test('mentions and Markdown in a question stay plain and ping nobody', async () => {
  const on = await stage()
  const asked = `Why did @everyone and <@${jonas}> **fail** at the Hanoi [summit](https://example.org)?`
  const answers = [
    await ask(on, asked),
    await ask(on, `<@${jonas}> @here <@&1100000000000000041>`),
    await command(on, 'search', { words: `<@${jonas}> @everyone summit` }),
  ]
  for (const answer of answers) {
    const { message } = only(answer)
    expect(message.mentions).toEqual([])
    expect(message.mention_roles).toEqual([])
    expect(message.mention_everyone).toBe(false)
    expect(markdownOf(only(answer))).not.toContain(`<@${jonas}>`)
  }
  expect(plain(only(answers[0] as never))).toContain(asked)
})
