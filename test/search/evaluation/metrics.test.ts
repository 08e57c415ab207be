import { describe, expect, it } from 'vitest'
import {
  hit,
  mean,
  ndcg,
  quantile,
  recall,
  reciprocalRank,
} from '../../../src/search/evaluation/metrics.ts'

const one = new Map([['gold', 1]])
const graded = new Map([
  ['best', 3],
  ['good', 1],
  ['bad', 0],
  ['worse', -1],
])

describe('a question with one gold passage', () => {
  it('is hit where the gold passage is among the first k', () => {
    const ranking = ['a', 'b', 'gold', 'c']
    expect([1, 2, 3, 4].map((k) => hit(ranking, one, k))).toEqual([0, 0, 1, 1])
  })

  it('has the reciprocal of its rank, and nothing beyond the cut', () => {
    expect(reciprocalRank(['a', 'b', 'gold'], one, 10)).toBe(1 / 3)
    expect(reciprocalRank(['a', 'b', 'gold'], one, 2)).toBe(0)
    expect(reciprocalRank([], one, 10)).toBe(0)
  })

  it('has an nDCG of 1 / log2(rank + 1)', () => {
    expect(ndcg(['gold', 'a'], one, 10)).toBe(1)
    expect(ndcg(['a', 'b', 'gold'], one, 10)).toBe(0.5)
    expect(ndcg(['a', 'b', 'gold'], one, 2)).toBe(0)
  })
})

describe('a question with graded passages', () => {
  it('takes the degree as the gain and all judged passages as the ideal', () => {
    // gained 1 / log2(2) + 3 / log2(4) = 2.5 of 3 / log2(2) + 1 / log2(3) = 3.63093
    expect(ndcg(['good', 'x', 'best'], graded, 10)).toBeCloseTo(2.5 / 3.63093, 5)
    // at 1 the ideal is 3
    expect(ndcg(['good', 'x', 'best'], graded, 1)).toBeCloseTo(1 / 3, 10)
  })

  it('counts degrees of 0 and below as not relevant', () => {
    expect(hit(['bad', 'worse'], graded, 2)).toBe(0)
    expect(reciprocalRank(['bad', 'worse', 'good'], graded, 10)).toBe(1 / 3)
    expect(ndcg(['bad', 'worse'], graded, 10)).toBe(0)
  })

  it('recalls the share of the relevant that is among the first k', () => {
    expect(recall(['x', 'good', 'bad'], graded, 100)).toBe(0.5)
    expect(recall(['x', 'good', 'best'], graded, 2)).toBe(0.5)
    expect(recall(['x', 'good', 'best'], graded, 3)).toBe(1)
  })
})

describe('averages', () => {
  it('takes the nearest rank as the quantile', () => {
    expect(quantile([5, 1, 4, 2, 3], 0.5)).toBe(3)
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2)
    expect(quantile([4, 1, 3, 2], 0.99)).toBe(4)
  })

  it('is not a number where there is nothing', () => {
    expect(mean([])).toBeNaN()
    expect(quantile([], 0.5)).toBeNaN()
  })
})
