import { closest, distance } from 'fastest-levenshtein'
import { z } from 'zod'
import type { Name } from './article.ts'
import { mistake, type SourceFile } from './source-file.ts'
import { parseYaml } from './yaml-text.ts'

const textUpTo = (most: number) =>
  z
    .union([z.string(), z.number()], 'must be text')
    .transform((value) => String(value).trim())
    .pipe(z.string().min(1, 'is empty').max(most, `is longer than ${most} characters`))

const line = textUpTo(1000)
const prose = textUpTo(10_000)

/** `2019`, `2019-06` or `2019-06-14`, and a day that the calendar has. */
const date = z
  .union([z.string(), z.number()], 'must be a date such as 2019, 2019-06 or 2019-06-14')
  .transform(String)
  .refine(isDate, 'must be a real date such as 2019, 2019-06 or 2019-06-14')

const name: z.ZodType<Name> = z.union(
  [
    line.transform((literal) => nameOf(literal)),
    z.strictObject({ family: line, given: line.optional() }).transform(({ family, given }) => ({
      family,
      ...(given !== undefined && { given }),
    })),
    z.strictObject({ literal: line }),
  ],
  'must be a name: text, {family, given} or {literal}',
)

const names = z.union(
  [name.transform((one) => [one]), z.array(name).min(1, 'is empty')],
  'must be a name or a list of names, each text, {family, given} or {literal}',
)

const address = z
  .string('must be an address that begins with https:// or http://')
  .max(2000, 'is longer than 2000 characters')
  .refine(
    (value) => /^https?:\/\/\S+$/i.test(value) && URL.canParse(value),
    'must be an address that begins with https:// or http://',
  )

const language = z
  .string('must be a language tag such as en or pt-BR')
  .refine(isLanguage, 'must be a language tag such as en or pt-BR')
  .transform((tag) => Intl.getCanonicalLocales(tag)[0] ?? tag)

const own = {
  id: z
    .string('must be text')
    .regex(/^(?=.{1,40}$)[a-z0-9]+(-[a-z0-9]+)*$/, 'must be 1 to 40 of a-z, 0-9 and single hyphens')
    .optional(),
  title: line.optional(),
  author: names.optional(),
  publisher: line.optional(),
  published: date.optional(),
  url: address.optional(),
  language: language.optional(),
  note: prose.optional(),
}

/** The variables of CSL-JSON 1.0.2, https://citeproc-js.readthedocs.io/en/latest/csl-json/markup.html */
const csl = {
  ...fields(
    names,
    `chair collection-editor compiler composer container-author contributor curator director editor
    editorial-director editor-translator executive-producer guest host illustrator interviewer
    narrator organizer original-author performer producer recipient reviewed-author script-writer
    series-creator translator`,
  ),
  ...fields(
    date.transform((day) => ({ 'date-parts': [day.split('-').map(Number)] })),
    'accessed available-date event-date original-date submitted',
  ),
  ...fields(prose, 'abstract annote'),
  ...fields(
    line,
    `archive archive_collection archive_location archive-place authority call-number
    chapter-number citation-label citation-number collection-number collection-title container-title
    container-title-short dimensions division DOI edition event event-place event-title
    first-reference-note-number genre ISBN ISSN issue jurisdiction keyword locator medium number
    number-of-pages number-of-volumes original-publisher original-publisher-place original-title
    page page-first part-number part-title PMCID PMID printing-number publisher-place references
    reviewed-genre reviewed-title scale section source status supplement-number title-short type
    version volume volume-title volume-title-short`,
  ),
}

/** Keys that say the same as one of ours, and what to write in their place. */
const MEANT: Readonly<Record<string, keyof typeof own>> = {
  issued: 'published',
  date: 'published',
  year: 'published',
  authors: 'author',
  URL: 'url',
  link: 'url',
  lang: 'language',
  slug: 'id',
}

const schema = z.object({ ...own, ...csl })

