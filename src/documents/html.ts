import { Readability } from '@mozilla/readability'
import { parseHTML } from 'linkedom'
import { type DomNode, sectionsOf, splitTitle } from './blocks.ts'
import type { DocumentSection } from './document.ts'
import type { Draft, Job } from './parse.ts'
import { decodeText } from './text.ts'
import { dateOf } from './tidy-document.ts'

/**
 * Reads a web page: the article in it, without navigation, comments and advertisements; the whole
 * page where no article can be told. Nothing that the page names is fetched and no script runs.
 */
export function readHtml({ bytes, charset }: Job): Draft {
  const source = decodeText(bytes, charset ?? declaredCharset(bytes)).text
  const { document } = parseHTML(/<html\b/i.test(source) ? source : `<html>${source}</html>`)
  const meta = (name: string) =>
    document
      .querySelector(`meta[name="${name}" i], meta[property="${name}" i]`)
      ?.getAttribute('content')
      ?.trim() || undefined
  const language = document.documentElement?.getAttribute('lang') || undefined
  const published = dateOf(meta('article:published_time') ?? meta('citation_publication_date'))
  const author = meta('author') ?? meta('citation_author')
  const ownTitle = meta('citation_title') ?? meta('og:title')
  const pageTitle = document.querySelector('title')?.textContent?.trim() || undefined

  const whole = sectionsOf((document.body ?? document) as unknown as DomNode)
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
