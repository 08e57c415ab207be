import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot } from '../../src/config.ts'
import {
  ask,
  buttonsOf,
  command,
  isVerbatim,
  jonas,
  mara,
  only,
  plain,
  press,
  quotesOf,
  readings,
  stage,
} from './stage.ts'

const topics = readdirSync(join(projectRoot, 'commands/topics'))
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length))

test('a question is answered with verbatim excerpts, each cited', async () => {
  const on = await stage()
  const answer = await ask(on, 'Why did the Hanoi summit fail?')
  const shown = only(answer)
  const quotes = quotesOf(shown)
  expect(quotes.length).toBeGreaterThan(0)
  for (const quote of quotes) expect(isVerbatim(on, quote)).toBe(true)
  expect(quotes.join(' ')).toContain('The Hanoi summit collapsed without an agreement')
  const text = plain(shown)
  expect(text).toContain('Why did the Hanoi summit fail?')
  expect(text.match(/What happened at Hanoi.*¶\d+/g)?.length).toBeGreaterThan(0)
  expect(shown.onlyFor).toBeUndefined()
  expect(answer.response).toBe(4)
})

test('each topic command answers with excerpts', async () => {
  const on = await stage()
  const refused: string[] = []
  for (const topic of topics) {
    const quotes = quotesOf(only(await command(on, topic)))
    if (quotes.length === 0) refused.push(topic)
    for (const quote of quotes) expect(isVerbatim(on, quote), `${topic}: ${quote}`).toBe(true)
  }
  expect(refused).toEqual([])
})

test('the recommendations are both shown, each with excerpts of its own', async () => {
  const on = await stage()
  const quotes = quotesOf(only(await command(on, 'recommendations')))
  const passages = [...on.library().passages.values()]
  const paragraphs = quotes.map((quote) => passages.findIndex(({ text }) => text.includes(quote)))
  expect(new Set(paragraphs).size).toBeGreaterThanOrEqual(2)
  expect(quotes.join(' ')).toContain('Stephen Biegun')
  expect(quotes.join(' ')).toContain('smaller deal')
})

test('a question that the readings do not answer is refused with nothing quoted', async () => {
  const on = await stage()
  const shown = only(await ask(on, 'How do I bake sourdough bread?'))
  expect(quotesOf(shown)).toEqual([])
  expect(plain(shown)).toContain('do not answer this')
  expect(plain(shown)).not.toContain('¶')
})

test('a refusal offers the nearest sections as buttons that open them', async () => {
  const on = await stage()
  const shown = await ask(on, 'How much did the Hanoi summit cost?')
  const headings = [...on.library().articles.values()].flatMap(({ sections }) =>
    sections.map(({ heading }) => heading),
  )
  if (quotesOf(only(shown)).length > 0) throw new Error('This was meant to be refused.')
  const [button] = buttonsOf(only(shown))
  expect(headings).toContain(button?.label)
  const opened = only(await press(on, shown, button?.label ?? ''))
  expect(plain(opened)).toContain(button?.label)
  expect(opened.onlyFor).toBe(mara)
})

test('the button beside an excerpt shows it in its surroundings, to the one who pressed', async () => {
  const on = await stage()
  const answer = await ask(on, 'Why did the Hanoi summit fail?')
  const shown = only(await press(on, answer, 'Context', jonas))
  expect(shown.onlyFor).toBe(jonas)
  const quote = quotesOf(only(answer))[0] ?? ''
  const passages = [...on.library().passages.values()]
  const at = passages.findIndex(({ text }) => text.includes(quote))
  for (const near of [passages[at], passages[at + 1]]) {
    expect(plain(shown)).toContain(near?.text)
  }
})

test('more excerpts follow at the press of a button, none of them twice', async () => {
  const on = await stage()
  const first = await ask(on, 'What did Kim Jong Un and Trump want from the talks?')
  const shown = only(await press(on, first, /more/i))
  expect(shown.onlyFor).toBe(mara)
  const quotes = quotesOf(shown)
  expect(quotes.length).toBeGreaterThan(0)
  for (const quote of quotes) {
    expect(isVerbatim(on, quote)).toBe(true)
    expect(quotesOf(only(first))).not.toContain(quote)
  }
})

