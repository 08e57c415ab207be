import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Article } from '../knowledge/article.ts'
import type { Library } from '../search/library.ts'
import type { Place } from './place.ts'

/** The styles that a citation can be written in, by the name that stands in commands. */
export const citationStyles = {
  apa: 'APA',
  mla: 'MLA',
  'chicago-notes': 'Chicago, notes',
  'chicago-author-date': 'Chicago, author-date',
  harvard: 'Harvard',
  ieee: 'IEEE',
  bibtex: 'BibTeX',
  ris: 'RIS',
  'csl-json': 'CSL-JSON',
} as const

export type CitationStyle = keyof typeof citationStyles

export function isCitationStyle(name: string): name is CitationStyle {
  return Object.hasOwn(citationStyles, name)
}

/** The files of `styles/`; the other styles are formats for programs. */
const styleFiles: Partial<Record<CitationStyle, string>> = {
  apa: 'apa',
  mla: 'modern-language-association',
  'chicago-notes': 'chicago-fullnote-bibliography',
  'chicago-author-date': 'chicago-author-date',
  harvard: 'harvard-cite-them-right',
  ieee: 'ieee',
}

export type StyledCitation = {
  /** The entry of a bibliography, or the record for a program. */
  readonly entry: string
  /** The citation with its paragraph, as it stands in a text or a note; absent for records. */
  readonly inText?: string
}

/**
 * A place in one style, with its paragraph as the locator. What the article does not say of itself
 * (author, date) is written as the style writes it where it is unknown.
 * @throws if the library does not hold the place's article
 */
export async function styledCitation(
  library: Library,
  place: Place,
  style: CitationStyle,
): Promise<StyledCitation> {
  const article = library.articles.get(place.passage.articleId)
  if (!article) throw new Error(`The library holds no article "${place.passage.articleId}".`)
  const item = cslItem(article)
  const paragraph = String(place.passage.paragraph)
  const record = { ...item, note: [item.note, `para. ${paragraph}`].filter(Boolean).join('; ') }
  if (style === 'csl-json') return { entry: JSON.stringify([record], null, 2) }
  const { Cite } = await citationJs()
  const file = styleFiles[style]
  if (!file) return { entry: new Cite(record).format(style).trim() }
  await loadStyle(file)
  const source = new Cite(item)
  const options = { style: file, lang: locales[article.language.slice(0, 2)] ?? 'en-US' }
  return {
    entry: source.format('bibliography', options).trim(),
    inText: source.format('citation', {
      ...options,
      entry: [{ id: article.id, locator: paragraph, label: 'paragraph' }],
    }),
  }
}

/** The languages in which Citation.js knows the words of citations; English in the others. */
const locales: Readonly<Record<string, string>> = {
  de: 'de-DE',
  en: 'en-US',
  es: 'es-ES',
  fr: 'fr-FR',
  nl: 'nl-NL',
}

type CslItem = Readonly<Record<string, unknown>>

/** An article as CSL-JSON; what its front matter says in CSL's own fields goes before the rest. */
function cslItem(article: Article): CslItem {
  const { id, title, authors, publisher, published, url, language, csl } = article
  return {
    type: url ? 'webpage' : 'document',
    title,
    ...(authors.length > 0 && { author: authors }),
    ...(publisher && { publisher }),
    ...(published && { issued: { 'date-parts': [published.split('-').map(Number)] } }),
    ...(url && { URL: url }),
    language,
    ...csl,
    id,
  }
}

const loaded = new Set<string>()

async function loadStyle(name: string): Promise<void> {
  if (loaded.has(name)) return
  const path = createRequire(import.meta.url).resolve(`#styles/${name}.csl`)
  const xml = await readFile(path, 'utf8')
  const { plugins } = await citationJs()
  plugins.config.get('@csl').styles.add(name, xml)
  loaded.add(name)
}

/** Citation.js and its plug-ins take a third of a second to load: only when they are needed. */
async function citationJs(): Promise<typeof import('@citation-js/core')> {
  const core = await import('@citation-js/core')
  await import('@citation-js/plugin-csl')
  await import('@citation-js/plugin-bibtex')
  await import('@citation-js/plugin-ris')
  return core
}
