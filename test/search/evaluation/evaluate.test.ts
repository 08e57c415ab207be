import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../../src/search/evaluation/dataset.ts'
import type { EngineName } from '../../../src/search/evaluation/engines.ts'
import {
  articleByArticle,
  evaluateByArticle,
  evaluateTogether,
} from '../../../src/search/evaluation/evaluate.ts'

const question = (id: string, text: string, gold: string | undefined, doc?: string) => ({
  id,
  text,
  answers: gold === 'rivers#1' ? ['the Black Forest'] : [],
  judgements: new Map(gold === undefined ? [] : [[gold, 1]]),
  ...(doc === undefined ? {} : { doc }),
})

const dataset: Dataset = {
  name: 'small',
  passages: [
    { id: 'rivers#0', doc: 'rivers', title: 'Rivers', text: 'The Rhine runs through Basel.' },
    {
      id: 'rivers#1',
      doc: 'rivers',
      title: 'Rivers',
      text: 'The Danube rises in the Black Forest. It is long.',
    },
    { id: 'bread#0', doc: 'bread', title: 'Bread', text: 'Rye keeps longer than wheat.' },
    { id: 'wool#0', doc: 'wool', title: 'Wool', text: 'Sheep are shorn in spring.' },
  ],
  questions: [
    question('q1', 'Where does the Danube rise?', 'rivers#1', 'rivers'),
    // Its words point to the wrong passage.
    question('q2', 'Basel on the Rhine', 'rivers#1', 'rivers'),
    question('q3', 'Does rye keep longer?', 'bread#0', 'bread'),
    question('q4', 'zyzzyva', 'wool#0', 'wool'),
    question('q5', 'Who sails to Mars?', undefined),
    question('q6', 'How deep is the Rhine?', undefined, 'rivers'),
  ],
  warnings: [],
}

describe('one library', () => {
  it('averages over judged questions, one without any result counting as a miss', () => {
    const figures = evaluateTogether(dataset, 'bm25')
    expect(figures).toMatchObject({
      set: 'small',
      library: 'one',
      articles: 3,
      passages: 4,
      answerable: 4,
      unanswerable: 2,
      'hit@1': 2 / 4,
      'hit@3': 2 / 4,
      'recall@100': 2 / 4,
    })
    // Of the two questions with answer strings one gets the right passage's right sentence.
    expect(figures['answer@1']).toBe(1 / 2)
  })

  it.each<EngineName>([
    'footnote',
    'flexsearch',
    'flexsearch-ours',
    'minisearch',
    'minisearch-ours',
    'fts5',
    'bm25',
  ])('%s finds the passage that shares the rare word', (engine) => {
    const plain = { ...dataset, questions: [question('q', 'the Danube', 'rivers#1')] }
    expect(evaluateTogether(plain, engine)).toMatchObject({ 'hit@1': 1, 'MRR@10': 1 })
  })

  it('leaves judging out for engines that do not judge', () => {
    expect(evaluateTogether(dataset, 'bm25')).toMatchObject({
      rocArea: null,
      ece: null,
      rightRefusals: null,
      reliability: [],
    })
  })
})

describe('each article by itself', () => {
  it('is asked its own questions and those of the article before it in the order of names', () => {
    const asked = articleByArticle(dataset).map(({ doc, passages, own, foreign }) => ({
      doc,
      passages: passages.length,
      own: own.map(({ id }) => id),
      foreign: foreign.map(({ id }) => id),
    }))
    expect(asked).toEqual([
      { doc: 'bread', passages: 1, own: ['q3'], foreign: ['q4'] },
      { doc: 'rivers', passages: 2, own: ['q1', 'q2', 'q6'], foreign: ['q3'] },
      { doc: 'wool', passages: 1, own: ['q4'], foreign: ['q1', 'q2'] },
    ])
  })

  it('measures the ranking on own questions only', () => {
    expect(evaluateByArticle(dataset, 'bm25')).toMatchObject({
      library: 'by-article',
      answerable: 4,
      unanswerable: 4,
      'hit@1': 2 / 4,
      'recall@100': 2 / 4,
    })
  })
  it('judges own questions against foreign ones, and near misses apart', () => {
    const figures = evaluateByArticle(dataset, 'footnote')
    // Four own, four foreign and one near miss.
    expect(figures.reliability.reduce((sum, { count }) => sum + count, 0)).toBe(9)
    // No word of the foreign questions stands in the article that they are asked of.
    expect(figures.rightRefusals).toBe(1)
    expect(figures.rocArea).toBeGreaterThan(0.5)
    expect([0, 1]).toContain(figures.nearMissRefusals)
  })

  it('asks again without the gold passage, unless the answer stands elsewhere too', () => {
    // Of the rivers' two questions both lose their gold passage; the others give no answer strings.
    expect(evaluateByArticle(dataset, 'footnote').nearQuestions).toBe(2)
    const twice = {
      ...dataset,
      passages: dataset.passages.map((passage) =>
        passage.id === 'rivers#0'
          ? { ...passage, text: 'Near the Black Forest is Basel.' }
          : passage,
      ),
    }
    expect(evaluateByArticle(twice, 'footnote').nearQuestions).toBe(0)
  })
})
