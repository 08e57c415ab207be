import { createHash } from 'node:crypto'
import { atOnce, type Steps } from '../slices.ts'
import type { Article, Passage, Section } from './article.ts'
import { sentencesOf } from './sentences.ts'

/** An article as plain data: what a file, an upload or a data set gives. */
export type ArticleSource = Pick<Article, 'id' | 'title'> &
  Partial<Omit<Article, 'id' | 'title' | 'sections'>> & {
    readonly sections: readonly SectionSource[]
  }

export type SectionSource = {
  /** Empty or absent for paragraphs before the first heading. */
  readonly heading?: string
  readonly paragraphs: readonly (string | ParagraphSource)[]
}

export type ParagraphSource = {
  readonly text: string
  readonly page?: number
  readonly hints?: readonly string[]
}

/**
 * Makes an article of plain data: paragraphs get tidied white space, sentences, numbers from 1 and
 * hashes. Paragraphs without text and sections without paragraphs fall away, so `sections` may come
 * out empty.
 */
export function articleFrom(source: ArticleSource): Article {
  return atOnce(articleSteps(source))
}

/** What follows from the text of a passage alone. */
export type CutPassage = Pick<Passage, 'sentences' | 'hash'>

/**
 * As `articleFrom`, a paragraph at a time.
 * @param cut the passages of the same text as they were cut before, in order, and whether its
 *   paragraphs were tidy
 */
export function* articleSteps(
  source: ArticleSource,
  cut?: { readonly passages: readonly CutPassage[]; readonly tidy: boolean },
): Steps<Article> {
  const { sections, authors = [], language = 'en', csl = {}, ...rest } = source
  let paragraph = 0
  const made: Section[] = []
  for (const section of sections) {
    const heading = tidy(section.heading ?? '')
    const passages: Passage[] = []
    for (const entry of section.paragraphs) {
      yield
      const given: ParagraphSource = typeof entry === 'string' ? { text: entry } : entry
      const text = cut?.tidy ? given.text : tidy(given.text)
      if (text === '') continue
      paragraph += 1
      passages.push({
        id: `${source.id}:${paragraph}`,
        articleId: source.id,
        heading,
        paragraph,
        ...(given.page !== undefined && { page: given.page }),
        text,
        ...(cut?.passages[paragraph - 1] ?? {
          sentences: sentencesOf(text, language),
          hash: hashOf(text),
        }),
        hints: (given.hints ?? []).map(tidy).filter((hint) => hint !== ''),
      })
    }
    if (passages.length > 0) made.push({ heading, passages })
  }
  return { ...rest, title: tidy(source.title), authors, language, csl, sections: made }
}

/** Any but the plainest characters, among which no white space is but the space. */
const UNUSUAL = /[^ -~¡-¬®-ɏ–-…]/

/** One line without needless white space, control characters and soft hyphens. */
export function tidy(text: string): string {
  // Nearly all stored text is tidy already, and to look costs a tenth of replacing each space.
  if (!text.includes('  ') && !UNUSUAL.test(text)) return text.trim()
  return text
    .replace(/\u00ad/g, '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
}

/** The first eight hexadecimal digits of the SHA-256 of a text's UTF-8 bytes. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 8)
}

/**
 * A slug of 1 to 40 characters for an article's id, or an empty string where the name has neither
 * letters of the Latin alphabet nor digits: "After Hanoi" gives `after-hanoi`.
 */
export function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, 40)
    .replace(/-$/, '')
}
