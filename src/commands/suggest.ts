import type { Library } from '../search/library.ts'
import type { Choice, Typing } from './command.ts'

/** Discord takes 25 choices of up to 100 characters. */
const mostChoices = 25
const longestChoice = 100

/** As many questions as can be gone through while somebody types. */
const mostQuestions = 20_000

type Entry = Choice & { readonly folded: string; readonly words: readonly string[] }

function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

function wordsOf(folded: string): readonly string[] {
  return folded.match(/[\p{L}\p{N}]+/gu) ?? []
}

function entry(choice: Choice): Entry {
  const folded = fold(choice.name).trim()
  return { ...choice, folded, words: wordsOf(folded) }
}

/**
 * The choices that fit what was typed: first those that begin with it, then those that hold most of
 * its words, whole words before beginnings of words. All of them, in order, if nothing is typed.
 */
export function suggest(typed: string, choices: readonly Choice[]): readonly Choice[] {
  return best(typed, choices.map(entry))
}

function best(typed: string, entries: readonly Entry[]): readonly Choice[] {
  const folded = fold(typed).trim()
  const wanted = wordsOf(folded)
  const fitting = entries.filter(
    ({ name, value }) => name.length <= longestChoice && value.length <= longestChoice,
  )
  const ranked =
    wanted.length === 0
      ? fitting
      : fitting
          .map((one) => ({ one, score: scoreOf(one, folded, wanted) }))
          .filter(({ score }) => score > 0)
          .sort((left, right) => right.score - left.score)
          .map(({ one }) => one)
  const unlike = new Map(ranked.map(({ name, value, folded }) => [folded, { name, value }]))
  return [...unlike.values()].slice(0, mostChoices)
}

function scoreOf(one: Entry, typed: string, wanted: readonly string[]): number {
  const matched = wanted.reduce((sum, word) => {
    if (one.words.includes(word)) return sum + 2
    return one.words.some((other) => other.startsWith(word)) ? sum + 1 : sum
  }, 0)
  return matched + (one.folded.startsWith(typed) ? 2 * wanted.length + 1 : 0)
}

const hintsOf = new WeakMap<Library, readonly Entry[]>()

/** The questions that the readings are known to answer: those of the topics, then the hints. */
export function suggestQuestions(typed: string, { library, topics }: Typing): readonly Choice[] {
  let hints = hintsOf.get(library)
  if (!hints) {
    hints = [...library.passages.values()]
      .flatMap((passage) => passage.hints)
      .slice(0, mostQuestions)
      .map((hint) => {
        const question = hint.charAt(0).toUpperCase() + hint.slice(1)
        return entry({ name: question, value: question })
      })
    hintsOf.set(library, hints)
  }
  const asked = topics.map(({ question }) => entry({ name: question, value: question }))
  return best(typed, [...asked, ...hints])
}

/** The articles by title. */
export function suggestArticles(typed: string, { library }: Typing): readonly Choice[] {
  const choices = [...library.articles.values()].map(({ id, title }) => ({
    name: cut(title),
    value: id,
  }))
  return suggest(typed, choices)
}

/** `text` as the name of a choice. */
export function cut(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > longestChoice ? `${line.slice(0, longestChoice - 1).trimEnd()}…` : line
}
