import { isNode, isSeq, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import type { Synonyms } from './article.ts'
import { mistake, type SourceFile } from './source-file.ts'

const word = z
  .union([z.string(), z.number()])
  .transform((value) => String(value).trim())
  .pipe(z.string().min(1).max(100))
const group = z.array(word).min(2)

/**
 * Reads `synonyms.yaml`: a list of groups, each a list of at least two words or phrases that mean
 * the same, such as `- [Seoul, South Korea]`.
 * @throws OperatorError with file and line
 */
export function readSynonyms(file: SourceFile): Synonyms {
  const counter = new LineCounter()
  const document = parseDocument(file.text, { lineCounter: counter, prettyErrors: false })
  const lineAt = (offset: number) => Math.max(counter.linePos(offset).line, 1)
  const fault = document.errors[0]
  if (fault)
    throw mistake(
      file,
      lineAt(fault.pos[0]),
      `this is not YAML: ${fault.message.replace(/\.?$/, '.')}`,
    )
  if (document.contents === null) return []
  if (!isSeq(document.contents))
    throw mistake(
      file,
      1,
      'synonyms must be a list of groups; write a line such as - [Seoul, South Korea].',
    )

  return document.contents.items.map((item) => {
    const result = group.safeParse(isNode(item) ? item.toJS(document) : item)
    if (result.success) return result.data
    const line = isNode(item) && item.range ? lineAt(item.range[0]) : 1
    throw mistake(
      file,
      line,
      'a group must be a list of at least two words or phrases, such as - [Seoul, South Korea].',
    )
  })
}
