import { expect, test } from 'vitest'
import { grown, grownPassages } from '../../src/bench/grown-corpus.ts'
import type { Dataset } from '../../src/search/evaluation/dataset.ts'

const subjects = ['harbour', 'glacier', 'violin', 'orchard', 'printer']
const own = subjects.flatMap((doc) =>
  [1, 2, 3].map((nth) => ({
    id: `${doc} ${nth}`,
    doc,
    title: `The ${doc}`,
    text: `The ${doc} was old in 18${nth}4. People of the town said that it was ${doc}like ${nth} times.`,
  })),
)
const set: Dataset = {
  name: 'towns',
  passages: own,
  questions: own.map(({ id, doc }) => ({
    id: `asks for ${id}`,
    text: `How old was the ${doc}?`,
    answers: [],
    judgements: new Map([[id, 1]]),
  })),
  warnings: [],
}

test('a grown set has exactly as many passages, the own ones among them and all questions', () => {
  const large = grown(set, 300)
  expect(large.passages).toHaveLength(300)
  expect(new Set(large.passages.map(({ id }) => id)).size).toBe(300)
  expect(large.passages).toEqual(expect.arrayContaining(own))
  expect(large.questions).toEqual(set.questions)
})

test('no other passage holds a sentence of the set, but all keep its common words', () => {
  const sentences = own.flatMap(({ text }) => text.split(/(?<=\.) /))
  const others = grown(set, 300).passages.filter((passage) => !own.includes(passage))
  for (const { text } of others) {
    for (const sentence of sentences) expect(text).not.toContain(sentence)
    expect(text).toMatch(/was old in|People of the town said that it was/)
  }
})

test('the same count gives the same passages, and a larger one only adds to the others', () => {
  const ids = (count: number) => new Map([...grownPassages(set, count)].map((p) => [p.id, p.text]))
  const small = ids(60)
  expect(ids(60)).toEqual(small)
  const large = ids(500)
  for (const [id, text] of small) expect(large.get(id)).toBe(text)
})

test('of a small count, the first passages and the questions that they answer', () => {
  const small = grown(set, 4)
  expect(small.passages).toEqual(own.slice(0, 4))
  expect(small.questions).toEqual(set.questions.slice(0, 4))
})
