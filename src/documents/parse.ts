import { MemberError } from '../problem.ts'
import type { Document, DocumentKind, Draft, Job } from './document.ts'
import { kindOf } from './kind.ts'
import { tidyDocument } from './tidy-document.ts'

/** Each reader is loaded when its kind is met: the one for PDF alone takes 100 ms. */
const readers: Record<DocumentKind, () => Promise<(job: Job) => Draft | Promise<Draft>>> = {
  markdown: async () => (await import('./markdown.ts')).readMarkdown,
  text: async () => (await import('./plain-text.ts')).readPlainText,
  html: async () => (await import('./html.ts')).readHtml,
  pdf: async () => (await import('./pdf.ts')).readPdf,
  docx: async () => (await import('./docx.ts')).readDocx,
  epub: async () => (await import('./epub.ts')).readEpub,
}

/**
 * Reads a document in this process, which it may hold or break: see `readDocument`.
 * @throws MemberError with one sentence where the document cannot be read
 */
export async function parseDocument(job: Job): Promise<Document> {
  const { bytes, name, limits } = job
  if (bytes.length > limits.bytes)
    throw new MemberError(
      `${name} has ${megabytes(bytes.length)} MB; the limit is ${megabytes(limits.bytes)} MB.`,
    )
  const kind = await kindOf(bytes, name)
  const read = await readers[kind]()
  return tidyDocument(kind, await read(job), job)
}

export function megabytes(bytes: number): string {
  return String(Math.round(bytes / 100_000) / 10)
}
