import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { OperatorError } from '../problem.ts'
import type { Article, Knowledge, Synonyms } from './article.ts'
import { readMarkdown } from './markdown.ts'
import { readPlainText } from './plain-text.ts'
import { decode, mistake, type SourceFile } from './source-file.ts'
import { readSynonyms } from './synonyms.ts'

/** A book of a thousand pages has about 3 MB. */
const LARGEST_FILE = 5_000_000

const SYNONYMS = 'synonyms.yaml'

/**
 * Reads a folder of articles (`*.md`, `*.txt`) and its `synonyms.yaml`, in the order of their
 * names. README.md, files whose names begin with a dot, and what else may lie beside the texts
 * (folders, pictures, drafts in other formats) is passed over.
 * @throws OperatorError naming file, line and mend for the first thing that is wrong
 */
export async function readKnowledge(dir: string): Promise<Knowledge> {
  const root = await realpath(dir).catch(() => undefined)
  const entries = root && (await readdir(root).catch(() => undefined))
  if (!root || !entries)
    throw new OperatorError(
      `${dir}: there is no such folder to read; make it, or set KNOWLEDGE_DIR to the folder of the articles.`,
    )

  const articles: Article[] = []
  const places = new Map<string, string>()
  let synonyms: Synonyms = []
  for (const entry of entries.sort()) {
    const kind = extname(entry).toLowerCase()
    if (entry.startsWith('.') || /^readme\.(md|txt)$/i.test(entry)) continue
    if (entry.toLowerCase() === 'synonyms.yml')
      throw mistake({ path: join(dir, entry) }, 1, `this file is not read; name it ${SYNONYMS}.`)
    if (entry !== SYNONYMS && kind !== '.md' && kind !== '.txt') continue
    const file = await readSource(root, dir, entry)
    if (!file) continue
    if (entry === SYNONYMS) {
      synonyms = readSynonyms(file)
      continue
    }
    const { article, idLine } = readArticle(file, kind)
    if (article.sections.length === 0)
      throw mistake(file, 1, 'the article has no text; write a paragraph, or take the file away.')
    const other = places.get(article.id)
    if (other)
      throw mistake(
        file,
        idLine,
        `the id ${article.id} is taken by ${other}; give one of the two another id.`,
      )
    places.set(article.id, `${file.path}:${idLine}`)
    articles.push(article)
  }
  if (articles.length === 0)
    throw new OperatorError(
      `${dir}: the folder holds no article; put a Markdown (.md) or plain text (.txt) file there.`,
    )
  return { articles, synonyms }
}

function readArticle(file: SourceFile, kind: string): { article: Article; idLine: number } {
  try {
    return kind === '.md' ? readMarkdown(file) : readPlainText(file)
  } catch (error) {
    // A parser gives up on text that is nested thousands of levels deep.
    if (error instanceof RangeError)
      throw mistake(file, 1, 'the text is nested too deeply to be read; make it simpler.')
    throw error
  }
}

/** The text of one file, or nothing where the name is a folder's. */
async function readSource(
  root: string,
  dir: string,
  entry: string,
): Promise<SourceFile | undefined> {
  const path = join(dir, entry)
  const real = await realpath(join(root, entry)).catch(() => {
    throw mistake({ path }, 1, 'the file cannot be found; if it is a link, mend or remove it.')
  })
  if (!real.startsWith(root.endsWith(sep) ? root : root + sep))
    throw mistake(
      { path },
      1,
      `this is a link that leads out of ${dir}; put the file itself there.`,
    )
  const info = await stat(real)
  if (info.isDirectory()) return undefined
  if (!info.isFile()) throw mistake({ path }, 1, 'this is not a regular file; take it away.')
  if (info.size > LARGEST_FILE) throw tooLarge(path, info.size)
  const bytes = await readFile(real).catch((error: NodeJS.ErrnoException) => {
    throw mistake({ path }, 1, `the file cannot be read (${error.code}); check who may read it.`)
  })
  return { path, name: entry.slice(0, -extname(entry).length), text: decode(path, bytes) }
}

function tooLarge(path: string, size: number): OperatorError {
  const megabytes = (size / 1e6).toFixed(1)
  return mistake(
    { path },
    1,
    `the file has ${megabytes} MB and the limit is ${LARGEST_FILE / 1e6} MB; cut it into several articles.`,
  )
}