/** What stands between the two lines `---` at the head of a file, checked. */
export type FrontMatter = {
  readonly present: boolean
  readonly id?: string
  readonly title?: string
  readonly authors: readonly Name[]
  readonly publisher?: string
  readonly published?: string
  readonly url?: string
  readonly language: string
  readonly note?: string
  readonly csl: Readonly<Record<string, unknown>>
  /** The line of the key `id`, or 1. */
  readonly idLine: number
  /** The text after the front matter, and the number of lines before it. */
  readonly body: string
  readonly bodyOffset: number
}

/**
 * Reads the front matter of a file, and says where its body begins.
 * @throws OperatorError with file and line where it is malformed, unclosed or holds a wrong field
 */
export function readFrontMatter(file: SourceFile): FrontMatter {
  const lines = file.text.split('\n')
  if (lines[0]?.trimEnd() !== '---') {
    return {
      present: false,
      authors: [],
      language: 'en',
      csl: {},
      idLine: 1,
      body: file.text,
      bodyOffset: 0,
    }
  }
  const close = lines.findIndex((text, index) => index > 0 && /^(---|\.\.\.)\s*$/.test(text))
  if (close < 0)
    throw mistake(file, 1, 'the front matter has no end; put a line --- after its last field.')

  const yaml = parseYaml(file, lines.slice(1, close).join('\n'), 1)
  const fields = z.record(z.string(), z.unknown()).safeParse(yaml.value ?? {})
  if (!fields.success)
    throw mistake(file, 2, 'the front matter must be fields, one a line, such as title: The title.')
  const given = fields.data
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(schema.shape, key)) throw mistake(file, yaml.lineOf([key]), unknownKey(key))
  }
  const result = schema.safeParse(given)
  if (!result.success) {
    const issue = result.error.issues[0]
    const path = issue?.path ?? []
    const key = String(path[0])
    const value = JSON.stringify(given[key])?.slice(0, 80)
    throw mistake(file, yaml.lineOf(path), `${key} ${issue?.message}; it is ${value}.`)
  }
  const checked: Record<string, unknown> = result.data
  const { id, title, author, publisher, published, url, language = 'en', note } = result.data
  return {
    present: true,
    ...(id !== undefined && { id }),
    ...(title !== undefined && { title }),
    authors: author ?? [],
    ...(publisher !== undefined && { publisher }),
    ...(published !== undefined && { published }),
    ...(url !== undefined && { url }),
    language,
    ...(note !== undefined && { note }),
    csl: Object.fromEntries(
      Object.keys(given)
        .filter((key) => Object.hasOwn(csl, key))
        .map((key) => [key, checked[key]]),
    ),
    idLine: id === undefined ? 1 : yaml.lineOf(['id']),
    body: lines.slice(close + 1).join('\n'),
    bodyOffset: close + 1,
  }
}

function fields<T extends z.ZodType>(type: T, keys: string): Record<string, z.ZodOptional<T>> {
  return Object.fromEntries(keys.split(/\s+/).map((key) => [key, type.optional()]))
}

function unknownKey(key: string): string {
  const near = closest(key, Object.keys(schema.shape))
  const meant =
    (Object.hasOwn(MEANT, key) ? MEANT[key] : undefined) ??
    (distance(key.toLowerCase(), near.toLowerCase()) <= 2 ? near : undefined)
  return meant
    ? `the field ${key} is not known; write ${meant} in its place.`
    : `the field ${key} is not known; take it out, or use one of ${Object.keys(own).join(', ')} or a CSL-JSON variable.`
}

/** "Sung-Yoon Lee" is kept whole: where a family name begins cannot be told from the text. */
function nameOf(text: string): Name {
  const comma = /^([^,]+),\s*([^,]+)$/.exec(text)
  return comma?.[1] && comma[2] ? { family: comma[1].trim(), given: comma[2] } : { literal: text }
}

function isDate(text: string): boolean {
  const parts = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(text)
  if (!parts) return false
  const [, year, month = '01', day = '01'] = parts
  const time = new Date(`${year}-${month}-${day}T00:00:00Z`)
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(`${year}-${month}-${day}`)
}

function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}
