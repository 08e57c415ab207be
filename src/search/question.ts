import type { Synonyms } from '../knowledge/article.ts'
import type { Corpus } from './corpus.ts'
import { encode, fold, keyOf, type Term } from './encoder.ts'
import { baseForm } from './irregular.ts'
import { commonness, isKindOf, isKnownAs, kin, nounSenses, rarity } from './lexicon.ts'
import { nearSpellings, sameBeginnings } from './spelling.ts'

/** A word of the question that is looked for. */
export type QuestionTerm = {
  readonly key: string
  readonly word: string
  /** Term id, or -1 where the library does not know the word. */
  readonly id: number
  /** How much the word says, from its rarity in the library and in general English. */
  readonly rarity: number
  /** The rarity, more for names and numbers, less for what the title says already. */
  readonly weight: number
  /** The same from the library alone. */
  readonly libraryWeight: number
  /** In which share of the passages it stands. */
  readonly frequency: number
  readonly capital: boolean
  readonly number: boolean
  /** Position among all words of the question. */
  readonly position: number
}

/** A word or phrase of the text that stands for words of the question. */
export type Match = {
  /** Term ids of the phrase, one after the other. */
  readonly ids: readonly number[]
  /** Which question terms it stands for. */
  readonly terms: readonly number[]
  /** 1 for the same word; less for a kindred one. */
  readonly likeness: number
}

/** The kind of thing that an answer holds. */
export type Kind =
  | 'person'
  | 'time'
  | 'number'
  | 'place'
  | 'reason'
  | 'advice'
  | 'manner'
  | 'thing'
  | 'other'

export type Question = {
  readonly text: string
  readonly words: readonly Term[]
  readonly terms: readonly QuestionTerm[]
  /** Sum of the terms' weights. */
  readonly weight: number
  readonly matches: readonly Match[]
  readonly kind: Kind
  /** WordNet classes of the thing asked for ("which city"); empty where none is named. */
  readonly classes: readonly number[]
  /** Index of the term that names the thing asked for ("how many *stations*"), or -1. */
  readonly focus: number
}

/** Synonym groups as keys: each member a run of keys. */
export type SynonymIndex = ReadonlyMap<string, readonly (readonly string[])[]>

export function indexSynonyms(synonyms: Synonyms): SynonymIndex {
  const index = new Map<string, (readonly string[])[]>()
  for (const group of synonyms) {
    const members = group
      .map((member) =>
        encode(member)
          .filter((term) => !term.stop)
          .map(({ key }) => key),
      )
      .filter((member) => member.length > 0)
    for (const member of members) {
      const name = member.join(' ')
      const others = members.filter((other) => other.join(' ') !== name)
      index.set(name, [...(index.get(name) ?? []), ...others])
    }
  }
  return index
}

/** How much a word of a group in `synonyms.yaml` counts for. */
const SYNONYM = 0.9
/** How much a word that begins alike counts for. */
const BEGINNING = 0.4
/** Share of a word's weight that comes from general English; the rest from the library. */
const GENERAL = 0.35
/** How much more a name or a number of the question weighs than other words of its rarity. */
const EMPHASIS = 1.3
/** How much a word of a title weighs where every passage is of articles with that word in the title. */
const IN_TITLE = 0.3
/** So many words are looked for, the weightiest: a question has fewer, a pasted page more. */
const MOST_TERMS = 32
/** Below this, kindred words do more harm than good. */
const LEAST_LIKENESS = 0.15

export function analyse(text: string, corpus: Corpus, synonyms: SynonymIndex): Question {
  const words = encode(text)
  const content = words.filter((word) => !word.stop)
  // "Who is he?" has no word to look for but these.
  const chosen = new Set(content.length > 0 ? content : words)
  const seen = new Set<string>()
  const found: QuestionTerm[] = []
  const titled = titleShares(corpus)
  for (const [position, word] of words.entries()) {
    if (!chosen.has(word) || seen.has(word.key)) continue
    seen.add(word.key)
    const id = corpus.vocabulary.get(word.key) ?? -1
    const frequency = id < 0 ? 0 : (corpus.frequency[id] ?? 0)
    const libraryWeight = Math.log(
      1 + (corpus.passages.length - frequency + 0.5) / (frequency + 0.5),
    )
    const capital = word.capital && position > 0
    const number = /^\d/.test(word.word)
    const rare = (1 - GENERAL) * libraryWeight + GENERAL * (rarity(word.word) / 2)
    found.push({
      key: word.key,
      word: word.word,
      id,
      rarity: rare,
      weight:
        rare * (capital || number ? EMPHASIS : 1) * (1 - (1 - IN_TITLE) * (titled.get(id) ?? 0)),
      libraryWeight,
      frequency: frequency / Math.max(1, corpus.passages.length),
      capital,
      number,
      position,
    })
  }
  const terms = weightiest(found)
  const asked = kindOf(words)
  return {
    text,
    words,
    terms,
    weight: terms.reduce((sum, { weight }) => sum + weight, 0),
    matches: [
      ...terms.flatMap(({ id }, index) =>
        id < 0 ? [] : [{ ids: [id], terms: [index], likeness: 1 }],
      ),
      ...synonymMatches(terms, corpus, synonyms),
      ...kindredMatches(terms, corpus),
      ...spellingMatches(terms, corpus),
      ...prefixMatches(terms, corpus),
    ],
    kind: asked.kind,
    classes: asked.classes,
    focus: terms.findIndex(({ position }) => position === asked.focus),
  }
}

