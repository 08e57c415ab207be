import { type Article, passagesOf } from '../../knowledge/article.ts'
import { articleFrom, tidy } from '../../knowledge/passage.ts'
import { holdsAnswer } from './answer-strings.ts'
import type { DatasetPassage, DatasetQuestion } from './dataset.ts'

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
    const article = articleOf(`doc-${index + 1}`, members[0]?.title ?? '', filled)
    passagesOf(article).forEach(({ id }, position) => {
      corpusId.set(id, filled[position]?.id ?? '')
    })
    return article
  })
  return { articles, corpusId }
}

/** Some passages as the paragraphs of an article. */
export function articleOf(id: string, title: string, members: readonly DatasetPassage[]): Article {
  return articleFrom({ id, title, sections: [{ paragraphs: members.map(({ text }) => text) }] })
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

/**
 * Near misses made of answerable questions: an article's passages without those judged to answer,
 * and the questions that are left without an answer. A question is passed over if an answer string
 * of it stands in what is left, since that may answer as well, or if it gives no answer strings.
 */
export function withoutGold(
  passages: readonly DatasetPassage[],
  questions: readonly DatasetQuestion[],
): readonly (readonly [readonly DatasetPassage[], readonly DatasetQuestion[]])[] {
  const groups = new Map<string, [readonly DatasetPassage[], DatasetQuestion[]]>()
  for (const question of questions) {
    const { judgements, answers } = question
    if (judgements.size === 0 || answers.length === 0) continue
    const name = [...judgements.keys()].sort().join(' ')
    const group = groups.get(name) ?? [passages.filter(({ id }) => !judgements.has(id)), []]
    groups.set(name, group)
    const [rest, left] = group
    if (!rest.some(({ text }) => holdsAnswer(text, answers))) left.push(question)
  }
  return [...groups.values()].filter(([rest, left]) => rest.length > 0 && left.length > 0)
}
