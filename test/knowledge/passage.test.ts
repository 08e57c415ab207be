import { expect, test } from 'vitest'
import { passagesOf } from '../../src/knowledge/article.ts'
import { articleFrom, hashOf, slugOf } from '../../src/knowledge/passage.ts'

test('an article comes of plain data, with its white space tidied', () => {
  const article = articleFrom({
    id: 'ice',
    title: ' The  ice ',
    sections: [
      { paragraphs: ['  It came\n in\u00a0January. It\tstay\u00aded. ', ' \n '] },
      { heading: 'Empty', paragraphs: [] },
      { heading: ' The end ', paragraphs: [{ text: 'It melted.', hints: [' When? ', ''] }] },
    ],
  })
  expect(article).toMatchObject({ title: 'The ice', authors: [], language: 'en', csl: {} })
  expect(article.sections.map(({ heading }) => heading)).toEqual(['', 'The end'])
  const [first, last] = passagesOf(article)
  expect(first?.text).toBe('It came in January. It stayed.')
  expect(first?.sentences).toEqual([
    { start: 0, end: 19 },
    { start: 20, end: 30 },
  ])
  expect(last).toMatchObject({ id: 'ice:2', articleId: 'ice', heading: 'The end', paragraph: 2 })
  expect(last?.hints).toEqual(['When?'])
})

test('the hash is the head of the SHA-256 of the text, and another text has another', () => {
  // printf abc | sha256sum
  expect(hashOf('abc')).toBe('ba7816bf')
  expect(hashOf('abd')).not.toBe(hashOf('abc'))
})

test.each([
  ['After Hanoi', 'after-hanoi'],
  ['  Çirağan & Sons, 2nd ed. ', 'ciragan-sons-2nd-ed'],
  ['--x--', 'x'],
  ['分析', ''],
  [`${'a'.repeat(39)} b`, 'a'.repeat(39)],
])('the slug of %j is %j', (name, slug) => {
  expect(slugOf(name)).toBe(slug)
})
