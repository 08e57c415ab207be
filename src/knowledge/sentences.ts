import type { Range } from './article.ts'

/**
 * Abbreviations that a name, a number or the rest of the sentence follows: the full stop after
 * them never ends a sentence. Lower case, without the last full stop.
 */
const NEVER_LAST = new Set(
  `mr mrs ms mx messrs dr prof gen sen rep gov lt col capt cpt sgt maj cpl adm cmdr brig hon rev fr
  st mt pres amb supt insp vs v cf viz e.g i.e eg ie approx esp incl ca
  hr frau z.b d.h u.a bzw mme mlle sra srta dña ing arq sig dott ds dhr mevr`.split(/\s+/),
)

/** Abbreviations that belong to a number which follows; before anything else they may be last. */
const BEFORE_NUMBER = new Set(
  `no nos nr nrs núm n.º p pp pg pgs pág págs s vol vols bd fig figs abb art arts sec secs § ch chap
  cap para paras col ex eq eqs tab ser ed eds op ver c circa jan feb mar apr jun jul aug sep sept
  oct okt nov dec dez`.split(/\s+/),
)

/** Abbreviations that may be last or not: the word that follows decides. */
const MAYBE_LAST = new Set(
  `etc inc corp co ltd llc plc bros jr sr esq al a.m p.m ph.d m.d b.a m.a d.c a.d b.c dept univ assn
  ave blvd rd ft usw ff`.split(/\s+/),
)

/** Words that open an English sentence and hardly ever follow an abbreviation in mid-sentence. */
const OPENERS = new Set(
  `the a an this that these those there here he she it we they you i his her its their our my your
  in on at by for from to with without of as if when while where why how what who which whether
  since until after before during although though because but and or so yet nor however moreover
  instead indeed still then thus therefore also even not no some many most more all both each every
  one two another other such only perhaps maybe meanwhile nevertheless nonetheless finally
  first second third now today yesterday later earlier
  is are was were do does did has have had can could will would should may might must let`.split(
    /\s+/,
  ),
)

/** Languages that write ordinal numbers with a full stop: "am 3. Oktober". */
const DOTTED_ORDINALS = new Set('de da nb nn no fi cs sk pl hr sr sl hu et lv is'.split(' '))

/** Whether a word is one that opens English sentences: "Where", but not "Korea". */
export function opensSentence(word: string): boolean {
  return OPENERS.has(word.toLowerCase())
}

/** In UTF-16 code units: longer than nearly all paragraphs. */
const PIECE = 2000

const segmenters = new Map<string, Intl.Segmenter>()

function segmenterFor(language: string): Intl.Segmenter {
  let segmenter = segmenters.get(language)
  if (!segmenter) {
    segmenter = new Intl.Segmenter(language, { granularity: 'sentence' })
    segmenters.set(language, segmenter)
  }
  return segmenter
}

/**
 * Ends that the segmenter passes over: an ellipsis sign, a full stop with note marks behind it
 * ("… the summit.[3] Then"), a closing mark that stands free (« Où ? » Nul), an opening mark without
 * white space before it (。「), and a full stop after a year, a longer word or a bracket where the next sentence
 * begins with a number ("… in 2017. 16 people").
 */
