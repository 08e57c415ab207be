import type { Name } from '../knowledge/article.ts'

export type DocumentKind = 'markdown' | 'text' | 'html' | 'pdf' | 'docx' | 'epub'

/**
 * What was understood of a member's document, as plain data. With an id and a title it is what
 * `articleFrom` takes: `articleFrom({ ...document, id, title: document.title ?? name })`.
 */
export type Document = {
  /** Told from the bytes; the file's name decides only between Markdown and plain text. */
  readonly kind: DocumentKind
  readonly title?: string
  readonly authors?: readonly Name[]
  /** `2019`, `2019-06` or `2019-06-14`. */
  readonly published?: string
  /** A canonical BCP 47 tag. */
  readonly language?: string
  /** At least one, none without paragraphs, no paragraph empty. */
  readonly sections: readonly DocumentSection[]
  /** The number of pages of a PDF. */
  readonly pages?: number
  /** Whole sentences for the member: what was left out, what looks poor. */
  readonly warnings: readonly string[]
}

export type DocumentSection = {
  /** Empty for paragraphs before the first heading. */
  readonly heading: string
  readonly paragraphs: readonly DocumentParagraph[]
}

export type DocumentParagraph = {
  /** One line of well-formed text without control characters and bidirectional overrides. */
  readonly text: string
  /** The page on which the paragraph begins, counted from 1, where the document has pages. */
  readonly page?: number
}

/** What one document may cost. */
export type DocumentLimits = {
  /** Size of the file. */
  readonly bytes: number
  /** Size of all that a ZIP container (.docx, .epub) unpacks to. */
  readonly unpackedBytes: number
  readonly pages: number
  /** Characters (UTF-16 code units) of text that come out. */
  readonly characters: number
  readonly paragraphs: number
  /** Time from the start of reading. */
  readonly seconds: number
  /** Memory of the JavaScript heap; with its buffers the process may grow by twice as much. */
  readonly megabytes: number
}

/** A book of a thousand pages has about 3 million characters. */
export const standardLimits: DocumentLimits = {
  bytes: 25_000_000,
  unpackedBytes: 100_000_000,
  pages: 2_000,
  characters: 5_000_000,
  paragraphs: 50_000,
  seconds: 60,
  megabytes: 256,
}

export type ReadOptions = {
  /** The file's name, for messages and as a hint between Markdown and plain text. */
  readonly name: string
  /** The character set that a server declared for a page or a text. */
  readonly charset?: string
  /** Is told in words how far the reading has come ("reading page 40 of 212"). */
  readonly progress?: (message: string) => void
  readonly limits?: Partial<DocumentLimits>
  /** Ends the reading; the promise is then rejected with the signal's reason. */
  readonly signal?: AbortSignal
}

/** One document to read, as its reader gets it. */
export type Job = {
  readonly bytes: Uint8Array
  /** How messages name the document. */
  readonly name: string
  readonly charset?: string
  readonly limits: DocumentLimits
  readonly progress: (message: string) => void
}

/** What a reader of one kind found, before its text is cleaned and measured. */
export type Draft = {
  readonly title?: string | undefined
  readonly authors?: readonly Name[]
  readonly published?: string | undefined
  readonly language?: string | undefined
  readonly pages?: number
  readonly sections: readonly DocumentSection[]
  readonly warnings?: readonly string[]
}