/** In the order of the question. Of words that the library does not know at most half are kept. */
function weightiest(terms: readonly QuestionTerm[]): readonly QuestionTerm[] {
  if (terms.length <= MOST_TERMS) return terms
  const sorted = [...terms].sort((a, b) => b.weight - a.weight)
  const unknown = sorted.filter(({ id }) => id < 0).slice(0, MOST_TERMS / 2)
  const known = sorted.filter(({ id }) => id >= 0).slice(0, MOST_TERMS - unknown.length)
  return [...unknown, ...known].sort((a, b) => a.position - b.position)
}

const sharesOfTitles = new WeakMap<Corpus, ReadonlyMap<number, number>>()

/** For each term of a title, the share of all passages that are of articles with it in the title. */
function titleShares(corpus: Corpus): ReadonlyMap<number, number> {
  let shares = sharesOfTitles.get(corpus)
  if (!shares) {
    const counts = new Map<number, number>()
    for (const [article, title] of corpus.titles.entries()) {
      const passages = (corpus.articleAt[article + 1] ?? 0) - (corpus.articleAt[article] ?? 0)
      const share = passages / Math.max(1, corpus.passages.length)
      for (const id of new Set(title)) counts.set(id, (counts.get(id) ?? 0) + share)
    }
    shares = counts
    sharesOfTitles.set(corpus, shares)
  }
  return shares
}

function synonymMatches(
  terms: readonly QuestionTerm[],
  corpus: Corpus,
  synonyms: SynonymIndex,
): Match[] {
  const matches: Match[] = []
  for (let from = 0; from < terms.length; from++) {
    for (let to = from + 1; to <= Math.min(terms.length, from + 5); to++) {
      const name = terms
        .slice(from, to)
        .map(({ key }) => key)
        .join(' ')
      for (const other of synonyms.get(name) ?? []) {
        const ids = other.map((key) => corpus.vocabulary.get(key) ?? -1)
        if (ids.includes(-1)) continue
        const covered = Array.from({ length: to - from }, (_, offset) => from + offset)
        matches.push({ ids, terms: covered, likeness: SYNONYM })
      }
    }
  }
  return matches
}

/** Words and phrases of kindred meaning, for single words and for two words side by side. */
function kindredMatches(terms: readonly QuestionTerm[], corpus: Corpus): Match[] {
  return terms.flatMap(({ word, number, position }, index) => {
    if (number) return []
    const next = terms[index + 1]
    const phrase = next?.position === position + 1 ? `${word}_${next.word}` : undefined
    return [
      ...kinIn(corpus, baseForm(word)).map((found) => ({ ...found, terms: [index] })),
      ...(phrase ? kinIn(corpus, phrase) : []).map((found) => ({
        ...found,
        terms: [index, index + 1],
      })),
    ]
  })
}

type Found = Omit<Match, 'terms'>
const kinOfCorpus = new WeakMap<Corpus, Map<string, readonly Found[]>>()
const KIN_KEPT = 20_000

