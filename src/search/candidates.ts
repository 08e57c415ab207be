import { Index } from 'flexsearch'
import { atOnce, type Steps } from '../slices.ts'
import { type Corpus, STOP } from './corpus.ts'

/**
 * Finds the passages worth ranking. In a library of an article or so each passage is; in a larger
 * one those that hold the most of what is sought.
 */
export type Candidates = {
  /** Passage numbers, in no order that matters. */
  find(sought: readonly Sought[]): readonly number[]
}

/** The term id of a word to look for, and how much a passage gains that holds it. */
export type Sought = { readonly id: number; readonly weight: number }

/** Up to this many passages all are ranked: that costs less than choosing among them. */
const RANK_ALL = 128
/** Passages that are ranked of a larger library. */
const MOST = 200

export function openCandidates(corpus: Corpus, from: number, to: number): Candidates {
  return atOnce(candidateSteps(corpus, from, to))
}

/** As `openCandidates`, a passage at a time. */
export function* candidateSteps(corpus: Corpus, from: number, to: number): Steps<Candidates> {
  if (to - from <= RANK_ALL) {
    const all = Array.from({ length: to - from }, (_, offset) => from + offset)
    return { find: () => all }
  }
  const listOf = yield* listSteps(corpus, from, to)
  const scores = new Float32Array(to - from)
  const touched = new Uint32Array(to - from)
  return {
    find(sought) {
      let met = 0
      let left = 0
      for (const { weight } of sought) left += weight
      // The places of passages that may yet be among the best, once no further one can be.
      let open: Uint32Array | undefined
      for (const { id, weight } of sought) {
        const list = listOf(id)
        if (list.length > LONG && (open?.length ?? met) > MOST)
          open = stillOpen(open ?? touched.subarray(0, met), scores, left) ?? open
        left -= weight
        if (open && open.length * SEARCH < list.length) {
          for (const at of open) {
            if (holds(list, at + from)) scores[at] = (scores[at] ?? 0) + weight
          }
        } else if (open) {
          for (let n = 0; n < list.length; n++) {
            const at = (list[n] ?? 0) - from
            const score = scores[at] ?? 0
            if (score > 0) scores[at] = score + weight
          }
        } else {
          for (let n = 0; n < list.length; n++) {
            const at = (list[n] ?? 0) - from
            const score = scores[at] ?? 0
            if (score === 0) touched[met++] = at
            scores[at] = score + weight
          }
        }
      }
      const best = largest(open ?? touched.subarray(0, met), scores, MOST)
      for (let n = 0; n < met; n++) scores[touched[n] ?? 0] = 0
      return best.map((at) => at + from)
    },
  }
}

/** Lists up to this length are read faster than it is found out whether they must be. */
const LONG = 5000
/** To look one passage up in a list takes about so many times as long as to read one entry. */
const SEARCH = 16
/** What rounding of sums of 32-bit numbers may come to. */
const ROUNDING = 1.0001

/**
 * The places that can still be among the best if each may gain `left`; undefined as long as a
 * passage that was not met so far could be one. The lists of the weightier words thus spare most of
 * the work on the long ones of common words, and the outcome is the same (Turtle and Flood 1995).
 */
function stillOpen(
  places: Uint32Array,
  scores: Float32Array,
  left: number,
): Uint32Array | undefined {
  let least = Infinity
  for (const at of largest(places, scores, MOST)) least = Math.min(least, scores[at] ?? 0)
  if (least <= left * ROUNDING) return undefined
  return places.filter((at) => ((scores[at] ?? 0) + left) * ROUNDING >= least)
}

/** Whether an ascending list holds a number. */
function holds(list: PassageList, wanted: number): boolean {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((list[middle] ?? 0) < wanted) low = middle + 1
    else high = middle
  }
  return list[low] === wanted
}

/** Keys are made by our own encoder. */
function itself(key: string): string[] {
  return [key]
}

/** Passage numbers, ascending. */
type PassageList = Uint32Array