const FURTHER_ENDS =
  /(?:…["'”’»)\]]*|[.!?…]["'”’»)]*(?:\[\p{N}{1,3}\])+|[.!?…]\s»)\s+(?=["'“‘«([¿¡]*\p{Lu})|(?<=\p{N}{3}|\p{Ll}{4}|[)\]”])\.["'”’»)]*\s+(?=\p{N})|[。．！？｡][」』”）》〉】]*(?=[「『“（《〈【])/gu
const FURTHER_SIGNS = /[…[»。．！？｡]|\.["'”’»)]*\s+\p{N}/u

const OPENING = /^["'“‘«‹„([{¿¡—–-]*/u
const CLOSING = /["'”’»›)\]}]+$/u

/**
 * Cuts a text into sentences: half-open ranges in order, none empty, none beginning or ending with
 * white space, and only white space between them. Any string may come in.
 * @param language a BCP 47 tag; a malformed one throws a RangeError
 */
export function sentencesOf(text: string, language = 'en'): Range[] {
  const ends = segmentEnds(text, segmenterFor(language))
  if (FURTHER_SIGNS.test(text)) {
    for (const match of text.matchAll(FURTHER_ENDS)) ends.push(match.index + match[0].length)
    ends.sort((a, b) => a - b)
  }
  ends.push(text.length)

  const ranges: Range[] = []
  let from = 0
  for (const end of ends) {
    if (end <= from) continue
    if (end < text.length && !endsSentence(text, from, end, language)) continue
    const sentence = text.slice(from, end)
    const start = from + (sentence.length - sentence.trimStart().length)
    const stop = from + sentence.trimEnd().length
    if (stop > start) ranges.push({ start, end: stop })
    from = end
  }
  return ranges
}

/**
 * The ends that the segmenter sees, apart from the text's own. Its time grows with the square of
 * the text's length on Node 20, so a long text is given to it in pieces.
 */
function segmentEnds(text: string, segmenter: Intl.Segmenter): number[] {
  const ends: number[] = []
  let from = 0
  let size = PIECE
  while (from < text.length) {
    const piece = text.slice(from, from + size)
    const whole = from + size >= text.length
    const before = ends.length
    for (const { index } of segmenter.segment(piece)) {
      // Whether a sentence ends is seen from what follows, so a piece's last words do not tell.
      if (index > 0 && (whole || index < size - 200)) ends.push(from + index)
    }
    if (whole) break
    if (ends.length > before) {
      from = ends.at(-1) ?? from
      size = PIECE
    } else size *= 2
  }
  return ends
}

/** Whether the sentence that begins at `from` may end before `at`, where another would begin. */
function endsSentence(text: string, from: number, at: number, language: string): boolean {
  // The end of a sentence tells enough, and keeps the work on a text without any end linear.
  const before = text.slice(Math.max(from, at - 200), at)
  const sentence = before.trimEnd()
  if (sentence === '') return true
  if (/[\n\r\u0085\u2028\u2029]/.test(before.slice(sentence.length))) return true
  const spaced = sentence.length < before.length
  const rest = text.slice(at, at + 80).trimStart()
  if (rest === '' || !/[\p{L}\p{N}]/u.test(sentence)) return false
  // Without white space only full-width marks end a sentence, as in Chinese and Japanese.
  // A quotation there may be followed by the rest of the sentence: 「はい。」と言った。
  if (!spaced)
    return /[。．！？｡][”’」』）〉》"')\]]*$/u.test(sentence) && !/^[とっ，、]/u.test(rest)

  if (/^[»”’)\]]+(?:\s|$)/u.test(rest)) return false

  const next = rest.replace(OPENING, '')
  if (/^\p{Ll}/u.test(next)) return false
  const bare = sentence.replace(CLOSING, '')
  if (!bare.endsWith('.')) return true
  // An omission in mid-sentence stands free (" ... "); at the end it clings to its word.
  if (/(?:^|\s)\.{2,}$|\s\.(?:\s\.)+$/.test(bare)) return false
  if (bare.endsWith('..')) return true

  const word = /[^\s"'“”‘’«»()[\]—–]*$/u.exec(bare.slice(-40, -1))?.[0] ?? ''
  const known = word.toLowerCase()
  const opener = opensSentence(/^[\p{L}’']+/u.exec(next)?.[0] ?? '')
  if (NEVER_LAST.has(known)) return false
  if (BEFORE_NUMBER.has(known) && /^(?:\p{N}|[IVXLC]{2,}\b|[VXLC]\b)/u.test(next)) return false
  if (MAYBE_LAST.has(known)) return opener
  // "U.S.", "D.P.R.K.": letters with full stops between them.
  if (/^(?:\p{L}\.)+\p{L}$/u.test(word)) return opener
  // "J. K. Rowling" and "z. B." go on; "plan B. The" and "so did I. Then" are ends.
  if (/^\p{L}$/u.test(word)) return opener || (word === 'I' && language.startsWith('en'))
  if (/^\p{N}{1,2}$/u.test(word)) {
    if (DOTTED_ORDINALS.has(language.split('-')[0] ?? '')) return false
    // A number that opens a line of its own counts: "1. Ask", "2. Listen".
    return bare.length > word.length + 1
  }
  return true
}