/** The kin of a word or phrase that a library holds; each is looked up once. */
function kinIn(corpus: Corpus, lemma: string): readonly Found[] {
  let known = kinOfCorpus.get(corpus)
  if (!known) {
    known = new Map()
    kinOfCorpus.set(corpus, known)
  }
  let found = known.get(lemma)
  if (!found) {
    found = kin(lemma).flatMap(({ lemma: other, likeness }) => {
      if (likeness < LEAST_LIKENESS) return []
      const ids = other
        .split(/[_-]/)
        .map((part) => corpus.vocabulary.get(keyOf(fold(part).replace(/['.]/g, ''))) ?? -1)
      return ids.includes(-1) ? [] : [{ ids, likeness }]
    })
    if (known.size >= KIN_KEPT) known.clear()
    known.set(lemma, found)
  }
  return found
}

/** Words of the library that begin alike: Nepalese and Nepali, which no stemmer brings together. */
function prefixMatches(terms: readonly QuestionTerm[], corpus: Corpus): Match[] {
  return terms.flatMap(({ word, number }, index) =>
    number
      ? []
      : sameBeginnings(word, corpus).map((id) => ({
          ids: [id],
          terms: [index],
          likeness: BEGINNING,
        })),
  )
}

/** Words of the library that are written like a word it does not know. */
function spellingMatches(terms: readonly QuestionTerm[], corpus: Corpus): Match[] {
  return terms.flatMap(({ word, id, number }, index) =>
    id >= 0 || number
      ? []
      : nearSpellings(word, corpus, commonness(word)).map((near) => ({
          ids: [near.id],
          terms: [index],
          likeness: near.likeness,
        })),
  )
}

const TIME = /^(?:years?|dates?|days?|months?|decades?|century|centuries|seasons?|era|period)$/
const QUANTITY =
  /^(?:number|percent|percentage|amount|population|many|much|long|old|far|tall|high|large|big|often|fast|wide|deep|heavy|cost|price|age|length|height|size|distance|speed|temperature|proportion|ratio|rate|score)$/
const ADVISES = /^(?:should|ought|must)$/
const EMPTY_HEADS =
  /^(?:name|names|named|type|types|kind|kinds|sort|form|part|word|term|title|nickname|called|other|first|last|most|main|major|two|three|one|also|new|old)$/

type Asked = {
  readonly kind: Kind
  readonly classes: readonly number[]
  /** Position of the word that names the thing asked for, or -1. */
  readonly focus: number
}

/** The kind of thing that a question asks for. */
export function kindAsked(question: string): Kind {
  return kindOf(encode(question)).kind
}

function kindOf(words: readonly Term[]): Asked {
  const plain = (kind: Kind): Asked => ({ kind, classes: [], focus: -1 })
  if (ADVISES.test(words[0]?.word ?? '')) return plain('advice')
  for (const [index, { word }] of words.entries()) {
    const next = words[index + 1]?.word ?? ''
    if (word === 'who' || word === 'whom' || word === 'whose') return plain('person')
    if (word === 'when') return plain('time')
    if (word === 'where') return plain('place')
    if (word === 'why') return plain('reason')
    if ((word === 'what' || word === 'how') && ADVISES.test(next)) return plain('advice')
    if (word === 'how') {
      if (!QUANTITY.test(next)) return plain('manner')
      return { ...plain('number'), focus: headAfter(words, index + 2) }
    }
    if (word === 'what' || word === 'which') return thingAsked(words, index + 1)
  }
  return plain('other')
}

/** What "which …" or "what …" asks for: the last noun of the words that follow. */
function thingAsked(words: readonly Term[], from: number): Asked {
  const focus = headAfter(words, from)
  const head = words[focus]?.word
  if (head === undefined) return { kind: 'thing', classes: [], focus }
  if (TIME.test(head)) return { kind: 'time', classes: [], focus }
  if (QUANTITY.test(head)) return { kind: 'number', classes: [], focus }
  const classes = nounSenses(head)
  const [first] = classes
  const is = (name: string): boolean => {
    const [general] = nounSenses(name)
    return general !== undefined && first !== undefined && isKindOf(first, general)
  }
  if (is('person')) return { kind: 'person', classes, focus }
  if (is('location')) return { kind: 'place', classes, focus }
  return { kind: 'thing', classes, focus }
}

/** Position of the last noun of the run of words from a position on, or -1. */
function headAfter(words: readonly Term[], from: number): number {
  let at = from
  // "what is the", "what was the name of the"
  while (at < words.length && (words[at]?.stop || EMPTY_HEADS.test(words[at]?.word ?? ''))) at++
  let head = -1
  for (; at < Math.min(words.length, from + 8); at++) {
    const { word, stop } = words[at] as Term
    if (stop) break
    const known = words[head]?.word
    if (TIME.test(word) || QUANTITY.test(word)) return at
    if (known !== undefined) {
      if (!isKnownAs(word, 'noun')) break
      if (/(?:ed|s)$/.test(word) && isKnownAs(word, 'verb') && !isKnownAs(known, 'adj')) break
    }
    head = at
  }
  return head
}
