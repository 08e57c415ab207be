import type { Excerpt } from '../search/answer.ts'

/** The part of an excerpt that a citation needs: the words that matched do not matter to it. */
export type Place = Pick<Excerpt, 'passage' | 'start' | 'end'>
