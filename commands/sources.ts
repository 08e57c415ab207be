import { actionId } from '../src/commands/action-id.ts'
import { command } from '../src/commands/command.ts'
import { passagesOf } from '../src/knowledge/article.ts'
import { sectionButton } from '../src/reply/answer-reply.ts'
import { sizeOf, sourceLine } from '../src/reply/article-lines.ts'
import type { Block, Reply } from '../src/reply/reply.ts'
import type { Library } from '../src/search/library.ts'

const articlesPerPage = 5

export default command({
  name: 'sources',
  description: 'What the readings are: each article with its citation and size',
  options: {},
  run: ({ library }) => page(library, 0),
  actions: {
    page: ({ library, args }) => ({ ...page(library, Number(args[0]) || 0), replaces: true }),
  },
})

function page(library: Library, offset: number): Reply {
  const articles = [...library.articles.values()]
  const shown = articles.slice(offset, offset + articlesPerPage)
  const next = offset + shown.length
  return {
    title: 'Sources',
    blocks: shown.flatMap((article, index): Block[] => {
      const [button] = sectionButton('Read', passagesOf(article)[0])
      return [
        ...(index > 0 ? [{ kind: 'separator' as const }] : []),
        {
          kind: 'text',
          text: [
            sourceLine(article),
            `\n${sizeOf(article)}`,
            ...(article.note ? [`\n${article.note}`] : []),
          ],
          ...(button && { button }),
        },
      ]
    }),
    notes: articles.length > shown.length ? [`${offset + 1}–${next} of ${articles.length}`] : [],
    buttons: [
      ...(offset > 0 ? [turn('Previous', Math.max(0, offset - articlesPerPage))] : []),
      ...(next < articles.length ? [turn('Next', next)] : []),
    ],
  }
}

function turn(label: string, offset: number) {
  return { label, id: actionId('sources', 'page', String(offset)) }
}
