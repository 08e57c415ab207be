import { Index } from 'flexsearch'
import Database from 'libsql'
import lunr from 'lunr'
import MiniSearch from 'minisearch'
import { passagesOf } from '../../knowledge/article.ts'
import { openLibrary } from '../library.ts'
import { articlesOf } from './articles.ts'
import { openBm25 } from './bm25.ts'
import type { DatasetPassage } from './dataset.ts'
import { tokens } from './tokens.ts'

/** What a reader would be shown for a question. */
export type Shown = {
  readonly refused: boolean
  /** The judge's confidence, in [0, 1]; absent where an engine has no judge. */
  readonly confidence?: number
  /** Best first, at most three, without those that add too little; empty when refused. */
  readonly excerpts: readonly string[]
  /** The one sentence that is shown where only one may be; empty when refused. */
  readonly sentence: string
}

/** An engine that has read its passages. */
export type OpenEngine = {
  /** Ids of passages, best first, at most `depth`. */
  rank(question: string): readonly string[]
  /** Absent in an engine that finds passages only. */
  show?(question: string): Shown
  /** The work of one question as a reader waits for it; this is what is timed. */
  answer(question: string): unknown
  /** Bytes that it holds outside of the JavaScript heap and of what Node counts beside it. */
  bytesOutside?(): number
}

export type Engine = (passages: readonly DatasetPassage[]) => OpenEngine

/** As many as recall is measured over. */
export const depth = 100

/** Footnote, and what it is compared with, by the names that `--engine` takes. */
export const engines = {
  footnote: openFootnote,
  flexsearch: (passages) => openFlexSearch(passages, new Index()),
  'flexsearch-ours': (passages) => openFlexSearch(passages, new Index({ encode: tokens })),
  minisearch: (passages) => openMiniSearch(passages, {}),
  'minisearch-ours': (passages) =>
    openMiniSearch(passages, { tokenize: tokens, processTerm: (term) => term }),
  lunr: openLunr,
  fts5: openFts5,
  bm25: openBm25Engine,
} satisfies Record<string, Engine>

export type EngineName = keyof typeof engines

/** Title and text, which every engine is given alike. */
function whole({ title, text }: DatasetPassage): string {
  return title === '' ? text : `${title}\n${text}`
}

/** FlexSearch with its defaults but for `suggest`: without it one unmatched word empties a result. */
function openFlexSearch(passages: readonly DatasetPassage[], index: Index): OpenEngine {
  passages.forEach((passage, position) => {
    index.add(position, whole(passage))
  })
  const rank = (question: string) =>
    index
      .search(question, { limit: depth, suggest: true })
      .map((position) => passages[Number(position)]?.id ?? '')
  return { rank, answer: rank }
}

function openMiniSearch(
  passages: readonly DatasetPassage[],
  options: {
    tokenize?: (text: string) => string[]
    processTerm?: (term: string) => string
  },
): OpenEngine {
  const index = new MiniSearch({ fields: ['title', 'text'], ...options })
  index.addAll(passages)
  const rank = (question: string) =>
    index
      .search(question)
      .slice(0, depth)
      .map(({ id }) => String(id))
  return { rank, answer: rank }
}

/** lunr with its defaults; the question is given as terms, so that none of its signs is syntax. */
function openLunr(passages: readonly DatasetPassage[]): OpenEngine {
  const index = lunr((builder) => {
    builder.ref('position')
    builder.field('title')
    builder.field('text')
    passages.forEach(({ title, text }, position) => {
      builder.add({ position, title, text })
    })
  })
  const rank = (question: string) =>
    index
      .query((query) => query.term(lunr.tokenizer(question), {}))
      .slice(0, depth)
      .map(({ ref }) => passages[Number(ref)]?.id ?? '')
  return { rank, answer: rank }
}

/** SQLite's full-text search with its Porter stemmer; any word may match (https://sqlite.org/fts5.html). */
function openFts5(passages: readonly DatasetPassage[]): OpenEngine {
  const database = new Database(':memory:')
  database.exec(
    `create virtual table passage using fts5(title, text, tokenize = 'porter unicode61')`,
  )
  const insert = database.prepare('insert into passage (rowid, title, text) values (?, ?, ?)')
  database.transaction(() => {
    passages.forEach(({ title, text }, position) => {
      insert.run(position + 1, title, text)
    })
  })()
  const select = database
    .prepare('select rowid from passage where passage match ? order by bm25(passage) limit ?')
    .pluck()
  const rank = (question: string) => {
    const words = question.match(/[\p{L}\p{N}]+/gu) ?? []
    if (words.length === 0) return []
    const found = select.all(words.map((word) => `"${word}"`).join(' OR '), depth)
    return found.map((row) => passages[Number(row) - 1]?.id ?? '')
  }
  const bytesOutside = () => {
    const [pages = 0, size = 0] = ['page_count', 'page_size'].map((name) => {
      const row = database.prepare(`pragma ${name}`).get() as Readonly<Record<string, unknown>>
      return Number(row[name])
    })
    return pages * size
  }
  return { rank, answer: rank, bytesOutside }
}

/** BM25 over title and text; it shows the best sentence of the first passage, and never refuses. */
function openBm25Engine(passages: readonly DatasetPassage[]): OpenEngine {
  const index = openBm25(passages.map(whole))
  const { articles, corpusId } = articlesOf(passages)
  const sentences = new Map(
    articles
      .flatMap(passagesOf)
      .map(({ id, text, sentences }) => [
        corpusId.get(id) ?? '',
        sentences.map(({ start, end }) => text.slice(start, end)),
      ]),
  )
  const rank = (question: string) =>
    index.rank(question, depth).map((position) => passages[position]?.id ?? '')
  const show = (question: string): Shown => {
    const excerpts = rank(question)
      .slice(0, 3)
      .map((id) => best(sentences.get(id) ?? [], (text) => index.score(question, text)))
    return { refused: false, excerpts, sentence: excerpts[0] ?? '' }
  }
  return { rank, show, answer: rank }
}

function best(texts: readonly string[], score: (text: string) => number): string {
  const scored = texts.map((text) => ({ text, score: score(text) }))
  return scored.sort((one, other) => other.score - one.score)[0]?.text ?? ''
}

function openFootnote(passages: readonly DatasetPassage[]): OpenEngine {
  const { articles, corpusId } = articlesOf(passages)
  const library = openLibrary({ articles, synonyms: [] })
  const shown = (question: string, limit: number, sentences: number) => {
    const answer = library.ask(question, { limit, sentences })
    if (answer.kind === 'refusal') {
      return { refused: true, confidence: answer.confidence, texts: [] }
    }
    const texts = answer.excerpts
      .slice(0, answer.telling)
      .map(({ passage, start, end }) => passage.text.slice(start, end))
    return { refused: false, confidence: answer.confidence, texts }
  }
  return {
    rank: (question) =>
      library.rank(question, { limit: depth }).map(({ id }) => corpusId.get(id) ?? ''),
    show(question) {
      const { refused, confidence, texts } = shown(question, 3, 3)
      const [sentence = ''] = shown(question, 1, 1).texts
      return { refused, confidence, excerpts: texts, sentence }
    },
    answer: (question) => library.ask(question),
  }
}
