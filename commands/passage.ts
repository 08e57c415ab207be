import { z } from 'zod'
import { citeAs } from '../src/citation/cite-as.ts'
import { passageNamed, suggestPassages } from '../src/citation/suggest-passages.ts'
import { command } from '../src/commands/command.ts'
import { contextButton, excerptBlock, wholePassage } from '../src/reply/answer-reply.ts'

export default command({
  name: 'passage',
  description: 'Show a paragraph by the id that stands in a citation',
  options: {
    id: z.string().min(1).max(200).describe('For example after-hanoi:4, or after-hanoi:4@f6da4839'),
  },
  autocomplete: { id: suggestPassages },
  run({ library, options }) {
    const { passage, hash } = passageNamed(library, options.id)
    const excerpt = wholePassage(passage)
    const hasChanged = hash !== undefined && hash !== passage.hash
    return {
      title: library.articles.get(passage.articleId)?.title ?? passage.id,
      blocks: [
        ...(hasChanged
          ? [
              {
                kind: 'text',
                text: [
                  { text: 'The text has changed since it was cited.', style: 'bold' },
                  ' The id points to this now:',
                ],
              } as const,
            ]
          : []),
        { ...excerptBlock(library, excerpt), button: contextButton(excerpt) },
      ],
      notes: [`${passage.id}@${passage.hash}`],
      selects: [citeAs(excerpt)],
    }
  },
})
