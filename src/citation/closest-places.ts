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

export type ClosePlace = {
  readonly region: Region
  /** Offsets into the region's text. */
  readonly start: number
  readonly end: number
  /** The share of the quotation's words that stand here in the same order, in [0, 1]. */
  readonly share: number
}

/** So many of the rarest words of a quotation, and so many of their postings, are looked at. */
const wordLimit = 64
const postingLimit = 600_000
/** At least so many words are looked at, however common they are. */
const wordMinimum = 8
/** How many passages are compared by word pairs, and how many of these by alignment. */
const pairLimit = 512
const steps = 256
const alignmentLimit = 6
/** A place with such a share needs no comparison with others. */
const surelyThis = 0.98

/**
 * The places that come nearest to a quotation, nearest first: passages that share its rare words,
 * then those that share its pairs of words, then the cheapest alignment with these.
 * @param words the hashes of the quotation's words
 * @param omissions after how many words something is left out by the quotation's own account
 * @param least places with a smaller share are left out
 */
export function closestPlaces(
  index: WordIndex,
  words: Uint32Array,
  omissions: ReadonlySet<number>,
  least: number,
): readonly ClosePlace[] {
  const { best: scores, total } = sharedRareWords(index, words)
  const candidates = [...scores.keys()]
  if (candidates.length > pairLimit) {
    candidates.sort((a, b) => (scores.get(b) ?? 0) - (scores.get(a) ?? 0))
    candidates.length = pairLimit
  }
  const pairs = new Set<number>()
  for (let at = 0; at + 1 < words.length; at += 1) pairs.add(pairOf(words[at], words[at + 1]))
  const highest = Math.max(...candidates.map((number) => scores.get(number) ?? 0))
  const closeness = new Map<number, number>()
  for (const number of candidates) {
    const shared = new Set<number>()
    const end = index.offsets[number + 1] ?? 0
    for (let at = index.offsets[number] ?? 0; at + 1 < end; at += 1) {
      const pair = pairOf(index.words[at], index.words[at + 1])
      if (pairs.has(pair)) shared.add(pair)
    }
    const rareShare = (scores.get(number) ?? 0) / highest
    closeness.set(number, rareShare + shared.size / Math.max(1, pairs.size))
  }
  candidates.sort((a, b) => (closeness.get(b) ?? 0) - (closeness.get(a) ?? 0))

  const places: ClosePlace[] = []
  const done = new Set<string>()
  for (const number of candidates.slice(0, alignmentLimit)) {
    const region = widen(index, number, words.length, total)
    const key = `${region.first}-${region.last}`
    if (done.has(key)) continue
    done.add(key)
    if (sharedAtMost(index, region, words) < least) continue
    const place = align(index, region, words, omissions)
    if (place) places.push(place)
    if (place && place.share > surelyThis) break
  }
  return places.sort((a, b) => b.share - a.share)
}

function pairOf(a = 0, b = 0): number {
  return (Math.imul(a, 0x85ebca6b) ^ b) >>> 0
}

/** For each passage that holds rare words of the quotation, the sum of their weights. */
function sharedRareWords(
  index: WordIndex,
  words: Uint32Array,
): { best: Map<number, number>; total: Float32Array } {
  const known = [...new Set(words)]
    .map((word) => ({ word, postings: passagesWith(index, word) }))
    .filter(({ postings }) => postings.length > 0)
    .sort((a, b) => a.postings.length - b.postings.length)
    .slice(0, wordLimit)
  const total = new Float32Array(index.passages.length)
  let [looked, used, highest] = [0, 0, 0]
  for (const { postings } of known) {
    if (used >= wordMinimum && looked + postings.length > postingLimit) break
    used += 1
    looked += postings.length
    const weight = Math.log(1 + index.passages.length / postings.length)
    for (const number of postings) {
      const score = (total[number] ?? 0) + weight
      total[number] = score
      if (score > highest) highest = score
    }
  }
  // The least score that some `pairLimit` passages reach, by counting scores in steps.
  const counts = new Uint32Array(steps + 1)
  const stepOf = (score: number) => Math.floor((score / highest) * steps)
  for (const score of total) if (score > 0) counts[stepOf(score)] = (counts[stepOf(score)] ?? 0) + 1
  let least = steps
  for (let above = 0; least > 0; least -= 1) {
    above += counts[least] ?? 0
    if (above >= pairLimit) break
  }
  const best = new Map<number, number>()
  for (let number = 0; number < total.length && best.size < 8 * pairLimit; number += 1) {
    const score = total[number] ?? 0
    if (score > 0 && stepOf(score) >= least) best.set(number, score)
  }
  return { best, total }
}

/** Takes in the neighbours of a passage that hold rare words of the quotation too, if it is long. */
function widen(index: WordIndex, number: number, length: number, total: Float32Array): Region {
  const shares = (other: number) => (total[other] ?? 0) > 0
  let [first, last] = [number, number]
  const words = () => (index.offsets[last + 1] ?? 0) - (index.offsets[first] ?? 0)
  const most = words() + 1.2 * length
  while (first > (index.articleStart[number] ?? 0) && shares(first - 1) && words() < most)
    first -= 1
  const wider = words() + 1.2 * length
  while (last < (index.articleEnd[number] ?? 1) - 1 && shares(last + 1) && words() < wider)
    last += 1
  return { first, last }
}

/** The share of the quotation's words that stand in a region, in whatever order. */
function sharedAtMost(index: WordIndex, { first, last }: Region, words: Uint32Array): number {
  const there = new Set(index.words.subarray(index.offsets[first], index.offsets[last + 1]))
  let shared = 0
  for (const word of words) if (there.has(word)) shared += 1
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
  words: Uint32Array,
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
  const text = regionText(index, region)
  const ranges = hashRanges(normalForm(text))
  const start = ranges[j]?.start ?? 0
  return { region, start, end: ranges[end - 1]?.end ?? text.length, share: same / words.length }
}
