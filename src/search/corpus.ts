import type { Article, Passage } from '../knowledge/article.ts'
import { passagesOf } from '../knowledge/article.ts'
import { atOnce, type Steps } from '../slices.ts'
import { encode, type Term } from './encoder.ts'

/** What a word of a passage is, beside its key: bits of `Corpus.flags`. */
export const STOP = 1
export const CAPITAL = 2
export const NUMBER = 4
export const YEAR = 8
export const DATE = 16
export const MONEY = 32
export const PERCENT = 64
/** The first word of its sentence, where a capital means nothing. */
export const FIRST = 128

/**
 * All passages as numbers: one stream of term ids in reading order, cut by two tables of offsets.
 * Sentence `s` holds `tokens[sentenceAt[s]]` up to `tokens[sentenceAt[s + 1]]`, passage `p` the
 * sentences `passageAt[p]` up to `passageAt[p + 1]`. About six bytes a word, no object a passage.
 */
export type Corpus = {
  readonly articles: readonly Article[]
  readonly passages: readonly Passage[]
  /** Index of the first passage of each article, and the number of passages at the end. */
  readonly articleAt: Uint32Array
  readonly articleOf: Uint32Array
  /** The term id of a key. */
  readonly vocabulary: ReadonlyMap<string, number>
  /** A folded word that each term stood as, for dictionaries. */
  readonly words: readonly string[]
  readonly tokens: Uint32Array
  readonly flags: Uint8Array
  readonly sentenceAt: Uint32Array
  readonly passageAt: Uint32Array
  /** How many content words each sentence has, up to 65,535. */
  readonly contentWords: Uint16Array
  /** In how many passages each term stands, counting title, headings and hints. */
  readonly frequency: Uint32Array
  /** Content words a passage, on average. */
  readonly averageLength: number
  /** Term ids of the content words of each article's title. */
  readonly titles: readonly Uint32Array[]
  /** Term ids of the content words of each passage's heading; passages of a section share one. */
  readonly headings: readonly Uint32Array[]
  /** Term ids of the content words of each hint of each passage. */
  readonly hints: readonly (readonly Uint32Array[])[]
}

const MONTHS = new Set(
  `january february march april june july august september october november december jan feb mar apr
  jun jul aug sept sep oct nov dec monday tuesday wednesday thursday friday saturday sunday century
  decade spring summer autumn winter`.split(/\s+/),
)
const NUMBER_WORDS = new Set(
  `zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
  seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand
  million billion trillion dozen half quarter third twice`.split(/\s+/),
)
const CURRENCY_BEFORE = /[$£€¥₹₩]\s?$/
const CURRENCY = new Set(['dollar', 'pound', 'euro', 'yen', 'cent', 'franc', 'rupee', 'mark'])
const PERCENT_WORDS = new Set(['percent', 'percentage', 'percentag'])

export function flagsOf(term: Term, text: string, first: boolean): number {
  const { word, key, start, end } = term
  let flags = (term.stop ? STOP : 0) | (term.capital ? CAPITAL : 0) | (first ? FIRST : 0)
  const code = word.charCodeAt(0)
  if (code >= 48 && code <= 57) {
    flags |= NUMBER
    if (/^(?:1[0-9]|20)\d\d$/.test(word) && text.charAt(start + 1) !== ',') flags |= YEAR
    if (/^(?:1[0-9]|20)\d0s$/.test(word)) flags |= YEAR
    if (text.charAt(end) === '%') flags |= PERCENT
    if (CURRENCY_BEFORE.test(text.slice(Math.max(0, start - 2), start))) flags |= MONEY
  } else if (NUMBER_WORDS.has(word)) flags |= NUMBER
  else if (MONTHS.has(word) || (word === 'may' && term.capital && !first)) flags |= DATE
  else if (CURRENCY.has(key)) flags |= MONEY
  else if (PERCENT_WORDS.has(key)) flags |= PERCENT
  return flags
}

export function buildCorpus(articles: readonly Article[]): Corpus {
  return atOnce(corpusSteps(articles))
}

