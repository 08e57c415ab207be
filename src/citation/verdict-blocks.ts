import { actionId } from '../commands/action-id.ts'
import { contextButton, excerptBlock } from '../reply/answer-reply.ts'
import type { Block, Line, Span } from '../reply/reply.ts'
import type { Library } from '../search/library.ts'
import type { Change } from './difference.ts'
import type { Verdict } from './verify.ts'

const labels: Readonly<Record<Verdict['kind'], string>> = {
  exact: 'Exact.',
  elsewhere: 'From elsewhere.',
  altered: 'Altered.',
  'not found': 'Not found.',
}

const sentences: Readonly<Record<Verdict['kind'], string>> = {
  exact: 'These words stand in the source.',
  elsewhere: 'These words stand in the sources, but in another article than the one named.',
  altered:
    'The source reads otherwise. Struck out: only in the source. Bold: only in the quotation.',
  'not found': 'No passage has these words.',
}

/** Excerpts shown for one quotation. */
const excerptsShown = 2
/** Characters of a quotation that are repeated before its verdict. */
const quotationShown = 160

/**
 * Verdicts as blocks of a reply, each under the quotation that it is on.
 * @param isPrivate whether one member alone sees them, who may share each with the channel
 */
export function verdictBlocks(
  library: Library,
  verdicts: readonly Verdict[],
  isPrivate: boolean,
): readonly Block[] {
  if (verdicts.length === 1) return verdicts.flatMap((one) => blocksOf(library, one, isPrivate))
  return verdicts.flatMap((verdict, index): readonly Block[] => {
    const name = `Quotation ${index + 1}`
    const quoted = ` “${shortened(verdict.quotation)}”`
    return [
      ...(index > 0 ? [{ kind: 'separator' } as const] : []),
      { kind: 'text', text: [{ text: `${name}:`, style: 'bold' }, quoted] },
      ...blocksOf(library, verdict, isPrivate, name.toLowerCase()),
    ]
  })
}

function blocksOf(
  library: Library,
  verdict: Verdict,
  isPrivate: boolean,
  name?: string,
): readonly Block[] {
  const said: Line = [
    { text: labels[verdict.kind], style: 'bold' },
    ` ${sentences[verdict.kind]}`,
    ...(verdict.kind === 'not found' && verdict.excerpts.length > 0
      ? [' What comes nearest, though it is no match:']
      : []),
  ]
  const excerpts = verdict.excerpts.slice(0, excerptsShown)
  return [
    { kind: 'text', text: said },
    ...(verdict.kind === 'altered'
      ? [{ kind: 'text', text: differenceLine(verdict.difference.changes) } as const]
      : []),
    ...(verdict.remarks.length > 0 ? [{ kind: 'list', items: verdict.remarks } as const] : []),
    ...excerpts.map((excerpt) => {
      const { passage, start, end } = excerpt
      const what = [name, ...(excerpts.length > 1 ? [`¶${passage.paragraph}`] : [])]
      const named = what.filter(Boolean).join(', ')
      const share = {
        label: named ? `Share ${named}` : 'Share with the channel',
        id: actionId(
          'verify-quote',
          'share',
          verdict.kind,
          passage.id,
          passage.hash,
          String(start),
          String(end),
        ),
      }
      const mayShare = isPrivate && verdict.kind !== 'not found'
      const button = mayShare ? share : contextButton(excerpt)
      return { ...excerptBlock(library, excerpt), button }
    }),
  ]
}

/** Words kept at either end of a long stretch that is the same in both texts. */
const wordsKept = 6

/** The quotation and its source in one line: words of one alone are struck out or bold. */
export function differenceLine(changes: readonly Change[]): Line {
  return changes.flatMap(({ kind, text }, index): Span[] => {
    if (kind === 'same') return [abridged(text, index > 0, index < changes.length - 1)]
    if (kind === 'omitted') return ['[…] ']
    const words = text.trimEnd()
    const space = text.slice(words.length) || ' '
    return [{ text: words, style: kind === 'deleted' ? 'strike' : 'bold' }, space]
  })
}

function abridged(text: string, keepsStart: boolean, keepsEnd: boolean): string {
  const words = text.split(/(?<=\s)/)
  if (words.length <= 3 * wordsKept) return text
  const start = keepsStart ? words.slice(0, wordsKept) : []
  const end = keepsEnd ? words.slice(-wordsKept) : []
  return [...start, '… ', ...end].join('')
}

function shortened(quotation: string): string {
  const line = quotation.replace(/\s+/g, ' ')
  if (line.length <= quotationShown) return line
  return `${line.slice(0, line.lastIndexOf(' ', quotationShown))} …`
}
