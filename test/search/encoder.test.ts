import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encode, fold } from '../../src/search/encoder.ts'

const keys = (text: string) =>
  encode(text)
    .filter(({ stop }) => !stop)
    .map(({ key }) => key)

describe('words that are one word to a reader have one key', () => {
  test.each([
    ['talks', 'talk'],
    ['collapsed', 'collapsing'],
    ['won', 'winning'],
    ['feet', 'foot'],
    ['Céloron', 'celoron'],
    ['1,000', '1000'],
    ['U.S.', 'US'],
    ["Warsaw's", 'Warsaw'],
    ['Warsaw’s', 'Warsaw'],
    ['ﬁre', 'fire'],
    ['ＡＢＣ', 'abc'],
    ['Yong-chol', 'Yong Chol'],
    ['because', 'cuz'],
    ["didn't", 'didnt'],
  ])('%s and %s', (one, other) => {
    expect(keys(one)).toEqual(keys(other))
  })
})

describe('words that a stemmer must not confuse keep their own keys', () => {
  test.each([
    ['nation', 'native'],
    ['1972', '197'],
    ['3.5', '35'],
    ['before', 'after'],
    ['Hanoi', 'Hanover'],
  ])('%s and %s', (one, other) => {
    expect(keys(one)).not.toEqual(keys(other))
  })
})

test('negation, order and the United States are looked for; the smallest words are not', () => {
  expect(keys('What did the US not do before and after the war?')).toEqual(
    ['us', 'not', 'before', 'after', 'war'].map((word) => keys(word)[0]),
  )
  expect(keys("They don't")).toContain('not')
})

test('a question as typed in a chat asks for the same; a letter in capitals stays one', () => {
  expect(keys('whats that about')).toEqual(keys("what's that about"))
  expect(keys('who are u')).toEqual(keys('who are you'))
  expect(keys('the U boat')).not.toEqual(keys('the you boat'))
})

test('scripts without blanks are read as pairs of characters', () => {
  expect(keys('東京都')).toEqual(['東京', '京都'])
  expect(keys('東')).toEqual(['東'])
  expect(keys('NHK東京の放送')).toEqual(['nhk', '東京', '京の', 'の放', '放送'])
  expect(keys('東京NHK')).toEqual(['東京', 'nhk'])
})

test('each word knows where it stands, in any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      let last = 0
      for (const { start, end, key } of encode(text)) {
        expect(start).toBeGreaterThanOrEqual(last)
        expect(end).toBeGreaterThan(start)
        expect(end).toBeLessThanOrEqual(text.length)
        expect(key).not.toBe('')
        last = start
      }
    }),
  )
})

test('folding twice changes nothing more', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => fold(fold(text)) === fold(text)))
})
