import type { Range } from '../knowledge/article.ts'
import type { Line, Span } from '../reply/reply.ts'

/** Ids of the registered commands by name, to make `/ask` something to press. */
export type CommandIds = ReadonlyMap<string, string>

/**
 * `text` so that Discord shows exactly its characters. A backslash before any character that is no
 * letter, digit or white space is dropped by Discord and takes that character's meaning away.
 * https://support.discord.com/hc/en-us/articles/210298617
 */
export function escaped(text: string): string {
  return wellFormed(text)
    .replace(/[\\*_~|`<>#[\]@]|:(?=\S)/g, '\\$&')
    .replace(/^([^\S\n]*)([-+])/gm, '$1\\$2')
    .replace(/^([^\S\n]*\d+)([.)])/gm, '$1\\$2')
}

/** The characters that Discord shows for escaped text without any style. */
export function unescaped(markdown: string): string {
  return markdown.replace(/\\([^0-9A-Za-z\s])/g, '$1')
}

/** Half of a surrogate pair is no character: it would be refused, or changed on the way. */
function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, '\uFFFD')
}

/**
 * What closes the directions that `text` leaves open (Unicode Standard Annex 9), so that a
 * right-to-left override in a source does not turn what stands after it.
 */
export function closers(text: string): string {
  let isolates = 0
  let embeddings = 0
  for (const character of text.match(/[\u202A-\u202E\u2066-\u2069]/g) ?? []) {
    if (character === '\u2069') isolates = Math.max(0, isolates - 1)
    else if (character >= '\u2066') isolates++
    else if (character === '\u202C') embeddings = Math.max(0, embeddings - 1)
    else embeddings++
  }
  return '\u202C'.repeat(embeddings) + '\u2069'.repeat(isolates)
}

/** `text` without line breaks, runs of white space and directions: for titles and labels. */
export function oneLine(text: string): string {
  return wellFormed(text)
    .replace(/[\u200E\u200F\u061C\u202A-\u202E\u2066-\u2069]/g, '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
}

/** A block quotation of `text`, every line of it, with the marked characters in bold. */
export function quotation(text: string, marks: readonly Range[]): string {
  return `> ${emphasised(text, marks).replaceAll('\n', '\n> ')}${closers(text)}`
}

function emphasised(text: string, marks: readonly Range[]): string {
  let from = 0
  let markdown = ''
  for (const { start, end } of withinLines(text, marks)) {
    markdown += `${escaped(text.slice(from, start))}**${escaped(text.slice(start, end))}**`
    from = end
  }
  return markdown + escaped(text.slice(from))
}

/**
 * The marks as Discord can show them: in order, inside one line, around visible characters, and
 * joined where they touch, since `**a****b**` is not two bold words.
 */
function withinLines(text: string, marks: readonly Range[]): readonly Range[] {
  const joined: { start: number; end: number }[] = []
  for (const mark of [...marks].sort((one, other) => one.start - other.start)) {
    const [start, end] = [Math.max(0, mark.start), Math.min(text.length, mark.end)]
    const last = joined.at(-1)
    if (last && start <= last.end) last.end = Math.max(last.end, end)
    else if (start < end) joined.push({ start, end })
  }
  return joined.flatMap(({ start, end }) => {
    const pieces = text.slice(start, end).matchAll(/[^\n\r\u2028\u2029]+/g)
    return [...pieces].flatMap((piece) => {
      const shown = piece[0].trim()
      const at = start + piece.index + piece[0].indexOf(shown)
      return shown && !splitsPair(text, at) && !splitsPair(text, at + shown.length)
        ? [{ start: at, end: at + shown.length }]
        : []
    })
  })
}

function splitsPair(text: string, at: number): boolean {
  return /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(at - 1, at + 1))
}

/** A line of a reply as Markdown. Line breaks stay line breaks. */
export function markdownOf(line: Line, commands: CommandIds): string {
  const spans = typeof line === 'string' ? [line] : line
  return spans.map((span) => spanOf(span, commands)).join('')
}

function spanOf(span: Span, commands: CommandIds): string {
  if (typeof span === 'string') return escaped(span) + closers(span)
  if ('command' in span) return commandOf(span.command, commands)
  if ('link' in span) return maskedLink(span.label, span.link)
  if (span.text.trim() === '') return span.text
  if (span.style === 'code') return inlineCode(span.text)
  const mark = { bold: '**', italic: '*', strike: '~~', underline: '__' }[span.style]
  return span.text
    .split('\n')
    .map((text) => {
      const shown = text.trim()
      return shown ? text.replace(shown, () => mark + escaped(shown) + closers(shown) + mark) : text
    })
    .join('\n')
}

/** https://discord.com/developers/docs/reference#message-formatting */
function commandOf(name: string, commands: CommandIds): string {
  const id = commands.get(name.split(' ')[0] ?? '')
  return id && /^[-\w\p{L}\p{N}' ]+$/u.test(name) ? `</${name}:${id}>` : `**/${escaped(name)}**`
}

/** In code nothing is escaped: only a longer fence keeps the backticks of the text. */
function inlineCode(text: string): string {
  const shown = wellFormed(text).replaceAll('\n', ' ')
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  const room = /^`|`$/.test(shown) ? ' ' : ''
  return `${fence}${room}${shown}${room}${fence}`
}

/** A code block; as escaped text where the text itself would end the block. */
export function codeBlock(text: string, language = ''): string {
  const safe = wellFormed(text)
  if (safe.includes('```') || safe.trim() === '') return escaped(safe)
  return `\`\`\`${/^[a-z0-9+-]{0,20}$/i.test(language) ? language : ''}\n${safe}\n\`\`\``
}

/**
 * A link under a label. Discord shows no link whose label looks like an address, and brackets end a
 * label early: such labels stand as text before a link named "source".
 */
export function maskedLink(label: string, url: string): string {
  const shown = escaped(oneLine(label))
  const address = linkAddress(url)
  if (!address) return shown
  return /[[\]]|:\/\/|[\p{L}\p{N}]\.\p{L}{2}/u.test(label) || shown === ''
    ? `${shown} · [source](<${address}>)`
    : `[${shown}](<${address}>)`
}

/** `url` as it may stand in a link: http or https, nothing in it that would end the link. */
export function linkAddress(url: string): string | undefined {
  if (!URL.canParse(url) || !/^https?:/i.test(url)) return undefined
  return wellFormed(url)
    .trim()
    .replace(/[\s<>\\]/g, encodeURIComponent)
    .replaceAll('(', '%28')
    .replaceAll(')', '%29')
}
