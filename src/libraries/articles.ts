import type { Article } from '../knowledge/article.ts'
import { articleSteps, type SectionSource } from '../knowledge/passage.ts'
import type { Steps } from '../slices.ts'
import { freeId, type Stored } from '../store/store.ts'
import type { StoredText } from '../store/tables.ts'

/** The own articles after the bundled ones; none takes the id of another. */
export function* together(
  articles: readonly Article[],
  texts: readonly Stored[],
): Steps<readonly Article[]> {
  const taken = new Set(articles.map(({ id }) => id))
  const all = [...articles]
  for (const { id: wanted, title, text } of texts) {
    const id = freeId(wanted, (one) => taken.has(one))
    taken.add(id)
    all.push(yield* articleOf(id, title, text))
  }
  return all
}

function articleOf(id: string, title: string, text: Stored['text']): Steps<Article> {
  const { authors, published, url, language } = text
  return articleSteps({
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
  })
}

export function paragraphsOf(text: StoredText): readonly SectionSource[] {
  return text.sections.map(({ heading, paragraphs }) => ({
    heading,
    paragraphs: paragraphs.map(({ text, page }) => ({ text, ...(page && { page }) })),
  }))
}
