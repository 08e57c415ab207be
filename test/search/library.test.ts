import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { articleFrom, type ParagraphSource } from '../../src/knowledge/passage.ts'
import { type Library, openLibrary } from '../../src/search/library.ts'

type Paragraph = string | ParagraphSource

/** A library of one article, and the paragraph number that it ranks first. */
const reading = (paragraphs: readonly Paragraph[], synonyms: readonly (readonly string[])[] = []) =>
  openLibrary({
    articles: [
      articleFrom({ id: 'text', title: 'A text', sections: [{ heading: 'Part', paragraphs }] }),
    ],
    synonyms,
  })
const first = (library: Library, question: string) => library.rank(question)[0]?.paragraph

const harbour = [
  'The harbour of Port Velan was dug in 1861. It could take forty ships.',
  'A storm destroyed the old lighthouse in the spring of 1907, and nobody rebuilt it.',
  'Mara Tolen, the first woman to pilot a ferry there, retired because her eyes had grown weak.',
  'Fishing fed most families. The catch was sold at the market in Lower Street every morning.',
  'Today the quay is a park. Children swim where vessels were once repaired.',
]

describe('the paragraph that answers comes first', () => {
  const library = reading(harbour)
  test.each([
    // Two rare words of the question meet in one sentence.
    ['When was the lighthouse destroyed?', 2],
    // "ships" stands in 1, but "repaired" is rarer, and a ship is a vessel.
    ['Where were ships repaired?', 5],
    // Inflection: digging, dug.
    ['Who was digging the harbour?', 1],
    // Derivation: destruction, destroyed.
    ['the destruction of the lighthouse', 2],
    // A slip of the pen in a word that the text does not know.
    ['ligthouse', 2],
    ['Why did the ferry pilot retire?', 3],
    ['How many ships could the harbour take?', 1],
  ])('%s → ¶%i', (question, paragraph) => {
    expect(first(library, question)).toBe(paragraph)
  })
})

test('a rare word of the question counts for more than a common one', () => {
  const library = reading([
    'The council met and the council voted on the road.',
    'The council met the dredger.',
    'The council met again, and the council went home from the council.',
  ])
  expect(first(library, 'council dredger')).toBe(2)
})

test('words side by side count for more than the same words apart', () => {
  const library = reading([
    'White paint covered the house, which a doctor had built near the river.',
    'The White House stood near the river, which a doctor had built over with paint.',
  ])
  expect(first(library, 'the White House')).toBe(2)
})

test('of two sentences that share as much, the one with the kind of thing asked for', () => {
  const library = reading([
    'The bridge was opened with great ceremony by the people of the town.',
    'The bridge was opened with great ceremony in June 1932.',
  ])
  expect(first(library, 'When was the bridge opened?')).toBe(2)
})

test('of two sentences that share as much, the one that advises, where advice is asked for', () => {
  const library = reading([
    'The town and its council closed the old harbour in spring.',
    'The town and its council, the report recommends, open the old harbour in spring.',
  ])
  expect(first(library, 'What should the council do with the harbour?')).toBe(2)
})

test('within an article, its subject named in the question leads to no passage by itself', () => {
  const library = openLibrary({
    articles: [
      articleFrom({
        id: 'warsaw',
        title: 'Warsaw',
        sections: [
          {
            paragraphs: [
              'Warsaw lies on a river that people run along in the evening.',
              'Trams have been electric since the last horse was sold.',
            ],
          },
        ],
      }),
    ],
    synonyms: [],
  })
  expect(first(library, 'Where in Warsaw do the trams run?')).toBe(2)
})

test('a hint in readers’ words leads to its paragraph, and is never shown', () => {
  const hint = 'How do people earn their living nowadays?'
  const library = reading([
    'People earn and people live, nowadays as before, in the old quarter.',
    { text: 'Half of the town works in the glass factory.', hints: [hint] },
    'The church is open on Sundays.',
  ])
  const answer = library.ask(hint)
  expect(answer.kind === 'answer' && answer.excerpts[0]?.passage.paragraph).toBe(2)
  expect(JSON.stringify(answer.kind === 'answer' && shown(answer))).not.toContain('nowadays?')
})

test('words of one group mean the same, phrases too', () => {
  const library = reading(
    [
      'Seoul welcomed the plan with open arms.',
      'Tokyo stayed silent about the plan for weeks.',
      'Nobody asked the island villages.',
    ],
    [['Seoul', 'South Korea']],
  )
  expect(first(library, 'What did South Korea think of the plan?')).toBe(1)
})

