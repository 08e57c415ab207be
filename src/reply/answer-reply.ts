import { cite } from '../citation/citation.ts'
import { citeAs } from '../citation/cite-as.ts'
import { actionId } from '../commands/action-id.ts'
import type { Passage, Range } from '../knowledge/article.ts'
import type { Answer, Excerpt, Refusal } from '../search/answer.ts'
import type { Library } from '../search/library.ts'
import type { Block, Button, Reply } from './reply.ts'

/** Excerpts in one message; more of them follow at the press of a button. */
export const excerptsPerReply = 3

/** How an answer's buttons find their way back; each is the id of an action. */
type AnswerLinks = {
  /** Shows the excerpts from the one at `offset`, counted from 0. */
  readonly more: (offset: number) => string
  /** Shows the same excerpts to the whole channel, as long as the first one still has this hash. */
  readonly share: (offset: number, hash: string) => string
}

type Page = {
  readonly links: AnswerLinks
  /** The first excerpt shown, counted from 0. */
  readonly offset?: number
  /** How many excerpts are shown. */
  readonly count?: number
  readonly private?: boolean
  readonly note?: string
}

/** An answer or a refusal as a reply. The refusal quotes nothing. */
export function answerReply(library: Library, outcome: Answer | Refusal, page: Page): Reply {
  return outcome.kind === 'answer'
    ? excerptsReply(library, outcome.question, outcome.excerpts, {
        ...((page.offset ?? 0) === 0 && { count: Math.min(excerptsPerReply, outcome.telling) }),
        ...page,
      })
    : refusalReply(library, outcome, page)
}

/** Excerpts as a reply under the question that they answer. */
export function excerptsReply(
  library: Library,
  question: string,
  excerpts: readonly Excerpt[],
  { links, offset = 0, count = excerptsPerReply, private: hidden = false, note }: Page,
): Reply {
  const shown = excerpts.slice(offset, offset + count)
  const first = shown[0]
  if (!first) {
    return {
      title: question,
      blocks: [{ kind: 'text', text: 'The readings say no more on this.' }],
      private: hidden,
    }
  }
  const next = offset + shown.length
  return {
    title: question,
    blocks: shown.map((excerpt, index) => ({
      ...excerptBlock(library, excerpt),
      button: contextButton(excerpt),
      ...(index > 0 && { more: moreButton(links, offset + index) }),
    })),
    ...(note && { notes: [note] }),
    ...(next < excerpts.length && { more: moreButton(links, next) }),
    ...(hidden && {
      buttons: [{ label: 'Share with the channel', id: links.share(offset, first.passage.hash) }],
    }),
    selects: [citeAs(first)],
    private: hidden,
  }
}

function refusalReply(library: Library, refusal: Refusal, page: Page): Reply {
  const buttons = refusal.nearest.flatMap(({ articleId, heading }) => {
    const section = library.articles
      .get(articleId)
      ?.sections.find((candidate) => candidate.heading === heading)
    return section ? sectionButton(section.heading, section.passages[0]) : []
  })
  return {
    refused: true,
    title: refusal.question,
    blocks: [
      { kind: 'text', text: 'The readings do not answer this, so nothing is quoted.' },
      ...(buttons.length > 0
        ? [{ kind: 'text' as const, text: 'The sections that come nearest:' }]
        : [
            {
              kind: 'text' as const,
              text: ['What the readings are: ', { command: 'sources' }] as const,
            },
          ]),
    ],
    buttons,
    private: page.private ?? false,
  }
}

/** A button that opens the section which begins with this passage. */
export function sectionButton(label: string, first: Passage | undefined): Button[] {
  if (!first) return []
  return [{ label: label || 'Beginning', id: actionId('read', 'open', first.id, first.hash) }]
}

/** An excerpt as a quotation with its citation; the sentences tell where it may be cut. */
export function excerptBlock(
  library: Library,
  excerpt: Excerpt,
): Extract<Block, { kind: 'excerpt' }> {
  const { passage, start, end, marks } = excerpt
  return {
    kind: 'excerpt',
    text: passage.text.slice(start, end),
    marks: shifted(marks, start, end),
    sentences: shifted(passage.sentences, start, end),
    citation: cite(library, excerpt),
  }
}

function shifted(ranges: readonly Range[], start: number, end: number): readonly Range[] {
  return ranges
    .filter((range) => range.start >= start && range.end <= end)
    .map((range) => ({ start: range.start - start, end: range.end - start }))
}

/** A button that shows an excerpt in its surroundings. */
export function contextButton({ passage, start, end }: Excerpt): Button {
  return {
    label: 'Context',
    id: actionId('ask', 'context', passage.id, passage.hash, String(start), String(end)),
  }
}

function moreButton(links: AnswerLinks, offset: number): Button {
  return { label: 'More excerpts', id: links.more(offset) }
}

/** Characters that the paragraphs around an excerpt may have before only parts of them are shown. */
const roomForNeighbours = 700

/** An excerpt in its surroundings: the paragraph before and the one after, the excerpt in bold. */
export function contextReply(library: Library, excerpt: Excerpt): Reply {
  const { passage, start, end } = excerpt
  const passages = library.articles
    .get(passage.articleId)
    ?.sections.flatMap((section) => section.passages)
  const before = passages?.[passage.paragraph - 2]
  const after = passages?.[passage.paragraph]
  const whole = wholePassage(passage)
  return {
    title: passage.heading || library.articles.get(passage.articleId)?.title || passage.id,
    blocks: [
      ...(before ? [excerptBlock(library, lastSentences(before))] : []),
      excerptBlock(library, { ...whole, marks: [{ start, end }] }),
      ...(after ? [excerptBlock(library, firstSentences(after))] : []),
    ],
    buttons: [
      {
        label: 'Read on from here',
        id: actionId('read', 'open', passage.id, passage.hash),
      },
    ],
    selects: [citeAs(excerpt)],
    private: true,
  }
}

/** A whole paragraph as an excerpt. */
export function wholePassage(passage: Passage): Excerpt {
  return { passage, start: 0, end: passage.text.length, marks: [] }
}

function firstSentences(passage: Passage): Excerpt {
  const ends = passage.sentences.map((sentence) => sentence.end)
  const end = ends.findLast((at) => at <= roomForNeighbours) ?? ends[0] ?? passage.text.length
  return { ...wholePassage(passage), end }
}

function lastSentences(passage: Passage): Excerpt {
  const starts = passage.sentences.map((sentence) => sentence.start)
  const from = passage.text.length - roomForNeighbours
  const start = starts.find((at) => at >= from) ?? starts.at(-1) ?? 0
  return { ...wholePassage(passage), start }
}