test('a private answer is for the asker alone until it is shared with the channel', async () => {
  const on = await stage()
  const question = 'Why did the Hanoi summit fail?'
  const answer = await command(on, 'ask', { question, private: true })
  expect(only(answer).onlyFor).toBe(mara)
  expect(on.discord.messages(readings, jonas)).toEqual([])
  const shared = only(await press(on, answer, /share/i))
  expect(shared.onlyFor).toBeUndefined()
  expect(quotesOf(shared)).toEqual(quotesOf(only(answer)))
  expect(on.discord.messages(readings, jonas)).toHaveLength(1)
})

test('while a question is typed, those are offered that the readings answer', async () => {
  const on = await stage()
  const typed = (text: string) =>
    on.discord
      .act({
        kind: 'autocomplete',
        member: mara,
        channel: readings,
        command: 'ask',
        options: { question: text },
        focused: 'question',
      })
      .settled()
  const all = (await typed('')).choices ?? []
  expect(all.length).toBeGreaterThan(0)
  expect(all.length).toBeLessThanOrEqual(25)
  const choices = (await typed('purge')).choices ?? []
  expect(choices.length).toBeGreaterThan(0)
  const answer = only(await ask(on, String(choices[0]?.value)))
  expect(quotesOf(answer).length).toBeGreaterThan(0)
  expect((await typed('xyzzy')).choices).toEqual([])
})

test('words are searched, and the hits are paged in place', async () => {
  const on = await stage()
  const first = await command(on, 'search', { words: 'Kim Jong Un' })
  expect(quotesOf(only(first)).every((quote) => isVerbatim(on, quote))).toBe(true)
  const before = quotesOf(only(first))
  const second = await press(on, first, /next/i)
  expect(only(second).message.id).toBe(only(first).message.id)
  expect(quotesOf(only(second))).not.toEqual(before)
  const back = await press(on, second, /previous/i)
  expect(quotesOf(only(back))).toEqual(before)
})

test('whoever did not ask turns the pages of a copy', async () => {
  const on = await stage()
  const first = await command(on, 'search', { words: 'Kim Jong Un' })
  const copy = only(await press(on, first, /next/i, jonas))
  expect(copy.onlyFor).toBe(jonas)
  const [untouched] = on.discord.messages(readings, mara)
  expect(untouched?.message.edited_timestamp).toBeNull()
})

test('while an article is typed its title is offered, and then its sections', async () => {
  const on = await stage()
  const typed = (focused: string, options: Record<string, string>) =>
    on.discord
      .act({
        kind: 'autocomplete',
        member: mara,
        channel: readings,
        command: 'read',
        options,
        focused,
      })
      .settled()
  const { choices } = await typed('article', { article: 'hanoi' })
  expect(choices).toMatchObject([{ value: 'after-hanoi' }])
  const sections = (await typed('section', { article: 'after-hanoi', section: 'recomm' })).choices
  expect(sections?.[0]?.name).toBe('Two recommendations')
  const options = { article: 'after-hanoi', section: String(sections?.[0]?.value) }
  expect(plain(only(await command(on, 'read', options)))).toContain('Two recommendations')
})

test('an article is read from the outline through its pages', async () => {
  const on = await stage()
  const outline = await command(on, 'read', { article: 'after-hanoi' })
  const { sections } = on.library().articles.get('after-hanoi') ?? { sections: [] }
  for (const { heading } of sections) expect(plain(only(outline))).toContain(heading)
  expect(only(outline).onlyFor).toBe(mara)
  const from = sections[0]?.heading ?? ''
  let page = await command(on, 'read', { article: 'after-hanoi', section: from })
  let text = plain(only(page))
  for (let turn = 0; turn < 20; turn++) {
    if (!buttonsOf(only(page)).some(({ label }) => label === 'Next page')) break
    page = await press(on, page, 'Next page')
    text += `\n${plain(only(page))}`
  }
  for (const { text: paragraph } of on.library().passages.values()) {
    expect(text).toContain(paragraph)
  }
})
