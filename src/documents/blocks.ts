import type { DocumentParagraph, DocumentSection } from './document.ts'

/** The part of the DOM that is read; linkedom's nodes fit. */
export type DomNode = {
  readonly nodeType: number
  readonly nodeName: string
  readonly textContent: string | null
  readonly childNodes: Iterable<DomNode>
  getAttribute?(name: string): string | null
}

const TEXT = 3
const ELEMENT = 1

const BLOCKS = new Set(
  `ADDRESS ARTICLE ASIDE BLOCKQUOTE BODY CAPTION CENTER DD DETAILS DIV DL DT FIGCAPTION FIGURE FOOTER
  HEADER HR LI MAIN OL P PRE SECTION SUMMARY TABLE TBODY TFOOT THEAD TR UL`.split(/\s+/),
)
const LEFT_OUT = new Set(
  `AUDIO BUTTON CANVAS DATALIST EMBED FORM FRAME HEAD IFRAME IMG INPUT MATH NAV NOSCRIPT OBJECT RP RT
  SCRIPT SELECT STYLE SVG TEMPLATE TEXTAREA TITLE VIDEO`.split(/\s+/),
)

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** Raised digits as the characters that show so: a "10" with a raised "6" is not "106". */
export function raised(text: string): string {
  return text.replace(/[0-9]/g, (digit) => SUPERSCRIPTS[Number(digit)] ?? digit)
}

/**
 * The sections of a part of a web page: h1 to h6 are headings; each block, and each row of a table,
 * is a paragraph of its own. What cannot be seen or is no text is left out.
 */
export function sectionsOf(root: DomNode): DocumentSection[] {
  const sections: { heading: string; paragraphs: DocumentParagraph[] }[] = [
    { heading: '', paragraphs: [] },
  ]
  let line: string[] = []
  let breaks = 0
  const flush = () => {
    const text = line.join('')
    line = []
    breaks = 0
    if (text.trim() !== '') sections.at(-1)?.paragraphs.push({ text })
  }

  const walk = (parent: DomNode) => {
    for (const node of parent.childNodes) {
      if (node.nodeType === TEXT) {
        const text = node.textContent ?? ''
        if (text.trim() !== '') breaks = 0
        line.push(text)
      }
      if (node.nodeType !== ELEMENT) continue
      const name = node.nodeName.toUpperCase()
      if (LEFT_OUT.has(name) || isHidden(node)) continue
      if (/^H[1-6]$/.test(name)) {
        flush()
        sections.push({ heading: textOf(node), paragraphs: [] })
      } else if (name === 'BR') {
        // Two line breaks set paragraphs apart in pages that have no <p>.
        breaks += 1
        if (breaks > 1) flush()
        else line.push(' ')
      } else if (BLOCKS.has(name)) {
        flush()
        walk(node)
        flush()
      } else if (name === 'SUP' && /^\s*\d{1,4}\s*$/.test(node.textContent ?? '')) {
        line.push(raised((node.textContent ?? '').trim()))
      } else if (name === 'A' && /^\s*[↑↩]\ufe0e?\s*$/u.test(node.textContent ?? '')) {
        // The way back from a note to its mark.
      } else {
        if (name === 'TD' || name === 'TH') line.push(' ')
        walk(node)
      }
    }
  }
  walk(root)
  flush()
  return sections
}

function textOf(node: DomNode): string {
  if (node.nodeType === TEXT) return node.textContent ?? ''
  const name = node.nodeName.toUpperCase()
  if (name === 'BR') return ' '
  if (node.nodeType !== ELEMENT || LEFT_OUT.has(name)) return ''
  return [...node.childNodes].map(textOf).join('')
}

function isHidden(node: DomNode): boolean {
  return (
    node.getAttribute?.('hidden') != null ||
    /(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden)/i.test(
      node.getAttribute?.('style') ?? '',
    )
  )
}

/** Takes the heading at the head off, where it is the document's title or the title is not known. */
export function splitTitle(
  sections: readonly DocumentSection[],
  title: string | undefined,
): { title: string | undefined; sections: readonly DocumentSection[] } {
  const same = (a: string, b: string) =>
    a.replace(/\s+/g, ' ').trim().toLowerCase() === b.replace(/\s+/g, ' ').trim().toLowerCase()
  const at = sections.findIndex(
    ({ heading, paragraphs }) => heading.trim() !== '' || paragraphs.length > 0,
  )
  const first = sections[at]
  if (!first || first.heading.trim() === '') return { title, sections }
  const isTitle = title ? same(first.heading, title) : true
  if (!isTitle) return { title, sections }
  return {
    title: title ?? first.heading,
    sections: [{ heading: '', paragraphs: first.paragraphs }, ...sections.slice(at + 1)],
  }
}
