import { styledCitation } from '../src/citation/style.ts'
import { actionId } from '../src/commands/action-id.ts'
import { command } from '../src/commands/command.ts'
import { type Article, passagesOf } from '../src/knowledge/article.ts'
import { sectionButton, wholePassage } from '../src/reply/answer-reply.ts'
import { sizeOf } from '../src/reply/article-size.ts'
import type { Block, Reply } from '../src/reply/reply.ts'
import type { Library } from '../src/search/library.ts'

const articlesPerPage = 5

export default command({
  name: 'sources',
  description: 'What the readings are: each article with its citation and size',
  options: {},
  run: ({ library }) => page(library, 0),
  actions: {
    page: async ({ library, args }) => ({
      ...(await page(library, Number(args[0]) || 0)),
      replaces: true,
    }),
  },
})

async function page(library: Library, offset: number): Promise<Reply> {
  const articles = [...library.articles.values()]
  const shown = articles.slice(offset, offset + articlesPerPage)
  const next = offset + shown.length
  const blocks = await Promise.all(shown.map((article, index) => entry(library, article, index)))
  return {
    title: 'Sources',
    blocks: blocks.flat(),
    notes: articles.length > shown.length ? [`${offset + 1}–${next} of ${articles.length}`] : [],
    buttons: [
      ...(offset > 0 ? [turn('Previous', Math.max(0, offset - articlesPerPage))] : []),
      ...(next < articles.length ? [turn('Next', next)] : []),
    ],
  }
}

async function entry(library: Library, article: Article, index: number): Promise<Block[]> {
  const first = passagesOf(article)[0]
  if (!first) return []
  const citation = await styledCitation(library, wholePassage(first), 'apa')
  const [button] = sectionButton('Read', first)
  const lines = [citation.entry, sizeOf(article), ...(article.note ? [article.note] : [])]
  return [
    ...(index > 0 ? [{ kind: 'separator' as const }] : []),
    { kind: 'text', text: lines.join('\n'), ...(button && { button }) },
  ]
}

function turn(label: string, offset: number) {
  return { label, id: actionId('sources', 'page', String(offset)) }
}
