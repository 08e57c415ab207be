import stem from 'wink-porter2-stemmer'
import { baseForm } from './irregular.ts'

/** A word of a text as the search sees it. Ranges are UTF-16 code units of the text. */
export type Term = {
  /** What is compared: folded, without inflection. */
  readonly key: string
  /** The folded word as it stood, for dictionaries. */
  readonly word: string
  readonly start: number
  readonly end: number
  /** True for words that say little by themselves (the, of, is). */
  readonly stop: boolean
  /** True if the first letter is a capital. */
  readonly capital: boolean
}

// Negation, "US", and the words of time and order (before, after, first) are kept on purpose:
// they turn an answer round.
const STOP = new Set(
  `a an the and or but of to in on at by for with from as into onto upon than then that this these
  those there here it its itself is are was were be been being am do does did doing done has have
  had having will would shall should can could may might must ought i me my mine we our ours you
  your yours he him his she her hers they them their theirs himself herself themselves what which
  who whom whose when where why how if so such also s t d ll m re ve`.split(/\s+/),
)

// As people type in a chat.
const TYPED = new Map(
  `what:whats,wat,wut who:whos where:wheres when:whens how:hows why:whys you:u your:ur are:r
  about:bout because:cuz,coz people:ppl not:dont,doesnt,didnt,isnt,wasnt,arent,werent,cant,couldnt,wouldnt,shouldnt,hasnt,havent
  going:gonna want:wanna got:gotta`
    .split(/\s+/)
    .flatMap((group): [string, string][] => {
      const [word = '', typed = ''] = group.split(':')
      return typed.split(',').map((form) => [form, word])
    }),
)

// A number with its separators, an abbreviation with full stops, or a word with inner apostrophes.
const WORD =
  /\d+(?:[.,]\d+)*|(?:\p{L}\.){2,}(?:\p{L}(?![\p{L}\p{N}]))?|[\p{L}\p{M}\p{N}]+(?:['’ʼ][\p{L}\p{M}]+)*/gu
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
// "NHK東京": a run of one kind of script, then of the other.
const RUN = new RegExp(`(?:${UNSPACED.source}\\p{M}*)+|(?:(?!${UNSPACED.source}).)+`, 'gsu')
const ASCII = /^[\x20-\x7e]*$/
const LATIN = /^[a-z]+$/
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
}

/** Folds case, width, ligatures and diacritics: `É` and `e` are one, `ﬁ` is `fi`. */
export function fold(text: string): string {
  const lower = text.toLowerCase()
  if (ASCII.test(lower)) return lower
  return lower
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f\u064b-\u0652]/g, '')
    .replace(/[ßæœøłđðþı]/g, (letter) => LETTERS[letter] ?? letter)
    .normalize('NFC')
}

type Form = { readonly key: string; readonly word: string; readonly stop: boolean }

// Words recur: each spelling is folded and stemmed once. Emptied when full, so that an endless
// stream of new words cannot fill the memory.
const forms = new Map<string, Form>()
const FORMS_KEPT = 200_000

function formOf(raw: string): Form {
  const known = forms.get(raw)
  if (known) return known
  if (forms.size >= FORMS_KEPT) forms.clear()
  const form = newForm(raw)
  forms.set(raw, form)
  return form
}

function newForm(raw: string): Form {
  let word = fold(raw).replace(/[’ʼ]/g, "'")
  if (/^\d/.test(word) && !/\p{L}/u.test(word)) {
    // 1,000 and 1000 are one number; 3.5 stays whole.
    const key = word.replace(/,(?=\d{3}(?!\d))/g, '')
    return { key, word: key, stop: false }
  }
  if (word.endsWith("n't")) return { key: 'not', word, stop: false }
  word = word.replace(/'(?:s|m|re|ve|ll|d)$/, '').replace(/['.]/g, '')
  // "U" and "R" in capitals are letters.
  if (word.length > 2 || raw === word) word = TYPED.get(word) ?? word
  const stop = STOP.has(word)
  return { key: keyOf(word), word, stop }
}

// The kindred words of questions recur too.
const keys = new Map<string, string>()
const KEYS_KEPT = 50_000

/** The key under which a folded word is compared. */
export function keyOf(word: string): string {
  if (word.length <= 2 || !LATIN.test(word)) return word
  let key = keys.get(word)
  if (key === undefined) {
    key = stem(baseForm(word))
    if (keys.size >= KEYS_KEPT) keys.clear()
    keys.set(word, key)
  }
  return key
}

/**
 * The words of a text in order, stop words included. Scripts that do not part their words by
 * spaces are read as overlapping pairs of characters.
 */
export function encode(text: string): readonly Term[] {
  const terms: Term[] = []
  for (const match of text.matchAll(WORD)) {
    const raw = match[0]
    const start = match.index
    if (!ASCII.test(raw) && UNSPACED.test(raw)) {
      for (const part of raw.matchAll(RUN)) {
        if (UNSPACED.test(part[0])) pushPairs(terms, part[0], start + part.index)
        else pushWord(terms, part[0], start + part.index)
      }
      continue
    }
    pushWord(terms, raw, start)
  }
  return terms
}

function pushWord(terms: Term[], raw: string, start: number): void {
  const { key, word, stop } = formOf(raw)
  if (key === '') return
  const first = raw.charAt(0)
  // "US" in capitals is a country; "us" is kept too, since readers type it in lower case.
  const capital = first !== first.toLowerCase()
  terms.push({ key, word, start, end: start + raw.length, stop, capital })
}

function pushPairs(terms: Term[], run: string, offset: number): void {
  const characters = [...run]
  let start = offset
  for (let index = 0; index < characters.length; index++) {
    const here = characters[index] ?? ''
    const next = characters[index + 1]
    if (next === undefined && characters.length > 1) break
    const key = fold(here + (next ?? ''))
    const end = start + here.length + (next?.length ?? 0)
    // A pair of bare marks folds to nothing.
    if (key !== '') terms.push({ key, word: key, start, end, stop: false, capital: false })
    start += here.length
  }
}
