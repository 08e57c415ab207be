import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sentencesOf } from '../../src/knowledge/sentences.ts'

/** Each case is written as its sentences; joined by spaces they must come apart again. */
const cases: Record<string, string[]> = {
  'titles before names': [
    'Mr. Ames met Mrs. Doyle and Dr. Okoro.',
    'Gen. Park and Sen. Hale came later.',
    'St. Ives was empty.',
  ],
  'countries in mid-sentence': [
    'The U.S. Senate and the U.K. Parliament agreed.',
    'The D.P.R.K. Foreign Ministry did not.',
  ],
  'countries at the end': ['They flew back to the U.S.', 'The talks went on without them.'],
  initials: ['J. K. Rowling and W.E.B. Du Bois never met.', 'J.R.R. Tolkien did.'],
  'a single letter at the end': [
    'There was no plan B.',
    'The ship left.',
    'So did I.',
    'Rain fell.',
  ],
  decimals: ['It rose by 3.5 percent.', 'Version 2.0.1 of the treaty cost $1.25 million.'],
  'numbers after abbreviations': [
    'See No. 5 and vol. 2, pp. 10–12, of the series.',
    'On Jan. 5 the ice broke.',
    'It closed again in Jan.',
    'Few had seen it.',
  ],
  'a plain no': ['The answer was no.', 'I went home.'],
  'Latin abbreviations': [
    'Some ports, e.g. Bergen, i.e. the old ones, stayed open (cf. Holm).',
    'Ropes, sails, etc. were sold.',
    'Ropes, sails, etc.',
    'The rest was given away.',
  ],
  companies: [
    'Holm & Co. Shipping joined Acme Inc. in May.',
    'It left Acme Inc.',
    'They were poor.',
  ],
  hours: ['The tide turned at 5 a.m. on Monday.', 'It fell until 11 p.m.', 'Then it rested.'],
  'a year at the end': ['This happened in 2017.', 'Nobody had foreseen it.'],
  'a number at the beginning': [
    'It was counted again in 2017.',
    '16 people had come by ship.',
    'Most of them stayed.',
    '300 left (in May).',
    '2018 was quiet, see Nos. 4 and 5 (approx. 20 pages).',
  ],
  'ellipses that hang on a word': ['He waited... and waited...', 'Then he left…', 'Nobody came.'],
  'ellipses that stand free': ['The treaty ... Norway had signed it … was void.', 'All knew.'],
  'quotations at the end': ['“We are done,” he said.', '“Go.”', 'Then the door closed.'],
  'straight quotation marks': ['She said "Stay."', 'He did not.', "'Why?'", 'Nobody knew.'],
  'questions inside a sentence': ['“Why now?” she asked.', '“Never!” was the reply.', 'He sat.'],
  'questions and exclamations': ['Who paid?', 'Nobody did!', 'Really?!', 'Yes.'],
  brackets: ['It sank (nobody knows why).', '(The crew was saved.)', 'The cargo was not.'],
  'note marks': ['The harbour froze.[3]', 'Ships waited outside.[4][5]', 'Spring came.'],
  'a missing space': ['They signed the deal.He said so at footnote.org and left.', 'We saw it.'],
  'numbered points': ['1. Ask the harbour master.', '2. Listen.'],
  'dots inside names': ['The .NET meeting on example.com was short.', 'Yahoo! was there.'],
}

describe('English sentences survive', () => {
  test.each(Object.entries(cases))('%s', (_, sentences) => {
    const text = sentences.join(' ')
    expect(slices(text)).toEqual(sentences)
  })
})

test.each([
  ['de', ['Am 3. Oktober kam Dr. Meier aus St. Gallen.', 'Er blieb z. B. bis zum 12. November.']],
  ['fr', ['M. Dupont est parti.', '« Où ? »', 'Personne ne sait.']],
  ['es', ['¿Quién pagó?', '¡Nadie!', 'El Sr. Ruiz se fue.']],
  ['ru', ['Он ушёл.', 'Никто не знал.']],
  ['el', ['Έφυγε.', 'Κανείς δεν ήξερε.']],
  ['hi', ['वह चला गया।', 'किसी को पता नहीं था।']],
  ['ar', ['ذهب الرجل.', 'لماذا؟', 'لا أحد يعرف.']],
])('sentences in %s', (language, sentences) => {
  expect(slices(sentences.join(' '), language)).toEqual(sentences)
})

test.each([
  ['ja', ['船が出た。', '「はい。」と彼は言った。', '誰も知らない！']],
  ['zh', ['船开了。', '谁也不知道。', '“走吧。”']],
])('sentences without spaces, in %s', (language, sentences) => {
  expect(slices(sentences.join(''), language)).toEqual(sentences)
})

test('a line break ends a sentence', () => {
  expect(slices('A heading\n\nThe text begins.')).toEqual(['A heading', 'The text begins.'])
})

test('a text of white space has no sentences', () => {
  expect(sentencesOf('')).toEqual([])
  expect(sentencesOf(' \n\t\u00a0')).toEqual([])
})

test('a sentence of many thousand words stays one, and the one after it is found', () => {
  const long = `It ${'went on and '.repeat(3000)}ended.`
  expect(slices(`${long} Then it was over.`)).toEqual([long, 'Then it was over.'])
})

test('many sentences in one text are all found', () => {
  const sentences = Array.from({ length: 3000 }, (_, i) => `Mr. Ames counted ${i} ships here.`)
  expect(slices(sentences.join(' '))).toEqual(sentences)
})

describe('for any text', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    // Single code units, lone surrogates among them.
    fc.array(fc.nat(0xffff), { maxLength: 100 }).map((units) => String.fromCharCode(...units)),
    fc
      .array(
        fc.constantFrom(
          ...[
            'Mr.',
            'U.S.',
            '3.5',
            '…',
            '...',
            '?',
            '!',
            '”',
            '“',
            ')',
            '(',
            '[1]',
            '.',
            ' ',
            '  ',
          ],
          ...[
            '\n',
            '\u2028',
            '\u00a0',
            'word',
            'The',
            'I',
            'J.',
            '。',
            '「',
            '」',
            '\ud83d',
            '\udc4d',
          ],
        ),
        { maxLength: 60 },
      )
      .map((parts) => parts.join('')),
  )
  const languages = fc.constantFrom('en', 'de', 'fr', 'ja', 'th', 'ar', 'pt-BR', 'und')

  test('the sentences and the white space between them rebuild it', () => {
    fc.assert(
      fc.property(anyText, languages, (text, language) => {
        let rebuilt = ''
        let last = 0
        for (const { start, end } of sentencesOf(text, language)) {
          const gap = text.slice(last, start)
          expect(gap.trim()).toBe('')
          const sentence = text.slice(start, end)
          expect(sentence).not.toBe('')
          expect(sentence.trim()).toBe(sentence)
          expect(start).toBeGreaterThanOrEqual(last)
          rebuilt += gap + sentence
          last = end
        }
        expect(text.slice(last).trim()).toBe('')
        expect(rebuilt + text.slice(last)).toBe(text)
      }),
      { numRuns: 2000 },
    )
  })
})

function slices(text: string, language?: string): string[] {
  return sentencesOf(text, language).map(({ start, end }) => text.slice(start, end))
}
