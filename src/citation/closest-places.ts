import type { Range } from '../knowledge/article.ts'
import { normalForm } from './normal-form.ts'
import { hashRanges, passagesWith, type WordIndex } from './word-index.ts'

/** Passages from the first to the last, by their numbers in the index; of one article. */
export type Region = { readonly first: number; readonly last: number }

/** The text of a region: its paragraphs, one a line. */
export function regionText(index: WordIndex, { first, last }: Region): string {
  let text = index.passages[first]?.text ?? ''
  for (let number = first + 1; number <= last; number += 1)
    text += `\n${index.passages[number]?.text}`
  return text
}

/** A stretch of the source that comes near to a quotation. */
export type ClosePlace = {
  readonly region: Region
  /** The words of the region, by their numbers in it, from the first to before the last. */
  readonly firstWord: number
  readonly endWord: number
  /** The share of the quotation's words that stand here in the same order, in [0, 1]. */
  readonly share: number
}

/** So many of the rarest words of a quotation are looked up. */
const wordLimit = 64
/** At least so many words are looked up, however common they are, */
const wordMinimum = 8
/** and further ones while no more than so many postings have been looked at. */
const postingLimit = 30_000
/** How many passages are compared by all their words and word pairs (512 find no more), how many by alignment. */
const pairLimit = 256
const steps = 256
const alignmentLimit = 6
/** A place with such a share needs no comparison with others. */
const surelyThis = 0.98

/**
 * The place that comes nearest to a quotation, and the nearest in the article that is asked for:
 * among the passages that share its rare words, those that share most of its words and pairs of
 * words are aligned with it.
 * @param words the hashes of the quotation's words
 * @param omissions after how many words something is left out by the quotation's own account
 * @param least places with a smaller share are of no use
 */
export function closestPlaces(
  index: WordIndex,
  words: Int32Array,
  omissions: ReadonlySet<number>,
  least: number,
  article?: string,
): { readonly anywhere?: ClosePlace; readonly here?: ClosePlace } {
  const quoted = quotedWords(index, words)
  let anywhere: ClosePlace | undefined
  let here: ClosePlace | undefined
  const done = new Set<string>()
  for (const number of mostAlike(index, words, quoted, sharingRareWords(index, quoted))) {
    const region = widen(index, number, words.length, quoted)
    const key = `${region.first}-${region.last}`
    if (done.has(key)) continue
    done.add(key)
    const isHere = !article || index.passages[number]?.articleId === article
    // The first of equals counts, so that only a larger share is of interest.
    const known = (isHere ? here : anywhere)?.share ?? 0
    const most = sharedAtMost(index, region, words, quoted)
    if (most < least || most <= known) continue
    const place = align(index, region, words, omissions)
    if (!place) continue
    if (!anywhere || place.share > anywhere.share) anywhere = place
    if (isHere && (!here || place.share > here.share)) here = place
    if (place.share > surelyThis) break
  }
  return { ...(anywhere && { anywhere }), ...(here && { here }) }
}

/** Where a place stands, as offsets into its region's text. */
export function rangeIn(text: string, { firstWord, endWord }: ClosePlace): Range {
  const ranges = hashRanges(normalForm(text))
  return {
    start: ranges[firstWord]?.start ?? 0,
    end: ranges[endWord - 1]?.end ?? text.length,
  }
}

/** The different words of a quotation: each has a number, rarest first. */
type QuotedWords = {
  /** The number of a word, or -1. */
  readonly numberOf: (word: number) => number
  /** By number: the passages, what sharing the word counts, how often the quotation has it. */
  readonly postings: readonly Uint32Array[]
  readonly weights: Float32Array
  readonly counts: Uint16Array
}

function quotedWords(index: WordIndex, words: Int32Array): QuotedWords {
  const known = [...new Set(words)]
    .map((word) => ({ word, postings: passagesWith(index, word) }))
    .sort((a, b) => a.postings.length - b.postings.length)
  const numberOf = numbering(Int32Array.from(known, ({ word }) => word))
  const counts = new Uint16Array(known.length)
  for (const word of words) {
    const number = numberOf(word)
    counts[number] = (counts[number] ?? 0) + 1
  }
  const postings = known.map((one) => one.postings)
  const firstKnown = postings.findIndex(({ length }) => length > 0)
  return {
    numberOf,
    postings,
    weights: Float32Array.from(postings, ({ length }, number) =>
      firstKnown >= 0 && number >= firstKnown && number < firstKnown + wordLimit
        ? Math.log(1 + index.passages.length / length)
        : 0,
    ),
    counts,
  }
}

