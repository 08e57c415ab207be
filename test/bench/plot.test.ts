import { describe, expect, it } from 'vitest'
import type { EngineFigures, NotMeasured } from '../../src/bench/figures.ts'
import { apart, escaped, plot } from '../../src/bench/plot.ts'

const row = (engine: string, passages: number, msMedian: number, hit = 0.5): EngineFigures => ({
  engine,
  passages,
  buildSeconds: 1,
  buildProcessorSeconds: 1,
  firstAnswerSeconds: 1,
  bytesAPassage: 1000,
  peakMegabytes: 100,
  questions: 10,
  'hit@1': hit,
  msMedian,
  processorMsMedian: msMedian,
  msP99: msMedian * 3,
  msCommon: null,
  msLong: null,
})

const circles = (svg: string) =>
  [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => ({
    x: Number(x),
    y: Number(y),
  }))

describe('the plot', () => {
  it('puts ten times the passages, and ten times the milliseconds, the same way along', () => {
    const [one, two, three] = circles(
      plot([row('footnote', 100, 1), row('footnote', 1_000, 10), row('footnote', 10_000, 100)]),
    )
    if (!one || !two || !three) throw new Error('three points expected')
    expect(two.x - one.x).toBeCloseTo(three.x - two.x, 0)
    expect(one.y - two.y).toBeCloseTo(two.y - three.y, 0)
    expect(two.x).toBeGreaterThan(one.x)
    expect(two.y).toBeLessThan(one.y)
  })

  it('names each engine at the end of its line with the hit@1 of its largest library', () => {
    const svg = plot([
      row('footnote', 100, 1, 0.9),
      row('footnote', 1_000, 2, 0.83),
      row('fts5', 100, 3, 0.76),
    ])
    expect(svg).toMatch(/<text class="label footnote"[^>]*>Footnote <tspan[^>]*>hit@1 \.830</)
    expect(svg).toMatch(/<text class="label fts5"[^>]*>SQLite FTS5 <tspan[^>]*>hit@1 \.760</)
  })

  it('leaves out what was not measured', () => {
    const slow: NotMeasured = { engine: 'lunr', passages: 1_000, reason: 'too slow' }
    const svg = plot([row('lunr', 100, 1), slow])
    expect(circles(svg)).toHaveLength(1)
    expect(plot([slow])).not.toContain('NaN')
  })

  it('escapes what it labels, so that the picture stays well-formed', () => {
    expect(escaped(`<a & "b">'`)).toBe('&lt;a &amp; &quot;b&quot;&gt;&apos;')
    const svg = plot([row('a<b>&"c', 100, 1), row('a<b>&"c', 1_000, 2)])
    expect(svg).not.toContain('a<b>')
    expect(svg).toContain('a&lt;b&gt;&amp;&quot;c')
  })

  it('keeps labels apart that would touch, and others where they are', () => {
    expect(apart([10, 100], 20)).toEqual([10, 100])
    const moved = apart([10, 12, 14, 100], 20)
    for (let nth = 1; nth < moved.length; nth++) {
      expect((moved[nth] ?? 0) - (moved[nth - 1] ?? 0)).toBeGreaterThanOrEqual(20)
    }
    // Around where they were, not all to one side.
    expect(moved[1]).toBeCloseTo(12)
    expect(moved[3]).toBe(100)
  })
})
