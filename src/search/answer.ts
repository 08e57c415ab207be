import type { Passage, Range } from '../knowledge/article.ts'

/** Whole sentences of one passage, shown as a quotation: `passage.text.slice(start, end)`. */
export type Excerpt = {
  readonly passage: Passage
  readonly start: number
  readonly end: number
  /** Words that matched the question, as ranges of `passage.text` inside the excerpt, in order. */
  readonly marks: readonly Range[]
}

/** What the texts say on a question, best excerpt first. */
export type Answer = {
  readonly kind: 'answer'
  readonly question: string
  readonly excerpts: readonly Excerpt[]
  /** How many of the excerpts, from the first, are worth showing unasked. */
  readonly telling: number
  /** The judge's estimate, in [0, 1], that the first excerpt answers the question. */
  readonly confidence: number
}

/** The texts have no answer: nothing is quoted, only the nearest sections are named. */
export type Refusal = {
  readonly kind: 'refusal'
  readonly question: string
  readonly confidence: number
  /** Nearest first; at most five, none twice; empty where none shares enough with the question. */
  readonly nearest: readonly { readonly articleId: string; readonly heading: string }[]
}

/** One hit of a word search: a passage and the words in it that matched. */
export type Hit = { readonly passage: Passage; readonly marks: readonly Range[] }
