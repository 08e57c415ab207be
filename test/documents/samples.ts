import { strToU8, type Zippable, zipSync } from 'fflate'
import { PDFDocument, type PDFFont, StandardFonts } from 'pdf-lib'
import type { Job } from '../../src/documents/document.ts'
import { standardLimits } from '../../src/documents/document.ts'
import { parseDocument } from '../../src/documents/parse.ts'

/** Reads a document in this process; the tests of `readDocument` read in one of its own. */
export function parse(bytes: Uint8Array | string, more: Partial<Job> = {}) {
  return parseDocument({
    bytes: typeof bytes === 'string' ? Buffer.from(bytes) : bytes,
    name: 'sample',
    limits: standardLimits,
    progress: () => {},
    ...more,
  })
}

/** Each section as `[heading, ...paragraphs]`. */
export function outline({
  sections,
}: {
  sections: readonly { heading: string; paragraphs: readonly { text: string }[] }[]
}): string[][] {
  return sections.map(({ heading, paragraphs }) => [heading, ...paragraphs.map(({ text }) => text)])
}

export type Placed = { text: string; x: number; y: number; size?: number; bold?: boolean }

/** A PDF of A4 pages; `y` counts from the top. */
export async function pdf(
  pages: readonly (readonly Placed[])[],
  { title, author }: { title?: string; author?: string } = {},
): Promise<Uint8Array> {
  const document = await PDFDocument.create()
  const plain = await document.embedFont(StandardFonts.TimesRoman)
  const bold = await document.embedFont(StandardFonts.TimesRomanBold)
  if (title) document.setTitle(title)
  if (author) document.setAuthor(author)
  for (const lines of pages) {
    const page = document.addPage([595, 842])
    for (const { text, x, y, size = 11, bold: isBold } of lines)
      page.drawText(text, { x, y: 842 - y, size, font: isBold ? bold : plain })
  }
  return document.save()
}

let times: PDFFont | undefined

/** A paragraph wrapped to a column, as lines to place; `hyphens` cuts words at the marks `|`. */
export async function wrapped(
  text: string,
  {
    x,
    y,
    width,
    size = 11,
    indent = 0,
  }: { x: number; y: number; width: number; size?: number; indent?: number },
): Promise<Placed[]> {
  times ??= await (await PDFDocument.create()).embedFont(StandardFonts.TimesRoman)
  const fits = (line: string, room: number) => (times?.widthOfTextAtSize(line, size) ?? 0) <= room
  const lines: Placed[] = []
  let line = ''
  const room = () => width - (lines.length === 0 ? indent : 0)
  const end = () => {
    lines.push({
      text: line,
      x: x + (lines.length === 0 ? indent : 0),
      y: y + lines.length * size * 1.2,
      size,
    })
    line = ''
  }
  for (const word of text.split(' ')) {
    const parts = word.split('|')
    const whole = parts.join('')
    const longer = line === '' ? whole : `${line} ${whole}`
    if (fits(longer, room())) {
      line = longer
      continue
    }
    const space = line === '' ? '' : ' '
    const head = parts[0]?.replace(/-?$/, '-')
    const cut = parts.length > 1 && fits(`${line}${space}${head}`, room())
    if (cut) line += `${space}${head}`
    end()
    line = cut ? parts.slice(1).join('') : whole
  }
  end()
  return lines
}

const types = (main: string) =>
  `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/${main}" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`
const word = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packages = 'http://schemas.openxmlformats.org/package/2006/relationships'

/** A paragraph of a Word document. */
export function p(text: string, style?: string): string {
  const properties = style ? `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>` : ''
  return `<w:p>${properties}<w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`
}

/** A Word document with the given body; `more` adds or replaces entries of the archive. */
export function docx(body: string, more: Record<string, string> = {}, doctype = ''): Uint8Array {
  const style = (id: string, name: string) =>
    `<w:style w:type="paragraph" w:styleId="${id}"><w:name w:val="${name}"/></w:style>`
  return archive({
    '[Content_Types].xml': types('document.xml'),
    '_rels/.rels': `<Relationships xmlns="${packages}"><Relationship Id="r1" Type="${office}/officeDocument" Target="word/document.xml"/></Relationships>`,
    'word/document.xml': `<?xml version="1.0"?>${doctype}<w:document xmlns:w="${word}" xmlns:r="${office}"><w:body>${body}</w:body></w:document>`,
    'word/styles.xml': `<w:styles xmlns:w="${word}">${style('Title', 'Title')}${style('Heading1', 'heading 1')}${style('Heading2', 'heading 2')}</w:styles>`,
    'word/_rels/document.xml.rels': `<Relationships xmlns="${packages}"><Relationship Id="s" Type="${office}/styles" Target="styles.xml"/></Relationships>`,
    ...more,
  })
}

/** An EPUB book; each chapter is the body of an XHTML file `c1.xhtml`, `c2.xhtml`, … */
export function epub(
  chapters: readonly string[],
  { metadata = '', ...more }: { metadata?: string } & Record<string, string> = {},
): Uint8Array {
  const ids = chapters.map((_, index) => `c${index + 1}`)
  return archive({
    mimetype: 'application/epub+zip',
    'META-INF/container.xml':
      '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
    'OEBPS/book.opf': `<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">${metadata}</metadata><manifest><item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>${ids.map((id) => `<item id="${id}" href="${id}.xhtml" media-type="application/xhtml+xml"/>`).join('')}</manifest><spine>${ids.map((id) => `<itemref idref="${id}"/>`).join('')}</spine></package>`,
    'OEBPS/nav.xhtml': `<html xmlns="http://www.w3.org/1999/xhtml"><body><nav><ol>${ids.map((id, index) => `<li><a href="${id}.xhtml">Chapter ${index + 1}</a></li>`).join('')}</ol></nav></body></html>`,
    ...Object.fromEntries(
      chapters.map((body, index) => [
        `OEBPS/c${index + 1}.xhtml`,
        `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>${body}</body></html>`,
      ]),
    ),
    ...more,
  })
}

export function archive(entries: Record<string, string | Uint8Array>): Uint8Array {
  const packed: Zippable = {}
  for (const [name, content] of Object.entries(entries))
    packed[name] = typeof content === 'string' ? strToU8(content) : content
  return zipSync(packed)
}

/** A PDF of hand-written objects, numbered from 1; the first must be the catalog. */
export function rawPdf(objects: readonly (string | Buffer)[], trailer = ''): Buffer {
  const parts: Buffer[] = [Buffer.from('%PDF-1.7\n')]
  const offsets: number[] = []
  let length = parts[0]?.length ?? 0
  const push = (part: string | Buffer) => {
    const bytes = Buffer.from(part)
    parts.push(bytes)
    length += bytes.length
  }
  objects.forEach((object, index) => {
    offsets.push(length)
    push(`${index + 1} 0 obj\n`)
    push(object)
    push('\nendobj\n')
  })
  const start = length
  const entry = (offset: number) => `${String(offset).padStart(10, '0')} 00000 n \n`
  push(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.map(entry).join('')}`)
  push(
    `trailer\n<</Size ${objects.length + 1}/Root 1 0 R${trailer}>>\nstartxref\n${start}\n%%EOF\n`,
  )
  return Buffer.concat(parts)
}
