import type { Synonyms } from '../knowledge/article.ts'
import type { Corpus } from './corpus.ts'
import { encode, type Term } from './encoder.ts'
import { rarity } from './lexicon.ts'

/** A word of the question that is looked for. */
export type QuestionTerm = {
  readonly key: string
  readonly word: string
  /** Term id, or -1 where the library does not know the word. */
  readonly id: number
  /** How much the word says, from its rarity; the more, the rarer. */
  readonly weight: number
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
export type Kind = 'person' | 'time' | 'number' | 'place' | 'reason' | 'manner' | 'thing' | 'other'

export type Question = {
  readonly text: string
  readonly words: readonly Term[]
  readonly terms: readonly QuestionTerm[]
  /** Sum of the terms' weights. */
  readonly weight: number
  readonly matches: readonly Match[]
  readonly kind: Kind
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

const SYNONYM = 0.9

/** Share of a word's weight that comes from general English; the rest from the library. */
const GENERAL = 0.5

export function analyse(text: string, corpus: Corpus, synonyms: SynonymIndex): Question {
  const words = encode(text)
  const content = words.filter((word) => !word.stop)
  // "Who is he?" has no word to look for but these.
  const chosen = content.length > 0 ? content : words
  const seen = new Set<string>()
  const terms: QuestionTerm[] = []
  for (const [position, word] of words.entries()) {
    if (!chosen.includes(word) || seen.has(word.key)) continue
    seen.add(word.key)
    const id = corpus.vocabulary.get(word.key) ?? -1
    terms.push({
      key: word.key,
      word: word.word,
      id,
      weight: weightOf(word, id < 0 ? 0 : (corpus.frequency[id] ?? 0), corpus.passages.length),
      capital: word.capital && position > 0,
      number: /^\d/.test(word.word),
      position,
    })
  }
  const matches: Match[] = []
  terms.forEach(({ id }, index) => {
    if (id >= 0) matches.push({ ids: [id], terms: [index], likeness: 1 })
  })
  matches.push(...synonymMatches(terms, corpus, synonyms))
  return {
    text,
    words,
    terms,
    weight: terms.reduce((sum, { weight }) => sum + weight, 0),
    matches,
    kind: kindOf(words),
  }
}

function weightOf(word: Term, frequency: number, passages: number): number {
  const inLibrary = Math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5))
  const general = rarity(word.word) / 2
  return (1 - GENERAL) * inLibrary + GENERAL * general
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

function kindOf(words: readonly Term[]): Kind {
  const plain = words.map(({ word }) => word)
  for (const [index, word] of plain.entries()) {
    const next = plain[index + 1] ?? ''
    if (word === 'who' || word === 'whom' || word === 'whose') return 'person'
    if (word === 'when') return 'time'
    if (word === 'where') return 'place'
    if (word === 'why') return 'reason'
    if (word === 'how') {
      return /^(?:many|much|long|old|far|tall|high|large|big|often|fast|wide|deep|heavy)$/.test(
        next,
      )
        ? 'number'
        : 'manner'
    }
    if (word === 'what' || word === 'which') {
      const rest = plain.slice(index + 1, index + 4)
      if (rest.some((noun) => /^(?:year|date|day|month|decade|century|time|season)$/.test(noun))) {
        return 'time'
      }
      if (rest.some((noun) => /^(?:number|percent|percentage|amount|population)$/.test(noun))) {
        return 'number'
      }
      return 'thing'
    }
  }
  return 'other'
}
