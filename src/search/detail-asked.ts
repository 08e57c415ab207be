import type { Article } from '../knowledge/article.ts'
import { fold } from './encoder.ts'

/** What a question may ask of a text itself: its front matter answers, not its sentences. */
export type Detail = 'author' | 'date' | 'title' | 'publisher' | 'address'

/** Words by which readers name the text before them. */
const NAMES =
  '(?:article|text|reading|document|analysis|essay|paper|report|piece|book|chapter|story|post|source|publication|work|study)s?'
const THIS = new RegExp(
  `^(?:(?:this|these) ${NAMES}|this|the (?:article|text|reading|document|essay))(?: (?:about|on) .+)?$`,
)

const FORMS: readonly (readonly [Detail, readonly string[]])[] = [
  [
    'author',
    [
      `who (?:wrote|authored|published and wrote|is the author of|was the author of|are the authors of) TEXT`,
      `who(?: i|')?s the (?:author|writer)(?: of TEXT| here)?`,
      `who (?:is|was|are) the (?:authors?|writers?)(?: of TEXT| here)?`,
      `(?:by )?(?:who|whom) (?:is|was) TEXT(?: written)?(?: by)?`,
      `what is the (?:name of the author|author's name)(?: of TEXT)?`,
    ],
  ],
  [
    'date',
    [
      `when (?:was|is|did) TEXT (?:first )?(?:written|published|come out|appear|released|from|made)`,
      `(?:in )?(?:what|which) (?:year|month|date) (?:was|is) TEXT (?:first )?(?:written|published|released|from)`,
      `how old is TEXT`,
      `(?:what is the |what's the )?(?:publication date|date of publication|date)(?: of TEXT)`,
    ],
  ],
  [
    'title',
    [
      `what(?: i|')?s (?:TEXT called|the (?:title|name) of TEXT|TEXT's (?:title|name))`,
      `(?:what|how) (?:is|was) TEXT (?:called|titled|named|entitled)`,
    ],
  ],
  [
    'publisher',
    [
      `(?:where|by whom|in (?:what|which) (?:magazine|journal|newspaper|publication)) (?:was|is) TEXT (?:first )?published(?: in| by)?`,
      `who (?:published|publishes) TEXT`,
      `who(?: i|')?s the publisher(?: of TEXT)?`,
    ],
  ],
  [
    'address',
    [
      `where (?:can i|do i|could i) (?:find|read) (?:the original(?: of TEXT)?|TEXT online|TEXT)`,
      `where (?:is|was) TEXT from`,
      `what is the (?:link|url|address|web address)(?: (?:of|to|for) TEXT)`,
    ],
  ],
]

const PATTERNS = FORMS.flatMap(([detail, forms]) =>
  forms.map((form) => ({
    detail,
    pattern: new RegExp(`^${form.replaceAll('TEXT', '(.+?)')}$`),
  })),
)

/**
 * What a question asks of a text itself ("who wrote this?", "when was After Hanoi published?"), and
 * of which article if it names one by its title; undefined for questions on what the text says.
 */
export function detailAsked(
  question: string,
  articles: Iterable<Article>,
): { readonly detail: Detail; readonly article?: string } | undefined {
  const asked = plain(question)
  for (const { detail, pattern } of PATTERNS) {
    const match = pattern.exec(asked)
    if (!match) continue
    const text = match.slice(1).find((part) => part !== undefined)
    if (text === undefined || THIS.test(text)) return { detail }
    const named = [...articles].find((article) => titlesOf(article).includes(text))
    if (named) return { detail, article: named.id }
  }
  return undefined
}

/** Without case, punctuation and courtesies: "Can you tell me who wrote this, please?" */
function plain(text: string): string {
  return fold(text)
    .replace(/[’ʼ]/g, "'")
    .replace(/[^\p{L}\p{N}' ]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^(?:(?:and|so|hi|hello|ok|please) )+/, '')
    .replace(/^(?:can|could) you tell me |^(?:do you know|tell me|i wonder) /, '')
    .replace(/ (?:please|again|exactly|actually|originally|by the way)$/, '')
    .replace(/^who(?: is|'s) this by$/, 'who wrote this')
    .replace(/^(?:author|authors)$/, 'who is the author')
}

/** A title whole, its short form, and what stands before its colon. */
function titlesOf({ title, csl }: Article): readonly string[] {
  const short = csl['title-short']
  const before = title.split(/[:–—]/)[0] ?? title
  return [title, before, ...(typeof short === 'string' ? [short] : [])]
    .map(plain)
    .filter((name) => name !== '')
}
