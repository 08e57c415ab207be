import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  article,
  ask,
  command,
  failuresIn,
  isVerbatim,
  only,
  plain,
  quotesOf,
  type Stage,
  stage,
} from './stage.ts'

const river = (towns: string) =>
  article('river', ['Course', `The river rises in the hills. The river flows past ${towns}.`])

const writes = ({ discord }: Stage) =>
  discord.requests().filter((one) => one.method !== 'GET' && one.path.endsWith('/commands'))

/** Asks until the answer quotes this. */
const comesToQuote = (on: Stage, question: string, words: string) =>
  expect
    .poll(async () => quotesOf(only(await ask(on, question))).join(' '), {
      timeout: 10_000,
      interval: 100,
    })
    .toContain(words)

test('a second start with nothing new writes no commands', async () => {
  const on = await stage()
  expect(writes(on).length).toBeGreaterThan(0)
  const before = writes(on).length
  await on.stop()
  await on.start()
  expect(writes(on)).toHaveLength(before)
})

test('with a server set, the commands are registered there and nowhere else', async () => {
  const on = await stage({ env: { DISCORD_GUILD_ID: '1100000000000000021' } })
  expect(on.discord.commandsFor()).toEqual([])
  expect(on.discord.commandsFor('1100000000000000021').length).toBeGreaterThan(5)
  const before = writes(on).length
  await on.stop()
  await on.start()
  expect(writes(on)).toHaveLength(before)
  expect(quotesOf(only(await command(on, 'why-hanoi-failed'))).length).toBeGreaterThan(0)
})

test('an edited text is answered from without a restart', async () => {
  const on = await stage({ knowledge: { 'river.md': river('three towns') } })
  expect(quotesOf(only(await ask(on, 'What does the river flow past?'))).join(' ')).toContain(
    'three towns',
  )
  await writeFile(join(on.knowledgeDir, 'river.md'), river('four towns'))
  await comesToQuote(on, 'What does the river flow past?', 'four towns')
})

test('a new text is known without a restart, and a deleted one forgotten', async () => {
  const on = await stage({ knowledge: { 'river.md': river('three towns') } })
  const lake = article('lake', ['Depth', 'In the middle the lake is ninety metres deep.'])
  await writeFile(join(on.knowledgeDir, 'lake.md'), lake)
  await comesToQuote(on, 'How deep is the lake?', 'ninety metres')
  await rm(join(on.knowledgeDir, 'lake.md'))
  await expect
    .poll(async () => quotesOf(only(await ask(on, 'How deep is the lake?'))).join(' '), {
      timeout: 10_000,
    })
    .not.toContain('ninety metres')
})

test('after a broken edit the last good text stays in force, and the log names file and line', async () => {
  const on = await stage({ knowledge: { 'river.md': river('three towns') } })
  await writeFile(join(on.knowledgeDir, 'river.md'), '---\nid: river\nlanguage: en\n---\n\nText.\n')
  await expect
    .poll(() => JSON.stringify(failuresIn(on)), { timeout: 10_000 })
    .toMatch(/river\.md:\d+/)
  const shown = only(await ask(on, 'What does the river flow past?'))
  expect(quotesOf(shown).join(' ')).toContain('three towns')
  await writeFile(join(on.knowledgeDir, 'river.md'), river('five towns'))
  await comesToQuote(on, 'What does the river flow past?', 'five towns')
})

test('a new topic becomes a command without a restart', async () => {
  const on = await stage({ knowledge: { 'river.md': river('three towns') } })
  const topic =
    'name: the-towns\ndescription: The towns\nquestion: What does the river flow past?\n'
  await writeFile(join(on.topicsDir, 'the-towns.yaml'), topic)
  await expect
    .poll(() => on.discord.commandsFor().map((one) => one.name), { timeout: 10_000 })
    .toContain('the-towns')
  const shown = only(await command(on, 'the-towns'))
  expect(quotesOf(shown).every((quote) => isVerbatim(on, quote))).toBe(true)
  expect(plain(shown)).toContain('three towns')
})
