import { tokens } from './tokens.ts'

/** Okapi BM25 over plain texts, to compare with. */
export type Bm25 = {
  /** Positions of the texts that share a word with the question, best first, at most `limit`. */
  rank(question: string, limit: number): readonly number[]
  /** The score of any text against the question, with the collection's rarities and mean length. */
  score(question: string, text: string): number
}

// The usual middle of the ranges that Robertson and Zaragoza (2009), "The probabilistic relevance
// framework: BM25 and beyond", section 3.5, found good.
const k1 = 1.2
const b = 0.75

/** Indexes texts. Words are Porter2 stems without a short stop list; see `tokens`. */
export function openBm25(texts: readonly string[]): Bm25 {
  const postings = new Map<string, Map<number, number>>()
  const lengths = texts.map((text, position) => {
    const stems = tokens(text)
    for (const stem of stems) {
      const posting = postings.get(stem) ?? new Map<number, number>()
      postings.set(stem, posting.set(position, (posting.get(position) ?? 0) + 1))
    }
    return stems.length
  })
  const meanLength = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length)
  const rarity = (stem: string) => {
    const holding = postings.get(stem)?.size ?? 0
    return Math.log(1 + (texts.length - holding + 0.5) / (holding + 0.5))
  }
  const saturation = (frequency: number, length: number) =>
    (frequency * (k1 + 1)) / (frequency + k1 * (1 - b + (b * length) / meanLength))
  return {
    rank(question, limit) {
      const scores = new Map<number, number>()
      for (const stem of new Set(tokens(question))) {
        const weight = rarity(stem)
        for (const [position, frequency] of postings.get(stem) ?? []) {
          const gain = weight * saturation(frequency, lengths[position] ?? 0)
          scores.set(position, (scores.get(position) ?? 0) + gain)
        }
      }
      return [...scores]
        .sort((one, other) => other[1] - one[1] || one[0] - other[0])
        .slice(0, limit)
        .map(([position]) => position)
    },
    score(question, text) {
      const stems = tokens(text)
      return [...new Set(tokens(question))]
        .map((stem) => {
          const frequency = stems.filter((one) => one === stem).length
          return rarity(stem) * saturation(frequency, stems.length)
        })
        .reduce((sum, gain) => sum + gain, 0)
    },
  }
}
