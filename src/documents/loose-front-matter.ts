import { parse } from 'yaml'
import { z } from 'zod'
import type { Name } from '../knowledge/article.ts'
import { canonical, dateOf } from './tidy-document.ts'

const line = z
  .union([z.string(), z.number()])
  .transform((value) => String(value).trim())
  .pipe(z.string().min(1).max(300))
const person = z.union([line, z.object({ name: line }).transform(({ name }) => name)])
const fields = z.object({
  title: line.optional().catch(undefined),
  author: z
    .union([person.transform((one) => [one]), z.array(person).max(50)])
    .optional()
    .catch(undefined),
  date: line.optional().catch(undefined),
  language: line.optional().catch(undefined),
})

/** What front matter says of a text, and the text after it. */
export type FrontMatter = {
  readonly title?: string | undefined
  readonly authors: readonly Name[]
  readonly published?: string | undefined
  readonly language?: string | undefined
  readonly body: string
}

/**
 * Reads YAML front matter as members' notes have it: fields that are unknown or malformed are passed
 * over, unlike in the operator's own files. Aliases are not followed (billion laughs).
 */
export function looseFrontMatter(text: string): FrontMatter {
  const found = /^---[ \t]*\n(.{0,20000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)/s.exec(text)
  if (!found) return { authors: [], body: text }
  let given: unknown
  try {
    given = parse(found[1] ?? '', { schema: 'failsafe', maxAliasCount: 0, logLevel: 'silent' })
  } catch {
    return { authors: [], body: text }
  }
  const result = z.record(z.string(), z.unknown()).safeParse(given)
  if (!result.success) return { authors: [], body: text }
  const map = result.data
  const { title, author, date, language } = fields.parse({
    title: map.title,
    author: map.author ?? map.authors,
    date: map.published ?? map.date ?? map.year,
    language: map.language ?? map.lang,
  })
  return {
    title,
    authors: (author ?? []).map((literal) => ({ literal })),
    published: dateOf(date),
    language: canonical(language),
    body: text.slice(found[0].length),
  }
}
