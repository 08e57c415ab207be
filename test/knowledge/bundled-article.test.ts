import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { passagesOf } from '../../src/knowledge/article.ts'
import { readKnowledge } from '../../src/knowledge/read.ts'

const root = new URL('../../', import.meta.url)
const source = new URL('../shared/seed/analysis.txt', root)

const { articles, synonyms } = await readKnowledge(fileURLToPath(new URL('knowledge', root)))
const article = articles.find(({ id }) => id === 'after-hanoi')
if (!article) throw new Error('knowledge/after-hanoi.md is missing')
const passages = passagesOf(article)

describe('the bundled article', () => {
  test('goes from the stalemate to the two recommendations', () => {
    expect(article.sections.map(({ heading }) => heading)).toEqual([
      'The stalemate',
      'What happened at Hanoi',
      'How Kim reacted',
      'The May launches',
      'What each side is left with',
      'What Washington did right',
      'Who is isolated',
      'What could go wrong',
      'Two recommendations',
    ])
  })

  test('has between 1,000 and 1,400 words', () => {
    const count = passages.flatMap(({ text }) => text.split(/\s+/)).length
    expect(count).toBeGreaterThanOrEqual(1000)
    expect(count).toBeLessThanOrEqual(1400)
  })

  test('says that it retells a text whose author, title and day are not known', () => {
    expect(article.note).toMatch(/retells/)
    expect(article.note).toMatch(/author, title and day of publication are not known/)
    expect(article.note).toMatch(/2019/)
  })

  test.each(passages)('$id has two to five sentences', ({ sentences }) => {
    expect(sentences.length).toBeGreaterThanOrEqual(2)
    expect(sentences.length).toBeLessThanOrEqual(5)
  })

  test.each(passages)('$id has hints that can be offered as questions', ({ hints }) => {
    expect(hints.length).toBeGreaterThanOrEqual(10)
    expect(hints.length).toBeLessThanOrEqual(20)
    for (const hint of hints) {
      expect(hint).toMatch(/^\p{Lu}.*\?$/u)
      expect(hint.length).toBeLessThanOrEqual(100)
    }
  })

  test('asks no question of two paragraphs', () => {
    const hints = passages.flatMap((passage) => passage.hints.map((hint) => hint.toLowerCase()))
    expect(new Set(hints).size).toBe(hints.length)
  })

  test.skipIf(!existsSync(source))(
    'shares no seven words in a row with the text that it retells (skipped where that is not at hand)',
    async () => {
      const runs = new Set(runsOfSeven(await readFile(source, 'utf8')))
      const own = passages.flatMap(({ text, hints }) => [text, ...hints])
      expect([article.title, ...own].flatMap(runsOfSeven).filter((run) => runs.has(run))).toEqual(
        [],
      )
    },
  )
})

describe('the synonyms', () => {
  test('list no word twice in a group', () => {
    for (const group of synonyms) {
      const words = group.map((word) => word.toLowerCase())
      expect(new Set(words).size, group.join(', ')).toBe(words.length)
    }
  })

  test.each([
    ['Seoul', 'South Korea'],
    ['DPRK', 'Pyongyang'],
    ['America', 'Washington'],
    ['ICBM', 'long-range rocket'],
    ['drills', 'military exercises'],
  ])('take %s and %s for the same', (one, other) => {
    expect(synonyms.some((group) => group.includes(one) && group.includes(other))).toBe(true)
  })
})

describe('the topics on the bundled article', async () => {
  const folder = new URL('commands/topics/', root)
  const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml'))
  const topics = await Promise.all(
    files.map(async (name) => parse(await readFile(new URL(name, folder), 'utf8'))),
  )

  test('cover what readers ask most', () => {
    expect(topics.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'kim-reaction',
        'missile-tests',
        'recommendations',
        'reported-purge',
        'smaller-deal',
        'stalemate',
        'what-could-go-wrong',
        'what-trump-got-right',
        'who-is-biegun',
        'why-hanoi-failed',
        'why-trump-is-isolated',
      ]),
    )
  })

  const textOf = (id: string) => passages.find((passage) => passage.id === id)?.text

  test('/recommendations shows the first and the second', () => {
    const pinned = topics.find(({ name }) => name === 'recommendations').passages.map(textOf)
    expect(pinned[0]).toMatch(/^The first recommendation is /)
    expect(pinned[1]).toMatch(/^The second recommendation is /)
  })

  test('/reported-purge shows that the reports are disputed', () => {
    const pinned = topics.find(({ name }) => name === 'reported-purge').passages.map(textOf)
    expect(pinned[0]).toMatch(/disputed reports.*still debated/)
  })
})

/** Every seven words in a row, in lower case; the kinds of quotation mark make no difference. */
function runsOfSeven(text: string): string[] {
  const words = text
    .toLowerCase()
    .replace(/[‘’]/g, "'")
    .match(/[\p{L}\p{N}]+(?:'[\p{L}\p{N}]+)*/gu)
  return (words ?? []).slice(6).map((_, end) => (words ?? []).slice(end, end + 7).join(' '))
}
