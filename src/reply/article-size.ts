import { type Article, passagesOf } from '../knowledge/article.ts'

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
