import type { Article } from '../knowledge/article.ts'
import type { Library } from '../search/library.ts'
import { deepLink } from './deep-link.ts'
import type { Place } from './place.ts'

/** Where an excerpt stands, in words and as a link. */
export type Citation = {
  /** For example `After Hanoi › What happened at Hanoi › ¶4`, as plain text. */
  readonly label: string
  /** The passage's id, short enough to type into `/passage`. */
  readonly passageId: string
  readonly hash: string
  /** The first and last sentence cited, counted from 1, where the excerpt is not the whole paragraph. */
  readonly sentences?: { readonly first: number; readonly last: number }
  /** A deep link to the very words, at most 512 characters, where the article has an address. */
  readonly url?: string
}

/** The citation line of an excerpt. Throws if the library does not hold the excerpt's article. */
export function cite(library: Library, excerpt: Place): Citation {
  const { passage } = excerpt
  const article = library.articles.get(passage.articleId)
  if (!article) throw new Error(`The library holds no article "${passage.articleId}".`)
  const sentences = sentencesOf(excerpt)
  const url = deepLink(article, excerpt)
  return {
    label: [shortTitle(article), passage.heading, locator(excerpt)].filter(Boolean).join(' › '),
    passageId: passage.id,
    hash: passage.hash,
    ...(sentences && { sentences }),
    ...(url && { url }),
  }
}

/** The title as citation lines give it: the front matter's `title-short`, if there is one. */
function shortTitle({ title, csl }: Article): string {
  const short = csl['title-short']
  return typeof short === 'string' ? short : title
}

/**
 * `¶4` for a whole paragraph, `¶4, sentence 2` or `¶4, sentences 2–3` for a part of it; with the page
 * on which the paragraph begins before it (`p. 12, ¶4`) where the source has pages.
 */
export function locator(place: Place): string {
  const { page, paragraph: number } = place.passage
  const paragraph = page === undefined ? `¶${number}` : `p. ${page}, ¶${number}`
  const sentences = sentencesOf(place)
  if (!sentences) return paragraph
  const { first, last } = sentences
  return first === last
    ? `${paragraph}, sentence ${first}`
    : `${paragraph}, sentences ${first}–${last}`
}

/** The sentences that a place touches, or nothing if it touches all of its paragraph's. */
function sentencesOf({ passage, start, end }: Place): { first: number; last: number } | undefined {
  const touched = passage.sentences.flatMap((sentence, index) =>
    sentence.start < end && start < sentence.end ? [index + 1] : [],
  )
  const [first, last] = [touched[0], touched.at(-1)]
  if (first === undefined || last === undefined) return undefined
  return touched.length === passage.sentences.length ? undefined : { first, last }
}
