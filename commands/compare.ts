import { z } from 'zod'
import { actionId } from '../src/commands/action-id.ts'
import { command } from '../src/commands/command.ts'
import { suggestQuestions } from '../src/commands/suggest.ts'
import { contextButton, excerptBlock } from '../src/reply/answer-reply.ts'
import type { Block, Reply } from '../src/reply/reply.ts'
import type { Excerpt } from '../src/search/answer.ts'
import type { Library } from '../src/search/library.ts'

const articlesPerReply = 4
/** Articles are asked in the order of their best passage among so many. */
const passagesRanked = 500
/** At most so many articles are asked. */
const articlesAsked = 25
const silentShown = 15

export default command({
  name: 'compare',
  description: 'See side by side what each of the articles says on one question',
  options: {
    question: z.string().trim().min(3).max(300).describe('Your question, in your own words'),
  },
  autocomplete: { question: suggestQuestions },
  run: ({ library, options }) => comparison(library, options.question, 0),
  actions: {
    more: ({ library, title, args }) => ({
      ...comparison(library, title, Number(args[0]) || 0),
      private: true,
    }),
  },
})

function comparison(library: Library, question: string, from: number): Reply {
  const ranked = library.rank(question, { limit: passagesRanked })
  const asked = [...new Set(ranked.map(({ articleId }) => articleId))].slice(0, articlesAsked)
  const answers = asked.flatMap((article): Excerpt[] => {
    const outcome = library.ask(question, { article, limit: 1 })
    return outcome.kind === 'answer' ? outcome.excerpts.slice(0, 1) : []
  })
  const speaking = new Set(answers.map(({ passage }) => passage.articleId))
  const silent = [...library.articles.values()].filter(({ id }) => !speaking.has(id))
  const shown = answers.slice(from, from + articlesPerReply)
  const next = from + shown.length
  const titleOf = (id: string) => library.articles.get(id)?.title ?? id
  const blocks = shown.flatMap((excerpt): Block[] => [
    { kind: 'heading', text: titleOf(excerpt.passage.articleId) },
    { ...excerptBlock(library, excerpt), button: contextButton(excerpt) },
  ])
  const unnamed = silent.length - silentShown
  return {
    title: question,
    blocks: [
      ...blocks,
      ...(silent.length > 0
        ? [
            {
              kind: 'text',
              text:
                answers.length > 0
                  ? 'These say nothing on it:'
                  : 'None of the articles answers this, so nothing is quoted:',
            } as const,
            {
              kind: 'list',
              items: [
                ...silent.slice(0, silentShown).map(({ title }) => title),
                ...(unnamed > 0 ? [`and ${unnamed} more`] : []),
              ],
            } as const,
          ]
        : []),
    ],
    ...(next < answers.length && {
      more: { label: 'More articles', id: actionId('compare', 'more', String(next)) },
    }),
  }
}
