import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { differenceLine } from '../../src/citation/verdict-blocks.ts'
import { type Verdict, verifyQuotations, verifyQuote } from '../../src/citation/verify.ts'
import { articleFrom } from '../../src/knowledge/passage.ts'
import { openLibrary } from '../../src/search/library.ts'

const talks = articleFrom({
  id: 'talks',
  title: 'The talks',
  sections: [
    {
      heading: 'Hanoi',
      paragraphs: [
        'The talks broke down in Hanoi, without a joint statement. Trump said, “We had to walk away — it wasn’t a good deal.” Kim did not agree to end the 2270 sanctions.',
        'In May 2019 the eﬃcient team won 24–10. Nobody expected it; the non-nuclear option was 37.5% better, and a peace treaty seemed likely.',
        'She wrote that “he called it ‘a bad joke’ and left”. The delegation went home by train [note 3].',
      ],
    },
    {
      heading: 'Elsewhere',
      paragraphs: [
        '하노이 회담은 합의 없이 끝났다. 북한은 5월 4일에 미사일을 발사했다.',
        '河内会谈没有达成协议，双方提前离开。',
        'انتهت القمة بلا اتفاق، وغادر الوفدان قبل الموعد. قال: «كان علينا أن نغادر».',
        'השיחות נכשלו בהאנוי — ללא הצהרה משותפת.',
      ],
    },
  ],
})
const tea = articleFrom({
  id: 'tea',
  title: 'Tea',
  sections: [
    { paragraphs: ['The kettle must not boil. A pot of green tea is ruined by boiling water.'] },
  ],
})
const library = openLibrary({ articles: [talks, tea], synonyms: [] })

function verdictOn(quotation: string, article?: string): Verdict {
  const verdicts = verifyQuote(library, quotation, article ? { article } : {})
  if (verdicts.length !== 1 || !verdicts[0]) throw new Error(`${verdicts.length} verdicts`)
  return verdicts[0]
}

/** The words of the source that the verdict marks. */
function marked(verdict: Verdict): string[] {
  return verdict.excerpts.flatMap(({ passage, marks }) =>
    marks.map(({ start, end }) => passage.text.slice(start, end)),
  )
}

describe('word for word', () => {
  test.each([
    ['a sentence', 'The talks broke down in Hanoi, without a joint statement.'],
    ['some words of it', 'broke down in Hanoi'],
    ['one word', 'Hanoi'],
    ['marks around it', '“broke down in Hanoi”'],
    ['the full stop of whoever quotes', '"broke down in Hanoi."'],
    ['straight marks, other dashes', '"We had to walk away -- it wasn\'t a good deal."'],
    ['no-break and double spaces', 'broke\u00a0down  in\nHanoi'],
    ['soft hyphens', 'with\u00adout a joint state\u00adment'],
    ['a ligature in the source', 'the efficient team won 24-10'],
    ['a ligature in the quotation', 'the non-nuclear option was 37.5% better'.replace('fi', 'ﬁ')],
    ['letters made of parts', '하노이 회담은 합의 없이 끝났다'.normalize('NFD')],
    ['two sentences', 'without a joint statement. Trump said'],
    ['two paragraphs', 'agree to end the 2270 sanctions. In May 2019 the efficient team'],
    ['two paragraphs with a line between', 'the 2270 sanctions.\n\nIn May 2019'],
    ['a quotation of a quotation', '“he called it "a bad joke" and left”'],
    ['brackets that the source has', 'went home by train [note 3]'],
    ['Korean, before a particle', '하노이 회담'],
    ['Chinese', '没有达成协议'],
    ['Arabic, from right to left', 'انتهت القمة بلا اتفاق'],
    ['Arabic with marks of direction', '\u200fكان علينا أن نغادر\u200f'],
    ['Hebrew', 'השיחות נכשלו בהאנוי - ללא הצהרה משותפת'],
  ])('%s', (_what, quotation) => {
    expect(verdictOn(quotation).kind).toBe('exact')
  })

  test('marks the very words, and shows whole sentences', () => {
    const verdict = verdictOn('broke down in Hanoi')
    expect(marked(verdict)).toEqual(['broke down in Hanoi'])
    const [excerpt] = verdict.excerpts
    expect(excerpt?.passage.text.slice(excerpt.start, excerpt.end)).toBe(
      'The talks broke down in Hanoi, without a joint statement.',
    )
  })

  test('marks both paragraphs of a quotation that spans them', () => {
    const verdict = verdictOn('the 2270 sanctions. In May 2019')
    expect(marked(verdict)).toEqual(['the 2270 sanctions.', 'In May 2019'])
    expect(verdict.excerpts.map(({ passage }) => passage.id)).toEqual(['talks:1', 'talks:2'])
  })

  test('in another case, which is said', () => {
    const verdict = verdictOn('THE TALKS BROKE DOWN')
    expect(verdict.kind).toBe('exact')
    expect(verdict.remarks).toEqual(['Some letters are in another case than in the source.'])
    expect(verdictOn('The talks broke down').remarks).toEqual([])
  })

  test.each(['[…]', '[...]', '…', '...', '(…)', '. . .'])('with words left out by %s', (mark) => {
    const verdict = verdictOn(`The talks broke down ${mark} without a joint statement`)
    expect(verdict.kind).toBe('exact')
    expect(marked(verdict)).toEqual(['The talks broke down', 'without a joint statement'])
  })

  test('a negation left out is said', () => {
    expect(verdictOn('Kim did […] agree to end the 2270 sanctions').remarks).toEqual([
      'The omission leaves out “not”.',
    ])
  })

  test('with words in brackets for others, which are said', () => {
    const verdict = verdictOn('[T]he talks broke down in [the city], without a joint statement')
    expect(verdict.kind).toBe('exact')
    expect(verdict.remarks).toContain('“[the city]” stands for “Hanoi”.')
  })
})

