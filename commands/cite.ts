import { z } from 'zod'
import { citeAs } from '../src/citation/cite-as.ts'
import type { Place } from '../src/citation/place.ts'
import {
  type CitationStyle,
  citationStyles,
  isCitationStyle,
  styledCitation,
} from '../src/citation/style.ts'
import { passageNamed, suggestPassages } from '../src/citation/suggest-passages.ts'
import { unchanged } from '../src/commands/answering.ts'
import { command } from '../src/commands/command.ts'
import { excerptBlock, wholePassage } from '../src/reply/answer-reply.ts'
import type { Reply } from '../src/reply/reply.ts'
import type { Library } from '../src/search/library.ts'

const styleNames = Object.keys(citationStyles) as [CitationStyle, ...CitationStyle[]]

export default command({
  name: 'cite',
  description: 'Cite a paragraph in the style of your choice',
  private: true,
  options: {
    passage: z.string().min(1).max(200).describe('Some words of the paragraph, or its id'),
    style: z.enum(styleNames).optional().describe('APA unless you choose another'),
  },
  autocomplete: { passage: suggestPassages },
  run: ({ library, options }) =>
    citation(library, wholePassage(passageNamed(library, options.passage).passage), options.style),
  actions: {
    as({ library, args, values }) {
      const [id = '', hash, start, end] = args
      const passage = unchanged(library.passages.get(id), hash)
      const place = { passage, start: Number(start) || 0, end: Number(end) || passage.text.length }
      const style = values[0] ?? ''
      return citation(library, place, isCitationStyle(style) ? style : undefined)
    },
  },
})

async function citation(
  library: Library,
  place: Place,
  style: CitationStyle = 'apa',
): Promise<Reply> {
  const { entry, inText } = await styledCitation(library, place, style)
  return {
    title: citationStyles[style],
    blocks: [
      { kind: 'code', text: entry },
      ...(inText ? [{ kind: 'code', text: inText } as const] : []),
      excerptBlock(library, { ...place, marks: [] }),
    ],
    selects: [citeAs(place)],
    private: true,
  }
}
