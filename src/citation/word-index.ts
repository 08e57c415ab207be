import { type Article, type Passage, passagesOf, type Range } from '../knowledge/article.ts'
import type { Library } from '../search/library.ts'
import type { NormalForm } from './normal-form.ts'

/**
 * Where words stand, for finding quotations: the words of all passages one after the other as
 * 32-bit hashes, and for each bucket of hashes the passages that hold one of them. A collision
 * costs a look at a passage too many; what is found is compared character by character afterwards.
 */
export type WordIndex = {
  readonly passages: readonly Passage[]
  /** The words of passage `n` are `words.subarray(offsets[n], offsets[n + 1])`. */
  readonly words: Int32Array
  readonly offsets: Uint32Array
  /** The first passage of the same article, and the one after its last. */
  readonly articleStart: Uint32Array
  readonly articleEnd: Uint32Array
  /** The passages of bucket `b` are `postings.subarray(buckets[b], buckets[b + 1])`. */
  readonly buckets: Uint32Array
  readonly postings: Uint32Array
  /** Room for a number a passage while a quotation is looked for; all zero before and after. */
  readonly scores: Float32Array
}

const bucketBits = 20
const bucketCount = 1 << bucketBits

const indexes = new WeakMap<Library, WordIndex>()

/** The index of a library, made at its first use: about a second for 100,000 paragraphs. */
export function wordIndex(library: Library): WordIndex {
  const known = indexes.get(library)
  if (known) return known
  const made = buildIndex([...library.articles.values()])
  indexes.set(library, made)
  return made
}

/** The passages that hold a word, by their numbers, in order. */
export function passagesWith(index: WordIndex, word: number): Uint32Array {
  const bucket = bucketOf(word)
  return index.postings.subarray(index.buckets[bucket], index.buckets[bucket + 1])
}

function buildIndex(articles: readonly Article[]): WordIndex {
  const passages: Passage[] = []
  const articleStarts: number[] = []
  const articleEnds: number[] = []
  for (const article of articles) {
    const own = passagesOf(article)
    const start = passages.length
    for (const passage of own) {
      passages.push(passage)
      articleStarts.push(start)
      articleEnds.push(start + own.length)
    }
  }

  let words = new Int32Array(1 << 16)
  let count = 0
  const offsets = new Uint32Array(passages.length + 1)
  const seen = new Int32Array(bucketCount).fill(-1)
  const buckets = new Uint32Array(bucketCount + 1)
  for (const [number, passage] of passages.entries()) {
    if (words.length - count < passage.text.length * 2 + 2) {
      const larger = new Int32Array(words.length * 2 + passage.text.length * 2)
      larger.set(words.subarray(0, count))
      words = larger
    }
    count = hashWords(passage.text, words, count)
    offsets[number + 1] = count
    for (let at = offsets[number] ?? 0; at < count; at += 1) {
      const bucket = bucketOf(words[at] ?? 0)
      if (seen[bucket] === number) continue
      seen[bucket] = number
      buckets[bucket + 1] = (buckets[bucket + 1] ?? 0) + 1
    }
  }
  for (let bucket = 0; bucket < bucketCount; bucket += 1) {
    buckets[bucket + 1] = (buckets[bucket + 1] ?? 0) + (buckets[bucket] ?? 0)
  }
  const postings = new Uint32Array(buckets[bucketCount] ?? 0)
  const next = buckets.slice()
  seen.fill(-1)
  for (let number = 0; number < passages.length; number += 1) {
    const end = offsets[number + 1] ?? 0
    for (let at = offsets[number] ?? 0; at < end; at += 1) {
      const bucket = bucketOf(words[at] ?? 0)
      if (seen[bucket] === number) continue
      seen[bucket] = number
      const free = next[bucket] ?? 0
      postings[free] = number
      next[bucket] = free + 1
    }
  }
  return {
    passages,
    words: words.slice(0, count),
    offsets,
    articleStart: Uint32Array.from(articleStarts),
    articleEnd: Uint32Array.from(articleEnds),
    buckets,
    postings,
    scores: new Float32Array(passages.length),
  }
}