/** As `buildCorpus`, a passage at a time. */
export function* corpusSteps(articles: readonly Article[]): Steps<Corpus> {
  const vocabulary = new Map<string, number>()
  const words: string[] = []
  const idOf = (term: Term): number => {
    let id = vocabulary.get(term.key)
    if (id === undefined) {
      id = vocabulary.size
      vocabulary.set(term.key, id)
      words.push(term.word)
    }
    return id
  }
  const contentOf = (text: string): Uint32Array =>
    Uint32Array.from(
      encode(text)
        .filter((term) => !term.stop)
        .map(idOf),
    )

  const passages: Passage[] = []
  const tokens = growing(Uint32Array)
  const flags = growing(Uint8Array)
  const sentenceAt = growing(Uint32Array)
  const passageAt: number[] = []
  const articleAt: number[] = []
  const articleOf: number[] = []
  const titles: Uint32Array[] = []
  const headings: Uint32Array[] = []
  const hints: Uint32Array[][] = []

  for (const [articleIndex, article] of articles.entries()) {
    articleAt.push(passages.length)
    titles.push(contentOf(article.title))
    let heading = ''
    let headingTerms = contentOf(heading)
    for (const passage of passagesOf(article)) {
      if (passage.heading !== heading) {
        heading = passage.heading
        headingTerms = contentOf(heading)
      }
      yield
      passages.push(passage)
      articleOf.push(articleIndex)
      headings.push(headingTerms)
      hints.push(passage.hints.map(contentOf))
      passageAt.push(sentenceAt.length())
      let sentence = -1
      for (const term of encode(passage.text)) {
        let first = false
        while (
          sentence + 1 < passage.sentences.length &&
          term.start >= (passage.sentences[sentence + 1]?.start ?? 0)
        ) {
          sentenceAt.push(tokens.length())
          sentence++
          first = true
        }
        tokens.push(idOf(term))
        flags.push(flagsOf(term, passage.text, first))
      }
      // Sentences without a word (a lone "…") are empty runs, so that numbers stay in step.
      while (++sentence < passage.sentences.length) sentenceAt.push(tokens.length())
    }
  }
  articleAt.push(passages.length)
  passageAt.push(sentenceAt.length())
  sentenceAt.push(tokens.length())

  const cut = { flags: flags.done(), sentenceAt: sentenceAt.done() }
  const contentWords = contentWordsOf(cut)
  const corpus = {
    ...cut,
    articles,
    passages,
    articleAt: Uint32Array.from(articleAt),
    articleOf: Uint32Array.from(articleOf),
    vocabulary,
    words,
    tokens: tokens.done(),
    passageAt: Uint32Array.from(passageAt),
    contentWords,
    averageLength: sumOf(contentWords) / Math.max(1, passages.length),
    titles,
    headings,
    hints,
  }
  return { ...corpus, frequency: yield* frequencies(corpus) }
}

function contentWordsOf({ flags, sentenceAt }: Pick<Corpus, 'flags' | 'sentenceAt'>): Uint16Array {
  const counts = new Uint16Array(sentenceAt.length - 1)
  for (let s = 0; s < counts.length; s++) {
    let count = 0
    const end = sentenceAt[s + 1] ?? 0
    for (let t = sentenceAt[s] ?? 0; t < end; t++) if (((flags[t] ?? 0) & STOP) === 0) count++
    counts[s] = Math.min(count, 65_535)
  }
  return counts
}

function sumOf(counts: Uint16Array): number {
  let sum = 0
  for (const count of counts) sum += count
  return sum
}

function* frequencies(corpus: Omit<Corpus, 'frequency'>): Steps<Uint32Array> {
  const frequency = new Uint32Array(corpus.vocabulary.size)
  const lastSeen = new Int32Array(corpus.vocabulary.size).fill(-1)
  for (let p = 0; p < corpus.passages.length; p++) {
    yield
    const count = (id: number): void => {
      if (lastSeen[id] === p) return
      lastSeen[id] = p
      frequency[id] = (frequency[id] ?? 0) + 1
    }
    const from = corpus.sentenceAt[corpus.passageAt[p] ?? 0] ?? 0
    const to = corpus.sentenceAt[corpus.passageAt[p + 1] ?? 0] ?? 0
    for (let t = from; t < to; t++) count(corpus.tokens[t] ?? 0)
    corpus.headings[p]?.forEach(count)
    for (const hint of corpus.hints[p] ?? []) hint.forEach(count)
  }
  return frequency
}

type Growing<A> = { push(value: number): void; length(): number; done(): A }

/** A typed array that doubles as it fills. */
function growing<A extends Uint32Array | Uint8Array>(make: new (size: number) => A): Growing<A> {
  let array = new make(1024)
  let used = 0
  return {
    push(value) {
      if (used === array.length) {
        const larger = new make(array.length * 2)
        larger.set(array)
        array = larger
      }
      array[used++] = value
    },
    length: () => used,
    done: () => array.slice(0, used) as A,
  }
}