describe('what is shown', () => {
  const library = reading(harbour)

  test('whole sentences, with the words that matched inside them', () => {
    const answer = library.ask('How many ships could the harbour take?')
    if (answer.kind !== 'answer') throw new Error('refused')
    for (const { passage, start, end, marks } of answer.excerpts) {
      expect(passage.sentences.map((sentence) => sentence.start)).toContain(start)
      expect(passage.sentences.map((sentence) => sentence.end)).toContain(end)
      for (const mark of marks) {
        expect(mark.start).toBeGreaterThanOrEqual(start)
        expect(mark.end).toBeLessThanOrEqual(end)
      }
    }
    const [best] = answer.excerpts
    const marked = best?.marks.map(({ start, end }) => best.passage.text.slice(start, end))
    expect(marked).toEqual(expect.arrayContaining(['harbour', 'ships', 'take']))
  })

  test('a sentence that leans on the one before brings it along', () => {
    const answer = library.ask('How many ships could it take?')
    expect(answer.kind === 'answer' && shown(answer)[0]).toBe(harbour[0])
  })

  test('no two excerpts say the same, and no more than asked for', () => {
    const twice = reading([
      'The dam burst in May.',
      'The dam burst in May.',
      'The dam was of clay.',
    ])
    const answer = twice.ask('When did the dam burst?', { limit: 2 })
    if (answer.kind !== 'answer') throw new Error('refused')
    expect(new Set(shown(answer)).size).toBe(answer.excerpts.length)
    expect(answer.excerpts.length).toBeLessThanOrEqual(2)
  })

  test('one sentence where one is allowed', () => {
    const answer = library.ask('When was the harbour dug?', { sentences: 1, limit: 1 })
    expect(answer.kind === 'answer' && shown(answer)).toEqual([
      'The harbour of Port Velan was dug in 1861.',
    ])
  })
})

describe('the judge', () => {
  const library = reading(harbour)

  test.each([
    'How do I bake sourdough bread?',
    'Who won the world cup in 2018?',
    'What is the boiling point of helium?',
    '???',
    'zzzz',
  ])('refuses what the text says nothing of: %s', (question) => {
    const refusal = library.ask(question)
    expect(refusal.kind).toBe('refusal')
    expect(refusal).not.toHaveProperty('excerpts')
  })

  test.each(['lighthouse', 'Mara Tolen', 'the harbour of Port Velan', 'When was the harbour dug?'])(
    'answers what it holds, however short: %s',
    (question) => {
      expect(library.ask(question).kind).toBe('answer')
    },
  )

  test('is surer of a question in the text’s own words than of one with a strange name in it', () => {
    const own = library.ask('When did a storm destroy the old lighthouse?')
    const strange = library.ask('When did Zebulon destroy the old lighthouse?')
    expect(own.confidence).toBeGreaterThan(strange.confidence)
  })

  test('a refusal names the sections that share much with the question', () => {
    const refusal = library.ask('Which Zebulon paid for the market in Lower Street?')
    expect(refusal.kind === 'refusal' && refusal.nearest).toEqual([
      { articleId: 'text', heading: 'Part' },
    ])
  })

  test.each(['Who won the world cup at the harbour of Santos?', 'How do I bake sourdough bread?'])(
    'a refusal of what is far from the text names no section: %s',
    (question) => {
      const refusal = library.ask(question)
      expect(refusal.kind === 'refusal' && refusal.nearest).toEqual([])
    },
  )

  test('is less sure of an age where the text tells none', () => {
    const people = reading([
      'Mara Tolen piloted the ferry of Port Velan. She had two sisters and 40 ships.',
      'Ines Hald kept the lighthouse of Port Velan. She was 61 years of age when the storm came.',
    ])
    const told = people.ask('how old was Ines Hald?')
    const untold = people.ask('how old was Mara Tolen?')
    expect(told.kind).toBe('answer')
    expect(told.confidence).toBeGreaterThan(untold.confidence)
  })
})

describe('how many excerpts are worth showing', () => {
  test('one where nothing else comes near', () => {
    const answer = reading(harbour).ask('In which spring did a storm destroy the old lighthouse?')
    expect(answer.kind === 'answer' && answer.telling).toBe(1)
  })

  test('all parts of a list', () => {
    const parts = reading([
      'Two recommendations are made by the council of Port Velan.',
      'The first recommendation is to deepen the harbour.',
      'The second recommendation is to widen the quay.',
      'Fishing fed most families.',
    ])
    const answer = parts.ask('What are the two recommendations of the council?')
    expect(answer.kind === 'answer' && answer.telling).toBe(3)
  })
})