/** FlexSearch's list of the passages that hold a term. */
function* listSteps(corpus: Corpus, from: number, to: number): Steps<(id: number) => PassageList> {
  // The lists are made here, many times faster than FlexSearch adds one passage after another, and
  // handed over when a term is first sought: most terms never are. With one degree of relevance
  // FlexSearch keeps and gives a key's list as it stands, without a copy, so it may be a part of one
  // large typed array; what several keys find is summed up by `find`, since FlexSearch counts a
  // common word like a rare one.
  const index = new Index({ tokenize: 'strict', resolution: 1, encode: itself })
  const keys = [...corpus.vocabulary.keys()]
  const listAt = new Uint32Array(keys.length + 1)
  // Room for each list; where there is too much of it, to know better costs more.
  const count = (id: number, passages: number): void => {
    listAt[id + 1] = (listAt[id + 1] ?? 0) + passages
  }
  if (from === 0 && to === corpus.passages.length) {
    for (const [id, passages] of corpus.frequency.entries()) count(id, passages)
    for (const [article, title] of corpus.titles.entries()) {
      const passages = (corpus.articleAt[article + 1] ?? 0) - (corpus.articleAt[article] ?? 0)
      for (const id of title) count(id, passages)
    }
  } else {
    for (let p = from; p < to; p++) {
      yield
      eachTerm(corpus, p, (id) => count(id, 1))
    }
  }
  for (let id = 0; id < keys.length; id++)
    listAt[id + 1] = (listAt[id + 1] ?? 0) + (listAt[id] ?? 0)
  const lists = new Uint32Array(listAt[keys.length] ?? 0)
  const endAt = listAt.slice(0, -1)
  const seen = new Int32Array(keys.length).fill(-1)
  for (let p = from; p < to; p++) {
    yield
    eachTerm(corpus, p, (id) => {
      if (seen[id] === p) return
      seen[id] = p
      const at = endAt[id] ?? 0
      lists[at] = p
      endAt[id] = at + 1
    })
  }
  return (id) => {
    const key = keys[id]
    const [start, end] = [listAt[id] ?? 0, endAt[id] ?? 0]
    if (key === undefined || start === end) return EMPTY
    if (seen[id] !== HANDED_OVER) {
      seen[id] = HANDED_OVER
      // What FlexSearch's own export gives, before it is written as JSON.
      const entry = [[key, [lists.subarray(start, end)]]]
      index.import('map', entry as unknown as string)
    }
    return index.search(key, { limit: to - from }) as unknown as PassageList
  }
}

const HANDED_OVER = -2
const EMPTY: PassageList = new Uint32Array(0)

/** The places with the highest scores, in ascending order; among equal ones the first. */
function largest(places: Uint32Array, scores: Float32Array, most: number): number[] {
  if (places.length <= most) return [...places].sort((a, b) => a - b)
  // A heap of the best so far, the worst of them on top.
  const heap = [...places.subarray(0, most)]
  const worse = (a: number, b: number): boolean => {
    const difference = (scores[a] ?? 0) - (scores[b] ?? 0)
    return difference < 0 || (difference === 0 && a > b)
  }
  const sink = (from: number): void => {
    const place = heap[from] ?? 0
    let at = from
    for (;;) {
      let child = 2 * at + 1
      if (child >= most) break
      if (child + 1 < most && worse(heap[child + 1] ?? 0, heap[child] ?? 0)) child++
      if (!worse(heap[child] ?? 0, place)) break
      heap[at] = heap[child] ?? 0
      at = child
    }
    heap[at] = place
  }
  for (let at = (most >> 1) - 1; at >= 0; at--) sink(at)
  for (let next = most; next < places.length; next++) {
    const place = places[next] ?? 0
    if (worse(place, heap[0] ?? 0)) continue
    heap[0] = place
    sink(0)
  }
  return heap.sort((a, b) => a - b)
}

/** Calls back with each content word of a passage, its heading, hints and title; some more than once. */
function eachTerm(corpus: Corpus, p: number, call: (id: number) => void): void {
  const start = corpus.sentenceAt[corpus.passageAt[p] ?? 0] ?? 0
  const end = corpus.sentenceAt[corpus.passageAt[p + 1] ?? 0] ?? 0
  for (let t = start; t < end; t++)
    if (!((corpus.flags[t] ?? 0) & STOP)) call(corpus.tokens[t] ?? 0)
  corpus.headings[p]?.forEach(call)
  for (const hint of corpus.hints[p] ?? []) hint.forEach(call)
  corpus.titles[corpus.articleOf[p] ?? 0]?.forEach(call)
}
