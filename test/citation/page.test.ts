import { expect, test } from 'vitest'
import { locator } from '../../src/citation/citation.ts'
import { passagesOf } from '../../src/knowledge/article.ts'
import { articleFrom } from '../../src/knowledge/passage.ts'

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
