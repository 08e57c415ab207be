import type { Range } from '../knowledge/article.ts'

/** What may close a quotation, by the mark that opens it; the first that stands closes it. */
const pairs: Readonly<Record<string, string>> = {
  '“': '”',
  '„': '“”',
  '‟': '”',
  '«': '»',
  '»': '«',
  '‹': '›',
  '›': '‹',
  '「': '」',
  '『': '』',
  '〝': '〞〟',
  '"': '"',
  '＂': '＂',
  '״': '״',
  '‘': '’',
  '‚': '‘’',
  "'": "'",
  '”': '”',
}

/** Marks that look the same at both ends, or that stand in words too, open only before a word. */
const needsSpaceBefore = /["'＂״‘‚”»›]/
const isApostrophe = /['’]/

/**
 * The quoted parts of a text, outermost only, without their marks: between quotation marks of any
 * style, or in lines that start with `>`. A quotation that runs over several paragraphs, each opened
 * anew and only the last closed, is one.
 */
export function quotationsIn(text: string): readonly Range[] {
  const found: Range[] = []
  for (const block of text.matchAll(/^[ \t]*>[^\n]*(?:\n[ \t]*>[^\n]*)*/gm)) {
    const lead = block[0].search(/[^>\s]/)
    if (lead >= 0) found.push({ start: block.index + lead, end: block.index + block[0].length })
  }
  const quoted = (at: number) => found.find(({ start, end }) => start - 2 <= at && at < end)
  let at = 0
  while (at < text.length) {
    const inBlock = quoted(at)
    const end = inBlock ? undefined : closing(text, at)
    if (inBlock) at = inBlock.end
    else if (end === undefined) at += 1
    else {
      if (/[\p{L}\p{N}]/u.test(text.slice(at + 1, end))) found.push({ start: at + 1, end })
      at = end + 1
    }
  }
  return found.sort((a, b) => a.start - b.start)
}

/** Where the quotation that opens at an offset closes, if one opens there. */
function closing(text: string, open: number): number | undefined {
  // A mark inside that is never closed does not keep the quotation open.
  return closingAt(text, open, true) ?? closingAt(text, open, false)
}

function closingAt(text: string, open: number, nests: boolean): number | undefined {
  const mark = text.charAt(open)
  const closers = pairs[mark]
  // French sets spaces inside its marks.
  if (!closers || !(/\S/.test(text.charAt(open + 1)) || /[«‹]/.test(mark))) return undefined
  const before = text.charAt(open - 1)
  if (needsSpaceBefore.test(mark) && /[\p{L}\p{N}.,;!?]/u.test(before)) return undefined
  let depth = 0
  for (let at = open + 1; at < text.length; at += 1) {
    const character = text.charAt(at)
    if (character === '\n' && /^\n\s*\n/.test(text.slice(at, at + 8))) {
      // The next paragraph of a long quotation opens with the same mark.
      const next = text.slice(at).match(/^\s*/)?.[0].length ?? 0
      if (text.charAt(at + next) !== mark || closers.includes(mark)) return undefined
      at += next
      continue
    }
    if (closers.includes(character)) {
      const after = text.charAt(at + 1)
      const insideWord =
        isApostrophe.test(character) &&
        (/[\p{L}\p{N}]/u.test(after) || /\s/.test(text.charAt(at - 1)))
      if (insideWord) continue
      if (closers.includes(mark) && /[\p{L}\p{N}]/u.test(after)) continue
      if (depth === 0) return at
      depth -= 1
    } else if (nests && character === mark) depth += 1
  }
  return undefined
}

/** A quotation cut where words are left out or put in by whoever quotes. */
export type Piece = {
  readonly text: string
  /** What stands between this piece and the one before it: words left out, or words put in. */
  readonly gap?:
    | { readonly kind: 'omission' }
    | { readonly kind: 'insertion'; readonly text: string }
  /** Words put in after the last piece. */
  readonly after?: string
}

const omission = String.raw`[[(]\s*(?:\.\s?\.\s?\.+|…)\s*[\])]|(?:\.\s\.\s\.(?:\s\.)?|\.{3,}|…)`
const insertion = String.raw`(?<![\p{L}\p{N}])\[([^\][]{1,80})\](?![\p{L}\p{N}])`
const gap = new RegExp(`(${omission})|${insertion}`, 'gu')
/** What stands for words left out: `[…]`, `...` and the like. */
export const omissionMark = new RegExp(omission, 'gu')
/** `[T]he`: a letter that whoever quotes has changed. */
const changedLetter = /\[(\p{L}{1,3})\](?=\p{L})|(?<=\p{L})\[(\p{L}{1,4})\]/gu

/**
 * Cuts a quotation at `[…]`, `...` and `[words put in]`; `[T]he` becomes `The`.
 * @param at `omissions` leaves brackets with words in them as they are: sources have them too
 */
export function piecesOf(quotation: string, at: 'omissions' | 'brackets'): readonly Piece[] {
  const text = at === 'brackets' ? quotation.replace(changedLetter, '$1$2') : quotation
  const pieces: Piece[] = []
  let from = 0
  let before: Piece['gap']
  const push = (piece: string) => {
    if (/[\p{L}\p{N}]/u.test(piece)) {
      pieces.push({ text: piece.trim(), ...(before && { gap: before }) })
      before = undefined
    }
  }
  for (const match of text.matchAll(at === 'brackets' ? gap : omissionMark)) {
    push(text.slice(from, match.index))
    from = match.index + match[0].length
    const inserted = match[2]
    if (!inserted) before ??= { kind: 'omission' }
    else if (!/^(?:sic|emphasis (?:added|mine|in original))[.!]?$/i.test(inserted)) {
      before = { kind: 'insertion', text: inserted }
    }
  }
  push(text.slice(from))
  const last = pieces.at(-1)
  if (last && before?.kind === 'insertion')
    pieces[pieces.length - 1] = { ...last, after: before.text }
  return pieces
}
