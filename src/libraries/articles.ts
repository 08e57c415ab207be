import { type Article, passagesOf } from '../knowledge/article.ts'
import { articleSteps, type SectionSource } from '../knowledge/passage.ts'
import { type Corpus, growCorpus } from '../search/corpus.ts'
import { inSlices } from '../slices.ts'
import { freeId, type Stored } from '../store/store.ts'
import type { StoredText } from '../store/tables.ts'
import { type Cut, type CutText, fingerprintOf, type Kept } from './kept-words.ts'

/**
 * The own articles after the bundled ones; none takes the id of another.
 * @param kept what was found before in the texts
 * @returns also whether nothing was kept of some text
 */
export async function corpusOf(
  bundled: readonly Article[],
  texts: AsyncIterable<Stored>,
  kept: Kept,
): Promise<{
  readonly corpus: Corpus
  readonly own: readonly CutText[]
  readonly cutAnew: boolean
}> {
  const growing = growCorpus(kept.words)
  const taken = new Set<string>()
  for (const article of bundled) {
    taken.add(article.id)
    await inSlices(growing.add(article))
  }
  const own: CutText[] = []
  let cutAnew = false
  for await (const stored of texts) {
    const id = freeId(stored.id, (one) => taken.has(one))
    taken.add(id)
    const cut = kept.of(stored)
    const article = await inSlices(articleOf(id, stored, cut))
    await inSlices(growing.add(article, cut?.words))
    const tidy = cut?.tidy ?? isTidy(stored.text, article)
    own.push({ fingerprint: fingerprintOf(stored), tidy })
    if (!cut) cutAnew = true
  }
  return { corpus: await inSlices(growing.done()), own, cutAnew }
}

function articleOf(
  id: string,
  { title, text }: Pick<Stored, 'title' | 'text'>,
  cut: Cut | undefined,
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

function isTidy({ sections }: StoredText, article: Article): boolean {
  const passages = passagesOf(article)
  const paragraphs = sections.flatMap(({ paragraphs }) => paragraphs)
  return (
    paragraphs.length === passages.length &&
    paragraphs.every(({ text }, index) => text === passages[index]?.text)
  )
}

export function paragraphsOf(text: StoredText): readonly SectionSource[] {
  return text.sections.map(({ heading, paragraphs }) => ({
    heading,
    paragraphs: paragraphs.map(({ text, page }) => ({ text, ...(page && { page }) })),
  }))
}
