import { tidy } from '../knowledge/passage.ts'
import { sentencesOf } from '../knowledge/sentences.ts'
import { MemberError } from '../problem.ts'
import type {
  Document,
  DocumentKind,
  DocumentParagraph,
  DocumentSection,
  Draft,
  Job,
} from './document.ts'

/** A message shows at most 4,000 characters, so a longer paragraph could never be read whole. */
const LONGEST_PARAGRAPH = 3_000
const LONGEST_HEADING = 300

/** Unicode Standard Annex #9, 2.1 to 2.4: embeddings, overrides and isolates. */
const REORDERING = /[\u202a-\u202e\u2066-\u2069]/g
/** Zero width space, word joiner, byte order mark, tag characters: they hide from the eye. */
const INVISIBLE = /[\u200b\u2060\ufeff\u{e0000}-\u{e007f}]/gu

/**
 * Cleans and measures what a reader found: characters that a quotation could not show as they
 * stand go, with a warning; overlong paragraphs are cut at ends of sentences.
 * @throws MemberError where no text is left or a limit is passed
 */
export function tidyDocument(kind: DocumentKind, draft: Draft, { name, limits }: Job): Document {
  const found = { reordering: false, broken: 0, cut: 0, dropped: 0 }
  const clean = (text: string) => {
    let cleaned = text.replaceAll('\0', '').replace(INVISIBLE, '')
    if (cleaned.search(REORDERING) >= 0) {
      found.reordering = true
      cleaned = cleaned.replace(REORDERING, '')
    }
    cleaned = cleaned.replace(/\p{Surrogate}/gu, '\ufffd')
    found.broken += cleaned.split('\ufffd').length - 1
    return tidy(cleaned)
  }

  const language = canonical(draft.language)
  let characters = 0
  let count = 0
  const sections: DocumentSection[] = []
  for (const { heading, paragraphs } of draft.sections) {
    const kept: DocumentParagraph[] = []
    for (const { text, page } of paragraphs) {
      const cleaned = clean(text)
      if (!/[\p{L}\p{N}]/u.test(cleaned)) continue
      const { pieces, dropped } = cut(cleaned, language)
      if (pieces.length > 1) found.cut += 1
      if (dropped) found.dropped += 1
      for (const piece of pieces) {
        characters += piece.length
        count += 1
        if (characters > limits.characters || count > limits.paragraphs)
          throw new MemberError(
            `${name} holds more than ${thousands(limits.characters)} characters or ${thousands(limits.paragraphs)} paragraphs: upload it in parts.`,
          )
        kept.push({ text: piece, ...(page !== undefined && { page }) })
      }
    }
    if (kept.length > 0) {
      const title = short(clean(heading))
      const last = sections.at(-1)
      if (last?.heading === title)
        sections[sections.length - 1] = {
          heading: title,
          paragraphs: [...last.paragraphs, ...kept],
        }
      else sections.push({ heading: title, paragraphs: kept })
    }
  }
  const title = short(clean(draft.title ?? ''))
  const dropped = `a run of more than ${thousands(LONGEST_PARAGRAPH)} characters without a space`
  if (sections.length === 0)
    throw new MemberError(
      found.dropped > 0
        ? `${name} holds ${dropped} and nothing that can be read: upload a text with words.`
        : `${name} holds no text: upload a document with text.`,
    )

  const warnings = [...(draft.warnings ?? [])]
  if (found.dropped > 0) warnings.push(`Left out: ${dropped}.`)
  if (found.cut > 0)
    warnings.push(
      `Cut into shorter ones: ${thousands(found.cut)} ${found.cut === 1 ? 'paragraph' : 'paragraphs'} of more than ${thousands(LONGEST_PARAGRAPH)} characters.`,
    )
  if (found.reordering)
    warnings.push('Control characters that change the order of the text were taken out.')
  if (found.broken > 0)
    warnings.push(
      `${thousands(found.broken)} ${found.broken === 1 ? 'character' : 'characters'} could not be read and show as "\ufffd".`,
    )

  const authors = (draft.authors ?? []).slice(0, 50)
  return {
    kind,
    ...(title && { title }),
    ...(authors.length > 0 && { authors }),
    ...(draft.published && { published: draft.published }),
    ...(language && { language }),
    ...(draft.pages !== undefined && { pages: draft.pages }),
    sections,
    warnings,
  }
}

/**
 * Cuts an overlong paragraph at the ends of sentences, or at white space within an overlong one;
 * drops runs that have neither.
 */
function cut(text: string, language = 'en'): { pieces: string[]; dropped: boolean } {
  const pieces: string[] = []
  let dropped = false
  let rest = text
  while (rest.length > LONGEST_PARAGRAPH) {
    const window = rest.slice(0, LONGEST_PARAGRAPH)
    const at = sentencesOf(window, language).at(-1)?.start || window.lastIndexOf(' ')
    if (at > 0) {
      pieces.push(rest.slice(0, at).trimEnd())
      rest = rest.slice(at).trimStart()
    } else {
      dropped = true
      const next = rest.indexOf(' ', LONGEST_PARAGRAPH)
      rest = next < 0 ? '' : rest.slice(next + 1)
    }
  }
  if (rest !== '') pieces.push(rest)
  return { pieces, dropped }
}

/** The head of an overlong line; no pair of surrogates is cut. */
function short(text: string): string {
  return text.slice(0, LONGEST_HEADING).replace(/\p{Surrogate}$/u, '')
}

/** A language tag in its canonical form ("en_US" counts as "en-US"), or nothing. */
export function canonical(tag: string | undefined): string | undefined {
  try {
    return tag && Intl.getCanonicalLocales(tag.trim().replaceAll('_', '-'))[0]
  } catch {
    return undefined
  }
}

/** The first date in a text that begins with one: `2019`, `2019-06` or `2019-06-14`. */
export function dateOf(text: string | undefined | null): string | undefined {
  const [, year, month, day] = /^\s*(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?!\d)/.exec(text ?? '') ?? []
  const date = [year, month, day].filter(Boolean).join('-')
  const full = `${year}-${month ?? '01'}-${day ?? '01'}`
  const time = new Date(`${full}T00:00:00Z`)
  if (!year || Number.isNaN(time.getTime()) || !time.toISOString().startsWith(full))
    return undefined
  return date
}

function thousands(count: number): string {
  return count.toLocaleString('en')
}
