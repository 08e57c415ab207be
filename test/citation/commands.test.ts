import { describe, expect, test } from 'vitest'
import checkQuotations from '../../commands/check-quotations.ts'
import citeCommand from '../../commands/cite.ts'
import compare from '../../commands/compare.ts'
import findSources from '../../commands/find-sources.ts'
import passageCommand from '../../commands/passage.ts'
import verifyQuoteCommand from '../../commands/verify-quote.ts'
import { parseActionId } from '../../src/commands/action-id.ts'
import type { Outcome } from '../../src/commands/command.ts'
import type { Line, Reply } from '../../src/reply/reply.ts'
import { contextOf, corrected, library, pressOf } from '../reply/reading.ts'

async function replyOf(outcome: Outcome | Promise<Outcome>): Promise<Reply> {
  const given = await outcome
  if ('kind' in given) throw new Error('a form')
  return given
}

const plain = (line: Line): string =>
  typeof line === 'string'
    ? line
    : line
        .map((span) => (typeof span === 'string' ? span : 'text' in span ? span.text : ''))
        .join('')

function textOf(reply: Reply): string {
  return reply.blocks
    .map((block) =>
      block.kind === 'list'
        ? block.items.map(plain).join('\n')
        : 'text' in block
          ? plain(block.text)
          : '',
    )
    .join('\n')
}

function buttonLabels({ blocks }: Reply): readonly string[] {
  return blocks.flatMap((block) => ('button' in block && block.button ? [block.button.label] : []))
}

const context = contextOf()
const verify = (quote: string, more: { article?: string; private?: boolean } = {}) =>
  replyOf(
    verifyQuoteCommand.run({
      ...context,
      options: { quote, article: undefined, private: undefined, ...more },
    }),
  )

describe('/cite', () => {
  test('cites a paragraph in APA unless told otherwise, to the asking member alone', async () => {
    const options = { passage: 'tea:3', style: undefined }
    const reply = await replyOf(citeCommand.run({ ...context, options }))
    expect(reply.private).toBe(true)
    expect(textOf(reply)).toContain('(1901)')
    expect(textOf(reply)).toContain('para. 3')
  })

  test('the menu under it cites the same words in another style', async () => {
    const reply = await replyOf(
      citeCommand.run({ ...context, options: { passage: 'tea:3', style: undefined } }),
    )
    const action = parseActionId(reply.selects?.[0]?.id ?? '')
    expect(action).toMatchObject({ command: 'cite', action: 'as' })
    const press = pressOf(action?.args ?? [], { values: ['bibtex'] })
    const bibtex = await replyOf(citeCommand.actions?.as?.(press) as Outcome)
    expect(textOf(bibtex)).toContain('@')
    const stale = pressOf(action?.args ?? [], { values: ['bibtex'], library: corrected })
    expect(() => citeCommand.actions?.as?.(stale)).toThrow(/changed/)
  })

  test('finds paragraphs by their words', async () => {
    const choices = await citeCommand.autocomplete?.passage?.('bamboo mats', {
      ...context,
      options: {},
    })
    expect(choices?.[0]?.value).toBe('tea:2')
    expect(choices?.every(({ name }) => name.length <= 100)).toBe(true)
  })
})

describe('/passage', () => {
  const show = (id: string, from = library) =>
    replyOf(passageCommand.run({ ...contextOf({ library: from }), options: { id } }))

  test('shows a paragraph by its id', async () => {
    expect(textOf(await show('tea:3'))).toBe(
      'The kettle must not boil. A pot of green tea is ruined by boiling water.',
    )
  })

  test('says that the text has changed since, and shows what it is now', async () => {
    const hash = library.passages.get('tea:3')?.hash
    expect(textOf(await show(`tea:3@${hash}`))).not.toContain('changed')
    const text = textOf(await show(`tea:3@${hash}`, corrected))
    expect(text).toContain('The text has changed since it was cited.')
    expect(text).toContain('The kettle may boil.')
  })

  test('says what to do where there is no such id', () => {
    expect(() => passageCommand.run({ ...context, options: { id: 'tea:99' } })).toThrow(/choose it/)
  })
})

