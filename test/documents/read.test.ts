import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { deflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ReadOptions } from '../../src/documents/document.ts'
import { readDocument } from '../../src/documents/read.ts'
import { MemberError } from '../../src/problem.ts'
import { archive, docx, epub, outline, p, pdf, rawPdf } from './samples.ts'

// Each document starts a process, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 90_000 })

function read(bytes: Uint8Array | string, options: Partial<ReadOptions> = {}) {
  return readDocument(typeof bytes === 'string' ? Buffer.from(bytes) : bytes, {
    name: 'sample',
    ...options,
  })
}

/** The one sentence with which a document is refused. */
async function refusal(bytes: Uint8Array | string, options: Partial<ReadOptions> = {}) {
  const error = await read(bytes, options).then(
    (document) => expect.unreachable(`was read: ${JSON.stringify(document).slice(0, 200)}`),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(MemberError)
  const { message } = error as MemberError
  // One sentence, without anything of the program in it.
  expect(message).toMatch(/^"sample" [^\n]{10,200}\.$/)
  expect(message).not.toMatch(/Error|node_modules|undefined|\bat \//)
  return message
}

/** A PDF of one page whose content is a given stream, packed as it stands. */
const streamed = (content: Buffer) =>
  rawPdf([
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>',
    Buffer.concat([
      Buffer.from(`<</Filter/FlateDecode/Length ${content.length}>>stream\n`),
      content,
      Buffer.from('\nendstream'),
    ]),
    '<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>',
  ])

const laughs = `<!DOCTYPE x [<!ENTITY a "ha">${'abcdefghi'
  .split('')
  .slice(1)
  .map((name, index) => `<!ENTITY ${name} "${`&${'abcdefghi'[index]};`.repeat(10)}">`)
  .join('')}]>`

describe('a process of its own', () => {
  test('reads, and tells how far it has come', async () => {
    const messages: string[] = []
    const page = (_: unknown, day: number) => [
      { text: `${'On and on '.repeat(day % 7)}the ferry left at nine.`, x: 70, y: 100 + day },
    ]
    const document = await read(await pdf(Array.from({ length: 300 }, page)), {
      progress: (message) => messages.push(message),
    })
    expect(document.pages).toBe(300)
    expect(messages[0]).toBe('reading page 1 of 300')
  })

  test('a reading that is called off ends', async () => {
    const stop = new AbortController()
    const reading = read('The ferry leaves at nine.', { signal: stop.signal })
    stop.abort(new Error('the member left'))
    await expect(reading).rejects.toThrow('the member left')
    expect((await read('The ferry leaves at nine.')).kind).toBe('text')
  })

  test('several documents at once are read one after another, each to its own end', async () => {
    const answers = await Promise.allSettled([
      read('The ferry leaves at nine.'),
      read(Buffer.from('PK\x03\x04 and nothing more')),
      read('# Fares\n\nAdults pay two crowns.'),
    ])
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })
})

describe('a hostile document ends in one sentence', () => {
  test.each<[string, () => Uint8Array | Promise<Uint8Array>, RegExp, Partial<ReadOptions>?]>([
    [
      'a ZIP that unpacks to a thousand times its size',
      () => docx(p('Ha.'), { 'word/footnotes.xml': `<a>${' '.repeat(15_000_000)}</a>` }),
      /unpacks to more than 10 MB/,
      { limits: { unpackedBytes: 10_000_000 } },
    ],
    [
      'a Word file whose tree would fill the memory',
      () => docx('<w:p/>'.repeat(2_000_000)),
      /takes too much memory to read/,
      { limits: { megabytes: 128 } },
    ],
    [
      'a PDF whose page unpacks to gigabytes',
      () => {
        const spaces = deflateSync(Buffer.alloc(400_000_000, ' '), { level: 9 })
        return streamed(spaces)
      },
      /takes too much memory|pictures of pages and no text/,
      { limits: { megabytes: 128 } },
    ],
    [
      'a PDF that draws for ever',
      () => streamed(deflateSync(`BT /F 9 Tf ${'1 0 0 1 0 0 Tm (a) Tj '.repeat(3_000_000)} ET`)),
      /takes longer than 3 seconds|too much memory|more than 5,000,000 characters/,
      { limits: { seconds: 3 } },
    ],
    [
      'nothing but line ends',
      () => Buffer.from('a\n\n'.repeat(6_000_000)),
      /takes too much memory/,
      { limits: { megabytes: 128 } },
    ],
    ['a Word file cut off', () => docx(p('Ha.')).subarray(0, 700), /damaged or cut off/],
    ['a book cut off', () => epub(['<p>Ha.</p>']).subarray(0, 500), /damaged or cut off/],
    [
      'a Word file of another make inside',
      () => docx('', { 'word/document.xml': 'no XML at all' }),
      /is damaged|holds no text/,
    ],
    [
      'an archive of too many files',
      () =>
        archive(
          Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`word/${i}.xml`, 'a'])),
        ),
      /more than 10,000 files/,
    ],
    [
      'a megabyte without a space',
      () => Buffer.alloc(1_000_000, 'a'),
      /holds a run of more than 3,000 characters without a space/,
    ],
    [
      'more text than the limit',
      () => Buffer.from('The ferry leaves at nine.\n\n'.repeat(1_000)),
      /holds more than 10,000 characters/,
      { limits: { characters: 10_000 } },
    ],
    [
      'more bytes than the limit',
      () => Buffer.alloc(2_500_000, 'a '),
      /has 2.5 MB; the limit is 1 MB/,
      { limits: { bytes: 1_000_000 } },
    ],
  ])(
    '%s',
    async (_, make, sentence, options) => {
      expect(await refusal(await make(), options)).toMatch(sentence)
    },
    90_000,
  )

  test('a billion laughs do not expand, in Word or in a book', async () => {
    const answers = await Promise.allSettled([
      read(docx(`${p('The ferry leaves.')}${p('&i;')}`, {}, laughs)),
      read(
        epub(['<p>x</p>'], {
          'OEBPS/c1.xhtml': `${laughs}<html><body><p>The ferry leaves. &i;</p></body></html>`,
        }),
      ),
    ])
    for (const answer of answers) {
      if (answer.status === 'rejected') expect(answer.reason).toBeInstanceOf(MemberError)
      else expect(JSON.stringify(answer.value).length).toBeLessThan(2_000)
    }
  })

  test('tags nested thirty thousand deep end in a sentence or in the text', async () => {
    const deep = `<html><body>${'<div>'.repeat(30_000)}The ferry leaves at nine.`
    await read(deep, { limits: { seconds: 10 } }).then(
      (document) => expect(outline(document)).toEqual([['', 'The ferry leaves at nine.']]),
      (error) => expect(error).toBeInstanceOf(MemberError),
    )
  })
})

