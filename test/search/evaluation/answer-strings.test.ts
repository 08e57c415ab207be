import { describe, expect, it } from 'vitest'
import { holdsAnswer, normalizeAnswer } from '../../../src/search/evaluation/answer-strings.ts'

describe('answer strings', () => {
  it('are compared without case, punctuation, articles and white space', () => {
    expect(normalizeAnswer('  The  "golden\nanniversary",  a U.S. first! ')).toBe(
      'golden anniversary us first',
    )
    expect(normalizeAnswer('$40,000')).toBe('40000')
  })

  it.each([
    ['The game was played at Levi’s Stadium.', ['Levi’s Stadium', 'Santa Clara'], true],
    ['It cost $40,000 a year.', ['40,000'], true],
    ['The Americans lost.', ['America'], false],
    ['He was born in 1880.', ['188'], false],
    ['Anything.', [], false],
    ['Anything.', ['the'], false],
  ])('%s: %j is held: %s', (text, answers, held) => {
    expect(holdsAnswer(text, answers)).toBe(held)
  })
})
