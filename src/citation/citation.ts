import type { Excerpt } from '../search/answer.ts'
import type { Library } from '../search/library.ts'

/** Where an excerpt stands, in words and as a link. */
export type Citation = {
  /** For example `After Hanoi › What happened at Hanoi › ¶4`. */
  readonly label: string
  /** The passage's id, short enough to type into `/passage`. */
  readonly passageId: string
  readonly hash: string
  /** A deep link to the very words, at most 512 characters, where the article has an address. */
  readonly url?: string
}

/** The citation line of an excerpt. Throws if the library does not hold the excerpt's article. */
export function cite(_library: Library, _excerpt: Excerpt): Citation {
  throw new Error('not written yet')
}