describe('characters that a quotation could not show go, with a warning', () => {
  test.each([
    [
      'overrides of the order',
      'Pay \u202e100\u202c crowns.',
      'Pay 100 crowns.',
      /order of the text/,
    ],
    [
      'NUL',
      'Pay t\0wo crowns, and do not come back.',
      'Pay two crowns, and do not come back.',
      /NUL/,
    ],
  ])('%s', async (_, text, clean, warning) => {
    const document = await read(text)
    expect(outline(document)).toEqual([['', clean]])
    expect(document.warnings.join()).toMatch(warning)
  })

  test('half of a pair of surrogates', async () => {
    const text = Buffer.from('\ufeffPay two \ud83d crowns.', 'utf16le')
    const document = await read(text)
    expect(outline(document)).toEqual([['', 'Pay two \ufffd crowns.']])
    expect(document.warnings.join()).toMatch(/1 character could not be read/)
  })

  test('a very long paragraph is cut at the ends of sentences', async () => {
    const sentence = 'The ferry leaves at nine. '
    const document = await read(sentence.repeat(1_000))
    const texts = document.sections.flatMap(({ paragraphs }) => paragraphs.map(({ text }) => text))
    expect(Math.max(...texts.map(({ length }) => length))).toBeLessThanOrEqual(3_000)
    expect(texts.every((text) => text.endsWith('nine.'))).toBe(true)
    expect(texts.join(' ')).toBe(sentence.repeat(1_000).trim())
    expect(document.warnings.join()).toMatch(/Cut into shorter ones: 1 paragraph/)
  })
})

