import { ahead } from '../ahead.ts'
import type { Article } from '../knowledge/article.ts'
import { passagesOf } from '../knowledge/article.ts'
import { articleSteps, type CutPassage, type SectionSource } from '../knowledge/passage.ts'
import { type ArticleWords, articleWordsSteps } from '../search/corpus.ts'
import { inSlices } from '../slices.ts'
import { freeId, type Stored } from '../store/store.ts'
import type { StoredText } from '../store/tables.ts'
import type { KeptWordsOf } from './kept-words.ts'

/**
 * The own articles after the bundled ones, as they are read; none takes the id of another.
 * @param kept where the sentences and words of the own articles are, if they were cut before; else
 *   they are put there
 */
export async function* eachArticle(
  bundled: readonly Article[],
  texts: AsyncIterable<Stored>,
  kept: KeptWordsOf,
): AsyncGenerator<{ readonly article: Article; readonly words?: ArticleWords }> {
  const taken = new Set(bundled.map(({ id }) => id))
  for (const article of bundled) yield { article }
  for await (const { stored, cut } of ahead(withCuts(texts, kept))) {
    const id = freeId(stored.id, (one) => taken.has(one))
    taken.add(id)
    const article = await inSlices(articleOf(id, stored, cut?.passages))
    const words = cut?.words ?? (await inSlices(articleWordsSteps(article)))
    if (!cut) await kept.write(stored, { passages: passagesOf(article), words })
    yield { article, words }
  }
}

async function* withCuts(texts: AsyncIterable<Stored>, kept: KeptWordsOf) {
  for await (const stored of texts) yield { stored, cut: await kept.read(stored) }
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
