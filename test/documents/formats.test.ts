import { describe, expect, test } from 'vitest'
import { docx, epub, outline, p, parse } from './samples.ts'

describe('Markdown', () => {
  test('headings make sections, and the first is the title', async () => {
    const document = await parse(
      '# The ferry\n\nIt leaves at *nine*.\n\n## Fares\n\n- Adults pay two crowns.\n- Children pay one.\n',
    )
    expect(document).toMatchObject({ kind: 'markdown', title: 'The ferry' })
    expect(outline(document)).toEqual([
      ['', 'It leaves at nine.'],
      ['Fares', 'Adults pay two crowns.', 'Children pay one.'],
    ])
  })

  test('front matter is taken where it fits and passed over where it does not', async () => {
    const document = await parse(
      '---\ntitle: The ferry\nauthor: [Ada Holm, Bo Lind]\ndate: 2021-05-03T10:00\nlang: en_GB\ntags: [x, {y: z}]\n---\nIt leaves at nine.\n',
      { name: 'notes.md' },
    )
    expect(document).toMatchObject({
      title: 'The ferry',
      authors: [{ literal: 'Ada Holm' }, { literal: 'Bo Lind' }],
      published: '2021-05-03',
      language: 'en-GB',
    })
    expect(outline(document)).toEqual([['', 'It leaves at nine.']])
  })

  test('a rule at the head of a text is no front matter', async () => {
    expect(outline(await parse('---\n\nIt leaves at nine.\n', { name: 'a.md' }))).toEqual([
      ['', 'It leaves at nine.'],
    ])
  })
})

describe('plain text', () => {
  test('wrapped lines are joined to paragraphs', async () => {
    const document = await parse(
      'The ferry leaves at nine in the morning, and\nit does not wait for anybody.\n\nThe bridge opened later, after the war, and\nnobody wanted to pay for it.\n',
    )
    expect(document.kind).toBe('text')
    expect(outline(document)).toEqual([
      [
        '',
        'The ferry leaves at nine in the morning, and it does not wait for anybody.',
        'The bridge opened later, after the war, and nobody wanted to pay for it.',
      ],
    ])
  })

  test('Windows-1252 and UTF-16 are read, and a guess is said to be one', async () => {
    const text = 'The café opens at nine. Nobody pays.'
    const latin = await parse(Buffer.from(text, 'latin1'))
    expect(outline(latin)).toEqual([['', text]])
    expect(latin.warnings.join()).toMatch(/Windows-1252/)
    const wide = await parse(Buffer.from(text, 'utf16le'))
    expect(outline(wide)).toEqual([['', text]])
    expect(wide.warnings).toEqual([])
  })
})

describe('HTML', () => {
  const story = Array.from(
    { length: 6 },
    (_, index) =>
      `<p>On day ${index + 1} the ferry left at nine, and the harbour master wrote down, as he had for years, who was on board and who had missed it.</p>`,
  ).join('')

  test('the article is read, not what stands around it', async () => {
    const document = await parse(
      `<!doctype html><html lang="en"><head><title>The ferry</title><meta name="author" content="Ada Holm"><meta property="article:published_time" content="2021-05-03T08:00:00Z"></head><body><nav><a href="/">Home</a> <a href="/shop">Buy our mugs</a></nav><script>document.title = 'x'</script><article><h1>The ferry</h1>${story}<h2>Fares</h2><p>Adults pay two crowns.<sup>3</sup> Children, as far as anybody remembers, have always paid one, and dogs travel without a ticket.</p></article><footer>All rights reserved, mugs included.</footer></body></html>`,
    )
    expect(document).toMatchObject({
      kind: 'html',
      title: 'The ferry',
      authors: [{ literal: 'Ada Holm' }],
      published: '2021-05-03',
      language: 'en',
    })
    expect(document.sections.map(({ heading }) => heading)).toEqual(['', 'Fares'])
    expect(document.sections[0]?.paragraphs).toHaveLength(6)
    expect(document.sections[1]?.paragraphs[0]?.text).toMatch(/^Adults pay two crowns\.³ Children/)
    expect(JSON.stringify(document)).not.toMatch(/mugs/)
  })

  test('a page too short to tell an article in is read whole', async () => {
    const document = await parse(
      '<html><body><h1>Fares</h1>Adults pay two crowns.<br><br>Children pay one.<table><tr><td>Dogs</td><td>nothing</td></tr></table><p hidden>Secret.</p></body></html>',
    )
    expect(document.title).toBe('Fares')
    expect(outline(document)).toEqual([
      ['', 'Adults pay two crowns.', 'Children pay one.', 'Dogs nothing'],
    ])
  })

  test('the page says in which characters it is written', async () => {
    const page =
      '<html><head><meta charset="iso-8859-2"></head><body><p>\xa3\xf3d\xbc lies on a river.</p></body></html>'
    expect(outline(await parse(Buffer.from(page, 'latin1')))).toEqual([
      ['', 'Łódź lies on a river.'],
    ])
  })
})

