import type { Article, Knowledge, Passage, Range } from '../knowledge/article.ts'
import { passagesOf } from '../knowledge/article.ts'
import type { Answer, Excerpt, Hit, Refusal } from './answer.ts'
import { encode } from './encoder.ts'

/** Knowledge made ready for questions. Immutable: new knowledge makes a new library. */
export type Library = {
  readonly articles: ReadonlyMap<string, Article>
  readonly passages: ReadonlyMap<string, Passage>
  /**
   * Answers `question` from one article, or from all of them.
   * @param limit how many excerpts at most, 1 to 25; 3 unless told
   * @param sentences how many sentences an excerpt has at most, 1 to 3; 3 unless told
   */
  ask(
    question: string,
    within?: { article?: string; limit?: number; sentences?: number },
  ): Answer | Refusal
  /**
   * The passages that may answer, best first.
   * @param limit how many at most; 100 unless told
   */
  rank(
    question: string,
    within?: { article?: string; limit?: number },
  ): readonly { readonly passage: Passage; readonly score: number }[]
  /** All passages that hold any of the words, most words and rarest words first. */
  find(words: string, within?: { article?: string }): readonly Hit[]
}

const k1 = 1.2
const b = 0.75
const hintWeight = 0.7
/** An answer covers at least this share of the question's weight. */
const leastCovered = 0.45

type Entry = { passage: Passage; counts: Map<string, number>; length: number }

/** A first, plain ranking: BM25 over text and hints, the best sentence, and a judge on coverage. */
export function openLibrary(knowledge: Knowledge): Library {
  const articles = new Map(knowledge.articles.map((article) => [article.id, article]))
  const passages = new Map(
    knowledge.articles.flatMap((article) => passagesOf(article).map((one) => [one.id, one])),
  )
  const entries: Entry[] = [...passages.values()].map((passage) => {
    const counts = new Map<string, number>()
    const add = (text: string, weight: number) => {
      for (const term of encode(text)) {
        if (!term.stop) counts.set(term.key, (counts.get(term.key) ?? 0) + weight)
      }
    }
    add(passage.text, 1)
    add(passage.heading, 0.5)
    for (const hint of passage.hints) add(hint, hintWeight)
    return { passage, counts, length: encode(passage.text).length }
  })
  const mean = entries.reduce((sum, one) => sum + one.length, 0) / Math.max(1, entries.length)
  const frequency = new Map<string, number>()
  for (const entry of entries) {
    for (const key of entry.counts.keys()) frequency.set(key, (frequency.get(key) ?? 0) + 1)
  }
  const rarity = (key: string) => {
    const holding = frequency.get(key) ?? 0
    return Math.log(1 + (entries.length - holding + 0.5) / (holding + 0.5))
  }
  const keysOf = (text: string) => [
    ...new Set(encode(text).flatMap((term) => (term.stop ? [] : [term.key]))),
  ]
  const marksOf = (passage: Passage, keys: readonly string[], within: Range) =>
    encode(passage.text)
      .filter(
        (term) => keys.includes(term.key) && term.start >= within.start && term.end <= within.end,
      )
      .map(({ start, end }) => ({ start, end }))

  const rank: Library['rank'] = (question, { article, limit = 100 } = {}) => {
    const keys = keysOf(question)
    return entries
      .filter((entry) => article === undefined || entry.passage.articleId === article)
      .map((entry) => ({
        passage: entry.passage,
        score: keys.reduce((sum, key) => {
          const count = entry.counts.get(key) ?? 0
          const norm = k1 * (1 - b + (b * entry.length) / mean)
          return sum + (rarity(key) * count * (k1 + 1)) / (count + norm)
        }, 0),
      }))
      .filter(({ score }) => score > 0)
      .sort((one, other) => other.score - one.score)
      .slice(0, limit)
  }

  const excerptOf = (passage: Passage, keys: readonly string[]): Excerpt => {
    const whole = { start: 0, end: passage.text.length }
    const scored = passage.sentences.map((range) => {
      const held = new Set(keysOf(passage.text.slice(range.start, range.end)))
      return {
        range,
        score: keys.reduce((sum, key) => sum + (held.has(key) ? rarity(key) : 0), 0),
      }
    })
    const best = scored.toSorted((one, other) => other.score - one.score)[0]?.range ?? whole
    return { passage, ...best, marks: marksOf(passage, keys, best) }
  }

  return {
    articles,
    passages,
    rank,
    ask(question, { article, limit = 3 } = {}) {
      const keys = keysOf(question)
      const ranked = rank(question, article === undefined ? {} : { article })
      const first = ranked[0]
      const all = keys.reduce((sum, key) => sum + rarity(key), 0)
      const held = new Map(entries.map((entry) => [entry.passage.id, entry.counts]))
      const covered = first
        ? keys.reduce(
            (sum, key) => sum + (held.get(first.passage.id)?.has(key) ? rarity(key) : 0),
            0,
          )
        : 0
      const confidence = all > 0 ? covered / all : 0
      if (!first || confidence < leastCovered) {
        const nearest = ranked.map(({ passage }) => ({
          articleId: passage.articleId,
          heading: passage.heading,
        }))
        const distinct = new Map(nearest.map((one) => [`${one.articleId} ${one.heading}`, one]))
        return {
          kind: 'refusal',
          question,
          confidence,
          nearest: [...distinct.values()].slice(0, 5),
        }
      }
      const excerpts = ranked.slice(0, limit).map(({ passage }) => excerptOf(passage, keys))
      return { kind: 'answer', question, confidence, excerpts }
    },
    find(words, { article } = {}) {
      const keys = keysOf(words)
      return rank(words, article === undefined ? {} : { article }).map(({ passage }) => ({
        passage,
        marks: marksOf(passage, keys, { start: 0, end: passage.text.length }),
      }))
    },
  }
}