function bucketOf(word: number): number {
  return Math.imul(word, 0x9e3779b1) >>> (32 - bucketBits)
}

/** The hashes of a text's words, in order. */
export function hashesOf(text: string): Int32Array {
  const words = new Int32Array(text.length * 2 + 2)
  return words.slice(0, hashWords(text, words, 0))
}

/** Where the words of a text stand in it, one range for each hash of `hashesOf`. */
export function hashRanges(form: NormalForm): readonly Range[] {
  const words = new Int32Array(form.text.length * 2 + 2)
  const lasts = new Uint32Array(words.length)
  const firsts = new Uint32Array(words.length)
  const count = hashWords(form.text, words, 0, firsts, lasts)
  return Array.from({ length: count }, (_, word) => ({
    start: form.starts[firsts[word] ?? 0] ?? 0,
    end: form.ends[lasts[word] ?? 0] ?? 0,
  }))
}

const separator = 0
const inWord = 1
/** A character of a script that writes no spaces, or a syllable of Korean: a word of its own. */
const alone = 2
const ignored = 3

type Characters = { readonly kind: Uint8Array; readonly folded: Uint16Array }

let known: Characters | undefined

/** What each UTF-16 code unit is in a word, and the plain lower-case letter that it counts as. */
function characters(): Characters {
  if (known) return known
  const kind = new Uint8Array(0x10000)
  const folded = new Uint16Array(0x10000)
  for (let code = 0; code < 0x10000; code += 1) {
    const character = String.fromCharCode(code)
    const plain = character.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
    folded[code] = plain.length === 1 ? plain.charCodeAt(0) : code
    if (code >= 0xd800 && code <= 0xdfff) kind[code] = alone
    else if (/[\p{M}\u00AD\u200B-\u200F\u2060\uFEFF]/u.test(character)) kind[code] = ignored
    else if (!/[\p{L}\p{N}]/u.test(character)) kind[code] = separator
    else if (
      /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Hangul}]/u.test(
        character,
      )
    )
      kind[code] = alone
    else kind[code] = inWord
  }
  known = { kind, folded }
  return known
}

/** Latin ligatures, and conjoining Korean letters: the only characters that become several. */
const expandable = /[\u1100-\u11FF\uFB00-\uFB06]/

/**
 * Writes the hashes (FNV-1a) of a text's words from `count` on, and the offsets of their first and
 * last characters, if they are asked for; returns the new count.
 */
function hashWords(
  source: string,
  words: Int32Array,
  count: number,
  firsts?: Uint32Array,
  lasts?: Uint32Array,
): number {
  const { kind, folded } = characters()
  const text = expandable.test(source)
    ? source.normalize('NFC').replace(/[\uFB00-\uFB06]/g, (ligature) => ligature.normalize('NFKC'))
    : source
  let at = count
  let hash = seed
  let first = -1
  let last = 0
  for (let index = 0; index <= text.length; index += 1) {
    const code = index < text.length ? text.charCodeAt(index) : 0x20
    const what = kind[code]
    if (what === ignored) continue
    if (what === inWord) {
      hash = Math.imul(hash ^ (folded[code] ?? 0), prime)
      if (first < 0) first = index
      last = index
      continue
    }
    if (first >= 0) {
      if (firsts) firsts[at] = first
      if (lasts) lasts[at] = last
      words[at++] = hash
      hash = seed
      first = -1
    }
    if (what === alone) {
      if (firsts) firsts[at] = index
      if (lasts) lasts[at] = index
      words[at++] = Math.imul(seed ^ (folded[code] ?? 0), prime)
    }
  }
  return at
}

const seed = 0x811c9dc5
const prime = 0x01000193
