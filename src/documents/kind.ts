import { fileTypeFromBuffer } from 'file-type'
import { MemberError } from '../problem.ts'
import type { DocumentKind } from './document.ts'
import { decodeText, looksBinary } from './text.ts'
import { entryNames } from './zip.ts'

const WANTED = 'a PDF, Word (.docx), EPUB, HTML, Markdown or plain text file'

/**
 * Tells a document's kind from its bytes. Between Markdown and plain text the name decides, unless
 * the text has Markdown headings.
 * @throws MemberError where it is none of the kinds that are read
 */
export async function kindOf(bytes: Uint8Array, name: string): Promise<DocumentKind> {
  if (bytes.length === 0) throw new MemberError(`${name} is empty: upload it again.`)
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1024))
  // Readers accept up to 1,024 bytes before the header (ISO 32000-1, annex H, note 13).
  if (head.includes('%PDF-')) return 'pdf'
  if (head.subarray(0, 4).toString('hex') === '504b0304') return kindOfZip(bytes, name)
  if (head.subarray(0, 4).toString('hex') === 'd0cf11e0')
    throw new MemberError(
      `${name} is an old Office file or is locked with a password: save it as .docx without a password.`,
    )
  const binary = looksBinary(bytes)
  const other = await fileTypeFromBuffer(bytes)
  // Some signatures are two letters long: a text may begin with them.
  if (other && (binary || other.ext === 'rtf'))
    throw new MemberError(
      `${name} is ${described(other.mime, other.ext)} by its content: upload ${WANTED}.`,
    )
  if (binary) throw new MemberError(`${name} does not hold text by its content: upload ${WANTED}.`)
  return kindOfText(decodeText(bytes.subarray(0, 65_536)).text, name)
}

function kindOfZip(bytes: Uint8Array, name: string): DocumentKind {
  const entries = new Set(entryNames(bytes, name))
  if (entries.has('META-INF/container.xml')) return 'epub'
  if (entries.has('[Content_Types].xml') && [...entries].some((entry) => /^word\//i.test(entry)))
    return 'docx'
  throw new MemberError(
    `${name} is a ZIP archive that is neither Word nor EPUB: upload the documents in it one by one.`,
  )
}

function kindOfText(text: string, name: string): DocumentKind {
  const start = text.replace(/^\ufeff/, '').trimStart()
  const markup = start.replace(/^(?:<\?xml[^<>]*>|<!--.{0,5000}?-->|\s+)+/is, '')
  if (/^<(?:!doctype\s+html|html|head|body)\b/i.test(markup)) return 'html'
  if (/^<(?:title|meta|article|main|section|div|h[1-6]|p|ul|ol|table)\b[^<>]*>/i.test(markup))
    return /\.(?:md|markdown)$/i.test(name) ? 'markdown' : 'html'
  if (start.startsWith('<?xml'))
    throw new MemberError(`${name} is an XML file by its content: upload ${WANTED}.`)
  if (/\.(?:md|markdown)$/i.test(name)) return 'markdown'
  return /^#{1,6} \S/m.test(text) ? 'markdown' : 'text'
}

function described(mime: string, extension: string): string {
  const family = { image: ' image', video: ' video', audio: ' sound file', font: ' font' }
  const what = family[mime.split('/')[0] as keyof typeof family] ?? ' file'
  const article = /^(?:[aefhilmnorsx]|8)/i.test(extension) ? 'an' : 'a'
  return `${article} ${extension.toUpperCase()}${what}`
}
