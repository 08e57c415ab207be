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

/** The text of one article as numbers of its own: what a corpus is put together of. */
export type ArticleWords = {
  /** The key of each term, and a folded word that it stood as; articles may share both. */
  readonly keys: readonly string[]
  readonly words: readonly string[]
  /** As in `Corpus`; the offsets are counted from whatever the first one is. */
  readonly tokens: Uint32Array
  readonly flags: Uint8Array
  readonly sentenceAt: Uint32Array
  readonly passageAt: Uint32Array
  readonly contentWords: Uint16Array
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

function flagsOf(term: Term, text: string, first: boolean): number {
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
  const growing = growCorpus()
  for (const article of articles) atOnce(growing.add(article))
  return atOnce(growing.done())
}

/** Cuts the text of an article into words, a passage at a time. */
export function* articleWordsSteps(article: Article): Steps<ArticleWords> {
  const vocabulary = new Map<string, number>()
  const words: string[] = []
  const tokens = growing(Uint32Array)
  const flags = growing(Uint8Array)
  const sentenceAt = growing(Uint32Array)
  const passageAt = growing(Uint32Array)
  for (const { text, sentences } of passagesOf(article)) {
    yield
    passageAt.push(sentenceAt.length())
    let sentence = -1
    for (const term of encode(text)) {
      let first = false
      while (
        sentence + 1 < sentences.length &&
        term.start >= (sentences[sentence + 1]?.start ?? 0)
      ) {
        sentenceAt.push(tokens.length())
        sentence++
        first = true
      }
      tokens.push(idIn(vocabulary, words, term.key, term.word))
      flags.push(flagsOf(term, text, first))
    }
    // Sentences without a word (a lone "…") are empty runs, so that numbers stay in step.
    while (++sentence < sentences.length) sentenceAt.push(tokens.length())
  }
  passageAt.push(sentenceAt.length())
  sentenceAt.push(tokens.length())
  const cut = { flags: flags.done(), sentenceAt: sentenceAt.done() }
  return {
    ...cut,
    keys: [...vocabulary.keys()],
    words,
    tokens: tokens.done(),
    passageAt: passageAt.done(),
    contentWords: contentWordsOf(cut),
  }
}

function idIn(vocabulary: Map<string, number>, words: string[], key: string, word: string): number {
  let id = vocabulary.get(key)
  if (id === undefined) {
    id = vocabulary.size
    vocabulary.set(key, id)
    words.push(word)
  }
  return id
}

/** A corpus that is put together of one article after another, a passage at a time. */
export type GrowingCorpus = {
  /** @param words of the article, if it was cut into words before */
  add(article: Article, words?: ArticleWords): Steps<void>
  done(): Steps<Corpus>
}

/** @param expected how many words of text there will be, if it is known: it spares copies */
export function growCorpus(expected = 0): GrowingCorpus {
  const vocabulary = new Map<string, number>()
  const words: string[] = []
  const contentOf = (text: string): Uint32Array =>
    Uint32Array.from(
      encode(text)
        .filter((term) => !term.stop)
        .map(({ key, word }) => idIn(vocabulary, words, key, word)),
    )

  const articles: Article[] = []
  const passages: Passage[] = []
  const tokens = growing(Uint32Array, expected)
  const flags = growing(Uint8Array, expected)
  const sentenceAt = growing(Uint32Array)
  const passageAt = growing(Uint32Array)
  const perSentence = growing(Uint16Array)
  const articleAt: number[] = []
  const articleOf: number[] = []
  const titles: Uint32Array[] = []
  const headings: Uint32Array[] = []
  const hints: (readonly Uint32Array[])[] = []

  // Of words that articles share each is looked up once.
  const numbered = new WeakMap<readonly string[], Int32Array>()
  const idsOf = ({ keys }: ArticleWords): Int32Array => {
    const ids = numbered.get(keys) ?? new Int32Array(keys.length).fill(-1)
    numbered.set(keys, ids)
    return ids
  }
  const number = (ids: Int32Array, token: number, own: ArticleWords): number => {
    const key = own.keys[token] ?? ''
    const id = idIn(vocabulary, words, key, own.words[token] ?? key)
    ids[token] = id
    return id
  }

  return {
    *add(article, before) {
      articleAt.push(passages.length)
      titles.push(contentOf(article.title))
      for (const section of article.sections) {
        const heading = contentOf(section.heading)
        for (const passage of section.passages) {
          yield
          passages.push(passage)
          articleOf.push(articles.length)
          headings.push(heading)
          hints.push(passage.hints.length === 0 ? NONE : passage.hints.map(contentOf))
        }
      }
      articles.push(article)
      const own = before ?? (yield* articleWordsSteps(article))
      const sentencesBefore = sentenceAt.length() - (own.passageAt[0] ?? 0)
      const tokensBefore = tokens.length() - (own.sentenceAt[0] ?? 0)
      passageAt.append(own.passageAt.subarray(0, -1), (sentence) => sentence + sentencesBefore)
      sentenceAt.append(own.sentenceAt.subarray(0, -1), (token) => token + tokensBefore)
      const ids = idsOf(own)
      tokens.append(own.tokens, (token) => {
        const known = ids[token] ?? -1
        return known >= 0 ? known : number(ids, token, own)
      })
      flags.append(own.flags)
      perSentence.append(own.contentWords)
    },

    *done() {
      articleAt.push(passages.length)
      passageAt.push(sentenceAt.length())
      sentenceAt.push(tokens.length())
      const contentWords = perSentence.done()
      const corpus = {
        flags: flags.done(),
        sentenceAt: sentenceAt.done(),
        articles,
        passages,
        articleAt: Uint32Array.from(articleAt),
        articleOf: Uint32Array.from(articleOf),
        vocabulary,
        words,
        tokens: tokens.done(),
        passageAt: passageAt.done(),
        contentWords,
        averageLength: sumOf(contentWords) / Math.max(1, passages.length),
        titles,
        headings,
        hints,
      }
      return { ...corpus, frequency: yield* frequencies(corpus) }
    },
  }
}

const NONE: readonly Uint32Array[] = []

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

type Numbers = Uint8Array | Uint16Array | Uint32Array

type Growing<A> = {
  push(value: number): void
  append(values: Numbers, change?: (value: number) => number): void
  length(): number
  done(): A
}

/** A typed array that grows by half when it is full. */
function growing<A extends Numbers>(make: new (size: number) => A, expected = 0): Growing<A> {
  let array = new make(expected + 1024)
  let used = 0
  const makeRoom = (wanted: number): void => {
    if (wanted <= array.length) return
    const larger = new make(Math.max(wanted, Math.ceil(array.length * 1.5)))
    larger.set(array)
    array = larger
  }
  return {
    push(value) {
      makeRoom(used + 1)
      array[used++] = value
    },
    append(values, change) {
      makeRoom(used + values.length)
      if (change) for (let n = 0; n < values.length; n++) array[used++] = change(values[n] ?? 0)
      else {
        array.set(values, used)
        used += values.length
      }
    },
    length: () => used,
    done: () => (array.length < used * 1.1 ? array.subarray(0, used) : array.slice(0, used)) as A,
  }
}