/** Tells the place of a value in a list of different 32-bit values, or -1: a small hash table. */
function numbering(values: Int32Array): (value: number) => number {
  const bits = 2 + Math.ceil(Math.log2(values.length + 1))
  const mask = (1 << bits) - 1
  const keys = new Int32Array(1 << bits)
  const numbers = new Int32Array(1 << bits).fill(-1)
  const slotOf = (value: number) => Math.imul(value, 0x9e3779b1) >>> (32 - bits)
  for (const [number, value] of values.entries()) {
    let slot = slotOf(value)
    while (numbers[slot] !== -1) slot = (slot + 1) & mask
    keys[slot] = value
    numbers[slot] = number
  }
  return (value) => {
    for (let slot = slotOf(value); ; slot = (slot + 1) & mask) {
      const number = numbers[slot] ?? -1
      if (number < 0 || keys[slot] === value) return number
    }
  }
}

function pairOf(a = 0, b = 0): number {
  return Math.imul(a, 0x85ebca6b) ^ b
}

/** Some `pairLimit` passages that share the rarest words of the quotation, by their weights. */
function sharingRareWords(index: WordIndex, { postings, weights }: QuotedWords): number[] {
  const { scores } = index
  const touched: number[] = []
  let [looked, used, highest] = [0, 0, 0]
  for (const [word, passages] of postings.entries()) {
    const weight = weights[word] ?? 0
    if (weight === 0) continue
    if (used >= wordMinimum && looked + passages.length > postingLimit) break
    used += 1
    looked += passages.length
    for (let at = 0; at < passages.length; at += 1) {
      const number = passages[at] ?? 0
      const before = scores[number] ?? 0
      if (before === 0) touched.push(number)
      scores[number] = before + weight
      if (before + weight > highest) highest = before + weight
    }
  }
  // The least score that so many passages reach, by counting scores in steps.
  const counts = new Uint32Array(steps + 1)
  const stepOf = (number: number) => Math.floor(((scores[number] ?? 0) / highest) * steps)
  for (const number of touched) counts[stepOf(number)] = (counts[stepOf(number)] ?? 0) + 1
  let least = steps
  for (let above = counts[least] ?? 0; least > 0 && above < pairLimit; above += counts[least] ?? 0)
    least -= 1
  const best: number[] = []
  const atLeast: number[] = []
  for (const number of touched) {
    const step = stepOf(number)
    if (step > least) best.push(number)
    else if (step === least) atLeast.push(number)
  }
  for (const number of touched) scores[number] = 0
  return best.concat(atLeast.slice(0, Math.max(0, pairLimit - best.length))).sort((a, b) => a - b)
}

/** The passages that share most of the quotation's words, by weight, and of its pairs of words. */
function mostAlike(
  index: WordIndex,
  words: Int32Array,
  { numberOf, weights }: QuotedWords,
  candidates: readonly number[],
): readonly number[] {
  const pairs = new Set<number>()
  for (let at = 0; at + 1 < words.length; at += 1) pairs.add(pairOf(words[at], words[at + 1]))
  const pairNumberOf = numbering(Int32Array.from(pairs))
  // In which candidate a word or a pair was last seen.
  const wordSeen = new Int32Array(weights.length).fill(-1)
  const pairSeen = new Int32Array(pairs.size).fill(-1)
  const scores = new Float32Array(candidates.length)
  const shared = new Float32Array(candidates.length)
  for (const [candidate, passage] of candidates.entries()) {
    const end = index.offsets[passage + 1] ?? 0
    let before = -1
    for (let at = index.offsets[passage] ?? 0; at < end; at += 1) {
      const word = numberOf(index.words[at] ?? 0)
      if (word >= 0) {
        if (wordSeen[word] !== candidate) {
          wordSeen[word] = candidate
          scores[candidate] = (scores[candidate] ?? 0) + (weights[word] ?? 0)
        }
        const pair = before < 0 ? -1 : pairNumberOf(pairOf(index.words[at - 1], index.words[at]))
        if (pair >= 0 && pairSeen[pair] !== candidate) {
          pairSeen[pair] = candidate
          shared[candidate] = (shared[candidate] ?? 0) + 1
        }
      }
      before = word
    }
  }
  const highest = scores.reduce((most, score) => Math.max(most, score), 0)
  const closeness = scores.map(
    (score, candidate) => score / highest + (shared[candidate] ?? 0) / Math.max(1, pairs.size),
  )
  return [...candidates.keys()]
    .sort((a, b) => (closeness[b] ?? 0) - (closeness[a] ?? 0))
    .slice(0, alignmentLimit)
    .map((candidate) => candidates[candidate] ?? 0)
}