describe('Word', () => {
  test('styles make title and headings; deleted text is left out', async () => {
    const document = await parse(
      docx(
        p('The ferry', 'Title') +
          p('It leaves at nine.') +
          p('Fares', 'Heading1') +
          '<w:p><w:r><w:t xml:space="preserve">Adults pay </w:t></w:r><w:del><w:r><w:delText>ten</w:delText></w:r></w:del><w:r><w:rPr><w:b/></w:rPr><w:t>two crowns.</w:t></w:r></w:p>' +
          '<w:tbl><w:tr><w:tc>' +
          p('Dogs travel free.') +
          '</w:tc></w:tr></w:tbl>',
      ),
    )
    expect(document).toMatchObject({ kind: 'docx', title: 'The ferry' })
    expect(outline(document)).toEqual([
      ['', 'It leaves at nine.'],
      ['Fares', 'Adults pay two crowns.', 'Dogs travel free.'],
    ])
  })
})

describe('EPUB', () => {
  test('chapters come in the order of the spine, with metadata and names from the contents', async () => {
    const messages: string[] = []
    const document = await parse(
      epub(
        [
          '<h1>Morning</h1><p>The ferry leaves at&#160;nine.</p>',
          '<p>The bridge <a id="x"/>opened later.</p>',
        ],
        {
          metadata:
            '<dc:title>The ferry</dc:title><dc:creator>Ada Holm</dc:creator><dc:date>2021</dc:date><dc:language>en-GB</dc:language>',
        },
      ),
      { progress: (message) => messages.push(message) },
    )
    expect(document).toMatchObject({
      kind: 'epub',
      title: 'The ferry',
      authors: [{ literal: 'Ada Holm' }],
      published: '2021',
      language: 'en-GB',
    })
    expect(outline(document)).toEqual([
      ['Morning', 'The ferry leaves at nine.'],
      ['Chapter 2', 'The bridge opened later.'],
    ])
    expect(messages).toEqual(['reading chapter 1 of 2', 'reading chapter 2 of 2'])
  })

  test('a book locked by its seller is refused', async () => {
    const book = epub(['<p>The ferry leaves at nine.</p>'], {
      'META-INF/encryption.xml':
        '<encryption><EncryptedData><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></EncryptedData></encryption>',
    })
    await expect(parse(book)).rejects.toThrow(/locked by its seller/)
  })
})

describe('the kind is told from the content', () => {
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  )

  test('whatever the name says', async () => {
    expect((await parse(docx(p('The ferry leaves.')), { name: 'a.txt' })).kind).toBe('docx')
    expect((await parse('<html><p>The ferry leaves.', { name: 'a.pdf' })).kind).toBe('html')
    expect((await parse('# A\n\nThe ferry leaves.', { name: 'a.txt' })).kind).toBe('markdown')
  })

  test.each([
    ['a picture', png, /is a PNG image by its content: upload a PDF/],
    [
      'an old Word file',
      Buffer.from('d0cf11e0a1b11ae1'.padEnd(2048, '0'), 'hex'),
      /old Office file or is locked/,
    ],
    ['an empty file', Buffer.alloc(0), /is empty/],
    [
      'noise',
      Buffer.from(Array.from({ length: 500 }, (_, i) => (i * 7) % 32)),
      /does not hold text/,
    ],
    ['only white space', Buffer.from(' \n\n \t'), /holds no text/],
    ['an XML file', Buffer.from('<?xml version="1.0"?><feed>Fares</feed>'), /is an XML file/],
    ['an RTF file', Buffer.from('{\\rtf1 The ferry.}'), /is an RTF file/],
  ])('%s is refused with a sentence', async (_, bytes, sentence) => {
    await expect(parse(bytes, { name: 'a.pdf' })).rejects.toThrow(sentence)
  })
})
