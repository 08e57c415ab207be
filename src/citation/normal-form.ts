/**
 * A text as it is compared: typographic variants of one character are made one, so that a quotation
 * typed on another keyboard or copied from a printed page still matches, while no word does that
 * was not there. Each character knows where it came from.
 */
export type NormalForm = {
  readonly text: string
  /** `text` in lower case, character by character: as long as `text`. */
  readonly folded: string
  /** For each character of `text`: where its source starts and ends. */
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

const quotationMark = /^["'`´‘’‚‛“”„‟«»‹›「」『』〝〞＂＇׳״]$/u
const openGuillemet = /^[«‹]$/
const closeGuillemet = /^[»›]$/
const dash = /^[-‐‑‒–—―−﹘﹣－]$/u
/** Soft hyphens, zero-width characters and marks of direction. */
const invisible = /^[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]$/
/**
 * Compatibility forms that are the same letters: ligatures, Arabic presentation forms, full width.
 * Others are left as they are: NFKC would make 10² the same as 102.
 */
const sameLetters = /[\uFB00-\uFDFF\uFE70-\uFEFC\uFF01-\uFF5E]/

/** One written character with its marks, or a run of white space, or of conjoining Korean letters. */
const cluster = /\s+|[\u1100-\u11FF]+|\P{M}\p{M}*|\p{M}+/suy

/** Characters of ASCII that stand for themselves: no white space, dash or quotation mark. */
const isPlain = Array.from(
  { length: 0x80 },
  (_, code) => code > 0x20 && !/[-"'`\x7F]/.test(String.fromCharCode(code)),
)
/** Before it, no character is a mark of the one before. */
const firstMark = 0x300

export function normalForm(source: string): NormalForm {
  let text = ''
  let folded = ''
  let last = ''
  const starts: number[] = []
  const ends: number[] = []
  const put = (characters: string, start: number, end: number) => {
    for (const unit of characters.split('')) {
      const lower = unit.toLowerCase()
      text += unit
      folded += lower.length === 1 ? lower : unit
      last = unit
      starts.push(start)
      ends.push(end)
    }
  }
  const standsForItself = (at: number) =>
    isPlain[source.charCodeAt(at)] && !(source.charCodeAt(at + 1) >= firstMark)
  let space: number | undefined
  let index = 0
  while (index < source.length) {
    const start = index
    while (standsForItself(index)) index += 1
    if (index > start) {
      if (space !== undefined) put(' ', space, start)
      space = undefined
      const run = source.slice(start, index)
      text += run
      folded += run.toLowerCase()
      last = run.charAt(run.length - 1)
      for (let at = start; at < index; at += 1) {
        starts.push(at)
        ends.push(at + 1)
      }
      continue
    }
    cluster.lastIndex = start
    const written = cluster.exec(source)?.[0] ?? source.charAt(start)
    const end = start + written.length
    index = end
    if (/^\s/.test(written)) {
      // No space stands after a dash, unless it is the sign of a number, nor inside guillemets.
      const before = source[start - 1] ?? ''
      if (last && !(last === '-' && dash.test(before)) && !openGuillemet.test(before)) space = start
      continue
    }
    if (invisible.test(written)) continue
    const isDash = dash.test(written)
    if (isDash && last === '-' && space === undefined) {
      ends[ends.length - 1] = end
      continue
    }
    const isSign = isDash && /^\p{N}/u.test(source.slice(end, end + 2))
    if (space !== undefined && (!isDash || isSign) && !closeGuillemet.test(written)) {
      put(' ', space, start)
    }
    space = undefined
    if (isDash) put('-', start, end)
    else if (quotationMark.test(written)) put("'", start, end)
    else if (written === '…') put('...', start, end)
    else if (written <= '\u007F') put(written, start, end)
    else put(written.normalize(sameLetters.test(written) ? 'NFKC' : 'NFC'), start, end)
  }
  return { text, folded, starts, ends }
}

const wordCharacter = /[\p{L}\p{N}\p{M}]/u
/** Scripts that write no space between words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]/u
const hangul = /\p{Script=Hangul}/u
const hyphen = /^[-‐‑–−]$/u
const apostrophe = /^['’ʼ]$/u

/**
 * True if a range of a text starts and ends where words do. "able" is not whole in "unable", nor
 * "can" in "can't", "37" in "37.5", "5" in "-5" or "nuclear" in "non-nuclear"; "Hanoi" is in
 * "Hanoi's", and a Korean noun is before its particle.
 */
export function isWholeWords(text: string, start: number, end: number): boolean {
  return startsWord(text, start) && endsWord(text, end)
}

export function startsWord(text: string, at: number): boolean {
  const [before, previous] = [characterBefore(text, at, 2), characterBefore(text, at, 1)]
  const first = characterAfter(text, at, 1)
  if (!previous || !wordCharacter.test(first)) return true
  if (wordCharacter.test(previous)) return unspaced.test(previous) || unspaced.test(first)
  if (hyphen.test(previous)) return !(wordCharacter.test(before) || /\p{N}/u.test(first))
  if (apostrophe.test(previous)) return !wordCharacter.test(before)
  return !(/[.,]/.test(previous) && /\p{N}/u.test(before) && /\p{N}/u.test(first))
}

export function endsWord(text: string, at: number): boolean {
  const last = characterBefore(text, at, 1)
  const [next, after] = [characterAfter(text, at, 1), characterAfter(text, at, 2)]
  if (!next || !wordCharacter.test(last)) return true
  if (wordCharacter.test(next)) {
    return unspaced.test(last) || unspaced.test(next) || hangul.test(next)
  }
  if (hyphen.test(next)) return !wordCharacter.test(after)
  if (apostrophe.test(next)) {
    return !wordCharacter.test(after) || /^s(?!\p{L})/u.test(text.slice(at + 1))
  }
  return !(/[.,]/.test(next) && /\p{N}/u.test(last) && /\p{N}/u.test(after))
}

/** The nth character (code point) before or after an offset, or an empty string. */
function characterBefore(text: string, at: number, nth: number): string {
  return [...text.slice(Math.max(0, at - 2 * nth), at)].at(-nth) ?? ''
}

function characterAfter(text: string, at: number, nth: number): string {
  return [...text.slice(at, at + 2 * nth)][nth - 1] ?? ''
}

/** Words, numbers and single punctuation marks; hyphens, apostrophes and decimals hold together. */
const token =
  /(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}])[\p{L}\p{N}\p{M}\u00AD\u200B-\u200D\u2060])+(?:[-‐‑'’ʼ](?=[\p{L}\p{N}])[\p{L}\p{N}\p{M}\u00AD]+|(?<=\p{N})[.,](?=\p{N})\p{N}+)*|\P{M}\p{M}*/gu

export type Token = {
  readonly text: string
  /** What it is compared by. */
  readonly key: string
  readonly start: number
  readonly end: number
  readonly isWord: boolean
}

export function tokensOf(text: string): readonly Token[] {
  return [...text.matchAll(token)].flatMap(({ 0: written, index }) => {
    const key = normalForm(written).folded
    if (key.trim() === '') return []
    const isWord = wordCharacter.test(key)
    return [{ text: written, key, start: index, end: index + written.length, isWord }]
  })
}
