import { type Article, type Name, passagesOf } from '../knowledge/article.ts'

/** For example `8 sections · 26 paragraphs · 1,310 words`. */
export function sizeOf(article: Article): string {
  const passages = passagesOf(article)
  const words = passages.reduce((sum, { text }) => sum + (text.match(/\S+/g)?.length ?? 0), 0)
  return [
    counted(article.sections.length, 'section'),
    counted(passages.length, 'paragraph'),
    counted(words, 'word'),
  ].join(' · ')
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}

/** Who wrote an article, its title, where and when it appeared, as far as that is known. */
export function sourceLine(article: Article): string {
  const { authors, title, publisher, published, url } = article
  const parts = [authors.map(nameOf).join(', '), title, publisher, published, url]
  return parts.filter(Boolean).join('. ')
}

function nameOf(name: Name): string {
  if ('literal' in name) return name.literal
  return [name.given, name.family].filter(Boolean).join(' ')
}
