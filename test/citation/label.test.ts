import { expect, test } from 'vitest'
import { cite, locator } from '../../src/citation/citation.ts'
import { passagesOf } from '../../src/knowledge/article.ts'
import { articleFrom } from '../../src/knowledge/passage.ts'
import { openLibrary } from '../../src/search/library.ts'

test('a paragraph of a source with pages is cited with its page', () => {
  const article = articleFrom({
    id: 'ferry',
    title: 'The ferry',
    sections: [
      {
        paragraphs: [
          'The preface has no page.',
          { text: 'The ferry leaves at nine. It returns at five.', page: 12 },
        ],
      },
    ],
  })
  const [preface, ferry] = passagesOf(article)
  if (!preface || !ferry) return expect.unreachable()
  expect(locator({ passage: preface, start: 0, end: preface.text.length })).toBe('¶1')
  expect(locator({ passage: ferry, start: 0, end: ferry.text.length })).toBe('p. 12, ¶2')
  expect(locator({ passage: ferry, start: 0, end: 25 })).toBe('p. 12, ¶2, sentence 1')
})

test('a citation line gives the short title of an article that has one', () => {
  const sections = [{ heading: 'Tides', paragraphs: ['The harbour dries at low water.'] }]
  const title = 'The harbour: a study of its tides'
  const short = articleFrom({ id: 'short', title, csl: { 'title-short': 'The harbour' }, sections })
  const long = articleFrom({ id: 'long', title, sections })
  const library = openLibrary({ articles: [short, long], synonyms: [] })
  const labels = [short, long].flatMap((article) =>
    passagesOf(article).map((passage) => cite(library, { passage, start: 0, end: 31 }).label),
  )
  expect(labels).toEqual(['The harbour › Tides › ¶1', `${title} › Tides › ¶1`])
})
