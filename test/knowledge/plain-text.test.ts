import { existsSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { passagesOf } from '../../src/knowledge/article.ts'
import { readKnowledge } from '../../src/knowledge/read.ts'
import { folderOf } from './folder.ts'

const paragraphs = [
  'The harbour of Vik froze over in January, and it stayed frozen for eleven weeks. Nobody who lived there had seen the like. The pilot, who was eighty, wrote in his diary that a cart could be driven to the lighthouse and back without a wheel getting wet.',
  'At first the town was cheerful. Children skated between the ships, and on Sundays the band played on the ice. The mayor had lanterns hung from the masts, and people came from the villages to see them.',
  'Then the flour ran out. The mill stood on the other side of the bay, where the ice was thin, and the only road led over a pass that was closed from November to April in every year. Two men tried to cross with a sledge. They came back without it.',
  'In the ninth week an ice-breaker was seen on the horizon. It needed four more days to reach the outer mole. By then the bakers had shut their doors, and the school had sent its pupils home.',
  'The town has kept a store of flour ever since. It is renewed each autumn, and the old flour is baked into loaves that everyone may take home. Visitors think that it is a feast of thanksgiving, which in a way it is.',
]

async function read(text: string, name = 'harbour.txt') {
  const { articles } = await readKnowledge(await folderOf({ [name]: text }))
  const [article] = articles
  if (!article) throw new Error('no article')
  return article
}

const texts = async (text: string) => passagesOf(await read(text)).map((passage) => passage.text)

/** Fills lines of at most `width` characters; `first` is the width of the first one. */
function wrap(text: string, width: number, first = width): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    const room = lines.length === 1 ? first : width
    if (line === '') lines[lines.length - 1] = word
    else if (line.length + 1 + word.length <= room) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

describe('the same five paragraphs come out of lines that are', () => {
  test.each<[string, (paragraph: string) => string[]]>([
    ['a paragraph each', (text) => [text]],
    ['a paragraph each, with blank lines between', (text) => [text, '']],
    ['wrapped, with blank lines between', (text) => [...wrap(text, 72), '']],
    ['wrapped at 60, with nothing between', (text) => wrap(text, 60)],
    ['wrapped at 76, with nothing between', (text) => wrap(text, 76)],
    ['wrapped at 92, with nothing between', (text) => wrap(text, 92)],
    ['wrapped, with indented first lines', (text) => wrap(`    ${text}`, 76)],
    ['wrapped after an indent that was lost', (text) => wrap(text, 80, 60)],
    ['wrapped and double-spaced', (text) => wrap(text, 60).flatMap((line) => [line, ''])],
    ['a sentence each, with blank lines between', (text) => [...text.split(/(?<=\.) /), '']],
    ['indented as a whole', (text) => [...wrap(text, 60).map((line) => `\t${line}`), '']],
    ['padded at the end', (text) => [...wrap(text, 60).map((line) => `${line}   `), '']],
  ])('%s', async (_, layout) => {
    expect(await texts(paragraphs.flatMap(layout).join('\n'))).toEqual(paragraphs)
  })
})

describe('words at line ends', () => {
  const filler = 'The inner harbour was quiet, and the boats lay in a long and even row.'

  test('that were divided come together where the text has them whole', async () => {
    expect(await texts('The light-\nhouse was dark. Nobody kept the lighthouse.')).toEqual([
      'The lighthouse was dark. Nobody kept the lighthouse.',
    ])
  })

  test('that carry their own hyphen keep it', async () => {
    expect(await texts('They waited for the ice-\nbreaker and for the\nmail.')).toEqual([
      'They waited for the ice-breaker and for the mail.',
    ])
  })

  test('that were divided come together in a text that divides many', async () => {
    const divided = 'The har-\nbour mas-\nter wrote a let-\nter to the may-\nor of the town.'
    expect(await texts(divided)).toEqual([
      'The harbour master wrote a letter to the mayor of the town.',
    ])
  })

  test('before a dash get no space', async () => {
    expect(await texts(`${filler} It was cold—\nvery cold.`)).toEqual([
      `${filler} It was cold—very cold.`,
    ])
  })

  test('in Chinese get no space', async () => {
    expect(await texts('---\nlanguage: zh\n---\n港口结冰了，\n没有人见过\n这样的冬天。')).toEqual([
      '港口结冰了，没有人见过这样的冬天。',
    ])
  })
})

describe('what a web page puts around a text is left out', () => {
  test.each([
    ['a photo credit', '(ADA HOLM / VIK PRESS / COAST PICTURES)\n', ''],
    ['a credit in words', 'Photo by Ada Holm\n\n', '\n\nImage: Vik Press / Ada Holm'],
    ['a way through the site', 'Home > Coast > Winters\nSkip to content\n5 min read\n\n', ''],
    ['an empty comment section', '', '\nNo comments:\nPost a Comment'],
    [
      'comments',
      '',
      '\n\n2 comments:\n\nPer said...\nI was there. It was cold.\n\nAda said...\nTrue.',
    ],
    ['a form', '', '\n\nLeave a Reply\nYour email address will not be published.\nName\nEmail'],
    [
      'buttons',
      'Share\nPrint\n',
      '\n\nShare this:\nTweet\n\nTags: winter, ice\nNewer Post\nOlder Post\nHome',
    ],
    ['a notice', '', '\n\n© 1962 Vik Press\nAll rights reserved.'],
  ])('%s', async (_, head, tail) => {
    const body = paragraphs.flatMap((text) => wrap(text, 76)).join('\n')
    expect(await texts(head + body + tail)).toEqual(paragraphs)
  })

  test('but words of the text that only begin alike stay', async () => {
    const text = [
      'Home is where the boats are. That is what they say.',
      'No comments were made at the time. The mayor was ill.',
      'Share and share alike was the rule in the ninth week.',
    ]
    expect(await texts(text.join('\n\n'))).toEqual(text)
  })
})

describe('an article from plain text', () => {
  test('has its id and title from the name of the file', async () => {
    expect(await read('The ships left.', 'Frozen_harbour – Ärger.txt')).toMatchObject({
      id: 'frozen-harbour-arger',
      title: 'Frozen harbour – Ärger',
      language: 'en',
    })
  })

  test('has an id of at most 40 characters', async () => {
    const { id } = await read('The ships left.', `${'a-very-cold-winter-'.repeat(4)}.txt`)
    expect(id).toBe('a-very-cold-winter-a-very-cold-winter-a')
  })

  test('has the heading at its head as title, and headings that stand alone as sections', async () => {
    const article = await read(
      'The Frozen Harbour\n\nThe ships left.\n\nThe first weeks\n\nThe band played.\n\nFlour\n=====\n\nIt ran out.',
    )
    expect(article.title).toBe('The Frozen Harbour')
    expect(article.sections.map(({ heading, passages }) => [heading, passages[0]?.text])).toEqual([
      ['', 'The ships left.'],
      ['The first weeks', 'The band played.'],
      ['Flour', 'It ran out.'],
    ])
  })

  test('may have front matter like Markdown, with any field left out', async () => {
    const article = await read(
      '---\ntitle: Ice\npublished: 1962\n---\nThe Frozen Harbour\n\nThe ships left.',
    )
    expect(article).toMatchObject({ id: 'harbour', title: 'Ice', published: '1962' })
    expect(passagesOf(article).map(({ text }) => text)).toContain('The ships left.')
  })

  test('keeps list items apart', async () => {
    expect(
      await texts('They had three things left:\n- salt, which nobody\n  wanted;\n- tar;\n- hope.'),
    ).toEqual(['They had three things left:', '- salt, which nobody wanted;', '- tar;', '- hope.'])
  })
})

const source = fileURLToPath(new URL('../../../shared/seed/analysis.txt', import.meta.url))

test.skipIf(!existsSync(source))(
  'an analysis wrapped at odd widths gives its eleven paragraphs (skipped where it is not at hand)',
  async () => {
    const dir = await folderOf({})
    await copyFile(source, join(dir, 'analysis.txt'))
    const [article] = (await readKnowledge(dir)).articles
    if (!article) throw new Error('no article')
    const read = passagesOf(article).map(({ text }) => text)
    const [first, ...others] = [
      'The diplomatic stalemate',
      'Unfortunately, that hasn’t',
      'If you recall',
      'Indeed, the way',
      'Another powerful sign',
      'The good part',
      'To his credit',
      'Where do we go',
      'Of course, all',
      'To avoid a repeat',
      'Second, Trump needs',
    ]
    expect(read.map((text, i) => text.startsWith([first, ...others][i] ?? '?'))).toEqual(
      Array(11).fill(true),
    )
    expect(read.join(' ')).not.toMatch(/GETTY|omment/)
    expect(read[0]).toMatch(/ substantive talks\.$/)
    expect(read[6]).toMatch(/ with North Korea$/)
    expect(read[10]).toMatch(/ cooperation\.$/)
    expect(read.every((text) => !/\s\s|\n/.test(text))).toBe(true)
  },
)