test('one article can be asked alone', () => {
  const library = openLibrary({
    articles: ['one', 'two'].map((id) =>
      articleFrom({
        id,
        title: id,
        sections: [{ paragraphs: [`The mill of ${id} was built by monks.`, 'It burned down.'] }],
      }),
    ),
    synonyms: [],
  })
  const answer = library.ask('Who built the mill?', { article: 'two' })
  expect(
    answer.kind === 'answer' && answer.excerpts.map(({ passage }) => passage.articleId),
  ).toEqual(['two'])
  expect(library.rank('mill', { article: 'none' })).toEqual([])
})

test('word search finds every paragraph with any of the words, most words first', () => {
  const hits = reading(harbour).find('ships harbour market')
  expect(hits.map(({ passage }) => passage.paragraph)).toEqual([1, 4])
  const [best] = hits
  expect(best?.marks.map(({ start, end }) => best.passage.text.slice(start, end))).toEqual([
    'harbour',
    'ships',
  ])
})

test('in a large library the rare words still lead to their passage', () => {
  const paragraphs = Array.from(
    { length: 600 },
    (_, at) =>
      `The village council of ward ${at} met and voted on the road, the school and the well.`,
  )
  paragraphs[417] = 'Only one ward ever kept a heron.'
  const library = reading(paragraphs)
  expect(first(library, 'Which village council ward voted on the road and kept a heron?')).toBe(418)
})

describe('in a large library', () => {
  const paragraphs = Array.from(
    { length: 600 },
    (_, at) =>
      `The village council of ward ${at} met and voted on the road, the school and the well.`,
  )
  paragraphs[417] = 'Only one ward ever kept a heron, and the council of the village fed it.'
  const library = reading(paragraphs)

  test('a question of common words alone is answered by the passage that holds most of them', () => {
    const all = library.rank(
      'the village council of a ward met, voted on the road, school and well',
    )
    expect(all.length).toBeGreaterThan(50)
    expect(all.slice(0, 50).map(({ paragraph }) => paragraph)).not.toContain(418)
  })

  test('a misspelt word leads to the passage that holds the word meant', () => {
    expect(first(library, 'Which ward kept a herron?')).toBe(418)
  })

  test('a pasted page of 4,000 characters still finds the passage that its rare words name', () => {
    const sentence =
      'The village council met in ward and voted on the road, the school and the well. '
    const strange = Array.from({ length: 300 }, (_, at) => `quon${at}ly`).join(' ')
    const page = `${sentence.repeat(10)} Who kept a heron? ${sentence.repeat(10)}${strange}`
    expect(first(library, page.slice(0, 4000))).toBe(418)
  })
})

test('whatever the text and the question, excerpts are slices of whole sentences', () => {
  const words = fc.constantFrom(
    'storm',
    'Kim',
    '1907',
    'the',
    'harbour',
    'Mr.',
    '東京都',
    'naïve',
    '?',
    '.',
    '!',
    '—',
    '👩‍🚀',
  )
  const text = fc.array(words, { minLength: 1, maxLength: 40 }).map((parts) => parts.join(' '))
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 6 }), text, (paragraphs, question) => {
      const library = reading(paragraphs)
      const answer = library.ask(question, { limit: 25 })
      expect(answer.confidence).toBeGreaterThanOrEqual(0)
      expect(answer.confidence).toBeLessThanOrEqual(1)
      if (answer.kind === 'refusal') return
      expect(answer.excerpts.length).toBeGreaterThan(0)
      for (const { passage, start, end, marks } of answer.excerpts) {
        expect(passage.sentences.some((sentence) => sentence.start === start)).toBe(true)
        expect(passage.sentences.some((sentence) => sentence.end === end)).toBe(true)
        let last = start
        for (const mark of marks) {
          expect(mark.start).toBeGreaterThanOrEqual(last)
          expect(mark.end).toBeLessThanOrEqual(end)
          last = mark.end
        }
      }
    }),
    { numRuns: 60 },
  )
})

function shown(answer: Extract<ReturnType<Library['ask']>, { kind: 'answer' }>): string[] {
  return answer.excerpts.map(({ passage, start, end }) => passage.text.slice(start, end))
}