test('the bot answers others while a heavy document is read', async () => {
  const heavy = Buffer.from(
    `# A\n\n${'The *ferry* leaves at [nine](https://example.org), not at ten.\n\n'.repeat(6_000)}`,
  )
  const delay = monitorEventLoopDelay({ resolution: 5 })
  const started = performance.now()
  delay.enable()
  const document = await read(heavy)
  delay.disable()
  const took = performance.now() - started
  const [longest, usual] = [delay.max / 1e6, delay.percentile(99) / 1e6]
  console.log(
    `event loop while 6,000 paragraphs were read: 99 % below ${usual.toFixed(0)} ms, longest ${longest.toFixed(0)} ms of ${took.toFixed(0)} ms`,
  )
  expect(document.sections[0]?.paragraphs).toHaveLength(6_000)
  // Compared with the reading itself, which a busy machine makes longer too.
  expect(longest).toBeLessThan(took / 2)
})

describe('nothing inside a document is fetched', () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.end('<p>fetched</p>')
  })
  let at = ''
  beforeAll(async () => {
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => server.close())

  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  const page = () =>
    `<html><head><base href="${at}/base/"><link rel="stylesheet" href="${at}/css"><script src="${at}/js"></script><style>@import "${at}/style"; p { background: url(${at}/bg) }</style><meta http-equiv="refresh" content="0;url=${at}/refresh"></head><body><p>The ferry leaves at nine.</p><img src="${at}/img" srcset="${at}/img2 2x" onerror="fetch('${at}/onerror')"><iframe src="${at}/frame"></iframe><object data="${at}/object"></object><script>fetch('${at}/fetch')</script></body></html>`

  test.each<[string, () => Uint8Array | string]>([
    ['a web page', page],
    [
      'a book',
      () => epub([page()], { 'OEBPS/c1.xhtml': `<!DOCTYPE html SYSTEM "${at}/dtd">${page()}` }),
    ],
    [
      'a Word file',
      () =>
        docx(
          `${p('The ferry leaves at nine.')}<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"><a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData><pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:blipFill><a:blip r:link="pic"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`,
          {
            'word/_rels/document.xml.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="pic" Type="${office}/image" Target="${at}/picture" TargetMode="External"/><Relationship Id="t" Type="${office}/attachedTemplate" Target="${at}/template" TargetMode="External"/></Relationships>`,
          },
          `<!DOCTYPE w SYSTEM "${at}/dtd" [<!ENTITY e SYSTEM "${at}/entity">]>`,
        ),
    ],
    [
      'a PDF',
      () =>
        rawPdf([
          `<</Type/Catalog/Pages 2 0 R/OpenAction<</S/URI/URI(${at}/open)>>/AA<</WC<</S/JavaScript/JS(app.launchURL\\("${at}/js"\\))>>>>>>`,
          '<</Type/Pages/Kids[3 0 R]/Count 1>>',
          `<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents[4 0 R 6 0 R]/Resources<</Font<</F 5 0 R>>>>/AA<</O<</S/SubmitForm/F(${at}/submit)>>>>>>`,
          '<</Length 59>>stream\nBT /F 11 Tf 70 700 Td (The ferry leaves at nine.) Tj ET    \nendstream',
          '<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>',
          `<</Length 0/F<</FS/URL/F(${at}/external)>>>>stream\n\nendstream`,
        ]),
    ],
  ])('%s', async (_, make) => {
    asked.length = 0
    const document = await read(make())
    expect(outline(document)).toEqual([[expect.any(String), 'The ferry leaves at nine.']])
    expect(asked).toEqual([])
  })
})
