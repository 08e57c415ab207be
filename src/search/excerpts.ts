import type { Passage, Range } from '../knowledge/article.ts'
import type { Excerpt } from './answer.ts'
import type { Corpus } from './corpus.ts'
import { encode } from './encoder.ts'
import type { Match, Question } from './question.ts'
import type { Ranked } from './ranking.ts'
import { lemmasOf } from './wordnet.ts'

/** A sentence that opens like this leans on the one before it. */
const LEANING =
  /^["'“‘(]*(?:this|that|these|those|he|she|it|they|him|her|them|his|its|their|such|but|however|instead|so|thus|therefore|hence|also|moreover|furthermore|still|yet|then|nevertheless|as a result|in addition|for example|for instance)\b/i

/** A neighbour joins the excerpt if its score is at most this much below the best sentence's. */
const NEIGHBOUR = 1
/** Where a reader's question led to the paragraph, the words of its sentences tell them apart less. */
const WIDE = 6

/**
 * A further passage is shown unasked if its score is at most this much below the first one's: the
 * model gives it a fiftieth of the first one's odds. `docs/ranking.md` shows what other values give.
 */
const FLOOR = 4
/** So many parts of a list are shown: "what are the recommendations" asks for all of them. */
const PARTS = 3

/**
 * Chooses what to show of the ranked passages: whole sentences, at most `sentences` in a row; and
 * tells how many of them, from the first, are worth showing unasked.
 */
export function chooseExcerpts(
  corpus: Corpus,
  question: Question,
  ranked: readonly Ranked[],
  limit: number,
  sentences: number,
): { readonly excerpts: readonly Excerpt[]; readonly telling: number } {
  const excerpts: Excerpt[] = []
  let telling = 0
  const list = asksForList(question)
  const top = ranked[0]?.score ?? 0
  const shown = new Set<string>()
  for (const entry of ranked) {
    if (excerpts.length >= limit) break
    const passage = corpus.passages[entry.passage]
    if (!passage) continue
    const { start, end } = window(corpus, passage, entry, sentences)
    const text = passage.text.slice(start, end)
    if (shown.has(text)) continue
    shown.add(text)
    if (entry.score >= top - FLOOR || (list && excerpts.length < PARTS)) telling++
    excerpts.push({
      passage,
      start,
      end,
      marks: marksIn(corpus, question, passage, { start, end }),
    })
  }
  return { excerpts, telling }
}

/** Whether a question asks for several things: "which reasons …", or for advice. */
function asksForList({ kind, terms, focus }: Question): boolean {
  if (kind === 'advice') return true
  if (kind === 'number' || kind === 'time') return false
  const word = terms[focus]?.word ?? ''
  const lemmas = word.endsWith('s') ? lemmasOf(word, 'noun') : []
  return lemmas.length > 0 && !lemmas.includes(word)
}

function window(corpus: Corpus, passage: Passage, entry: Ranked, limit: number): Range {
  const first = corpus.passageAt[entry.passage] ?? 0
  const scores = new Map(entry.sentences.map(({ sentence, score }) => [sentence - first, score]))
  const best = entry.sentences[0]
  const whole = { start: 0, end: passage.text.length }
  if (!best) return whole
  let from = best.sentence - first
  let to = from
  const textOf = (index: number): string => {
    const range = passage.sentences[index]
    return range ? passage.text.slice(range.start, range.end) : ''
  }
  while (to - from + 1 < limit) {
    const before = from > 0 ? (scores.get(from - 1) ?? -Infinity) : -Infinity
    const after = scores.get(to + 1) ?? -Infinity
    if (from > 0 && LEANING.test(textOf(from))) from--
    else if (Math.max(before, after) < best.score - (entry.hinted ? WIDE : NEIGHBOUR)) break
    else if (before >= after) from--
    else to++
  }
  return {
    start: passage.sentences[from]?.start ?? 0,
    end: passage.sentences[to]?.end ?? passage.text.length,
  }
}

/** The words of a passage that match the question, inside a range; overlapping ones are joined. */
export function marksIn(
  corpus: Corpus,
  question: Question,
  passage: Passage,
  within: Range,
): readonly Range[] {
  const words = encode(passage.text.slice(within.start, within.end))
  const ids = words.map(({ key }) => corpus.vocabulary.get(key) ?? -1)
  const matches = matchesByFirst(question)
  const marks: Range[] = []
  words.forEach((_, index) => {
    for (const match of matches.get(ids[index] ?? -1) ?? []) {
      if (!match.ids.every((id, offset) => ids[index + offset] === id)) continue
      const start = within.start + (words[index]?.start ?? 0)
      const end = within.start + (words[index + match.ids.length - 1]?.end ?? 0)
      const last = marks.at(-1)
      if (last && start < last.end)
        marks[marks.length - 1] = { start: last.start, end: Math.max(end, last.end) }
      else marks.push({ start, end })
    }
  })
  return marks
}

const byFirst = new WeakMap<Question, Map<number, Match[]>>()

/** A question's matches by the term id that they begin with. */
function matchesByFirst(question: Question): ReadonlyMap<number, readonly Match[]> {
  let found = byFirst.get(question)
  if (!found) {
    found = new Map()
    for (const match of question.matches) {
      const first = match.ids[0] ?? -1
      const others = found.get(first)
      if (others) others.push(match)
      else found.set(first, [match])
    }
    byFirst.set(question, found)
  }
  return found
}
