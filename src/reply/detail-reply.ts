import { actionId } from '../commands/action-id.ts'
import { type Article, type Name, passagesOf } from '../knowledge/article.ts'
import type { Detail } from '../search/detail-asked.ts'
import type { Block, Button, Line, Reply } from './reply.ts'

/** Articles told of in one message. */
const articlesPerReply = 5

const STATED: Readonly<Record<Detail, string>> = {
  author: 'author',
  date: 'date of publication',
  title: 'title',
  publisher: 'publisher',
  address: 'address',
}

/** A reply from the articles' own details; it says so, and quotes nothing. */
export function detailReply(
  question: string,
  detail: Detail,
  articles: readonly Article[],
  hidden: boolean,
): Reply {
  const told = articles.slice(0, articlesPerReply)
  const left = articles.length - told.length
  const stated = told.some((article) => detailOf(article, detail) !== undefined)
  const blocks: readonly Block[] = told.flatMap((article) => {
    const [button] = readButton(article)
    const text: Line = detailLine(article, detail)
    return [
      { kind: 'text' as const, text, ...(button && { button }) },
      ...(article.note ? [{ kind: 'text' as const, text: article.note }] : []),
    ]
  })
  return {
    title: question,
    blocks,
    notes: [
      'Told from the details kept with the readings; not a quotation from their text.',
      ...(left > 0 ? [`${left} more: see /sources.`] : []),
    ],
    ...(!stated && { refused: true }),
    private: hidden,
  }
}

/** One sentence on a detail of an article, for example `“Rivers” was published in 2019.` */
export function detailSentence(article: Article, detail: Detail): string {
  const title = `“${article.title}”`
  const value = detailOf(article, detail)
  if (value === undefined) return `The details of ${title} do not state its ${STATED[detail]}.`
  if (detail === 'author') return `${title} is by ${value}.`
  if (detail === 'title') return `The reading is called ${title}.`
  if (detail === 'address') return `${title} is at ${value}.`
  if (detail === 'publisher') return `${title} was published by ${value}.`
  return `${title} is dated ${value}.`
}

function detailLine(article: Article, detail: Detail): Line {
  const value = detailOf(article, detail)
  if (detail !== 'address' || value === undefined) return detailSentence(article, detail)
  return [`“${article.title}” is at `, { link: value, label: 'its address' }, '.']
}

function detailOf(article: Article, detail: Detail): string | undefined {
  const { title, authors, published, publisher, url, csl } = article
  if (detail === 'title') return title
  if (detail === 'author') return authors.length > 0 ? listed(authors.map(nameOf)) : undefined
  if (detail === 'date') return published && dateOf(published)
  if (detail === 'address') return url
  const container = csl['container-title']
  return publisher ?? (typeof container === 'string' ? container : undefined)
}

function nameOf(name: Name): string {
  if ('literal' in name) return name.literal
  return name.given ? `${name.given} ${name.family}` : name.family
}

function listed(names: readonly string[]): string {
  return names.length < 2
    ? (names[0] ?? '')
    : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** `2019`, `June 2019` or `14 June 2019`. */
function dateOf(published: string): string {
  const [year = '', month, day] = published.split('-')
  if (month === undefined) return year
  const name = new Intl.DateTimeFormat('en', { month: 'long', timeZone: 'UTC' }).format(
    Date.UTC(2000, Number(month) - 1, 1),
  )
  return day === undefined ? `${name} ${year}` : `${Number(day)} ${name} ${year}`
}

function readButton(article: Article): Button[] {
  const first = passagesOf(article)[0]
  return first ? [{ label: 'Read', id: actionId('read', 'open', first.id, first.hash) }] : []
}
