import { PDFDocument, StandardFonts } from 'pdf-lib'

const pages = 500
const linesAPage = 44
const charactersALine = 88
const sentencesAParagraph = 5

/**
 * A PDF of 500 pages of running text, some 1.8 million characters: the given sentences again and
 * again, each time in another order. Signs that Times Roman lacks are left out.
 */
export async function longPdf(sentences: readonly string[]): Promise<Uint8Array> {
  const document = await PDFDocument.create()
  const font = await document.embedFont(StandardFonts.TimesRoman)
  const known = new Set(font.getCharacterSet().map((code) => String.fromCodePoint(code)))
  const printable = sentences.map((text) => [...text].filter((sign) => known.has(sign)).join(''))
  const lines = linesOf(printable)
  for (let page = 0; page < pages; page++) {
    const sheet = document.addPage([595, 842])
    for (let row = 0; row < linesAPage; row++) {
      const { value: line } = lines.next()
      if (line) sheet.drawText(line, { x: 72, y: 770 - row * 15.5, size: 11, font })
    }
  }
  return document.save()
}

/** Lines of paragraphs without end, an empty one after each. */
function* linesOf(sentences: readonly string[]): Generator<string, never, undefined> {
  for (let step = 0; ; step += sentencesAParagraph) {
    // Steps of a prime far apart; each round through the sentences begins one further.
    const paragraph = Array.from({ length: sentencesAParagraph }, (_, nth) => {
      const at = step + nth
      return sentences[(at * 7919 + Math.floor(at / sentences.length)) % sentences.length]
    })
    let line = ''
    for (const word of paragraph.join(' ').split(' ')) {
      if (line.length + word.length >= charactersALine) {
        yield line
        line = word
      } else line += line === '' ? word : ` ${word}`
    }
    yield line
    yield ''
  }
}
