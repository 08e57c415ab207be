import { describe, expect, test } from 'vitest'
import { cite, locator } from '../../src/citation/citation.ts'
import { citeAs } from '../../src/citation/cite-as.ts'
import { type CitationStyle, citationStyles, styledCitation } from '../../src/citation/style.ts'
import { passagesOf } from '../../src/knowledge/article.ts'
import { articleFrom } from '../../src/knowledge/passage.ts'
import { openLibrary } from '../../src/search/library.ts'

const known = articleFrom({
  id: 'known',
  title: 'A short book of tea',
  authors: [{ family: 'Okafor', given: 'Ada' }],
  publisher: 'Valley Press',
  published: '2019-06-14',
  url: 'https://example.org/tea',
  sections: [
    {
      heading: 'Leaves',
      paragraphs: ['Leaves are dried. Then they are rolled. Then they are sold.'],
    },
  ],
})
const unknown = articleFrom({
  id: 'unknown',
  title: 'Notes on tea',
  sections: [{ paragraphs: ['Nobody knows who wrote this.'] }],
})
const library = openLibrary({ articles: [known, unknown], synonyms: [] })

function whole(article: typeof known) {
  const [passage] = passagesOf(article)
  if (!passage) throw new Error('no paragraph')
  return { passage, start: 0, end: passage.text.length }
}

const styled = (article: typeof known, style: CitationStyle) =>
  styledCitation(library, whole(article), style)

describe('the citation line', () => {
  test('names article, section and paragraph', () => {
    const { label, passageId, hash } = cite(library, whole(known))
    expect(label).toBe('A short book of tea › Leaves › ¶1')
    expect(passageId).toBe('known:1')
    expect(hash).toMatch(/^[0-9a-f]{8}$/)
  })

  test('names the sentences of a part of a paragraph', () => {
    const place = whole(known)
    const [first, second] = place.passage.sentences
    if (!first || !second) throw new Error('too few sentences')
    expect(locator({ ...place, end: first.end })).toBe('¶1, sentence 1')
    expect(locator({ ...place, end: second.end })).toBe('¶1, sentences 1–2')
    expect(locator(place)).toBe('¶1')
  })

  test('leaves out the section before the first heading, and the link without an address', () => {
    const citation = cite(library, whole(unknown))
    expect(citation.label).toBe('Notes on tea › ¶1')
    expect(citation.url).toBeUndefined()
  })
})

describe('a citation in a style', () => {
  test.each<[CitationStyle, string, string]>([
    [
      'apa',
      'Okafor, A. (2019, June 14). A short book of tea. Valley Press. https://example.org/tea',
      '(Okafor, 2019, para. 1)',
    ],
    [
      'chicago-author-date',
      'Okafor, Ada. 2019. “A Short Book of Tea.” Valley Press. June 14, 2019. https://example.org/tea.',
      '(Okafor 2019, para. 1)',
    ],
    [
      'chicago-notes',
      'Okafor, Ada. “A Short Book of Tea.” Valley Press, June 14, 2019. https://example.org/tea.',
      'Ada Okafor, “A Short Book of Tea” (Valley Press, June 14, 2019), para. 1, https://example.org/tea.',
    ],
  ])('%s', async (style, entry, inText) => {
    expect(await styled(known, style)).toEqual({ entry, inText })
  })

  test('MLA abbreviates a paragraph in its own way', async () => {
    expect((await styled(known, 'mla')).inText).toBe('(Okafor, par. 1)')
  })

  test.each<[CitationStyle]>([['mla'], ['harvard'], ['ieee']])(
    '%s names author, title, year and paragraph',
    async (style) => {
      const { entry, inText } = await styled(known, style)
      expect(entry).toContain('Okafor')
      expect(entry).toMatch(/a short book of tea/i)
      expect(entry).toContain('2019')
      expect(entry).toContain('https://example.org/tea')
      expect(inText).toMatch(/para?\. 1/i)
    },
  )

  test.each<[CitationStyle, RegExp]>([
    ['apa', /n\.d\./],
    ['chicago-author-date', /n\.d\./],
    ['chicago-notes', /n\.d\./],
    ['harvard', /no date/],
  ])('%s says that there is no date, and invents no author', async (style, noDate) => {
    const { entry, inText } = await styled(unknown, style)
    expect(entry + inText).toMatch(noDate)
    expect(entry).toMatch(/^“?Notes on tea/i)
  })

  test('BibTeX, RIS and CSL-JSON hold the paragraph as a note', async () => {
    expect((await styled(known, 'bibtex')).entry).toContain('note = {para. 1}')
    expect((await styled(known, 'ris')).entry).toMatch(/^N1\s+- para\. 1$/m)
    const [item] = JSON.parse((await styled(known, 'csl-json')).entry)
    expect(item).toMatchObject({
      id: 'known',
      title: 'A short book of tea',
      author: [{ family: 'Okafor', given: 'Ada' }],
      issued: { 'date-parts': [[2019, 6, 14]] },
      note: 'para. 1',
    })
  })

  test('the menu offers every style', () => {
    expect(citeAs(whole(known)).choices.map(({ value }) => value)).toEqual(
      Object.keys(citationStyles),
    )
  })
})
