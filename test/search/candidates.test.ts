import { expect, test } from 'vitest'
import { articleFrom } from '../../src/knowledge/passage.ts'
import { randomFrom } from '../../src/random.ts'
import { openCandidates } from '../../src/search/candidates.ts'
import { buildCorpus } from '../../src/search/corpus.ts'
import { keyOf } from '../../src/search/encoder.ts'

test('in a large library the same passages are found as by adding up the words of every passage', () => {
  // Word n stands in one of 1, 2, 4, … 1,024 passages: the first ones have very long lists.
  const random = randomFrom(7)
  const names = ['stone', 'river', 'ferry', 'lamp', 'bridge', 'mill', 'copper', 'garden']
  const paragraphs = Array.from({ length: 14_000 }, () =>
    ['town', ...names.filter((_, n) => random() < 1 / 2 ** n)].join(' '),
  )
  const corpus = buildCorpus([
    articleFrom({ id: 'text', title: 'A text', sections: [{ paragraphs }] }),
  ])
  const candidates = openCandidates(corpus, 0, paragraphs.length)
  const idOf = (word: string) => corpus.vocabulary.get(keyOf(word)) ?? -1

  for (let question = 0; question < 40; question++) {
    const sought = ['town', ...names]
      .filter(() => random() < 0.6)
      .map((word) => ({ word, weight: Math.ceil(random() * 16) / 2 }))
      .sort((a, b) => b.weight - a.weight)
    const scores = paragraphs.map((text) => {
      const words = text.split(' ')
      return sought.reduce((sum, { word, weight }) => sum + (words.includes(word) ? weight : 0), 0)
    })
    const best = scores
      .map((score, passage) => ({ score, passage }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score || a.passage - b.passage)
      .slice(0, 200)
      .map(({ passage }) => passage)
    const found = candidates.find(sought.map(({ word, weight }) => ({ id: idOf(word), weight })))
    expect([...found].sort((a, b) => a - b)).toEqual(best.sort((a, b) => a - b))
  }
})
