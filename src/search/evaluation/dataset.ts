import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { z } from 'zod'
import { mistake } from '../../knowledge/source-file.ts'
import { OperatorError } from '../../problem.ts'
import type { Judgements } from './metrics.ts'

/** A set of questions with judged passages, as the BEIR benchmark lays it out in files. */
export type Dataset = {
  /** The folder's name. */
  readonly name: string
  /** In the order of the file. */
  readonly passages: readonly DatasetPassage[]
  /** Those that are judged, or said to have no answer, in the order of the file. */
  readonly questions: readonly DatasetQuestion[]
  /** What was passed over, a sentence each. */
  readonly warnings: readonly string[]
}

export type DatasetPassage = {
  readonly id: string
  /** The article that the passage belongs to: `metadata.doc`, else its title, else its id. */
  readonly doc: string
  readonly title: string
  readonly text: string
}

export type DatasetQuestion = {
  readonly id: string
  readonly text: string
  /** Gold answer strings; empty where the set gives none. */
  readonly answers: readonly string[]
  /** The article that it is asked of: its first judged passage's, else `metadata.doc`. */
  readonly doc?: string
  /** Empty for a question that no passage answers. */
  readonly judgements: Judgements
}

export type Half = 'a' | 'b'

const maxFileBytes = 500 * 2 ** 20

const corpusLine = z.object({
  _id: z.string().min(1).max(1000),
  title: z.string().max(10_000).nullish(),
  text: z.string().max(500_000),
  metadata: z.object({ doc: z.string().min(1).max(1000).nullish() }).nullish(),
})

const queryLine = z.object({
  _id: z.string().min(1).max(1000),
  text: z.string().min(1).max(10_000),
  metadata: z
    .object({
      answers: z.array(z.string().max(100_000)).max(1000).nullish(),
      answerable: z.boolean().nullish(),
      doc: z.string().min(1).max(1000).nullish(),
    })
    .nullish(),
})

const judgement = z.tuple([z.string().min(1), z.string().min(1), z.coerce.number().int()])

/**
 * Reads `corpus.jsonl`, `queries.jsonl` and `qrels/test.tsv` of a folder in the BEIR layout
 * (https://github.com/beir-cellar/beir/wiki/Load-your-custom-dataset).
 * Questions that are neither judged nor marked `metadata.answerable: false` are left out. A judged
 * passage that the corpus lacks counts as never found, as in trec_eval, and is warned of.
 * @throws OperatorError naming file and line where a line cannot be read
 */
export async function readDataset(folder: string): Promise<Dataset> {
  const passages = new Map<string, DatasetPassage>()
  for (const line of await linesOf(join(folder, 'corpus.jsonl'))) {
    const { _id: id, title: given, text, metadata } = parse(corpusLine, line)
    const title = given ?? ''
    if (passages.has(id)) throw mistake(line, line.number, `the id ${id} stands there twice.`)
    passages.set(id, { id, doc: metadata?.doc ?? (title || id), title, text })
  }

  const warnings: string[] = []
  const judged = new Map<string, Map<string, number>>()
  let absent = 0
  for (const line of await linesOf(join(folder, 'qrels', 'test.tsv'))) {
    const fields = line.text.split('\t')
    if (line.number === 1 && fields[0] === 'query-id') continue
    const parsed = judgement.safeParse(fields)
    if (!parsed.success) {
      throw mistake(
        line,
        line.number,
        'a line must be query-id, corpus-id and a whole number, separated by tabs.',
      )
    }
    const [question, passage, degree] = parsed.data
    if (!passages.has(passage)) absent++
    const known = judged.get(question) ?? new Map<string, number>()
    judged.set(question, known.set(passage, degree))
  }
  if (absent > 0) {
    warnings.push(
      `${join(folder, 'qrels', 'test.tsv')}: ${absent} judged passages are not in corpus.jsonl and count as never found.`,
    )
  }

  const questions: DatasetQuestion[] = []
  const ids = new Set<string>()
  for (const line of await linesOf(join(folder, 'queries.jsonl'))) {
    const { _id: id, text, metadata } = parse(queryLine, line)
    if (ids.has(id)) throw mistake(line, line.number, `the id ${id} stands there twice.`)
    ids.add(id)
    const unanswerable = metadata?.answerable === false
    const relevant = unanswerable ? [] : [...(judged.get(id) ?? [])].filter(([, rel]) => rel > 0)
    if (relevant.length === 0 && !unanswerable) continue
    const doc = passages.get(relevant[0]?.[0] ?? '')?.doc ?? metadata?.doc ?? undefined
    questions.push({
      id,
      text,
      answers: metadata?.answers ?? [],
      judgements: new Map(relevant),
      ...(doc === undefined ? {} : { doc }),
    })
  }
  const unasked = [...judged.keys()].filter((id) => !ids.has(id)).length
  if (unasked > 0) {
    warnings.push(
      `${join(folder, 'qrels', 'test.tsv')}: ${unasked} judged questions are not in queries.jsonl and are left out.`,
    )
  }
  return {
    name: basename(resolve(folder)),
    passages: [...passages.values()],
    questions,
    warnings,
  }
}

/** The half that an article belongs to, always the same: by the first bit of its name's SHA-256. */
export function halfOf(doc: string): Half {
  const first = createHash('sha256').update(doc).digest()[0] ?? 0
  return first < 128 ? 'a' : 'b'
}

/** The articles of one half and their questions; a question of no article goes by its own id. */
export function half(dataset: Dataset, which: Half): Dataset {
  return {
    ...dataset,
    name: `${dataset.name}/${which}`,
    passages: dataset.passages.filter(({ doc }) => halfOf(doc) === which),
    questions: dataset.questions.filter(({ id, doc }) => halfOf(doc ?? id) === which),
  }
}

type Line = { readonly path: string; readonly number: number; readonly text: string }

async function linesOf(path: string): Promise<readonly Line[]> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) {
    throw new OperatorError(
      `${path} is missing: a folder in the BEIR layout holds corpus.jsonl, queries.jsonl and qrels/test.tsv.`,
    )
  }
  if (found.size > maxFileBytes) throw new OperatorError(`${path} is larger than 500 MB.`)
  const content = await readFile(path, 'utf8')
  return content
    .split(/\r?\n/)
    .map((text, index) => ({ path, number: index + 1, text }))
    .filter(({ text }) => text.trim() !== '')
}

function parse<T>(schema: z.ZodType<T>, line: Line): T {
  let value: unknown
  try {
    value = JSON.parse(line.text)
  } catch {
    throw mistake(line, line.number, 'the line is not JSON.')
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw mistake(line, line.number, `${issue?.path.join('.') || 'the line'}: ${issue?.message}.`)
}
