import { readPlainText as readKnowledgeText } from '../knowledge/plain-text.ts'
import type { Draft, Job } from './document.ts'
import { looseFrontMatter } from './loose-front-matter.ts'
import { decodeText } from './text.ts'

/** Reads a member's plain text as the operator's are read; front matter may stand or not. */
export function readPlainText({ bytes, charset }: Job): Draft {
  const { text, warnings } = decodeText(bytes, charset)
  const { body, ...fields } = looseFrontMatter(text)
  // The line before the body keeps a rule of hyphens at its head from being taken for front matter.
  const file = { path: 'untitled', name: 'untitled', text: `\n${body}` }
  const { title, sections } = readKnowledgeText(file).article
  return {
    ...fields,
    title: fields.title ?? (/^untitled$/i.test(title) ? undefined : title),
    sections: sections.map(({ heading, passages }) => ({
      heading,
      paragraphs: passages.map((passage) => ({ text: passage.text })),
    })),
    warnings,
  }
}
