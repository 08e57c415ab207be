import type { Article } from './article.ts'
import { readFrontMatter } from './front-matter.ts'
import { articleFrom, slugOf } from './passage.ts'
import { mistake, type SourceFile } from './source-file.ts'

/** Reads a plain text file; id and title come from the file's name unless it has front matter. */
export function readPlainText(file: SourceFile): { article: Article; idLine: number } {
  const {
    present,
    body,
    bodyOffset,
    idLine,
    id = slugOf(file.name),
    title,
    ...fields
  } = readFrontMatter(file)
  if (id === '')
    throw mistake(
      file,
      1,
      'no id can be made from the name of the file; name it in a-z, 0-9 and hyphens.',
    )
  const paragraphs = body.split(/\n\s*\n/)
  return {
    article: articleFrom({ id, title: title ?? file.name, ...fields, sections: [{ paragraphs }] }),
    idLine,
  }
}
