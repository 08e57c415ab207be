import { zipSync } from 'fflate'
import { parseHTML } from 'linkedom'
import mammoth from 'mammoth'
import { MemberError } from '../problem.ts'
import { type DomNode, sectionsOf, splitTitle } from './blocks.ts'
import type { Draft, Job } from './document.ts'
import { unzipText } from './zip.ts'

/**
 * Reads a Word document: headings by their styles, notes at the end. Pictures are left out, text
 * deleted under "track changes" too. Word's title and author fields often hold a template's, so only
 * a paragraph in the style Title counts as the title.
 */
export async function readDocx({ bytes, name, limits }: Job): Promise<Draft> {
  const entries = unzipText(bytes, name, limits.unpackedBytes)
  // Mammoth unpacks by itself and without a limit: it gets what has been unpacked within ours.
  const buffer = Buffer.from(zipSync(Object.fromEntries(entries), { level: 0 }))
  const html = await convert(buffer).catch((cause) => {
    throw new MemberError(`${name} is damaged: open it in Word, save it and upload it again.`, {
      cause,
    })
  })
  const { document } = parseHTML(`<html><body>${html}</body></html>`)
  const title = document.querySelector('h1.title')?.textContent?.trim() || undefined
  const sections = sectionsOf(document.body as unknown as DomNode)
  return title ? splitTitle(sections, title) : { sections }
}

async function convert(buffer: Buffer): Promise<string> {
  const { value } = await mammoth.convertToHtml(
    { buffer },
    {
      styleMap: ["p[style-name='Title'] => h1.title:fresh"],
      convertImage: mammoth.images.imgElement(async () => ({ src: '' })),
      externalFileAccess: false,
    },
  )
  return value
}
