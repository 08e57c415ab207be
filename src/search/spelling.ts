import type { Corpus } from './corpus.ts'
import { commonness } from './lexicon.ts'

/** A term of the library written much like a word, and how much it counts for, in (0, 1). */
export type NearSpelling = { readonly id: number; readonly likeness: number }

/** Shorter words have too many neighbours. */
const SHORTEST = 4
const MOST = 3
/** A word used this often in general English is not a slip of the pen. */
const EVERYDAY = 100

/** Term ids, and for each the letters of its word. */
type Bucket = { readonly ids: number[]; readonly letters: number[] }

const buckets = new WeakMap<Corpus, Map<string, Bucket>>()

/** Words by first letter and length; built at the first unknown word of a library. */
function bucketsOf(corpus: Corpus): Map<string, Bucket> {
  let found = buckets.get(corpus)
  if (!found) {
    found = new Map()
    for (const [id, word] of corpus.words.entries()) {
      if (word.length < SHORTEST - 1 || !/^\p{L}+$/u.test(word)) continue
      const name = bucketName(word.charAt(0), word.length)
      let bucket = found.get(name)
      if (!bucket) {
        bucket = { ids: [], letters: [] }
        found.set(name, bucket)
      }
      bucket.ids.push(id)
      bucket.letters.push(lettersOf(word))
    }
    buckets.set(corpus, found)
  }
  return found
}

function bucketName(letter: string, length: number): string {
  return `${letter}${length}`
}

/** The letters of a word as bits, `a` to `z` each its own; others share some. */
function lettersOf(word: string): number {
  let letters = 0
  for (let at = 0; at < word.length; at++) letters |= 1 << (word.charCodeAt(at) & 31)
  return letters
}

function bitsIn(number: number): number {
  let count = 0
  for (let rest = number; rest !== 0; rest &= rest - 1) count++
  return count
}

/**
 * Terms that a word the library does not know may be a misspelling of: one slip for short words,
 * two for words of eight letters and more, the first letter right (or swapped with the second).
 */
export function nearSpellings(
  word: string,
  corpus: Corpus,
  count = commonness(word),
): readonly NearSpelling[] {
  if (word.length < SHORTEST) return []
  const allowed = word.length >= 8 ? 2 : 1
  const letters = new Set([word.charAt(0), word.charAt(1)])
  const own = lettersOf(word)
  const found: NearSpelling[] = []
  for (const letter of letters) {
    for (let length = word.length - allowed; length <= word.length + allowed; length++) {
      const bucket = bucketsOf(corpus).get(bucketName(letter, length))
      for (let n = 0; n < (bucket?.ids.length ?? 0); n++) {
        // A slip exchanges one letter for another at most: most words differ in more.
        if (bitsIn(own ^ (bucket?.letters[n] ?? 0)) > 2 * allowed) continue
        const id = bucket?.ids[n] ?? 0
        const slips = distance(word, corpus.words[id] ?? '', allowed)
        // Two everyday words that look alike are two words (form, from).
        if (slips > allowed || (count > EVERYDAY && slips > 0)) continue
        found.push({ id, likeness: slips === 1 ? 0.8 : 0.6 })
      }
    }
  }
  return found.sort((a, b) => b.likeness - a.likeness).slice(0, MOST)
}

const beginnings = new WeakMap<Corpus, Map<string, number[]>>()
const PREFIX = 5

/** Terms that share at least five letters, and two thirds of the longer word, with a word. */
export function sameBeginnings(word: string, corpus: Corpus): readonly number[] {
  if (word.length < PREFIX) return []
  let index = beginnings.get(corpus)
  if (!index) {
    index = new Map()
    for (const [id, other] of corpus.words.entries()) {
      if (other.length < PREFIX || !/^\p{L}+$/u.test(other)) continue
      const prefix = other.slice(0, PREFIX)
      const bucket = index.get(prefix)
      if (bucket) bucket.push(id)
      else index.set(prefix, [id])
    }
    beginnings.set(corpus, index)
  }
  return (index.get(word.slice(0, PREFIX)) ?? []).filter((id) => {
    const other = corpus.words[id] ?? ''
    let shared = PREFIX
    while (shared < word.length && word[shared] === other[shared]) shared++
    return shared >= Math.max(word.length, other.length) * 0.66
  })
}

/** Edit distance with swaps of neighbours (Damerau 1964), or more than `most`. */
export function distance(a: string, b: string, most: number): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    let least = i
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let value = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (same ? 0 : 1),
      )
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        value = Math.min(value, (before[j - 2] ?? 0) + 1)
      }
      row.push(value)
      least = Math.min(least, value)
    }
    if (least > most) return most + 1
    before = last
    last = row
  }
  return last[b.length] ?? 0
}
