import { posix } from 'node:path'
import { DOMParser, parseHTML } from 'linkedom'
import { MemberError } from '../problem.ts'
import { type DomNode, sectionsOf } from './blocks.ts'
import type { DocumentSection, Draft, Job } from './document.ts'
import { decodeText } from './text.ts'
import { dateOf } from './tidy-document.ts'
import { unzipText } from './zip.ts'

/** Fonts may be scrambled without the book being protected (EPUB Open Container Format 3.3, 4.3). */
const FONT_SCRAMBLING = /idpf\.org\/2008\/embedding|ns\.adobe\.com\/pdf\/enc#RC/

/**
 * Reads an EPUB book in the order of its spine. A chapter without a heading gets the name that the
 * table of contents gives it.
 */
export function readEpub({ bytes, name, limits, progress }: Job): Draft {
  const entries = unzipText(bytes, name, limits.unpackedBytes)
  const text = (path: string) => {
    const entry = entries.get(path)
    return entry && decodeText(entry).text
  }
  const damaged = () => new MemberError(`${name} is not a whole EPUB book: upload it again.`)

  const encryption = text('META-INF/encryption.xml') ?? ''
  const methods = [...encryption.matchAll(/EncryptionMethod[^<>]*Algorithm="([^"]*)"/g)]
  if (methods.some(([, method]) => !FONT_SCRAMBLING.test(method ?? '')))
    throw new MemberError(`${name} is locked by its seller (DRM): upload a book without a lock.`)

  const container = xml(text('META-INF/container.xml') ?? '')
  const root = container.querySelector('rootfile')?.getAttribute('full-path')
  const source = root && text(root)
  if (!root || !source) throw damaged()
  const book = xml(source)
  const resolve = (href: string, base: string) =>
    posix.join(posix.dirname(base), decoded(href.split('#')[0] ?? ''))

  const items = new Map<string, { path: string; properties: string }>()
  for (const item of book.querySelectorAll('manifest > item')) {
    const [id, href] = [item.getAttribute('id'), item.getAttribute('href')]
    if (id && href)
      items.set(id, {
        path: resolve(href, root),
        properties: item.getAttribute('properties') ?? '',
      })
  }
  const titles = chapterTitles()
  const spine = [...book.querySelectorAll('spine > itemref')].flatMap((reference) => {
    const item = items.get(reference.getAttribute('idref') ?? '')
    return item && !/\bnav\b/.test(item.properties) ? [item.path] : []
  })

  const sections: DocumentSection[] = []
  let missing = 0
  spine.forEach((path, index) => {
    progress(`reading chapter ${index + 1} of ${spine.length}`)
    const chapter = text(path)
    if (chapter === undefined) {
      missing += 1
      return
    }
    const found = sectionsOf(html(chapter) as unknown as DomNode)
    const titled = found.some(({ heading }) => heading.trim() !== '')
    sections.push(
      ...(titled
        ? found
        : found.map((section) => ({ ...section, heading: titles.get(path) ?? '' }))),
    )
  })
  if (spine.length === 0 || missing === spine.length) throw damaged()

  const field = (tag: string) =>
    [...book.querySelectorAll('metadata > *')]
      .filter((node) => node.localName === tag || node.tagName.toLowerCase() === `dc:${tag}`)
      .map((node) => node.textContent.trim())
      .filter((value) => value !== '')
  return {
    title: field('title')[0],
    authors: field('creator').map((literal) => ({ literal })),
    published: dateOf(field('date')[0]),
    language: field('language')[0],
    sections,
    warnings:
      missing > 0 ? [`${missing} of ${spine.length} chapters are missing from the book.`] : [],
  }

  /** Names of chapters from the table of contents, of EPUB 3 (nav) or EPUB 2 (NCX). */
  function chapterTitles(): Map<string, string> {
    const found = new Map<string, string>()
    const take = (base: string, href: string | null | undefined, title: string | undefined) => {
      const path = href && resolve(href, base)
      if (path && title?.trim() && !found.has(path)) found.set(path, title)
    }
    for (const { path, properties } of items.values()) {
      if (/\bnav\b/.test(properties)) {
        for (const link of html(text(path) ?? '').querySelectorAll('nav a'))
          take(path, link.getAttribute('href'), link.textContent)
      } else if (/\.ncx$/i.test(path)) {
        for (const point of xml(text(path) ?? '').querySelectorAll('navPoint'))
          take(
            path,
            point.querySelector('content')?.getAttribute('src'),
            point.querySelector('navLabel')?.textContent,
          )
      }
    }
    return found
  }
}

/** linkedom knows no declared entities, so none are expanded (billion laughs). */
function xml(source: string) {
  return new DOMParser().parseFromString(source, 'text/xml')
}

/** XHTML as HTML: an element closed in its own tag would stay open in HTML. */
function html(source: string) {
  const closed = source.replace(
    /<(title|script|a|span|p|div|i|b|em|strong|td)\b([^<>]*)\/>/gi,
    '<$1$2></$1>',
  )
  const { document } = parseHTML(/<html\b/i.test(closed) ? closed : `<html>${closed}</html>`)
  return document.documentElement
}

function decoded(href: string): string {
  try {
    return decodeURIComponent(href)
  } catch {
    return href
  }
}
