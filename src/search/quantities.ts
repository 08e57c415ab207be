import { type Corpus, MONEY, NUMBER, PERCENT } from './corpus.ts'
import { keyOf } from './encoder.ts'
import type { Question } from './question.ts'

const TIME = 'second minute hour day week month year decade century'
const LENGTH =
  'inch foot yard mile centimetre centimeter cm metre meter m kilometre kilometer km mi ft light-year'
const WEIGHT = 'gram g kilogram kilo kg ounce pound lb ton tonne stone'
const SPEED = `${LENGTH} knot mph kmh per`
const AREA = `${LENGTH} square acre hectare km2 people inhabitant employee member page percent`

/** Words that ask for a quantity, and the units that it comes in. */
const UNITS: readonly (readonly [words: string, units: string])[] = [
  ['old age young aged', 'year month week day aged age'],
  ['long', `${TIME} ${LENGTH} page word line`],
  ['length', `${TIME} ${LENGTH} page word line`],
  ['far distance tall high height wide width deep depth thick', `${LENGTH} storey story floor`],
  ['fast speed quick', SPEED],
  ['heavy weigh weight mass', WEIGHT],
  ['hot cold warm temperature', 'degree celsius fahrenheit kelvin c f'],
  ['large big size area', AREA],
]
const MONEY_WORDS =
  'money cost price worth pay paid salary expensive fee fine budget revenue profit'
const PERCENT_WORDS = 'percent percentage proportion'

/** Which tokens a quantity's number must stand by. */
export type Quantity = { readonly units: ReadonlySet<string>; readonly flag: number }

const none: ReadonlySet<string> = new Set()
const byWord = new Map<string, Quantity>([
  ...UNITS.flatMap(([words, units]) => {
    const keys = new Set(units.split(' ').map(keyOf))
    return words.split(' ').map((word): [string, Quantity] => [word, { units: keys, flag: 0 }])
  }),
  ...MONEY_WORDS.split(' ').map((word): [string, Quantity] => [word, { units: none, flag: MONEY }]),
  ...PERCENT_WORDS.split(' ').map((word): [string, Quantity] => [
    word,
    { units: none, flag: PERCENT },
  ]),
])

/** The quantity that a question asks for ("how tall", "what was the cost"), if it names one. */
export function quantityOf({ words, kind }: Question): Quantity | undefined {
  if (kind !== 'number') return undefined
  const asked = words.findIndex(({ word }) => word === 'how' || word === 'what' || word === 'which')
  if (asked < 0) return undefined
  for (const { word } of words.slice(asked + 1)) {
    const found = byWord.get(word)
    if (found) return found
  }
  return undefined
}

/** How many words apart a number and its unit may stand. */
const REACH = 3

/** Whether a number with one of the quantity's units stands among some words of the text. */
export function holdsQuantity(
  { tokens, flags, words }: Corpus,
  from: number,
  to: number,
  { units, flag }: Quantity,
): boolean {
  for (let t = from; t < to; t++) {
    if (((flags[t] ?? 0) & NUMBER) === 0) continue
    for (let near = Math.max(from, t - 1); near <= Math.min(to - 1, t + REACH); near++) {
      if (flag !== 0 && (flags[near] ?? 0) & flag) return true
      if (units.has(keyOf(words[tokens[near] ?? 0] ?? ''))) return true
    }
  }
  return false
}
