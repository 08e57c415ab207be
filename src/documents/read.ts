import type { Document, ReadOptions } from './document.ts'

/**
 * Reads a document in a thread of its own, under limits of time, memory and size. One document is
 * read at a time; others wait for their turn.
 * @throws MemberError with one sentence where the document cannot be read
 */
export async function readDocument(_bytes: Uint8Array, _options: ReadOptions): Promise<Document> {
  throw new Error('not yet')
}
