import { beforeAll, describe, expect, it } from 'vitest'
import { readKnowledge } from '../../../src/knowledge/read.ts'
import {
  evaluateQuestions,
  type ReaderFigures,
  readQuestions,
} from '../../../src/search/evaluation/questions.ts'
import { openLibrary } from '../../../src/search/library.ts'

/**
 * The bundled analysis under its readers' questions. The floors stand about three points below what
 * `npm run eval -- --questions test/questions.yaml` printed when they were set: hit@1 .85, hit@3 .95,
 * right refusals .69, false refusals .04. Raise them with the figures.
 */
describe('the bundled analysis', () => {
  let figures: ReaderFigures
  beforeAll(async () => {
    const knowledge = await readKnowledge('knowledge')
    const questions = await readQuestions('test/questions.yaml', knowledge)
    figures = evaluateQuestions(openLibrary(knowledge), questions)
  })

  it('is asked at least 60 questions that it answers and 25 that it does not', () => {
    expect(figures.answerable).toBeGreaterThanOrEqual(60)
    expect(figures.unanswerable).toBeGreaterThanOrEqual(25)
  })

  it('ranks a paragraph that answers first', () => {
    expect(figures['hit@1']).toBeGreaterThanOrEqual(0.81)
    expect(figures['hit@3']).toBeGreaterThanOrEqual(0.91)
  })

  it('refuses what it does not answer, and hardly anything else', () => {
    expect(figures.rightRefusals).toBeGreaterThanOrEqual(0.66)
    expect(figures.falseRefusals).toBeLessThanOrEqual(0.08)
  })

  it('lists each question that is not ranked first or wrongly judged', () => {
    for (const { paragraphs, first, refused } of figures.misses) {
      const right = first !== null && paragraphs.includes(first)
      expect(paragraphs.length === 0 ? !refused : refused || !right).toBe(true)
    }
  })
})
