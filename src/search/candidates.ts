import { Index } from 'flexsearch'
import { atOnce, type Steps } from '../slices.ts'
import type { Corpus } from './corpus.ts'

/**
 * Finds the passages worth ranking. In a library of an article or so each passage is; in a larger
 * one FlexSearch names those that share the question's words.
 */
export type Candidates = {
  /**
   * Passage numbers, in no order that matters.
   * @param terms keys of the question's words, rarest first
   */
  find(terms: readonly string[]): readonly number[]
}

/** Up to this many passages all are ranked: that costs less than choosing among them. */
const RANK_ALL = 128
/** Passages that share most of the question's words. */
const TOGETHER = 100
/** Passages asked for by each of the rarest words alone: `suggest` may cut these off. */
const ALONE = 40
const RAREST = 3

export function openCandidates(corpus: Corpus, from: number, to: number): Candidates {
  return atOnce(candidateSteps(corpus, from, to))
}

/** As `openCandidates`, a passage at a time. */
export function* candidateSteps(corpus: Corpus, from: number, to: number): Steps<Candidates> {
  if (to - from <= RANK_ALL) {
    const all = Array.from({ length: to - from }, (_, offset) => from + offset)
    return { find: () => all }
  }
  // Keys are made by our own encoder; FlexSearch gets them joined by blanks.
  const index = new Index({ tokenize: 'strict', encode: (keys: string) => keys.split(' ') })
  const keys = [...corpus.vocabulary.keys()]
  for (let p = from; p < to; p++) {
    yield
    index.add(p, keysOf(corpus, keys, p).join(' '))
  }
  return {
    find(terms) {
      if (terms.length === 0) return []
      const found = new Set<number>()
      const collect = (query: string, limit: number): void => {
        for (const id of index.search(query, { limit, suggest: true })) found.add(Number(id))
      }
      collect(terms.join(' '), TOGETHER)
      for (const term of terms.slice(0, RAREST)) collect(term, ALONE)
      return [...found]
    },
  }
}

function keysOf(corpus: Corpus, keys: readonly string[], p: number): string[] {
  const ids = new Set<number>()
  const start = corpus.sentenceAt[corpus.passageAt[p] ?? 0] ?? 0
  const end = corpus.sentenceAt[corpus.passageAt[p + 1] ?? 0] ?? 0
  for (let t = start; t < end; t++)
    if (!((corpus.flags[t] ?? 0) & 1)) ids.add(corpus.tokens[t] ?? 0)
  for (const id of corpus.headings[p] ?? []) ids.add(id)
  for (const hint of corpus.hints[p] ?? []) for (const id of hint) ids.add(id)
  for (const id of corpus.titles[corpus.articleOf[p] ?? 0] ?? []) ids.add(id)
  return [...ids].map((id) => keys[id] ?? '')
}
