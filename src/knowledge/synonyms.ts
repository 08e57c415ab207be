import { z } from 'zod'
import type { Synonyms } from './article.ts'
import { mistake, type SourceFile } from './source-file.ts'
import { parseYaml } from './yaml-text.ts'

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
  const { value, lineOf } = parseYaml(file, file.text)
  const result = z.array(group).safeParse(value ?? [])
  if (result.success) return result.data
  const path = result.error.issues[0]?.path ?? []
  throw mistake(
    file,
    lineOf(path.slice(0, 1)),
    'this is not a group of at least two words or phrases; write a line such as - [Seoul, South Korea].',
  )
}