describe('altered', () => {
  test.each([
    ['dropped', 'Kim did agree to end the 2270 sanctions', 'not', 'drops it'],
    ['added', 'The talks never broke down in Hanoi', 'never', 'adds the negation'],
    ['dropped, in Korean', '하노이 회담은 합의로 끝났다', '없이', 'negation'],
  ])('a negation is %s', (_what, quotation, word, said) => {
    const verdict = verdictOn(quotation)
    expect(verdict.kind).toBe('altered')
    expect(verdict.remarks.join()).toContain(word)
    expect(verdict.remarks.join()).toContain(said)
  })

  test('another number', () => {
    expect(verdictOn('Kim did not agree to end the 2271 sanctions').remarks).toEqual([
      'The number is another: “2270” in the source, “2271” in the quotation.',
    ])
  })

  test('another name', () => {
    expect(verdictOn('The talks broke down in Stockholm, without a joint').remarks).toEqual([
      'The name is another: “Hanoi” in the source, “Stockholm” in the quotation.',
    ])
  })

  test('a word turned round by its beginning', () => {
    expect(verdictOn('a peace treaty seemed unlikely').remarks).toEqual([
      '“likely” has become “unlikely”.',
    ])
  })

  test('the difference, word by word', () => {
    const verdict = verdictOn('The talks fell down in Hanoi, without any joint statement')
    if (verdict.kind !== 'altered') throw new Error(verdict.kind)
    expect(differenceLine(verdict.difference.changes)).toEqual([
      'The talks ',
      { text: 'broke', style: 'strike' },
      ' ',
      { text: 'fell', style: 'bold' },
      ' ',
      'down in Hanoi, without ',
      { text: 'a', style: 'strike' },
      ' ',
      { text: 'any', style: 'bold' },
      ' ',
      'joint statement',
    ])
  })

  test.each([
    ['the word has a prefix', 'nuclear option was 37.5% better'],
    ['the number goes on', 'the non-nuclear option was 37'],
    ['a word is cut', 'The talks broke down in Han'],
    ['a negation in brackets', 'Kim did [now] agree to end the 2270 sanctions'],
    ['a negation put in', 'Kim did not [ever] [not] agree to end the 2270 sanctions'],
  ])('never exact where %s', (_what, quotation) => {
    expect(verdictOn(`«${quotation}»`).kind).not.toBe('exact')
  })
})

