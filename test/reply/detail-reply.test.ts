import { describe, expect, test } from 'vitest'
import { askedOfDetails } from '../../src/commands/answering.ts'
import { articleFrom } from '../../src/knowledge/passage.ts'
import { detailReply } from '../../src/reply/detail-reply.ts'
import { openLibrary } from '../../src/search/library.ts'

const rivers = articleFrom({
  id: 'rivers',
  title: 'Rivers',
  authors: [{ family: 'Park', given: 'Ines' }, { literal: 'River Office' }],
  published: '2019-06',
  url: 'https://example.org/rivers',
  note: 'Shortened for the group.',
  sections: [{ paragraphs: ['The Danube rises in the Black Forest.'] }],
})
const lakes = articleFrom({
  id: 'lakes',
  title: 'Lakes',
  sections: [{ paragraphs: ['Lakes are still.'] }],
})
const library = openLibrary({ articles: [rivers, lakes], synonyms: [] })

function texts(reply: ReturnType<typeof detailReply> | undefined) {
  return reply?.blocks.map((block) => ('text' in block ? block.text : undefined))
}

describe('a reply from the details of an article', () => {
  test('names the authors in a sentence of its own, with the note, and quotes nothing', () => {
    const reply = detailReply('who wrote this?', 'author', [rivers], false)
    expect(texts(reply)).toEqual(['“Rivers” is by Ines Park and River Office.', rivers.note])
    expect(reply.blocks.every(({ kind }) => kind === 'text')).toBe(true)
    expect(reply.notes?.join(' ')).toContain('not a quotation')
    expect(reply.refused).toBeUndefined()
  })

  test('gives the date as far as it is known', () => {
    const reply = detailReply('when was this written?', 'date', [rivers], false)
    expect(texts(reply)?.[0]).toBe('“Rivers” is dated June 2019.')
  })

  test('says what is not stated, as a refusal', () => {
    const reply = detailReply('who published this?', 'publisher', [rivers], false)
    expect(texts(reply)?.[0]).toBe('The details of “Rivers” do not state its publisher.')
    expect(reply.refused).toBe(true)
  })

  test('tells of each article, of the one asked alone, or of the one named', () => {
    expect(texts(askedOfDetails(library, 'who wrote this?', undefined, false))).toEqual([
      '“Rivers” is by Ines Park and River Office.',
      rivers.note,
      'The details of “Lakes” do not state its author.',
    ])
    expect(texts(askedOfDetails(library, 'who wrote this?', 'lakes', false))).toHaveLength(1)
    expect(texts(askedOfDetails(library, 'who wrote Lakes?', undefined, false))).toHaveLength(1)
  })

  test('leaves questions on what the text says to the search', () => {
    expect(askedOfDetails(library, 'Where does the Danube rise?', undefined, false)).toBeUndefined()
  })
})
