import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { TextItem } from 'pdfjs-dist/types/src/display/api.js'
import { MemberError } from '../problem.ts'
import type { Draft, Job } from './document.ts'
import { type Fragment, layOut, type Page } from './pdf-layout.ts'

/** Metadata that word processors write by themselves. */
const IDLE_TITLE =
  /^(?:untitled|document\d*|microsoft word.*|slide \d+|.*\.(?:docx?|pdf|tex|indd|rtf|odt))$/i
const IDLE_AUTHOR = /^(?:user|admin(?:istrator)?|owner|author|unknown|anonymous|root|\S+@\S+)$/i

const folder = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'))

/**
 * Reads a PDF: paragraphs with the page on which each begins.
 * @throws MemberError where it is locked, cut off, too long or has no text
 */
export async function readPdf({ bytes, name, limits, progress }: Job): Promise<Draft> {
  const tail = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).subarray(-2048)
  if (!tail.includes('%%EOF') && !tail.includes('startxref'))
    throw new MemberError(`${name} is cut off before its end: upload it again.`)

  const { getDocument } = await pdfjs()
  const task = getDocument({
    data: Uint8Array.from(bytes),
    // Code inside the file is never run, and no picture or font is decoded or fetched.
    isEvalSupported: false,
    enableXfa: false,
    disableFontFace: true,
    useSystemFonts: false,
    useWorkerFetch: false,
    useWasm: false,
    isOffscreenCanvasSupported: false,
    isImageDecoderSupported: false,
    maxImageSize: 0,
    cMapUrl: `${join(folder, 'cmaps')}/`,
    cMapPacked: true,
    standardFontDataUrl: `${join(folder, 'standard_fonts')}/`,
    verbosity: 0,
  })
  const document = await task.promise.catch((cause: Error) => {
    throw new MemberError(
      cause.name === 'PasswordException'
        ? `${name} is locked with a password: upload a copy without one.`
        : `${name} is damaged: upload it again.`,
      { cause },
    )
  })

  const total = document.numPages
  if (total > limits.pages)
    throw new MemberError(
      `${name} has ${total.toLocaleString('en')} pages; the limit is ${limits.pages.toLocaleString('en')}.`,
    )
  const pages: Page[] = []
  const unread: number[] = []
  let characters = 0
  for (let number = 1; number <= total; number += 1) {
    progress(`reading page ${number} of ${total}`)
    const page = await readPage(document, number).catch(() => undefined)
    if (page) pages.push(page)
    else unread.push(number)
    characters += page?.fragments.reduce((sum, { text }) => sum + text.length, 0) ?? 0
    if (characters > limits.characters * 1.5)
      throw new MemberError(
        `${name} holds more than ${limits.characters.toLocaleString('en')} characters: upload it in parts.`,
      )
  }
  const { title, sections, empty } = layOut(pages, await outlineOf(document))
  if (empty.length + unread.length === total)
    throw new MemberError(
      unread.length === total
        ? `${name} is damaged: none of its pages can be read.`
        : `${name} holds pictures of pages and no text: run text recognition (OCR) over it first.`,
    )
  const { info, metaTitle, authors } = await metadataOf(document)
  await task.destroy()
  return {
    // The field often holds another document's title; what stands on the first page does not.
    title: metaTitle && standsOn(pages[0], metaTitle) ? metaTitle : (title ?? metaTitle),
    authors,
    language: typeof info.Language === 'string' ? info.Language : undefined,
    pages: total,
    sections,
    warnings: [
      ...(empty.length > 0
        ? [
            `No text on ${numbered(empty)}: scanned or pictures. Run text recognition (OCR) first to have it read.`,
          ]
        : []),
      ...(unread.length > 0 ? [`Damaged and left out: ${numbered(unread)}.`] : []),
    ],
  }
}

/** pdf.js draws nothing here; without these names it would not load where its canvas is missing. */
async function pdfjs() {
  const drawing = globalThis as Record<string, unknown>
  for (const name of ['DOMMatrix', 'ImageData', 'Path2D']) drawing[name] ??= class {}
  return import('pdfjs-dist/legacy/build/pdf.mjs')
}

type Pdf = Awaited<ReturnType<Awaited<ReturnType<typeof pdfjs>>['getDocument']>['promise']>

async function readPage(document: Pdf, number: number): Promise<Page> {
  const page = await document.getPage(number)
  const { transform, width, height } = page.getViewport({ scale: 1 })
  const [va = 1, vb = 0, vc = 0, vd = 1, ve = 0, vf = 0] = transform as number[]
  const { items } = await page.getTextContent()
  const fragments: Fragment[] = []
  for (const item of items as TextItem[]) {
    if (item.str === undefined || item.str.trim() === '') continue
    const [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0] = item.transform as number[]
    const size = Math.hypot(va * c + vc * d, vb * c + vd * d)
    const run = { x: va * a + vc * b, y: vb * a + vd * b }
    // Text at an angle is a watermark, a stamp in the margin or the label of an axis.
    if (Math.abs(run.y) > Math.abs(run.x) * 0.1 || run.x < 0) continue
    fragments.push({
      text: item.str,
      x: va * e + vc * f + ve,
      y: vb * e + vd * f + vf,
      width: item.width,
      size,
      font: item.fontName,
    })
  }
  page.cleanup()
  return { number, width, height, fragments }
}

/** The entries of the table of contents that the file carries beside its pages. */
async function outlineOf(document: Pdf): Promise<string[]> {
  type Entry = { title: string; items: Entry[] }
  const found: string[] = []
  const walk = (entries: Entry[], depth: number) => {
    for (const { title, items } of entries) {
      if (found.length >= 5_000 || depth > 10) return
      found.push(title)
      walk(items, depth + 1)
    }
  }
  walk(((await document.getOutline().catch(() => null)) ?? []) as Entry[], 0)
  return found
}

async function metadataOf(document: Pdf) {
  const { info } = await document.getMetadata().catch(() => ({ info: {} }))
  const fields = info as Record<string, unknown>
  const text = (key: string) => {
    const value = fields[key]
    return typeof value === 'string' ? value.trim() : ''
  }
  const title = text('Title')
  return {
    info: fields,
    metaTitle: title && !IDLE_TITLE.test(title) ? title : undefined,
    authors: text('Author')
      .slice(0, 2_000)
      .split(/\s*;\s*|\s+and\s+|\s*&\s*/)
      .filter((name) => name.length > 1 && !IDLE_AUTHOR.test(name))
      .map((literal) => ({ literal })),
  }
}

function standsOn(page: Page | undefined, title: string): boolean {
  const bare = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
  if (title.length < 4) return false
  return bare(page?.fragments.map(({ text }) => text).join('') ?? '').includes(bare(title))
}

/** "page 3", "pages 1–4 and 9", "pages 1, 3, 5 and 12 more". */
function numbered(pages: readonly number[]): string {
  const runs: string[] = []
  for (let i = 0; i < pages.length; ) {
    let j = i
    while (pages[j + 1] === (pages[j] ?? 0) + 1) j += 1
    runs.push(i === j ? `${pages[i]}` : `${pages[i]}–${pages[j]}`)
    i = j + 1
  }
  const shown = runs.length > 6 ? [...runs.slice(0, 5), 'others'] : runs
  const last = shown.pop()
  return `${pages.length === 1 ? 'page' : 'pages'} ${shown.length > 0 ? `${shown.join(', ')} and ${last}` : last}`
}