describe('from elsewhere, or from nowhere', () => {
  test('exact, but in another article than the one named', () => {
    const verdict = verdictOn('The kettle must not boil', 'talks')
    expect(verdict.kind).toBe('elsewhere')
    expect(verdict.excerpts[0]?.passage.id).toBe('tea:1')
    expect(verdictOn('The kettle must not boil', 'tea').kind).toBe('exact')
  })

  test('nothing like it', () => {
    expect(verdictOn('Coffee was drunk in the old harbour on Sundays')).toMatchObject({
      kind: 'not found',
      excerpts: [],
    })
  })

  test('what comes nearest is shown, without being called a match', () => {
    const verdict = verdictOn(
      'green tea is always best when nobody has ruined it by haste or by water',
    )
    expect(verdict.kind).toBe('not found')
    expect(verdict.excerpts[0]?.passage.id).toBe('tea:1')
  })

  test('4,000 characters of noise', () => {
    const noise = fc.sample(fc.string({ minLength: 4000, maxLength: 4000 }), {
      seed: 7,
      numRuns: 20,
    })
    for (const text of noise) {
      expect(verifyQuote(library, text).every(({ kind }) => kind !== 'altered')).toBe(true)
    }
  })
})

describe('several quotations in one text', () => {
  test('are checked one by one', () => {
    const text =
      'He wrote “broke down in Hanoi”, then "Kim did agree to end the 2270 sanctions" and «so it goes».'
    expect(verifyQuotations(library, text).map(({ quotation, kind }) => [quotation, kind])).toEqual(
      [
        ['broke down in Hanoi', 'exact'],
        ['Kim did agree to end the 2270 sanctions', 'altered'],
        ['so it goes', 'not found'],
      ],
    )
  })

  test.each([
    ['German', '„broke down“', ['broke down']],
    ['French', '« broke down »', ['broke down']],
    ['Japanese', '「没有达成协议」', ['没有达成协议']],
    ['single', "he said 'broke down' and didn't stop", ['broke down']],
    ['a word with an apostrophe', 'don’t, can’t, won’t', []],
    [
      'lines of a block quotation',
      'see:\n> The talks\n> broke down\nok',
      ['The talks\nbroke down'],
    ],
    ['one that is never closed', 'he said “broke down', []],
    [
      'a quotation in a quotation',
      '“he called it ‘a bad joke’ and left”',
      ['he called it ‘a bad joke’ and left'],
    ],
    ['paragraphs opened anew', '“The talks\n\n“broke down”', ['The talks\n\n“broke down']],
  ])('%s', (_what, text, expected) => {
    expect(verifyQuotations(library, text).map(({ quotation }) => quotation)).toEqual(expected)
  })

  test('a text without quotation marks has none', () => {
    expect(verifyQuotations(library, 'The talks broke down in Hanoi')).toEqual([])
  })
})

describe('whatever is done to a quotation', () => {
  const words = 'Kim did not agree to end the 2270 sanctions'.split(' ')
  const edit = fc.oneof(
    fc.record({ at: fc.nat(words.length - 1), put: fc.constant('') }),
    fc.record({
      at: fc.nat(words.length - 1),
      put: fc.oneof(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[0-9]{1,5}$/)),
    }),
  )

  test('it is never called exact once a word is another', () => {
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        const changed = [...words]
        for (const { at, put } of edits) changed[at] = put
        const quotation = changed.filter(Boolean).join(' ')
        const isSlice = words.join(' ').toLowerCase().includes(quotation.toLowerCase())
        fc.pre(quotation !== '' && !isSlice)
        const source = [talks, tea]
          .flatMap(({ sections }) => sections.flatMap(({ passages }) => passages))
          .map(({ text }) => text.toLowerCase())
        fc.pre(!source.some((text) => text.includes(quotation.toLowerCase())))
        expect(verifyQuote(library, quotation).map(({ kind }) => kind)).not.toContain('exact')
      }),
      { numRuns: 1000, seed: 20190228 },
    )
  })

  test('any whole words of a paragraph are exact', () => {
    const paragraph = talks.sections[0]?.passages[0]?.text ?? ''
    const starts = [...paragraph.matchAll(/\S+/g)].map(({ 0: word, index }) => [
      index,
      index + word.length,
    ])
    fc.assert(
      fc.property(fc.nat(starts.length - 1), fc.nat(starts.length - 1), (a, b) => {
        const quotation = paragraph.slice(starts[Math.min(a, b)]?.[0], starts[Math.max(a, b)]?.[1])
        fc.pre(/[\p{L}\p{N}]/u.test(quotation))
        expect(verifyQuote(library, quotation).map(({ kind }) => kind)).toEqual(['exact'])
      }),
      { numRuns: 300, seed: 20190228 },
    )
  })
})