describe('/verify-quote', () => {
  test('says of a quotation whether it stands there', async () => {
    expect(textOf(await verify('“The kettle must not boil”'))).toContain('Exact.')
    const altered = textOf(await verify('The kettle must boil. A pot of green tea is ruined'))
    expect(altered).toContain('Altered.')
    expect(altered).toContain('The source has the negation “not”')
    expect(textOf(await verify('Nothing of this kind stands there'))).toContain('Not found.')
  })

  test('opens a form without a quotation, which is checked when it is sent', async () => {
    const form = verifyQuoteCommand.run({
      ...context,
      options: { quote: undefined, article: 'tea', private: true },
    }) as Extract<Outcome, { kind: 'form' }>
    expect(form.fields[0]?.input).toMatchObject({ kind: 'paragraph', maxLength: 4000 })
    const press = pressOf(parseActionId(form.id)?.args ?? [], {
      fields: { quote: 'The kettle must not boil' },
    })
    const reply = await replyOf(verifyQuoteCommand.actions?.check?.(press) as Outcome)
    expect(textOf(reply)).toContain('Exact.')
    expect(reply.private).toBe(true)
  })

  test('offers to share a verdict only where nobody else has seen it', async () => {
    const labels = async (isPrivate: boolean) =>
      buttonLabels(await verify('“The kettle must not boil”', { private: isPrivate }))
    expect(await labels(true)).toEqual(['Share with the channel'])
    expect(await labels(false)).toEqual(['Context'])
  })

  test('refuses what has no words', () => {
    expect(() =>
      verifyQuoteCommand.run({
        ...context,
        options: { quote: '“…”', article: undefined, private: undefined },
      }),
    ).toThrow(/no words/)
  })
})

describe('Check quotations', () => {
  test('checks each quotation of a message, and shares one as long as the source is the same', async () => {
    const message = 'He said “The kettle must not boil” and “the kettle sang at noon every day”.'
    const reply = await replyOf(checkQuotations.run({ ...context, message }))
    expect(reply.private).toBe(true)
    expect(textOf(reply)).toMatch(/Exact\.[\s\S]*Not found\./)
    const excerpt = reply.blocks.find((block) => block.kind === 'excerpt')
    const button = excerpt?.button
    if (!button || !('id' in button)) throw new Error('no share button')
    const args = parseActionId(button.id)?.args ?? []
    const shared = await replyOf(verifyQuoteCommand.actions?.share?.(pressOf(args)) as Outcome)
    expect(shared.private).toBeFalsy()
    expect(textOf(shared)).toContain('The kettle must not boil.')
    const stale = pressOf(args, { library: corrected })
    expect(() => verifyQuoteCommand.actions?.share?.(stale)).toThrow(/changed/)
  })

  test('names each button for the quotation that it shares', async () => {
    const message = '“The kettle must not boil”, and “ruined by boiling water”.'
    const reply = await replyOf(checkQuotations.run({ ...context, message }))
    expect(textOf(reply)).toContain('Quotation 2: “ruined by boiling water”')
    expect(buttonLabels(reply)).toEqual(['Share quotation 1', 'Share quotation 2'])
  })

  test('says so where nothing is quoted', async () => {
    const reply = await replyOf(checkQuotations.run({ ...context, message: 'I like tea' }))
    expect(textOf(reply)).toContain('no words in quotation marks')
  })
})

describe('Find sources', () => {
  test('shows privately what the readings say on a message, with a button to share it', async () => {
    const message = 'I always thought that boiling water ruins green tea'
    const reply = await replyOf(findSources.run({ ...context, message }))
    expect(reply.private).toBe(true)
    expect(textOf(reply)).toContain('ruined by boiling water')
    expect(reply.buttons?.map(({ label }) => label)).toContain('Share with the channel')
  })

  test('refuses a message without words', () => {
    expect(() => findSources.run({ ...context, message: '<@123> https://example.org' })).toThrow(
      /no words/,
    )
  })
})

describe('/compare', () => {
  test('shows what each article says, and names those that say nothing', async () => {
    const question = 'What ruins green tea?'
    const reply = await replyOf(compare.run({ ...context, options: { question } }))
    expect(textOf(reply)).toContain('ruined by boiling water')
    const nothing = await replyOf(
      compare.run({ ...context, options: { question: 'Who built the railway to Samarkand?' } }),
    )
    expect(textOf(nothing)).toContain('None of the articles answers this')
    expect(nothing.blocks.some(({ kind }) => kind === 'excerpt')).toBe(false)
  })
})
