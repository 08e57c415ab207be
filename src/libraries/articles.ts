import type { Article } from '../knowledge/article.ts'
import { passagesOf } from '../knowledge/article.ts'
import { articleSteps, type CutPassage, type SectionSource } from '../knowledge/passage.ts'
import { type ArticleWords, articleWordsSteps } from '../search/corpus.ts'
import { inSlices } from '../slices.ts'
import { freeId, type Stored } from '../store/store.ts'
import type { StoredText } from '../store/tables.ts'
import type { KeptWordsOf } from './kept-words.ts'

/**
 * The own articles after the bundled ones; none takes the id of another.
 * @param kept where their sentences and words are, if they were cut before; else they are put there
 * @returns with the words of the own articles
 */
export async function together(
  articles: readonly Article[],
  texts: AsyncIterable<Stored>,
  kept: KeptWordsOf,
): Promise<{ readonly articles: readonly Article[]; readonly words: Map<Article, ArticleWords> }> {
  const taken = new Set(articles.map(({ id }) => id))
  const all = [...articles]
  const words = new Map<Article, ArticleWords>()
  for await (const stored of texts) {
    const id = freeId(stored.id, (one) => taken.has(one))
    taken.add(id)
    const before = await kept.read(stored)
    const article = await inSlices(articleOf(id, stored, before?.passages))
    all.push(article)
    if (before) words.set(article, before.words)
    else {
      const cut = await inSlices(articleWordsSteps(article))
      words.set(article, cut)
      await kept.write(stored, { passages: passagesOf(article), words: cut })
    }
  }
  return { articles: all, words }
}

function articleOf(
  id: string,
  { title, text }: Pick<Stored, 'title' | 'text'>,
  cut: readonly CutPassage[] | undefined,
) {
  const { authors, published, url, language } = text
  const source = {
    id,
    title,
    ...(authors && {
      authors: authors.map((name) =>
        'literal' in name
          ? name
          : { family: name.family, ...(name.given !== undefined && { given: name.given }) },
      ),
    }),
    ...(published && { published }),
    ...(url && { url }),
    ...(language && { language }),
    sections: paragraphsOf(text),
  }
  return articleSteps(source, cut)
}

export function paragraphsOf(text: StoredText): readonly SectionSource[] {
  return text.sections.map(({ heading, paragraphs }) => ({
    heading,
    paragraphs: paragraphs.map(({ text, page }) => ({ text, ...(page && { page }) })),
  }))
}
