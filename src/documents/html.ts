import { Readability } from '@mozilla/readability'
import { parseHTML } from 'linkedom'
import { type DomNode, sectionsOf, splitTitle } from './blocks.ts'
import type { DocumentSection, Draft, Job } from './document.ts'
import { decodeText } from './text.ts'
import { dateOf } from './tidy-document.ts'

/**
 * Reads a web page: the article in it, without navigation, comments and advertisements; the whole
 * page where no article can be told. Nothing that the page names is fetched and no script runs.
 */
export function readHtml({ bytes, charset }: Job): Draft {
  const source = decodeText(bytes, charset ?? declaredCharset(bytes)).text
  const { document } = parseHTML(withBody(source))
  const meta = (name: string) =>
    document
      .querySelector(`meta[name="${name}" i], meta[property="${name}" i]`)
      ?.getAttribute('content')
      ?.trim() || undefined
  const language = /<html\b[^<>]*\slang\s*=\s*["']?([\w-]+)/i.exec(source)?.[1]
  const published = dateOf(meta('article:published_time') ?? meta('citation_publication_date'))
  const author = meta('author') ?? meta('citation_author')
  const ownTitle = meta('citation_title') ?? meta('og:title')
  const pageTitle = document.querySelector('title')?.textContent?.trim() || undefined

  const whole = sectionsOf(document.documentElement as unknown as DomNode)
  const article = new Readability(document as never, { charThreshold: 200 }).parse()
  const found = article?.content
    ? sectionsOf(parseHTML(`<html><body>${article.content}</body></html>`).document.body as never)
    : []
  const [wholeLength, foundLength] = [lengthOf(whole), lengthOf(found)]
  const isArticle = foundLength > 200 && foundLength > wholeLength / 5
  const title = ownTitle ?? (article?.title?.trim() || pageTitle)
  return {
    ...splitTitle(isArticle ? found : whole, title),
    ...((author ?? article?.byline) && {
      authors: [{ literal: (author ?? article?.byline ?? '').replace(/^\s*by\s+/i, '') }],
    }),
    published: published ?? dateOf(article?.publishedTime),
    language,
    warnings:
      isArticle && foundLength < wholeLength * 0.9
        ? ['Text around the article (navigation, comments and the like) was left out.']
        : [],
  }
}

/** The tags html and body may be left out of a page (HTML Living Standard, 13.1.2.4). */
function withBody(source: string): string {
  if (/<body\b/i.test(source)) return source
  const inner = source.replace(/<!doctype[^<>]*>|<\/?html\b[^<>]*>/gi, '')
  return `<html><body>${inner}</body></html>`
}

/** The declaration that the HTML standard looks for in a page's first 1,024 bytes. */
function declaredCharset(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1024))
  return /<meta[^>]+charset\s*=\s*["']?([\w:-]+)/i.exec(head.toString('latin1'))?.[1]
}

function lengthOf(sections: readonly DocumentSection[]): number {
  return sections
    .flatMap(({ paragraphs }) => paragraphs)
    .reduce((sum, { text }) => sum + text.trim().length, 0)
}
