import { readFile, stat } from 'node:fs/promises'
import { isNode, isSeq, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { type Knowledge, passagesOf } from '../../knowledge/article.ts'
import { decode, mistake } from '../../knowledge/source-file.ts'
import { OperatorError } from '../../problem.ts'
import type { Library } from '../library.ts'
import { hit, type Judgements, mean, reciprocalRank } from './metrics.ts'

/** A reader's question of one article, with the paragraphs that answer it. */
export type ReaderQuestion = {
  readonly question: string
  readonly article: string
  /** Numbers from 1 through the article; empty where the text has no answer. */
  readonly paragraphs: readonly number[]
}

/** How an article answers its readers' questions. Shares lie in [0, 1]; null of no question. */
export type ReaderFigures = {
  readonly answerable: number
  readonly unanswerable: number
  /** Of the answerable questions: one of the paragraphs is ranked first, among the first three. */
  readonly 'hit@1': number | null
  readonly 'hit@3': number | null
  /** Mean of 1 / rank of the first of the paragraphs, refused or not. */
  readonly mrr: number | null
  /** Answerable questions that the judge refused. */
  readonly falseRefusals: number | null
  /** Unanswerable questions that the judge refused. */
  readonly rightRefusals: number | null
  readonly misses: readonly Miss[]
}

/** A question whose paragraph is not ranked first, or that the judge decided wrongly. */
export type Miss = ReaderQuestion & {
  /** The paragraph ranked first; null where none was found. */
  readonly first: number | null
  readonly refused: boolean
  readonly confidence: number
}

const maxBytes = 5_000_000

const entry = z.strictObject({
  question: z.string().trim().min(1).max(1000),
  article: z.string().min(1).max(40),
  paragraphs: z.array(z.int().min(1)).max(1000),
})

const form = '- { question: why did it fail?, article: after-hanoi, paragraphs: [4, 5] }'

/**
 * Reads a YAML list of `{ question, article, paragraphs }` and checks that the articles and the
 * paragraphs are there.
 * @throws OperatorError naming file and line
 */
export async function readQuestions(
  path: string,
  { articles }: Pick<Knowledge, 'articles'>,
): Promise<readonly ReaderQuestion[]> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) throw new OperatorError(`${path}: there is no such file of questions.`)
  if (found.size > maxBytes) throw new OperatorError(`${path}: the file is larger than 5 MB.`)
  const lines = new LineCounter()
  const document = parseDocument(decode(path, await readFile(path)), {
    lineCounter: lines,
    prettyErrors: false,
  })
  const lineAt = (offset: number) => Math.max(1, lines.linePos(offset).line)
  const [fault] = document.errors
  if (fault) throw mistake({ path }, lineAt(fault.pos[0]), `this is not YAML: ${fault.message}`)
  if (!isSeq(document.contents) || document.contents.items.length === 0) {
    throw mistake({ path }, 1, `the file must be a list of questions such as ${form}`)
  }
  const paragraphs = new Map(articles.map((one) => [one.id, passagesOf(one).length]))
  return document.contents.items.map((item) => {
    const line = isNode(item) && item.range ? lineAt(item.range[0]) : 1
    const parsed = entry.safeParse(isNode(item) ? item.toJS(document) : item)
    if (!parsed.success) {
      const [issue] = parsed.error.issues
      const where = issue?.path.join('.') || 'the entry'
      throw mistake({ path }, line, `${where}: ${issue?.message}; write ${form}`)
    }
    const { article } = parsed.data
    const last = paragraphs.get(article)
    if (last === undefined) {
      const known = [...paragraphs.keys()].join(', ')
      throw mistake({ path }, line, `there is no article ${article}; choose of ${known}.`)
    }
    const beyond = parsed.data.paragraphs.find((number) => number > last)
    if (beyond !== undefined) {
      throw mistake(
        { path },
        line,
        `${article} has ${last} paragraphs, and no paragraph ${beyond}; correct the number.`,
      )
    }
    return parsed.data
  })
}

/** The ids of the passages that answer. */
export function judgementsOf({ article, paragraphs }: ReaderQuestion): Judgements {
  return new Map(paragraphs.map((number) => [`${article}:${number}`, 1]))
}

/** The same articles, each paragraph with its first `most` hints alone. */
export function withHints(knowledge: Knowledge, most: number): Knowledge {
  const articles = knowledge.articles.map((article) => ({
    ...article,
    sections: article.sections.map(({ heading, passages }) => ({
      heading,
      passages: passages.map((passage) => ({ ...passage, hints: passage.hints.slice(0, most) })),
    })),
  }))
  return { ...knowledge, articles }
}

/**
 * Asks each question of its own article. The ranking is taken as `rank` gives it, whether or not
 * the judge refuses; refusals are the judge's, as `ask` gives them.
 */
export function evaluateQuestions(
  library: Library,
  questions: readonly ReaderQuestion[],
): ReaderFigures {
  const asked = questions.map((one) => {
    const { question, article } = one
    const ranking = library.rank(question, { article })
    const { kind, confidence } = library.ask(question, { article })
    const ids = ranking.map(({ id }) => id)
    const judgements = judgementsOf(one)
    return {
      one,
      refused: kind === 'refusal',
      confidence,
      first: ranking[0]?.paragraph ?? null,
      'hit@1': hit(ids, judgements, 1),
      'hit@3': hit(ids, judgements, 3),
      rr: reciprocalRank(ids, judgements, ids.length),
    }
  })
  const answerable = asked.filter(({ one }) => one.paragraphs.length > 0)
  const unanswerable = asked.filter(({ one }) => one.paragraphs.length === 0)
  const refused = (group: typeof asked) => share(group.map(({ refused }) => (refused ? 1 : 0)))
  return {
    answerable: answerable.length,
    unanswerable: unanswerable.length,
    'hit@1': share(answerable.map((one) => one['hit@1'])),
    'hit@3': share(answerable.map((one) => one['hit@3'])),
    mrr: share(answerable.map(({ rr }) => rr)),
    falseRefusals: refused(answerable),
    rightRefusals: refused(unanswerable),
    misses: asked
      .filter(({ one, refused, ...found }) =>
        one.paragraphs.length > 0 ? refused || found['hit@1'] === 0 : !refused,
      )
      .map(({ one, first, refused, confidence }) => ({ ...one, first, refused, confidence })),
  }
}

function share(values: readonly number[]): number | null {
  return values.length === 0 ? null : mean(values)
}
