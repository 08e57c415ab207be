import { expect, test } from 'vitest'
import { outline, type Placed, parse, pdf, rawPdf, wrapped } from './samples.ts'

const left = { x: 70, y: 120, width: 455 }

const ferry =
  'The ferry leaves at nine in the morning, and it does not wait for anybody who comes from the market with eggs, a goat or the whole of a harmo|nium. The captain says so every day.'
const bridge =
  'The bridge opened later, after the war, when a well-|known builder of lighthouses had drawn it on the back of a ticket. Nobody wanted to pay for it, and so everybody had to.'
const whole = (text: string) => text.replaceAll('|', '')

test('lines become paragraphs, and hyphens at their ends are judged', async () => {
  const first = await wrapped(ferry, { ...left, width: 222 })
  const second = await wrapped(bridge, { ...left, y: 120 + (first.length + 1) * 13.2, width: 238 })
  const lines = [...first, ...second]
  const cut = lines
    .filter(({ text }) => text.endsWith('-'))
    .map(({ text }) => text.split(' ').at(-1))
  expect(cut).toEqual(['harmo-', 'well-'])
  expect(outline(await parse(await pdf([lines])))).toEqual([['', whole(ferry), whole(bridge)]])
})

test('an indent begins a paragraph, and so does a line after one that had room left', async () => {
  const first = await wrapped(whole(ferry), { ...left, indent: 15 })
  const second = await wrapped(whole(bridge), { ...left, y: 120 + first.length * 13.2, indent: 15 })
  const third = await wrapped('It stands still.', {
    ...left,
    y: 120 + (first.length + second.length) * 13.2,
    indent: 15,
  })
  expect(outline(await parse(await pdf([[...first, ...second, ...third]])))).toEqual([
    ['', whole(ferry), whole(bridge), 'It stands still.'],
  ])
})

test('running heads and page numbers go, and each paragraph knows its page', async () => {
  const pages: Placed[][] = []
  const texts = ['first', 'second', 'third', 'fourth'].map(
    (day) => `On the ${day} day the ferry left at nine and came back at five with nobody on board.`,
  )
  for (const [index, text] of texts.entries())
    pages.push([
      { text: 'Annals of the Harbour, volume 7', x: 200, y: 50, size: 9 },
      ...(await wrapped(text, left)),
      { text: `${index + 11}`, x: 290, y: 800, size: 9 },
    ])
  const document = await parse(await pdf(pages))
  expect(document.pages).toBe(4)
  expect(document.sections.flatMap(({ paragraphs }) => paragraphs)).toEqual(
    texts.map((text, index) => ({ text, page: index + 1 })),
  )
})

test('a paragraph goes on overleaf, over the note at the foot of the page', async () => {
  const lines = await wrapped(whole(`${ferry} ${bridge}`), { ...left, y: 640, width: 300 })
  const [here, there] = [lines.slice(0, 4), lines.slice(4)]
  const note = 'The captain was asked twice.'
  const document = await parse(
    await pdf([
      [...here, { text: note, x: 70, y: 780, size: 8 }],
      there.map((line, index) => ({ ...line, y: 90 + index * 13.2 })),
    ]),
  )
  expect(document.sections[0]?.paragraphs).toEqual([
    { text: whole(`${ferry} ${bridge}`), page: 1 },
    { text: note, page: 1 },
  ])
})

test('columns are read one after the other, below a title that spans both', async () => {
  const column = (index: number) => ({ x: 70 + index * 240, width: 215 })
  const texts = [
    whole(ferry),
    whole(bridge),
    'A third and last paragraph fills the rest of the right column, as far as the foot of it, and then ends.',
  ]
  const one = await wrapped(texts[0] ?? '', { ...column(0), y: 160 })
  const two = await wrapped(texts[1] ?? '', { ...column(1), y: 160 })
  const three = await wrapped(texts[2] ?? '', { ...column(1), y: 160 + (two.length + 1) * 13.2 })
  const document = await parse(
    await pdf([
      [
        { text: 'How a harbour came to have both a ferry and a bridge', x: 70, y: 100, size: 18 },
        ...one,
        ...two,
        ...three,
      ],
    ]),
  )
  expect(document.title).toBe('How a harbour came to have both a ferry and a bridge')
  expect(outline(document)).toEqual([['', ...texts]])
})

