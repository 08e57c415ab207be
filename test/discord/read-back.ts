import { rulesExtended, SimpleMarkdown } from 'discord-markdown-parser'

/** The characters that a reader sees of Discord's Markdown, and which of them are bold. */
export type Shown = { readonly text: string; readonly bold: readonly string[] }

const parser = SimpleMarkdown.parserFor(rulesExtended)

const plain = new Set(['text', 'br', 'newline', 'strong', 'blockQuote', 'heading', 'subtext'])

/**
 * Reads Markdown as Discord's clients do, with a parser that is not ours.
 * @throws if anything but text, bold, quotation, title and small print comes out of it
 */
export function readBack(markdown: string): Shown {
  const bold: string[] = []
  const text = textOf(parser(markdown, { inline: true }), bold)
  return { text, bold }
}

type Node = { type: string; content?: unknown; name?: string }

function textOf(node: unknown, bold: string[]): string {
  if (typeof node === 'string') return node
  if (Array.isArray(node)) return node.map((part) => textOf(part, bold)).join('')
  const { type, content, name } = node as Node
  if (type === 'twemoji') return name ?? ''
  if (!plain.has(type)) throw new Error(`Discord would show a ${type}: ${JSON.stringify(node)}`)
  if (type === 'br' || type === 'newline') return '\n'
  const text = textOf(content ?? '', bold)
  if (type === 'strong') bold.push(text)
  return text
}
