import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  calibrationError,
  refusedAt,
  reliability,
  rocArea,
} from '../../../src/search/evaluation/calibration.ts'

describe('area under the ROC curve', () => {
  it('is the share of pairs in the right order, ties counting half', () => {
    // of the six pairs .9>.8, .9>.3, .3=.3 (half), .8=.8 (half) …
    expect(rocArea([0.9, 0.8, 0.3], [0.8, 0.3])).toBeCloseTo((2 + 1.5 + 0.5) / 6, 10)
    expect(rocArea([0.9, 0.8], [0.1])).toBe(1)
    expect(rocArea([0.1], [0.9, 0.8])).toBe(0)
    expect(rocArea([0.5, 0.5], [0.5])).toBe(0.5)
    expect(rocArea([], [0.5])).toBeNaN()
  })

  it('agrees with counting every pair', () => {
    const levels = fc.array(
      fc.integer({ min: 0, max: 9 }).map((n) => n / 10),
      { minLength: 1, maxLength: 30 },
    )
    fc.assert(
      fc.property(levels, levels, (yes, no) => {
        const pairs = yes.flatMap((y) => no.map((n) => (y > n ? 1 : y === n ? 0.5 : 0)))
        const counted = pairs.reduce((sum: number, pair) => sum + pair, 0) / pairs.length
        expect(rocArea(yes, no)).toBeCloseTo(counted, 10)
      }),
    )
  })
})

describe('refusals at a fixed cost', () => {
  it('refuses at most the given share of the answerable questions', () => {
    const answerable = [0.1, 0.5, 0.6, 0.7, 0.8, 0.9, 0.9, 0.9, 0.9, 0.9]
    // a tenth may go: the threshold stands at .5, and .5 itself is not below it
    expect(refusedAt(0.1, answerable, [0.05, 0.2, 0.5, 0.55])).toBe(0.5)
    // less than a tenth: nothing may go, the threshold stands at .1
    expect(refusedAt(0.09, answerable, [0.05, 0.2, 0.5, 0.55])).toBe(0.25)
  })
})

describe('calibration', () => {
  const verdicts = [
    { confidence: 0.95, right: true },
    { confidence: 0.95, right: false },
    { confidence: 1, right: true },
    { confidence: 0.12, right: false },
    { confidence: 0.0, right: false },
  ]

  it('bins verdicts by confidence, 1 in the last bin', () => {
    const bins = reliability(verdicts)
    expect(bins.map(({ count }) => count)).toEqual([1, 1, 0, 0, 0, 0, 0, 0, 0, 3])
    expect(bins[9]?.confidence).toBeCloseTo(2.9 / 3, 10)
    expect(bins[9]?.right).toBeCloseTo(2 / 3, 10)
    expect(bins[5]).toMatchObject({ from: 0.5, to: 0.6, confidence: 0, right: 0 })
  })

  it('weighs the gaps of the bins by their counts', () => {
    // (1 · 0 + 1 · .12 + 3 · (2.9 / 3 − 2 / 3)) / 5
    expect(calibrationError(verdicts)).toBeCloseTo((0.12 + 0.9) / 5, 10)
  })

  it('is zero where confidence and share of right ones agree', () => {
    const agreed = [true, true, true, false].map((right) => ({ confidence: 0.75, right }))
    expect(calibrationError(agreed)).toBe(0)
  })
})