test('a table is not taken for columns', async () => {
  const rows = [
    ['Monday', 'nine'],
    ['Tuesday', 'ten'],
    ['Wednesday', 'nine'],
    ['Thursday', 'ten'],
    ['Friday', 'nine'],
    ['Saturday', 'never'],
    ['Sunday', 'noon'],
    ['Holidays', 'noon'],
  ]
  const text = outline(
    await parse(
      await pdf([
        rows.flatMap(([day = '', hour = ''], index) => [
          { text: day, x: 70, y: 120 + index * 14 },
          { text: hour, x: 350, y: 120 + index * 14 },
        ]),
      ]),
    ),
  )
    .flat()
    .join(' ')
  expect(text).toContain('Monday nine')
  expect(text).toContain('Holidays noon')
})

test('larger type makes headings, the largest on the first page the title', async () => {
  const first = await wrapped(whole(ferry), { ...left, y: 190 })
  const document = await parse(
    await pdf(
      [
        [
          { text: 'A harbour and its ferry', x: 70, y: 90, size: 22 },
          { text: '1. The crossing', x: 70, y: 160, size: 14 },
          ...first,
          { text: 'Fares', x: 70, y: 300, bold: true },
          ...(await wrapped('Adults pay two crowns, and children pay one if they are awake.', {
            ...left,
            y: 320,
          })),
        ],
      ],
      { title: 'Microsoft Word - draft7.docx', author: 'Ada Holm; Bo Lind' },
    ),
  )
  expect(document).toMatchObject({
    title: 'A harbour and its ferry',
    authors: [{ literal: 'Ada Holm' }, { literal: 'Bo Lind' }],
  })
  expect(document.sections.map(({ heading }) => heading)).toEqual(['1. The crossing', 'Fares'])
})

test('a raised note mark stays raised and is not read as part of a number', async () => {
  const document = await parse(
    await pdf([
      [
        { text: 'The ferry carried 10', x: 70, y: 120 },
        { text: '6', x: 162, y: 116, size: 7 },
        { text: 'people in its time.', x: 168, y: 120 },
      ],
    ]),
  )
  expect(outline(document)).toEqual([['', 'The ferry carried 10⁶ people in its time.']])
})

test('pages without text are named; a document of nothing else is refused', async () => {
  const page = await wrapped(whole(ferry), left)
  expect((await parse(await pdf([page, [], [], page, []]))).warnings).toEqual([
    'No text on pages 2–3 and 5: scanned or pictures. Run text recognition (OCR) first to have it read.',
  ])
  await expect(parse(await pdf([[], []]))).rejects.toThrow(/pictures of pages and no text/)
})

test('a locked file is refused', async () => {
  const locked = rawPdf(
    [
      '<</Type/Catalog/Pages 2 0 R>>',
      '<</Type/Pages/Kids[]/Count 0>>',
      `<</Filter/Standard/V 2/R 3/Length 128/P -44/O<${'ab'.repeat(32)}>/U<${'cd'.repeat(32)}>>>`,
    ],
    `/Encrypt 3 0 R/ID[<${'01'.repeat(16)}><${'01'.repeat(16)}>]`,
  )
  await expect(parse(locked)).rejects.toThrow(/locked with a password/)
})

test('a file that was cut off is refused, wherever the cut is', async () => {
  const bytes = await pdf([await wrapped(whole(ferry), left)])
  for (const share of [0.1, 0.5, 0.9])
    await expect(parse(bytes.subarray(0, bytes.length * share))).rejects.toThrow(
      /cut off before its end/,
    )
})

test('a document of too many pages is refused before they are read', async () => {
  const kids = Array.from({ length: 10_000 }, () => '3 0 R').join(' ')
  const long = rawPdf([
    '<</Type/Catalog/Pages 2 0 R>>',
    `<</Type/Pages/Kids[${kids}]/Count 10000>>`,
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>',
  ])
  await expect(parse(long)).rejects.toThrow('sample has 10,000 pages; the limit is 2,000.')
})

test('a stamp on every scanned page is not its text', async () => {
  const stamp = [{ text: 'Lent by the Harbour Library, 3 May', x: 70, y: 40, size: 8 }]
  const page = await wrapped(whole(ferry), left)
  expect((await parse(await pdf([[...stamp, ...page], stamp, stamp]))).warnings.join()).toMatch(
    /No text on pages 2–3/,
  )
})
