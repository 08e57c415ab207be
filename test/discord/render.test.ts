// The package ships these schemas without types.
// @ts-expect-error
import { IncomingWebhookInteractionRequestSchema } from 'discord-api-spec/zod'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { closers, escaped, oneLine, quotation } from '../../src/discord/markdown.ts'
import { type Message, render, titleIn } from '../../src/discord/render.ts'
import type { Block, Reply } from '../../src/reply/reply.ts'
import { anyReply, range, text } from './arbitrary-reply.ts'
import { readBack } from './read-back.ts'

type Part = {
  readonly type: number
  readonly content?: string
  readonly custom_id?: string
  readonly label?: string
  readonly components?: readonly Part[]
  readonly accessory?: Part
}

function partsOf(message: Message): readonly Part[] {
  const below = (part: Part): Part[] => [
    part,
    ...(part.components ?? []).flatMap(below),
    ...(part.accessory ? below(part.accessory) : []),
  ]
  return (message.components as readonly Part[]).flatMap(below)
}

function textsOf(message: Message): readonly string[] {
  return partsOf(message).flatMap((part) => (part.content === undefined ? [] : [part.content]))
}

function labelsOf(message: Message): readonly string[] {
  return partsOf(message).flatMap((part) => (part.label === undefined ? [] : [part.label]))
}

const citation = {
  label: 'After Hanoi › What happened › ¶4',
  passageId: 'after-hanoi:4',
  hash: 'x',
}

function excerpt(quoted: string, more: Partial<Extract<Block, { kind: 'excerpt' }>> = {}): Block {
  return { kind: 'excerpt', text: quoted, marks: [], citation, ...more }
}

function shown(reply: Reply): string {
  return textsOf(render(reply).message).join('\n')
}

