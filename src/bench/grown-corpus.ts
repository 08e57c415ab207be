import { sentencesOf } from '../knowledge/sentences.ts'
import { randomFrom } from '../random.ts'
import type { Dataset, DatasetPassage } from '../search/evaluation/dataset.ts'

/**
 * A set of `count` passages, at most two million: the set's own and others grown from their text,
 * or, where the set has more, its first ones. Its questions are those whose judged passages are
 * inside. The same set and count give the same passages on every machine, and a larger count only
 * adds to the others.
 *
 * So that hit@1 still means something, no other passage holds a telling sentence of the set: each takes a
 * run of sentences of one article and keeps the words that many articles share, while the words of
 * that article's subject, its names and its numbers are exchanged, always for the same ones within
 * an article of 45 passages. What they are exchanged for follows a Zipf-Mandelbrot law over the
 * set's own words and, in its tail, new ones made of their beginnings and ends, so that common words
 * stay as common as in the set and the vocabulary grows as that of a real library does: by about
 * the 0.6th power of its length (Heaps 1978). The set's articles are spread evenly among the others.
 */
export function grown(dataset: Dataset, count: number): Dataset {
  const passages = [...grownPassages(dataset, count)]
  const inside = new Set(passages.map(({ id }) => id))
  return {
    ...dataset,
    name: `${dataset.name} grown to ${count}`,
    passages,
    questions: dataset.questions.filter(({ judgements }) =>
      [...judgements.keys()].every((id) => inside.has(id)),
    ),
  }
}

/** The passages of `grown` one by one, article by article: a million of them need not be kept. */
export function* grownPassages(dataset: Dataset, count: number): Generator<DatasetPassage> {
  const own = groupsOf(dataset.passages.slice(0, count))
  let missing = Math.max(0, count - dataset.passages.length)
  const others = Math.ceil(missing / PASSAGES_AN_ARTICLE)
  const grow = missing > 0 ? growerOf(dataset) : undefined
  let made = 0
  for (const [index, group] of own.entries()) {
    yield* group
    // As many others after each own article as are due by then.
    const due = Math.round((others * (index + 1)) / own.length)
    for (; grow && made < due; made++) {
      const size = Math.min(PASSAGES_AN_ARTICLE, missing)
      missing -= size
      yield* grow(made, size)
    }
  }
}

// As in SQuAD.
const PASSAGES_AN_ARTICLE = 45
/** A word that stands in so many articles is no article's subject. */
const COMMON = 4
// Zipf-Mandelbrot: rank r is drawn with a chance like (r + HEAD)^-(1 + TAIL).
const HEAD = 2_000
const TAIL = 0.6
const WORD = /\p{L}+|\p{N}+/gu

/** A sentence as text that stays and, at odd places, words that are exchanged. */
type Frame = readonly string[]
type Source = { readonly title: Frame; readonly frames: readonly Frame[] }

/** Makes the passages of the nth other article. */
function growerOf(
  dataset: Dataset,
): (nth: number, size: number) => Generator<DatasetPassage, void, undefined> {
  const groups = groupsOf(dataset.passages)
  const articlesWith = new Map<string, number>()
  for (const group of groups) {
    const words = new Set(
      group.flatMap(({ title, text }) => `${title} ${text}`.toLowerCase().match(WORD) ?? []),
    )
    for (const word of words) articlesWith.set(word, (articlesWith.get(word) ?? 0) + 1)
  }
  const isCommon = (word: string) => (articlesWith.get(word) ?? 0) >= COMMON
  const subjects = [...articlesWith.keys()].filter(
    (word) => !isCommon(word) && /^\p{L}{3,}$/u.test(word),
  )
  const lengths: number[] = []
  const sources: readonly Source[] = groups.map((group) => ({
    title: frameOf(group[0]?.title ?? '', () => false),
    frames: group.flatMap(({ text }) => {
      const sentences = sentencesOf(text)
      lengths.push(sentences.length)
      return sentences.map(({ start, end }) => frameOf(text.slice(start, end), isCommon))
    }),
  }))

  return function* (nth, size) {
    const random = randomFrom(nth)
    const below = (limit: number) => Math.floor(random() * limit)
    const source = sources[below(sources.length)]
    if (!source) return
    const exchanged = new Map<string, string>()
    const exchange = (word: string): string => {
      const lower = word.toLowerCase()
      let other = exchanged.get(lower)
      if (other === undefined) {
        other = /^\p{N}/u.test(word)
          ? `${word.charAt(0)}${Array.from(word.slice(1), () => below(10)).join('')}`
          : wordAt(subjects, Math.floor(HEAD * (random() ** (-1 / TAIL) - 1)))
        exchanged.set(lower, other)
      }
      return word === lower ? other : other.charAt(0).toUpperCase() + other.slice(1)
    }
    const textOf = (frame: Frame): string =>
      frame.map((part, index) => (index % 2 === 1 ? exchange(part) : part)).join('')
    const title = textOf(source.title)
    for (let passage = 0; passage < size; passage++) {
      const sentences = lengths[below(lengths.length)] ?? 1
      const from = below(Math.max(1, source.frames.length - sentences))
      const text = source.frames
        .slice(from, from + sentences)
        .map(textOf)
        .join(' ')
      yield { id: `grown ${nth}:${passage}`, doc: `grown ${nth}`, title, text }
    }
  }
}

function frameOf(sentence: string, stays: (word: string) => boolean): Frame {
  const frame: string[] = []
  let kept = ''
  let at = 0
  for (const { 0: word, index } of sentence.matchAll(WORD)) {
    kept += sentence.slice(at, index)
    at = index + word.length
    if (stays(word.toLowerCase())) kept += word
    else {
      frame.push(kept, word)
      kept = ''
    }
  }
  frame.push(kept + sentence.slice(at))
  return frame
}

/** The word of a rank: first the set's own, then the beginning of one with the end of another. */
function wordAt(words: readonly string[], rank: number): string {
  const own = words[rank]
  if (own !== undefined || words.length === 0) return own ?? 'x'
  const beginning = words[scattered(rank) % words.length] ?? ''
  const end = words[scattered(rank + 0.5) % words.length] ?? ''
  return beginning.slice(0, Math.ceil(beginning.length / 2)) + end.slice(Math.floor(end.length / 2))
}

function scattered(rank: number): number {
  return Math.floor(randomFrom((rank * 2) % 2 ** 32)() * 2 ** 31)
}

function groupsOf(passages: readonly DatasetPassage[]): readonly (readonly DatasetPassage[])[] {
  const groups = new Map<string, DatasetPassage[]>()
  for (const passage of passages) {
    const group = groups.get(passage.doc)
    if (group) group.push(passage)
    else groups.set(passage.doc, [passage])
  }
  return [...groups.values()]
}
