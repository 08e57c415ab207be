import { share, table } from '../search/evaluation/table.ts'
import type { Bench, EngineFigures, LoadFigures, NotMeasured, OpeningFigures } from './figures.ts'

/** Everything that was measured, as text for people. */
export function benchReport({ machine, set, engines, openings, endToEnd }: Bench): string {
  const { node, processor, cores, gigabytes } = machine
  const parts = [`${processor}, ${cores} cores, ${gigabytes} GB, Node ${node}`]
  if (set !== null && engines.length > 0)
    parts.push(`Passages of ${set}\n\n${enginesTable(engines)}`)
  if (openings.length > 0)
    parts.push(`Stored texts, in a new process\n\n${openingsTable(openings)}`)
  if (endToEnd.length > 0) parts.push(`Through a Discord on this machine\n\n${loadTable(endToEnd)}`)
  return parts.join('\n\n')
}

function enginesTable(rows: readonly (EngineFigures | NotMeasured)[]): string {
  const head = [
    'engine',
    'passages',
    'index s',
    'cpu s',
    'first answer s',
    'bytes a passage',
    'peak MB',
    'ms',
    'cpu ms',
    'ms p99',
    'ms common',
    'ms long',
    'hit@1',
    'questions',
  ]
  return table([
    head,
    ...rows.map((row) =>
      'reason' in row
        ? [row.engine, whole(row.passages), row.reason, ...head.slice(3).map(() => '–')]
        : [
            row.engine,
            whole(row.passages),
            rough(row.buildSeconds),
            rough(row.buildProcessorSeconds),
            rough(row.firstAnswerSeconds),
            // The rest of the heap shrinks now and then by more than a small index holds.
            whole(Math.max(0, row.bytesAPassage)),
            whole(row.peakMegabytes),
            rough(row.msMedian),
            rough(row.processorMsMedian),
            rough(row.msP99),
            row.msCommon === null ? '–' : rough(row.msCommon),
            row.msLong === null ? '–' : rough(row.msLong),
            share(row['hit@1']),
            whole(row.questions),
          ],
    ),
  ])
}

function openingsTable(rows: readonly OpeningFigures[]): string {
  return table([
    [
      'opened',
      'passages',
      'texts',
      'ready s',
      'cpu s',
      'first answer s',
      'peak MB',
      'on disk MB',
      'same first passage',
    ],
    ...rows.map((row) => [
      row.opening === 'first' ? 'for the first time' : 'again',
      whole(row.passages),
      whole(row.texts),
      rough(row.readySeconds),
      rough(row.processorSeconds),
      rough(row.firstAnswerSeconds),
      whole(row.peakMegabytes),
      rough(row.megabytesOnDisk),
      `${row.same} of ${row.questions}`,
    ]),
  ])
}

function loadTable(rows: readonly LoadFigures[]): string {
  return table([
    [
      'load',
      'in flight',
      'interactions',
      'a second',
      'acknowledged ms',
      'p99',
      'worst',
      'answered ms',
      'p99',
      'worst',
      'failed',
    ],
    ...rows.map(({ load, inFlight, interactions, perSecond, acknowledged, answered, failed }) => [
      load,
      whole(inFlight),
      whole(interactions),
      rough(perSecond),
      ...[acknowledged, answered].flatMap(({ median, p99, worst }) => [
        rough(median),
        rough(p99),
        rough(worst),
      ]),
      whole(failed),
    ]),
  ])
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}

/** Three digits that count, never more than is worth reading: `0.0412`, `3.05`, `1,234`. */
export function rough(value: number): string {
  if (value >= 100) return whole(value)
  if (value === 0) return '0'
  return value.toFixed(Math.max(0, Math.min(3, 2 - Math.floor(Math.log10(value)))))
}
