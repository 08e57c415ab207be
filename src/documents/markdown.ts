import type { Parents } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { textOf } from '../knowledge/markdown.ts'
import type { DocumentParagraph, Draft, Job } from './document.ts'
import { looseFrontMatter } from './loose-front-matter.ts'
import { decodeText } from './text.ts'

/**
 * Reads a member's Markdown: front matter may stand or not, a first heading of level 1 is the title,
 * and HTML is left out.
 */
export function readMarkdown({ bytes, charset }: Job): Draft {
  const { text, warnings } = decodeText(bytes, charset)
  const { body, ...fields } = looseFrontMatter(text)
  const sections: { heading: string; paragraphs: DocumentParagraph[] }[] = [
    { heading: '', paragraphs: [] },
  ]
  let title = fields.title
  const walk = (parent: Parents) => {
    for (const node of parent.children) {
      if (node.type === 'heading') {
        const heading = textOf(node)
        const atTheHead = sections.length === 1 && sections[0]?.paragraphs.length === 0
        if (node.depth === 1 && atTheHead && (!title || title === heading)) title = heading
        else sections.push({ heading, paragraphs: [] })
      } else if (node.type === 'paragraph' || node.type === 'code') {
        sections.at(-1)?.paragraphs.push({ text: textOf(node) })
      } else if ('children' in node) walk(node)
    }
  }
  walk(fromMarkdown(body))
  return { ...fields, title, sections, warnings }
}