describe('any reply, however long, in any script', () => {
  test('makes a message that Discord accepts', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(anyReply, (reply) => {
        const { message } = render(reply, new Map([['ask', '123456789012345678']]))
        const checked = IncomingWebhookInteractionRequestSchema.safeParse(message)
        expect(checked.error?.issues).toBeUndefined()
        const parts = partsOf(message)
        const texts = textsOf(message)
        expect(parts.length).toBeLessThanOrEqual(40)
        expect(texts.join('').length).toBeLessThanOrEqual(4_000)
        expect(texts.reduce((sum, one) => sum + Buffer.byteLength(one) + 12, 0)).toBeLessThan(
          10_170,
        )
        expect(texts.every((one) => one.trim().length > 0)).toBe(true)
        const ids = parts.flatMap((part) => part.custom_id ?? [])
        expect(new Set(ids).size).toBe(ids.length)
        expect(message.allowed_mentions).toEqual({ parse: [] })
        const rows = parts.filter((part) => part.type === 1)
        expect(rows.every((row) => (row.components?.length ?? 0) >= 1)).toBe(true)
        expect(rows.every((row) => (row.components?.length ?? 0) <= 5)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

describe('a quotation', () => {
  test('shows the very characters of the source, whatever they are', () => {
    fc.assert(
      fc.property(text, (source) => {
        const quoted = source
          .slice(0, 1_500)
          .replace(/\p{Cs}/gu, '')
          .replace(/^\n+|\s+$/g, '')
        fc.pre(quoted.length > 0 && !/\n\s*\n/.test(quoted))
        expect(readBack(quotation(quoted, [])).text.trimEnd()).toBe(quoted + closers(quoted))
      }),
      { numRuns: 500 },
    )
  })

  test('shows the very characters with words in bold too', () => {
    fc.assert(
      fc.property(text, fc.array(range(300), { maxLength: 5 }), (source, marks) => {
        const quoted = source
          .slice(0, 300)
          .replace(/\p{Cs}/gu, '')
          .replace(/\s+/g, ' ')
          .trim()
        fc.pre(quoted.length > 0)
        expect(readBack(quotation(quoted, marks)).text).toBe(quoted + closers(quoted))
      }),
      { numRuns: 500 },
    )
  })

  test('has the marked words in bold, and no others', () => {
    const source = 'Kim offered to close *Yongbyon*, no more.'
    const marks = [
      { start: 4, end: 11 },
      { start: 21, end: 31 },
    ]
    expect(readBack(quotation(source, marks))).toEqual({
      text: source,
      bold: ['offered', '*Yongbyon*'],
    })
  })

  test('joins bold words that touch', () => {
    const marks = [
      { start: 0, end: 3 },
      { start: 3, end: 6 },
    ]
    expect(quotation('abcdef', marks)).toBe('> **abcdef**')
  })

  test('keeps each of its lines inside the quotation', () => {
    expect(quotation('one\ntwo', [])).toBe('> one\n> two')
  })

  test('does not let a right-to-left override turn the citation', () => {
    expect(quotation('abc\u202Edef', [])).toBe('> abc\u202Edef\u202C')
  })

  test.each([
    '@everyone and <@123456789012345678>',
    '# not a heading',
    '-# not small print',
    '- not a list',
    '  + not a list',
    '1972. Not a list.',
    'https://example.org/x',
    '[not a link](https://example.org)',
    '||not hidden||',
    '<t:1234567890:R> is no time',
    ':smile: is no picture',
    '```not code```',
    '> not a quotation',
  ])('is not read as Markdown: %s', (source) => {
    expect(readBack(escaped(source)).text).toBe(source)
  })
})

describe('a message with little room', () => {
  const sentence =
    'Kim Jong Un offered to close Yongbyon in exchange for relief from the sanctions. '
  const long = sentence.repeat(80).trim()
  const sentences = Array.from({ length: 80 }, (_, index) => ({
    start: index * sentence.length,
    end: Math.min((index + 1) * sentence.length - 1, long.length),
  }))

  test('cuts a long excerpt at the end of a sentence, the ellipsis outside the quotation', () => {
    const [line, small] = shown({ blocks: [excerpt(long, { sentences })] }).split('\n')
    const quoted = readBack(line ?? '').text
    expect(long.startsWith(quoted)).toBe(true)
    expect(quoted.endsWith('sanctions.')).toBe(true)
    expect(quoted.length).toBeGreaterThan(2_500)
    expect(small).toMatch(/^-# … After Hanoi/)
  })

  test('cuts a single endless sentence between words', () => {
    const endless = 'word '.repeat(2_000).trim()
    const [line, small] = shown({ blocks: [excerpt(endless)] }).split('\n')
    const quoted = readBack(line ?? '').text
    expect(endless.startsWith(quoted)).toBe(true)
    expect(quoted.endsWith('word')).toBe(true)
    expect(small).toMatch(/^-# … /)
  })

  test('never cuts inside a character', () => {
    const astronauts = '🧑‍🚀'.repeat(1_500)
    const [line] = shown({ blocks: [excerpt(astronauts)] }).split('\n')
    const quoted = readBack(line ?? '').text
    expect(quoted.length % '🧑‍🚀'.length).toBe(0)
  })

  test('shows fewer excerpts, whole ones, and the button that goes on', () => {
    const blocks = ['a', 'b', 'c'].map((letter) =>
      excerpt(letter.repeat(1_700), {
        more: { label: `More from ${letter}`, id: `ask|${letter}` },
      }),
    )
    const { message } = render({ title: 'Why?', blocks, more: { label: 'More', id: 'ask|end' } })
    const all = textsOf(message).join('\n')
    expect(all).toContain('b'.repeat(1_700))
    expect(all).not.toContain('ccc')
    expect(labelsOf(message)).toEqual(['More from c'])
  })

  test('says so where there is no button to go on', () => {
    const blocks = ['a', 'b', 'c'].map((letter) => excerpt(letter.repeat(1_700)))
    expect(shown({ blocks })).toContain('There was no room for the rest.')
  })

  test('shortens a title visibly', () => {
    const title = 'why '.repeat(200)
    expect(titleIn(render({ title, blocks: [] }).message.components)).toMatch(/why…$/)
  })
})

describe('a message', () => {
  test('begins with its title, and the title can be read back from it', () => {
    const title = 'Did *Kim* say "#1: never"? <@123456789012345678>'
    const { message } = render({ title, blocks: [excerpt('Yes.')] })
    expect(titleIn(message.components)).toBe(title)
  })

  test('gives any title back as it is shown, in one line', () => {
    fc.assert(
      fc.property(text, (given) => {
        const title = oneLine(given.slice(0, 300))
        expect(titleIn(render({ title: given.slice(0, 300), blocks: [] }).message.components)).toBe(
          title,
        )
      }),
    )
  })

  test('without a title gives none back', () => {
    expect(titleIn(render({ blocks: [excerpt('### Yes.')] }).message.components)).toBe('')
  })

  test('puts the citation under the quotation, in small print, as a link where there is one', () => {
    const url = 'https://example.org/after#:~:text=Kim%20offered'
    expect(shown({ blocks: [excerpt('Kim offered.', { citation: { ...citation, url } })] })).toBe(
      `> Kim offered.\n-# [After Hanoi › What happened › ¶4](<${url}>)`,
    )
  })

  test('does not hide an address under a label that looks like another', () => {
    const shownCitation = { ...citation, label: 'bank.example.com', url: 'https://example.org/' }
    expect(shown({ blocks: [excerpt('Kim.', { citation: shownCitation })] })).toContain(
      'bank.example.com · [source](<https://example.org/>)',
    )
  })

  test('shows no link that is not http', () => {
    const shownCitation = { ...citation, url: 'javascript:alert(1)' }
    expect(shown({ blocks: [excerpt('Kim.', { citation: shownCitation })] })).not.toContain('](')
  })

  test('mentions commands that are registered, and names the others', () => {
    const line = [{ command: 'ask' }, ' or ', { command: 'read' }]
    const { message } = render(
      { blocks: [{ kind: 'text', text: line }] },
      new Map([['ask', '123456789012345678']]),
    )
    expect(textsOf(message)).toEqual(['</ask:123456789012345678> or **/read**'])
  })

  test('keeps code as it is, also when it holds backticks', () => {
    expect(shown({ blocks: [{ kind: 'code', text: '@book{a_b}', language: 'bibtex' }] })).toBe(
      '```bibtex\n@book{a_b}\n```',
    )
    expect(readBack(shown({ blocks: [{ kind: 'code', text: 'a ``` b' }] })).text).toBe('a ``` b')
  })

  test('is seen by the member alone if it is private', () => {
    expect(render({ blocks: [], private: true }).message.flags).toBe(32768 | 64)
    expect(render({ blocks: [] }).message.flags).toBe(32768)
  })

  test('carries a file with a name that Discord takes', () => {
    const { message, files } = render({
      blocks: [],
      file: { name: 'my notes/1.bib', content: '@book{}' },
    })
    expect(files).toEqual([{ name: 'my_notes_1.bib', data: '@book{}' }])
    expect(message.attachments).toEqual([{ id: '0', filename: 'my_notes_1.bib' }])
  })
})
