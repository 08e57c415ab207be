import type { Figures } from './evaluate.ts'
import type { Miss, ReaderFigures } from './questions.ts'

/** A table for people: columns as wide as they need, the first flush left, the rest flush right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => [...(row[column] ?? '')].length)),
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** A share as the field writes it: `.847`; a dash where nothing was measured. */
export function share(value: number | null): string {
  return value === null ? '–' : value.toFixed(3).replace(/^0\./, '.')
}

const ranking = ['hit@1', 'hit@3', 'hit@5', 'MRR@10', 'nDCG@10', 'recall@100'] as const
const showing = ['answer@1', 'answer@3', 'excerpts', 'sentence@1'] as const
const judging = [
  'falseRefusals',
  'rightRefusals',
  'nearMissRefusals',
  'rocArea',
  'refused@3%',
  'ece',
  'eceAnswerable',
] as const

/** A count with its noun: `1 article`, `2 articles`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** The figures of engines on one set, as text: ranking and excerpts, then the judge. */
export function report(figures: readonly Figures[]): string {
  const [first] = figures
  if (!first) return ''
  const parts = [
    `${first.set}, ${first.library === 'one' ? 'one library' : 'each article by itself'}: ` +
      `${counted(first.articles, 'article')}, ${counted(first.passages, 'passage')}, ` +
      `${counted(first.answerable, 'question')} with an answer, ${first.unanswerable} without`,
    table([
      ['engine', ...ranking, ...showing, 'ms', 'ms p99'],
      ...figures.map((row) => [
        row.engine,
        ...ranking.map((key) => share(row[key])),
        ...showing.map((key) => share(row[key])),
        row.msMedian.toFixed(2),
        row.msP99.toFixed(2),
      ]),
    ]),
  ]
  for (const row of figures) {
    if (row.reliability.length === 0) continue
    parts.push(
      table([
        ['judge', ...judging],
        [row.engine, ...judging.map((key) => share(row[key]))],
      ]),
      ...(row.nearQuestions > 0
        ? [
            table([
              ['gold taken out', 'questions', 'refusals', 'rocArea', 'refused@3%'],
              [
                row.engine,
                String(row.nearQuestions),
                share(row.nearRefusals),
                share(row.nearRocArea),
                share(row['nearRefused@3%']),
              ],
            ]),
          ]
        : []),
      table([
        ['confidence', ...row.reliability.map(({ from, to }) => `${from}–${to}`)],
        ['questions', ...row.reliability.map(({ count }) => String(count))],
        [
          'mean confidence',
          ...row.reliability.map((bin) => share(bin.count ? bin.confidence : null)),
        ],
        ['gold first', ...row.reliability.map((bin) => share(bin.count ? bin.right : null))],
      ]),
    )
  }
  return parts.join('\n\n')
}

/** The figures of a file of questions, and what went wrong with each question missed. */
export function questionReport(figures: ReaderFigures): string {
  const keys = ['hit@1', 'hit@3', 'mrr', 'falseRefusals', 'rightRefusals'] as const
  return [
    `${counted(figures.answerable, 'question')} with an answer, ${figures.unanswerable} without`,
    table([
      ['', ...keys],
      ['footnote', ...keys.map((key) => share(figures[key]))],
    ]),
    ...figures.misses.map(missLine),
  ].join('\n\n')
}

function missLine({ question, article, paragraphs, first, refused, confidence }: Miss): string {
  const wanted = paragraphs.length === 0 ? 'no answer' : `${article}:${paragraphs.join(', ')}`
  const came = first === null ? 'nothing' : `${article}:${first}`
  const verdict = refused ? 'refused' : 'answered'
  return `${question}\n  wanted ${wanted}; first came ${came}; ${verdict} with confidence ${share(confidence)}`
}
