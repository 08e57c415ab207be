import { describe, expect, test } from 'vitest'
import { isOneOf, kin, nounSenses, rarity } from '../../src/search/lexicon.ts'
import { distance } from '../../src/search/spelling.ts'
import { lemmasOf, sensesOf, synsetAt } from '../../src/search/wordnet.ts'

describe('WordNet is read where it lies', () => {
  test.each([
    ['hurry', 'rush'],
    ['vessel', 'ship'],
    ['drill', 'exercise'],
    ['collapse', 'break_down'],
    ['seoul', 'south_korea'],
    ['destroy', 'destruction'],
  ])('%s is kin to %s', (word, other) => {
    expect(kin(word).map(({ lemma }) => lemma)).toContain(other)
  })

  test('the first and the last line of a file are found, and no word that is not there', () => {
    expect(sensesOf('zymurgy', 'noun')).toHaveLength(1)
    expect(sensesOf("'hood", 'noun')).toHaveLength(1)
    expect(sensesOf('qwertzuiop', 'noun')).toEqual([])
    expect(sensesOf('', 'noun')).toEqual([])
  })

  test('inflected words are led back to their lemma', () => {
    expect(lemmasOf('drills', 'noun')).toContain('drill')
    expect(lemmasOf('stopped', 'verb')).toContain('stop')
  })

  test('a synset lists its words', () => {
    const [sense] = sensesOf('hurry', 'noun')
    expect(synsetAt('noun', sense ?? 0).words).toEqual(['hurry', 'haste'])
  })
})

test('Warsaw is a city, and Monday is none', () => {
  expect(isOneOf('warsaw', nounSenses('city'))).toBe(true)
  expect(isOneOf('monday', nounSenses('city'))).toBe(false)
})

test('the rarer word weighs more; one that is not listed weighs most', () => {
  expect(rarity('stalemate')).toBeGreaterThan(rarity('talk'))
  expect(rarity('qwertzuiop')).toBeGreaterThan(rarity('stalemate'))
})

describe('slips of the pen are counted, swapped letters as one', () => {
  test.each([
    ['ligthouse', 'lighthouse', 1],
    ['recieve', 'receive', 1],
    ['cat', 'cart', 1],
    ['same', 'same', 0],
    ['kitten', 'sitting', 3],
  ])('%s, %s: %i', (one, other, slips) => {
    expect(distance(one, other, 3)).toBe(slips)
  })
})
