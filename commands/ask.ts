import { z } from 'zod'
import { ask, askedOfDetails, knownArticle, unchanged } from '../src/commands/answering.ts'
import { command } from '../src/commands/command.ts'
import { articleOption } from '../src/commands/options.ts'
import { suggestArticles, suggestQuestions } from '../src/commands/suggest.ts'
import { contextReply } from '../src/reply/answer-reply.ts'

export default command({
  name: 'ask',
  description: 'Ask a question about the readings; the answer is quoted, never invented',
  options: {
    question: z.string().trim().min(3).max(300).describe('Your question, in your own words'),
    article: articleOption,
    private: z.boolean().optional().describe('Show the answer to you alone'),
  },
  autocomplete: { question: suggestQuestions, article: suggestArticles },
  run({ library, options }) {
    const article = knownArticle(library, options.article)
    const hidden = options.private ?? false
    return (
      askedOfDetails(library, options.question, article, hidden) ??
      ask(library, options.question, { article, private: hidden })
    )
  },
  actions: {
    context({ library, args }) {
      const [id = '', hash, start, end] = args
      const passage = unchanged(library.passages.get(id), hash)
      return contextReply(library, {
        passage,
        start: Number(start) || 0,
        end: Number(end) || passage.text.length,
        marks: [],
      })
    },
    more({ library, args, title }) {
      const [article, offset] = args
      return ask(library, title, {
        article: knownArticle(library, article),
        offset: Number(offset) || 0,
        private: true,
      })
    },
    share({ library, args, title }) {
      const [article, from, hash] = args
      const offset = Number(from) || 0
      const within = knownArticle(library, article)
      const outcome = library.ask(title, { limit: 25, ...(within && { article: within }) })
      unchanged(outcome.kind === 'answer' ? outcome.excerpts[offset]?.passage : undefined, hash)
      return ask(library, title, { article: within, offset })
    },
  },
})
