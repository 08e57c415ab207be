import type { Nodes, Paragraph, Parents } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import type { Article } from './article.ts'
import { readFrontMatter } from './front-matter.ts'
import { articleFrom, type ParagraphSource } from './passage.ts'
import { mistake, type SourceFile } from './source-file.ts'

/** Parsing takes time that grows with the square of the depth of quotations and lists. */
const TOO_DEEP = /^(?:[ \t]*(?:>|(?:[-*+]|\d+[.)])[ \t])){100}/

/**
 * Reads a Markdown file. Headings below the title make sections. Each paragraph is a passage, in
 * quotations and lists too: a list joined into one passage would be a text that stands nowhere in
 * the source. HTML is left out, apart from comments `<!-- asks: … | … -->`, whose questions are the
 * hints of the paragraph after them.
 * @throws OperatorError with file and line
 */
export function readMarkdown(file: SourceFile): { article: Article; idLine: number } {
  const { present, body, bodyOffset, idLine, id, title, ...fields } = readFrontMatter(file)
  if (!present)
    throw mistake(
      file,
      1,
      'the front matter is missing; begin the file with a line ---, then id: and title:, then a line ---.',
    )
  if (id === undefined)
    throw mistake(file, 1, 'the front matter has no id; add a line such as id: after-hanoi.')
  if (title === undefined)
    throw mistake(file, 1, 'the front matter has no title; add a line such as title: After Hanoi.')

  const deep = body.split('\n').findIndex((text) => TOO_DEEP.test(text))
  if (deep >= 0)
    throw mistake(
      file,
      deep + 1 + bodyOffset,
      'the line is nested too deeply to be read; make it simpler.',
    )

  const sections: { heading: string; paragraphs: ParagraphSource[] }[] = []
  let heading = ''
  let hints: string[] = []
  let hintsLine = 0
  const lineOf = (node: Nodes) => (node.position?.start.line ?? 1) + bodyOffset
  const stray = () =>
    mistake(
      file,
      hintsLine,
      'no paragraph follows this asks comment; put it on the line before its paragraph.',
    )

  const take = (paragraph: Paragraph) => {
    const text = textOf(paragraph)
    if (text.trim() === '') return
    if (sections.at(-1)?.heading !== heading || sections.length === 0)
      sections.push({ heading, paragraphs: [] })
    sections.at(-1)?.paragraphs.push({ text, hints })
    hints = []
  }

  const walk = (parent: Parents) => {
    for (const node of parent.children) {
      if (node.type === 'html') {
        const comment = /^\s*<!--(.*?)-->(.*)$/s.exec(node.value)
        if (comment?.[2]?.trim())
          throw mistake(
            file,
            lineOf(node),
            'text after a comment is not read; put it on the next line.',
          )
        const asks = /^\s*asks\s*:(.*)$/is.exec(comment?.[1] ?? '')
        if (!asks) continue
        const questions = (asks[1] ?? '')
          .split('|')
          .map((question) => question.replace(/\s+/g, ' ').trim())
          .filter((question) => question !== '')
        if (questions.length === 0)
          throw mistake(
            file,
            lineOf(node),
            'the asks comment holds no question; write <!-- asks: first question? | second question? -->.',
          )
        if (hints.length === 0) hintsLine = lineOf(node)
        hints = [...hints, ...questions]
      } else if (node.type === 'heading') {
        if (hints.length > 0) throw stray()
        if (node.depth > 1 || sections.length > 0) heading = textOf(node)
      } else if (node.type === 'paragraph') {
        take(node)
        for (const inner of node.children) {
          if (inner.type === 'html' && /^<!--\s*asks\s*:/i.test(inner.value))
            throw mistake(
              file,
              lineOf(inner),
              'the asks comment stands inside a paragraph; put it on a line of its own before the paragraph.',
            )
        }
      } else if ('children' in node) walk(node)
    }
  }
  walk(fromMarkdown(body))
  if (hints.length > 0) throw stray()
  return { article: articleFrom({ id, title, ...fields, sections }), idLine }
}

/** The text that a reader sees. Line breaks become white space; HTML and pictures fall away. */
export function textOf(node: Nodes): string {
  if (node.type === 'break') return ' '
  if (node.type === 'html') return /^<br\b/i.test(node.value) ? ' ' : ''
  if ('children' in node) return node.children.map(textOf).join('')
  return 'value' in node ? node.value : ''
}
