import type { Passage } from '../knowledge/article.ts'
import { MemberError } from '../problem.ts'
import { answerReply } from '../reply/answer-reply.ts'
import { detailReply } from '../reply/detail-reply.ts'
import type { Reply } from '../reply/reply.ts'
import type { Answer, Refusal } from '../search/answer.ts'
import { detailAsked } from '../search/detail-asked.ts'
import type { Library } from '../search/library.ts'
import { actionId } from './action-id.ts'

/** As many excerpts as the pages of one answer may show. */
const excerptsAtMost = 25

/** The reply to a free question. Its further pages ask the same question again: the title holds it. */
export function ask(
  library: Library,
  question: string,
  options: { article?: string | undefined; offset?: number; private?: boolean } = {},
): Reply {
  const { article, ...page } = options
  const within = { limit: excerptsAtMost, ...(article && { article }) }
  return answered(library, library.ask(question, within), page, article)
}

/** The reply to a question on the readings themselves ("who wrote this?"), if it is one. */
export function askedOfDetails(
  library: Library,
  question: string,
  article: string | undefined,
  hidden: boolean,
): Reply | undefined {
  const about = [...library.articles.values()].filter(({ id }) => id === (article ?? id))
  const asked = detailAsked(question, about)
  if (!asked || about.length === 0) return undefined
  const named = about.filter(({ id }) => id === (asked.article ?? id))
  return detailReply(question, asked.detail, named, hidden)
}

/** An answer with the buttons of `/ask`. */
export function answered(
  library: Library,
  outcome: Answer | Refusal,
  page: { offset?: number; private?: boolean },
  article = '',
): Reply {
  return answerReply(library, outcome, {
    ...page,
    links: {
      more: (offset) => actionId('ask', 'more', article, String(offset)),
      share: (offset, hash) => actionId('ask', 'share', article, String(offset), hash),
    },
  })
}

/**
 * The passage, if it is still the one that was quoted.
 * @throws MemberError if its text is another by now, or gone
 */
export function unchanged(passage: Passage | undefined, hash: string | undefined): Passage {
  if (!passage || passage.hash !== hash) {
    throw new MemberError(
      'The source has changed since this was quoted. Ask again to see it as it is now.',
    )
  }
  return passage
}

/** @throws MemberError if the library holds no such article */
export function knownArticle(library: Library, given: string | undefined): string | undefined {
  if (given === undefined || given === '') return undefined
  if (library.articles.has(given)) return given
  const title = given.toLowerCase()
  for (const article of library.articles.values()) {
    if (article.title.toLowerCase() === title) return article.id
  }
  throw new MemberError('There is no such article. Choose one from the list, or see /sources.')
}
