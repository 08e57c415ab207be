import { type Article, passagesOf } from '../../knowledge/article.ts'
import { articleFrom, tidy } from '../../knowledge/passage.ts'
import type { DatasetPassage } from './dataset.ts'

/** A set's passages as articles, and the id that the set gives each passage. */
export type DatasetArticles = {
  readonly articles: readonly Article[]
  readonly corpusId: ReadonlyMap<string, string>
}

/** Makes an article of each `doc`: its passages in the order of the file, without those that are empty. */
export function articlesOf(passages: readonly DatasetPassage[]): DatasetArticles {
  const corpusId = new Map<string, string>()
  const articles = [...byDoc(passages).values()].map((members, index) => {
    const filled = members.filter(({ text }) => tidy(text) !== '')
    const article = articleFrom({
      id: `doc-${index + 1}`,
      title: members[0]?.title ?? '',
      sections: [{ paragraphs: filled.map(({ text }) => text) }],
    })
    passagesOf(article).forEach(({ id }, position) => {
      corpusId.set(id, filled[position]?.id ?? '')
    })
    return article
  })
  return { articles, corpusId }
}

/** Passages by the article that they belong to, articles in the order of their first passage. */
export function byDoc(
  passages: readonly DatasetPassage[],
): ReadonlyMap<string, readonly DatasetPassage[]> {
  const groups = new Map<string, DatasetPassage[]>()
  for (const passage of passages) {
    const group = groups.get(passage.doc)
    if (group) group.push(passage)
    else groups.set(passage.doc, [passage])
  }
  return groups
}
