import type { Article, Knowledge, Passage } from '../knowledge/article.ts'
import type { Answer, Hit, Refusal } from './answer.ts'

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

export function openLibrary(_knowledge: Knowledge): Library {
  throw new Error('not written yet')
}