/** Takes in the neighbours of a passage that hold rare words of the quotation too, if it is long. */
function widen(
  index: WordIndex,
  number: number,
  length: number,
  { numberOf, weights }: QuotedWords,
): Region {
  const shares = (other: number) =>
    index.words
      .subarray(index.offsets[other], index.offsets[other + 1])
      .some((word) => (weights[numberOf(word)] ?? 0) > 0)
  let [first, last] = [number, number]
  const words = () => (index.offsets[last + 1] ?? 0) - (index.offsets[first] ?? 0)
  const most = words() + 1.2 * length
  while (first > (index.articleStart[number] ?? 0) && words() < most && shares(first - 1))
    first -= 1
  const wider = words() + 1.2 * length
  while (last < (index.articleEnd[number] ?? 1) - 1 && words() < wider && shares(last + 1))
    last += 1
  return { first, last }
}

/** The share of the quotation's words that stand in a region, in whatever order. */
function sharedAtMost(
  index: WordIndex,
  { first, last }: Region,
  words: Int32Array,
  { numberOf, counts }: QuotedWords,
): number {
  const left = counts.slice()
  let shared = 0
  const end = index.offsets[last + 1] ?? 0
  for (let at = index.offsets[first] ?? 0; at < end; at += 1) {
    const word = numberOf(index.words[at] ?? 0)
    const there = left[word] ?? 0
    if (word < 0 || there === 0) continue
    left[word] = there - 1
    shared += 1
  }
  return shared / words.length
}

/** What a word left out costs where the quotation says itself that something is left out. */
const markedOmission = 0.02

const diagonal = 1
const fromQuotation = 2

/**
 * Aligns all words of the quotation with some stretch of the region at the least cost (Sellers
 * 1980): one for each word changed, put in or left out.
 */
function align(
  index: WordIndex,
  region: Region,
  words: Int32Array,
  omissions: ReadonlySet<number>,
): ClosePlace | undefined {
  const source = index.words.subarray(index.offsets[region.first], index.offsets[region.last + 1])
  const columns = source.length + 1
  const moves = new Uint8Array((words.length + 1) * columns)
  let above = new Float32Array(columns)
  let row = new Float32Array(columns)
  for (let i = 1; i <= words.length; i += 1) {
    row[0] = i
    moves[i * columns] = fromQuotation
    const skip = omissions.has(i) ? markedOmission : 1
    for (let j = 1; j < columns; j += 1) {
      const changed = (above[j - 1] ?? 0) + (words[i - 1] === source[j - 1] ? 0 : 1)
      const added = (above[j] ?? 0) + 1
      const left = (row[j - 1] ?? 0) + skip
      const least = Math.min(changed, added, left)
      row[j] = least
      if (changed === least) moves[i * columns + j] = diagonal
      else if (added === least) moves[i * columns + j] = fromQuotation
    }
    const swap = above
    above = row
    row = swap
  }
  let end = 0
  for (let j = 1; j < columns; j += 1) if ((above[j] ?? 0) <= (above[end] ?? 0)) end = j
  let [i, j] = [words.length, end]
  let same = 0
  while (i > 0 && j > 0) {
    const move = moves[i * columns + j]
    if (move === diagonal && words[i - 1] === source[j - 1]) same += 1
    if (move !== fromQuotation) j -= 1
    if (move === diagonal || move === fromQuotation) i -= 1
  }
  if (same === 0) return undefined
  return { region, firstWord: j, endWord: end, share: same / words.length }
}
