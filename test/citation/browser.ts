import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import type { Article } from '../../src/knowledge/article.ts'
import { openChromium } from '../../src/rehearsal/chromium.ts'

/** A part of a block that the browser highlights, as character offsets into the block's text. */
type Highlight = { readonly block: string; readonly start: number; readonly end: number }

export type ReadingRoom = {
  /** Where articles are served: article `a` at `${address}/a`. */
  readonly address: string
  publish(article: Article): void
  /** Opens a link in a fresh document and tells what the browser highlights. */
  open(link: string): Promise<readonly Highlight[]>
  close(): Promise<void>
}

/** A web server on loopback with articles as pages, and a browser to read them in. */
export async function readingRoom(): Promise<ReadingRoom> {
  const pages = new Map<string, string>()
  const server = createServer((request, response) => {
    const page = pages.get(new URL(request.url ?? '/', 'http://localhost').pathname.slice(1))
    response.writeHead(page ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' })
    response.end(page ?? 'not here')
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const browser = await openChromium()
  const page = await browser.newPage({ viewport: { width: 700, height: 500 } })
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    publish: (article) => void pages.set(article.id, render(article)),
    async open(link) {
      // Within the same page the browser would only move on to another fragment.
      if (page.url().startsWith(link.replace(/#.*/s, ''))) await page.goto('about:blank')
      await page.goto(link)
      // The browser looks for the text when the page has loaded and settled.
      await page.waitForFunction('document.readyState === "complete"')
      await page.evaluate(
        'new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))',
      )
      return highlightsOf(page)
    },
    async close() {
      await browser.close()
      await new Promise((closed) => server.close(closed))
    },
  }
}

function render(article: Article): string {
  const escaped = (text: string) =>
    text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
  const body = article.sections.flatMap((section) => [
    section.heading ? `<h2>${escaped(section.heading)}</h2>` : '',
    ...section.passages.map(({ id, text }) => `<p id="${id}">${escaped(text)}</p>`),
  ])
  return `<!doctype html><html lang="${article.language}"><meta charset="utf-8"><title>${escaped(article.title)}</title>
<style>
  body { font: 10px/1.4 sans-serif; color: transparent; background: white; }
  ::target-text { color: transparent; background: #ff00ff; }
</style>
<body><h1>${escaped(article.title)}</h1>${body.join('\n')}</body></html>`
}

/** What is painted in the highlight's colour, found by the pixel at the middle of each character. */
async function highlightsOf(page: Page): Promise<readonly Highlight[]> {
  const shot = await page.screenshot({ fullPage: true })
  return page.evaluate(`(async () => {
    const image = new Image()
    image.src = 'data:image/png;base64,${shot.toString('base64')}'
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = image.width
    canvas.height = image.height
    const paper = canvas.getContext('2d')
    paper.drawImage(image, 0, 0)
    const { data } = paper.getImageData(0, 0, image.width, image.height)
    const painted = (x, y) => {
      const at = 4 * (Math.floor(y + scrollY) * image.width + Math.floor(x + scrollX))
      return data[at] === 255 && data[at + 1] === 0 && data[at + 2] === 255
    }
    const pixels = new Uint32Array(data.buffer)
    const colour = new Uint32Array(new Uint8Array([255, 0, 255, 255]).buffer)[0]
    const rows = ({ top, bottom }) =>
      pixels.subarray(
        Math.floor(top + scrollY) * image.width,
        Math.ceil(bottom + scrollY) * image.width,
      )
    const found = []
    for (const block of document.querySelectorAll('h1, h2, p')) {
      if (!rows(block.getBoundingClientRect()).includes(colour)) continue
      const node = block.firstChild
      let run
      for (const { index, segment } of new Intl.Segmenter().segment(node.data)) {
        if (!segment.trim()) continue
        const range = document.createRange()
        range.setStart(node, index)
        range.setEnd(node, index + segment.length)
        const box = [...range.getClientRects()].find(({ width }) => width > 0.5)
        if (!box) continue
        if (painted((box.left + box.right) / 2, (box.top + box.bottom) / 2)) {
          if (run) run.end = index + segment.length
          else found.push((run = { block: block.id, start: index, end: index + segment.length }))
        } else run = undefined
      }
    }
    return found
  })()`)
}
