import { z } from 'zod'
import { actionId } from '../src/commands/action-id.ts'
import { knownArticle } from '../src/commands/answering.ts'
import { command } from '../src/commands/command.ts'
import { articleOption } from '../src/commands/options.ts'
import { suggestArticles } from '../src/commands/suggest.ts'
import { contextButton, excerptBlock } from '../src/reply/answer-reply.ts'
import type { Button, Reply } from '../src/reply/reply.ts'
import type { Excerpt, Hit } from '../src/search/answer.ts'
import type { Library } from '../src/search/library.ts'

const hitsPerPage = 5

export default command({
  name: 'search',
  description: 'Find every paragraph of the readings that holds certain words',
  options: {
    words: z.string().min(2).max(200).describe('The words to look for'),
    article: articleOption,
  },
  autocomplete: { article: suggestArticles },
  run: ({ library, options }) =>
    page(library, options.words, knownArticle(library, options.article), 0),
  actions: {
    page: ({ library, args, title }) => ({
      ...page(library, title, knownArticle(library, args[0]), Number(args[1]) || 0),
      replaces: true,
    }),
  },
})

function page(library: Library, words: string, article: string | undefined, from: number): Reply {
  const hits = library.find(words, article ? { article } : {})
  const offset = Math.min(from, Math.max(0, hits.length - 1))
  const shown = hits.slice(offset, offset + hitsPerPage)
  const turn = (label: string, to: number): Button => ({
    label,
    id: actionId('search', 'page', article ?? '', String(to)),
  })
  if (shown.length === 0) {
    return { title: words, blocks: [{ kind: 'text', text: 'No paragraph holds these words.' }] }
  }
  const next = offset + shown.length
  return {
    title: words,
    blocks: shown.map((hit, index) => {
      const excerpt = richestSentence(hit)
      return {
        ...excerptBlock(library, excerpt),
        button: contextButton(excerpt),
        ...(index > 0 && { more: turn('Next', offset + index) }),
      }
    }),
    ...(next < hits.length && { more: turn('Next', next) }),
    buttons: offset > 0 ? [turn('Previous', Math.max(0, offset - hitsPerPage))] : [],
    notes: [
      `${offset + 1}–${next} of ${hits.length} ${hits.length === 1 ? 'paragraph' : 'paragraphs'}`,
    ],
  }
}

/** The sentence of a hit that holds most of the words, the first of several. */
function richestSentence({ passage, marks }: Hit): Excerpt {
  const within = passage.sentences.map(({ start, end }) => ({
    start,
    end,
    marks: marks.filter((mark) => mark.start >= start && mark.end <= end),
  }))
  const richest = within.reduce(
    (best, sentence) => (sentence.marks.length > best.marks.length ? sentence : best),
    within[0] ?? { start: 0, end: passage.text.length, marks: [] },
  )
  return { passage, ...richest }
}
