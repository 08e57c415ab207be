import { describe, expect, test } from 'vitest'
import {
  answerReply,
  contextReply,
  excerptsReply,
  wholePassage,
} from '../../src/reply/answer-reply.ts'
import { library } from './reading.ts'

const links = {
  more: (offset: number) => `ask|more||${offset}`,
  share: (offset: number, hash: string) => `ask|share||${offset}|${hash}`,
}

function passage(id: string) {
  const found = library.passages.get(id)
  if (!found) throw new Error(`no ${id}`)
  return found
}

const excerpts = ['tea:1', 'tea:2', 'tea:3', 'tea:4', 'tea:5'].map((id) =>
  wholePassage(passage(id)),
)

describe('an answer', () => {
  test('is the question, then excerpts, each with its citation and its context', () => {
    const marks = [{ start: 11, end: 17 }]
    const second = passage('tea:2')
    const { text } = second
    const start = second.sentences[1]?.start ?? 0
    const end = second.sentences[1]?.end ?? 0
    const reply = excerptsReply(library, 'How?', [{ passage: second, start, end, marks: [] }], {
      links,
    })
    expect(reply.title).toBe('How?')
    expect(reply.blocks).toMatchObject([
      {
        kind: 'excerpt',
        text: text.slice(start, end),
        citation: { passageId: 'tea:2', hash: second.hash },
        button: { label: 'Context', id: `ask|context|tea:2|${second.hash}|${start}|${end}` },
      },
    ])
    const marked = excerptsReply(library, 'How?', [{ ...wholePassage(second), marks }], { links })
    expect(marked.blocks[0]).toMatchObject({ marks })
  })

  test('counts the marks of an excerpt from its own beginning', () => {
    const third = passage('tea:3')
    const start = third.sentences[1]?.start ?? 0
    const word = third.text.indexOf('water')
    const { blocks } = excerptsReply(
      library,
      'How?',
      [{ passage: third, start, end: third.text.length, marks: [{ start: word, end: word + 5 }] }],
      { links },
    )
    const [block] = blocks
    if (block?.kind !== 'excerpt') throw new Error('no excerpt')
    expect(block.marks.map(({ start, end }) => block.text.slice(start, end))).toEqual(['water'])
    expect(block.sentences?.map(({ start, end }) => block.text.slice(start, end))).toEqual([
      'A pot of green tea is ruined by boiling water.',
    ])
  })

  test('shows three excerpts and offers the others', () => {
    const reply = excerptsReply(library, 'How?', excerpts, { links })
    expect(reply.blocks).toHaveLength(3)
    expect(reply.more).toEqual({ label: 'More excerpts', id: 'ask|more||3' })
    const rest = excerptsReply(library, 'How?', excerpts, { links, offset: 3 })
    expect(rest.blocks).toHaveLength(2)
    expect(rest.more).toBeUndefined()
  })

  test('offers to cite its first excerpt', () => {
    const reply = excerptsReply(library, 'How?', excerpts, { links })
    expect(reply.selects).toHaveLength(1)
    expect(reply.selects?.[0]?.id).toContain(`|tea:1|${passage('tea:1').hash}|`)
  })

  test('can be shared if it is private, and only then', () => {
    const share = { label: 'Share with the channel', id: `ask|share||0|${passage('tea:1').hash}` }
    expect(excerptsReply(library, 'How?', excerpts, { links, private: true }).buttons).toEqual([
      share,
    ])
    expect(excerptsReply(library, 'How?', excerpts, { links }).buttons).toBeUndefined()
  })
})

describe('a refusal', () => {
  const reply = answerReply(
    library,
    {
      kind: 'refusal',
      question: 'Who won the cup?',
      confidence: 0,
      nearest: [
        { articleId: 'tea', heading: 'Who drinks it' },
        { articleId: 'tea', heading: 'gone' },
      ],
    },
    { links },
  )

  test('quotes nothing and says so', () => {
    expect(reply.blocks.every(({ kind }) => kind === 'text')).toBe(true)
    expect(reply.blocks[0]).toMatchObject({ text: expect.stringContaining('do not answer') })
  })

  test('names the nearest sections as buttons that open them', () => {
    expect(reply.buttons).toEqual([
      { label: 'Who drinks it', id: `read|open|tea:4|${passage('tea:4').hash}` },
    ])
  })
})

describe('the context of an excerpt', () => {
  test('is its paragraph between its neighbours, the excerpt alone in bold', () => {
    const third = passage('tea:3')
    const end = third.sentences[0]?.end ?? 0
    const reply = contextReply(library, { passage: third, start: 0, end, marks: [] })
    expect(reply.private).toBe(true)
    expect(reply.blocks).toMatchObject([
      { text: passage('tea:2').text, marks: [] },
      { text: third.text, marks: [{ start: 0, end }] },
      { text: passage('tea:4').text, marks: [] },
    ])
  })

  test('at the beginning of an article has nothing before it', () => {
    const reply = contextReply(library, wholePassage(passage('tea:1')))
    expect(reply.blocks.map((block) => 'text' in block && block.text)).toEqual([
      passage('tea:1').text,
      passage('tea:2').text,
    ])
  })
})
