import type { Article } from './article.ts'
import { readFrontMatter } from './front-matter.ts'
import { withoutFurniture } from './page-furniture.ts'
import { articleFrom, type SectionSource, slugOf } from './passage.ts'
import { mistake, type SourceFile } from './source-file.ts'
import { type Paragraph, paragraphsOf } from './wrapped-lines.ts'

/**
 * Reads a plain text file. Its lines are joined to paragraphs, the furniture of a web page is left
 * out, and lines that stand alone like headings make sections. Front matter may stand at its head;
 * an id that is not given is the slug of the file's name, and a title that is not given is the
 * heading at the head of the text or else the file's name.
 * @throws OperatorError with file and line
 */
export function readPlainText(file: SourceFile): { article: Article; idLine: number } {
  const { present, body, bodyOffset, idLine, ...fields } = readFrontMatter(file)
  const id = fields.id ?? slugOf(file.name)
  if (id === '')
    throw mistake(
      file,
      1,
      'no id can be made from the name of the file; begin its name with letters a-z or digits.',
    )

  const paragraphs = paragraphsOf(withoutFurniture(body.split('\n')), fields.language)
  const [first, ...others] = paragraphs
  const headed = fields.title === undefined && first && others.length > 0 && isHeading(first)
  const title = fields.title ?? (headed ? first.text : titleOf(file.name))
  return {
    article: articleFrom({
      ...fields,
      id,
      title,
      sections: sectionsOf(headed ? others : paragraphs),
    }),
    idLine,
  }
}

function sectionsOf(paragraphs: readonly Paragraph[]): SectionSource[] {
  const sections: { heading: string; paragraphs: string[] }[] = [{ heading: '', paragraphs: [] }]
  paragraphs.forEach((paragraph, i) => {
    const next = paragraphs[i + 1]
    if (next && isHeading(paragraph) && !isHeading(next))
      sections.push({ heading: paragraph.text, paragraphs: [] })
    else sections.at(-1)?.paragraphs.push(paragraph.text)
  })
  return sections
}

/** A short line by itself that begins with a capital or a number and does not end like a sentence. */
function isHeading({ text, lines }: Paragraph): boolean {
  return (
    lines === 1 &&
    text.length <= 100 &&
    /^["'“‘«(]*[\p{Lu}\p{Lo}\p{N}]/u.test(text) &&
    !/[.!:;,…—–-]["'”’»)\]]*$/u.test(text)
  )
}

/** `after-hanoi` reads "After hanoi". */
function titleOf(name: string): string {
  const words = name.replace(/[-_\s]+/g, ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
