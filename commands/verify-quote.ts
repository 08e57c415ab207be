import { z } from 'zod'
import { verdictBlocks } from '../src/citation/verdict-blocks.ts'
import { quotedTextLimit, verifyQuote } from '../src/citation/verify.ts'
import { actionId } from '../src/commands/action-id.ts'
import { knownArticle, unchanged } from '../src/commands/answering.ts'
import { command } from '../src/commands/command.ts'
import { articleOption } from '../src/commands/options.ts'
import { suggestArticles } from '../src/commands/suggest.ts'
import { MemberError } from '../src/problem.ts'
import { excerptBlock } from '../src/reply/answer-reply.ts'
import type { Form, Reply } from '../src/reply/reply.ts'
import type { Library } from '../src/search/library.ts'

/** What a shared verdict says; the quotation itself is not part of a button. */
const shared: Readonly<Record<string, string>> = {
  exact: 'A quotation was checked: it stands in the source word for word.',
  elsewhere: 'A quotation was checked: it stands here, not in the article that was named.',
  altered: 'A quotation was checked: it is not word for word. The source reads:',
}

export default command({
  name: 'verify-quote',
  description: 'Check whether a quotation stands in the readings, word for word',
  options: {
    quote: z
      .string()
      .max(quotedTextLimit)
      .optional()
      .describe('The quotation, or a text with quotations (a form opens without it)'),
    article: articleOption.describe('The article that it is said to come from'),
    private: z.boolean().optional().describe('Show the verdict to you alone'),
  },
  autocomplete: { article: suggestArticles },
  form: ({ quote }) => !quote?.trim(),
  run({ library, options }) {
    const article = knownArticle(library, options.article)
    const isPrivate = options.private ?? false
    if (!options.quote?.trim()) return form(article, isPrivate)
    return verdicts(library, options.quote, article, isPrivate)
  },
  actions: {
    check({ library, args, fields }) {
      const [article, seenBy] = args
      return verdicts(library, fields.quote ?? '', knownArticle(library, article), seenBy === 'me')
    },
    share({ library, args }) {
      const [kind = '', id = '', hash, start, end] = args
      const passage = unchanged(library.passages.get(id), hash)
      const excerpt = {
        passage,
        start: Number(start) || 0,
        end: Number(end) || passage.text.length,
        marks: [],
      }
      return {
        blocks: [
          { kind: 'text', text: shared[kind] ?? 'The source reads:' },
          excerptBlock(library, excerpt),
        ],
      }
    },
  },
})

function form(article: string | undefined, isPrivate: boolean): Form {
  return {
    kind: 'form',
    id: actionId('verify-quote', 'check', article ?? '', isPrivate ? 'me' : 'all'),
    title: 'Check a quotation',
    fields: [
      {
        name: 'quote',
        label: 'The quotation',
        description: 'Or a text with quotations in it: each is checked by itself.',
        required: true,
        input: { kind: 'paragraph', maxLength: quotedTextLimit },
      },
    ],
  }
}

function verdicts(
  library: Library,
  quote: string,
  article: string | undefined,
  isPrivate: boolean,
): Reply {
  if (!/[\p{L}\p{N}]/u.test(quote)) {
    throw new MemberError('There are no words in this quotation. Paste the words to be checked.')
  }
  const given = verifyQuote(library, quote, article ? { article } : {})
  const [only] = given.length === 1 ? given : []
  return {
    title: only ? `“${titled(only.quotation)}”` : 'Quotations checked',
    blocks: verdictBlocks(library, given, isPrivate),
    private: isPrivate,
  }
}

const titleLength = 200

function titled(quotation: string): string {
  const line = quotation.replace(/\s+/g, ' ')
  return line.length <= titleLength
    ? line
    : `${line.slice(0, line.lastIndexOf(' ', titleLength))} …`
}
