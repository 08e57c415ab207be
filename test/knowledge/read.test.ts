import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { passagesOf } from '../../src/knowledge/article.ts'
import { readKnowledge } from '../../src/knowledge/read.ts'
import { folderOf } from './folder.ts'

const harbour = `---
id: harbour
title: The Frozen Harbour
author:
  - { family: Holm, given: Ada }
  - Port Authority of Vik
publisher: Vik Press
published: 1962-03
url: https://example.org/harbour
language: en
note: A text for the tests.
container-title: Annals of the Coast
volume: 4
page: 10-12
accessed: 2020-02-29
editor: 'Lind, Per'
---
# The Frozen Harbour

Nobody had seen such a winter.

## The ice

<!-- asks: When did the ice come? | How thick was it? -->
The ice came in *January*. It was
three [metres](https://example.org/m) thick.

<!-- to do: check the figure -->
> “We could walk to Sweden,” the pilot wrote.

### Ships

- Two ships were **lost**.
- Five ships waited outside.

1. The crew first,

   then the cargo.

Salt<br>and tar<b>s</b> were saved &amp; sold.
`

async function harbourArticle() {
  const { articles } = await readKnowledge(await folderOf({ 'harbour.md': harbour }))
  const [article] = articles
  if (!article) throw new Error('no article')
  return article
}

describe('a Markdown file', () => {
  test('gives what its front matter says', async () => {
    const { sections: _, ...facts } = await harbourArticle()
    expect(facts).toEqual({
      id: 'harbour',
      title: 'The Frozen Harbour',
      authors: [{ family: 'Holm', given: 'Ada' }, { literal: 'Port Authority of Vik' }],
      publisher: 'Vik Press',
      published: '1962-03',
      url: 'https://example.org/harbour',
      language: 'en',
      note: 'A text for the tests.',
      csl: {
        'container-title': 'Annals of the Coast',
        volume: '4',
        page: '10-12',
        accessed: { 'date-parts': [[2020, 2, 29]] },
        editor: [{ family: 'Lind', given: 'Per' }],
      },
    })
  })

  test('makes sections of its headings, and passages of paragraphs, quotations and list items', async () => {
    const { sections } = await harbourArticle()
    expect(sections.map(({ heading, passages }) => [heading, passages.map((p) => p.text)])).toEqual(
      [
        ['', ['Nobody had seen such a winter.']],
        [
          'The ice',
          [
            'The ice came in January. It was three metres thick.',
            '“We could walk to Sweden,” the pilot wrote.',
          ],
        ],
        [
          'Ships',
          [
            'Two ships were lost.',
            'Five ships waited outside.',
            'The crew first,',
            'then the cargo.',
            'Salt and tars were saved & sold.',
          ],
        ],
      ],
    )
  })

  test('numbers its passages from 1 through the whole article', async () => {
    const passages = passagesOf(await harbourArticle())
    expect(passages.map(({ id }) => id)).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `harbour:${n}`),
    )
    expect(passages.map(({ paragraph }) => paragraph)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(passages[3]).toMatchObject({ articleId: 'harbour', heading: 'Ships' })
  })

  test('keeps the questions of an asks comment with the paragraph after it, and nowhere in the text', async () => {
    const passages = passagesOf(await harbourArticle())
    expect(passages.flatMap(({ hints }) => hints)).toEqual([
      'When did the ice come?',
      'How thick was it?',
    ])
    expect(passages[1]?.hints).toHaveLength(2)
    expect(passages.map(({ text }) => text).join()).not.toMatch(/asks|to do|</)
  })

  test('reads the same with Windows line ends and a byte order mark', async () => {
    const windows = `\ufeff${harbour.replaceAll('\n', '\r\n')}`
    const { articles } = await readKnowledge(await folderOf({ 'harbour.md': windows }))
    expect(articles[0]).toEqual(await harbourArticle())
  })

  test.each([
    ['a year', 'published: 2019', { published: '2019' }],
    ['a day', 'published: 2020-02-29', { published: '2020-02-29' }],
    ['an author as text', 'author: Ada Holm', { authors: [{ literal: 'Ada Holm' }] }],
    ['a title that is a number', 'title: 1984', { title: '1984' }],
    ['no language', '', { language: 'en' }],
    ['another language', 'language: pt-br', { language: 'pt-BR' }],
    ['no author', '', { authors: [] }],
  ])('may have %s', async (_, field, facts) => {
    const title = field.startsWith('title') ? '' : 'title: A\n'
    const dir = await folderOf({ 'a.md': `---\nid: a\n${title}${field}\n---\nText.` })
    expect((await readKnowledge(dir)).articles[0]).toMatchObject(facts)
  })
})

describe('a folder', () => {
  test('gives its articles in the order of the names, and its synonyms', async () => {
    const dir = await folderOf({
      'b.md': '---\nid: one\ntitle: One\n---\nText.',
      'a.txt': 'The ships left. Nobody saw them.',
      'C.MD': '---\nid: three\ntitle: Three\n---\nText.',
      'synonyms.yaml': '# groups\n- [harbour, port]\n- [1962, that winter, " the cold one "]\n',
    })
    const { articles, synonyms } = await readKnowledge(dir)
    expect(articles.map(({ id }) => id)).toEqual(['three', 'a', 'one'])
    expect(synonyms).toEqual([
      ['harbour', 'port'],
      ['1962', 'that winter', 'the cold one'],
    ])
  })

  test('may hold a README, hidden files, pictures and folders, which are passed over', async () => {
    const dir = await folderOf({
      'a.txt': 'The ships left.',
      'README.md': 'How to add an article',
      '.a.md.swp': '\0',
      'harbour.png': '\0',
      'a.txt~': 'An older state.',
    })
    await mkdir(join(dir, 'drafts.md'))
    const { articles, synonyms } = await readKnowledge(dir)
    expect(articles.map(({ id }) => id)).toEqual(['a'])
    expect(synonyms).toEqual([])
  })

  test('may hold links to files inside itself, as mounted configuration has', async () => {
    const dir = await folderOf({})
    await mkdir(join(dir, '..data'))
    await writeFile(join(dir, '..data', 'a.txt'), 'The ships left.')
    await symlink('..data/a.txt', join(dir, 'a.txt'))
    expect((await readKnowledge(dir)).articles).toHaveLength(1)
  })
})
