import {
  type APIButtonComponent,
  type APIComponentInContainer,
  type APIMessageTopLevelComponent,
  ButtonStyle,
  ComponentType,
  MessageFlags,
} from 'discord-api-types/v10'
import type { Block, Button, Line, Reply, Select, Span } from '../reply/reply.ts'
import { limits } from './limits.ts'
import {
  type CommandIds,
  codeBlock,
  escaped,
  linkAddress,
  markdownOf,
  maskedLink,
  oneLine,
  quotation,
  unescaped,
} from './markdown.ts'

/** A message as Discord's API takes it: https://discord.com/developers/docs/components/reference */
export type Message = {
  readonly flags: number
  readonly components: APIMessageTopLevelComponent[]
  readonly allowed_mentions: { readonly parse: [] }
  readonly attachments?: { readonly id: string; readonly filename: string }[]
}

export type Rendered = {
  readonly message: Message
  readonly files: readonly { readonly name: string; readonly data: string | Uint8Array }[]
}

const titleMark = '### '
const mostTitle = 300
const mostLabel = 300
const mostNotes = 600
const mostButtons = 10
const mostSelects = 2
const shortened = 'There was no room for the rest.'

/** What is left of the room that Discord gives one message. */
type Room = { text: number; bytes: number; components: number }

/** One line or more of Markdown, and the button that stands beside it. */
type Piece =
  | { readonly markdown: string; readonly button?: APIButtonComponent | undefined }
  | 'separator'

/**
 * A reply as one Discord message, within every limit. Where room is short, blocks are left out from
 * the end and the first of them gives the button that goes on; a first excerpt that is too long by
 * itself is cut at the end of a sentence.
 */
export function render(reply: Reply, commands: CommandIds = new Map()): Rendered {
  const file = reply.file && { name: fileName(reply.file.name), data: reply.file.content }
  const title = reply.title && titleOf(reply.title)
  const notes = notesOf([...(reply.notes ?? [])], commands)
  const selects = (reply.selects ?? []).map(selectOf).filter((menu) => menu !== undefined)
  const menus = unique(selects, (menu) => menu.custom_id).slice(0, mostSelects)

  const room: Room = { text: limits.text, bytes: limits.bytes, components: limits.components - 1 }
  for (const text of [title, notes, `-# ${shortened}`]) if (text) take(room, text)
  const rows = Math.ceil(Math.min((reply.buttons ?? []).length + 1, mostButtons) / 5)
  const buttonsAtMost = Math.min((reply.buttons ?? []).length + 1, mostButtons)
  room.components -= rows + buttonsAtMost + 2 * menus.length + (file ? 1 : 0)

  const used = new Set(menus.map((menu) => menu.custom_id))
  const { pieces, left } = fill(reply.blocks, room, commands, used)
  const more = left.length > 0 ? left.find((block) => 'more' in block) : undefined
  const goOn = more && 'more' in more ? more.more : left.length === 0 ? reply.more : undefined
  const buttons = [goOn, ...(reply.buttons ?? [])]
    .flatMap((button) => (button ? [claim(buttonOf(button), used)] : []))
    .filter((button) => button !== undefined)
    .slice(0, mostButtons)

  const parts: APIComponentInContainer[] = [
    ...(title ? [textDisplay(title)] : []),
    ...assemble(pieces),
    ...(left.length > 0 && !goOn ? [textDisplay(`-# ${shortened}`)] : []),
    ...(notes ? [textDisplay(notes)] : []),
    ...(file
      ? [{ type: ComponentType.File as const, file: { url: `attachment://${file.name}` } }]
      : []),
    ...inRows(buttons).map((row) => ({
      type: ComponentType.ActionRow as const,
      components: row,
    })),
    ...menus.map((menu) => ({ type: ComponentType.ActionRow as const, components: [menu] })),
  ]
  return {
    message: {
      flags: MessageFlags.IsComponentsV2 | (reply.private ? MessageFlags.Ephemeral : 0),
      components: [
        {
          type: ComponentType.Container,
          components: parts.length > 0 ? parts : [textDisplay('-# (nothing to show)')],
        },
      ],
      allowed_mentions: { parse: [] },
      ...(file && { attachments: [{ id: '0', filename: file.name }] }),
    },
    files: file ? [file] : [],
  }
}

/** The title of a message that `render` made, as it was given; empty if it has none. */
export function titleIn(components: readonly unknown[] | undefined): string {
  const first = firstText(components ?? [])
  return first?.startsWith(titleMark) ? unescaped(first.slice(titleMark.length)) : ''
}

function firstText(components: readonly unknown[]): string | undefined {
  for (const component of components) {
    if (typeof component !== 'object' || component === null) continue
    if ('content' in component && typeof component.content === 'string') return component.content
    if ('components' in component && Array.isArray(component.components)) {
      const text = firstText(component.components)
      if (text !== undefined) return text
    }
  }
  return undefined
}

function titleOf(title: string): string | undefined {
  const shown = shorten(oneLine(title), mostTitle)
  return shown ? titleMark + escaped(shown) : undefined
}

function notesOf(notes: readonly Line[], commands: CommandIds): string | undefined {
  let text = ''
  for (const note of notes) {
    const line = `-# ${fitLine(oneLineOf(note), mostNotes / 2, commands)}`
    if (line !== '-# ' && text.length + line.length < mostNotes) text += (text && '\n') + line
  }
  return text || undefined
}

function fill(
  blocks: readonly Block[],
  room: Room,
  commands: CommandIds,
  used: Set<string>,
): { pieces: readonly Piece[]; left: readonly Block[] } {
  const pieces: Piece[] = []
  const kinds = new Set<Block['kind']>()
  let previous: Block['kind'] | undefined
  for (const [index, block] of blocks.entries()) {
    const rest = () => ({ pieces, left: blocks.slice(index).filter(hasContent) })
    if (block.kind === 'separator') {
      if (room.components < 1) return rest()
      room.components--
      pieces.push('separator')
      continue
    }
    const given = 'button' in block && block.button ? buttonOf(block.button) : undefined
    const button = given && isFree(given, used) ? given : undefined
    const last = pieces.at(-1)
    const joins = !button && last !== undefined && last !== 'separator' && !last.button
    const components = button ? 3 : joins ? 0 : 1
    if (room.components < components) return rest()

    const fits = (markdown: string) =>
      markdown.length + 1 < room.text && bytesOf(markdown) + limits.bytesPerText + 1 < room.bytes
    const whole = blockOf(block, commands)
    if (whole.trim() === '') continue
    const gap = joins && block.kind !== 'list' && previous !== 'heading' ? '\n' : ''
    const markdown = fits(whole)
      ? whole
      : kinds.has(block.kind)
        ? undefined
        : cutBlock(block, commands, fits)
    if (!markdown?.trim()) return rest()
    room.components -= components
    take(room, `${gap}${markdown}\n`, 0)
    kinds.add(block.kind)
    previous = block.kind
    pieces.push({ markdown: gap + markdown, button: button && claim(button, used) })
    if (markdown !== whole && block.kind === 'list') {
      return { pieces, left: [block, ...blocks.slice(index + 1)] }
    }
  }
  return { pieces, left: [] }
}

function hasContent(block: Block): boolean {
  return block.kind !== 'separator' && block.kind !== 'heading'
}

function blockOf(block: Exclude<Block, { kind: 'separator' }>, commands: CommandIds): string {
  switch (block.kind) {
    case 'excerpt':
      return excerptOf(block, block.text.length)
    case 'heading':
      return boldLine(block.text, commands)
    case 'text':
      return markdownOf(block.text, commands)
    case 'list':
      return block.items.map((item) => `- ${markdownOf(oneLineOf(item), commands)}`).join('\n')
    case 'code':
      return codeBlock(block.text, block.language)
  }
}

type ExcerptBlock = Extract<Block, { kind: 'excerpt' }>

function excerptOf(block: ExcerptBlock, end: number): string {
  const { label, url } = block.citation
  const name = shorten(oneLine(label), mostLabel)
  const source = url && url.length <= limits.link ? maskedLink(name, url) : escaped(name)
  const ellipsis = end < block.text.length ? '… ' : ''
  const text = block.text.slice(0, end)
  if (text.trim() === '') return ''
  return `${quotation(text, block.marks)}\n-# ${ellipsis}${source}`
}

/** A block that is too long by itself, cut so that it fits; nothing where that cannot be. */
function cutBlock(
  block: Exclude<Block, { kind: 'separator' }>,
  commands: CommandIds,
  fits: (markdown: string) => boolean,
): string | undefined {
  switch (block.kind) {
    case 'excerpt': {
      const ends = (block.sentences ?? []).map(({ end }) => end).filter((end) => end > 0)
      const end = longest(ends, (at) => fits(excerptOf(block, at)))
      const cut = end ?? longestStart(block.text, limits.text, (at) => fits(excerptOf(block, at)))
      return cut === undefined ? undefined : excerptOf(block, cut)
    }
    case 'text':
    case 'heading': {
      const cut = (most: number) => fitLine(block.text, most, commands)
      const size = longest(upTo(limits.text), (most) => fits(cut(most)))
      return size === undefined ? undefined : cut(size) || undefined
    }
    case 'list': {
      const count = longest(upTo(block.items.length), (items) =>
        fits(blockOf({ ...block, items: block.items.slice(0, items) }, commands)),
      )
      return count ? blockOf({ ...block, items: block.items.slice(0, count) }, commands) : undefined
    }
    case 'code':
      return undefined
  }
}

function upTo(most: number): readonly number[] {
  return Array.from({ length: most }, (_, index) => index + 1)
}

/** The last of `sizes`, which ascend, that still fits: fitting once lost is not regained. */
function longest(sizes: readonly number[], fits: (size: number) => boolean): number | undefined {
  let [low, high] = [0, sizes.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (fits(sizes[middle] as number)) low = middle + 1
    else high = middle
  }
  return sizes[low - 1]
}

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

/**
 * The longest beginning of a text, of at most `most` characters, that fits: up to white space, or
 * between characters where that would lose more than half of it.
 */
function longestStart(
  text: string,
  most: number,
  fits: (end: number) => boolean,
): number | undefined {
  const start = text.slice(0, most)
  const spaces = [...start.matchAll(/\S(?=\s)/gu)].map((match) => match.index + match[0].length)
  const word = longest(spaces, fits)
  const any = longest(upTo(start.length), fits)
  if (any === undefined || (word !== undefined && word >= any / 2)) return word
  const nearby = Math.max(0, any - 100)
  const whole = graphemes.segment(start.slice(nearby, any + 100))
  const ends = [...whole].map(({ index, segment }) => nearby + index + segment.length)
  return longest(ends, (end) => end <= any && fits(end)) ?? word
}

/** `text` in at most `most` characters, cut between words with an ellipsis. Not for quotations. */
function shorten(text: string, most: number): string {
  if (text.length <= most) return text
  const end = longestStart(text, most, (at) => at < most)
  return `${text.slice(0, end ?? 0).trimEnd()}…`
}

/** The Markdown of a line in at most `most` characters: whole parts first, the last one cut. */
function fitLine(line: Line, most: number, commands: CommandIds): string {
  let text = ''
  for (const span of typeof line === 'string' ? [line] : line) {
    const whole = markdownOf([span], commands)
    if (text.length + whole.length <= most) {
      text += whole
      continue
    }
    const plain = typeof span === 'string' ? span : 'text' in span ? span.text : ''
    const cut = longestStart(
      plain,
      most,
      (at) => text.length + escaped(plain.slice(0, at)).length + 1 <= most,
    )
    return cut === undefined ? text : `${text}${escaped(plain.slice(0, cut))}…`
  }
  return text
}

function oneLineOf(line: Line): Line {
  const flat = (text: string) => text.replace(/\s*[\n\r\u2028\u2029]\s*/g, ' ')
  if (typeof line === 'string') return flat(line)
  return line.map((span): Span => {
    if (typeof span === 'string') return flat(span)
    return 'text' in span ? { ...span, text: flat(span.text) } : span
  })
}

function boldLine(line: Line, commands: CommandIds): string {
  const flat = oneLineOf(line)
  return typeof flat === 'string'
    ? markdownOf([{ text: flat, style: 'bold' }], commands)
    : markdownOf(flat, commands)
}

function assemble(pieces: readonly Piece[]): APIComponentInContainer[] {
  const parts: APIComponentInContainer[] = []
  let lines: string[] = []
  const flush = () => {
    if (lines.length > 0) parts.push(textDisplay(lines.join('\n')))
    lines = []
  }
  for (const piece of pieces) {
    if (piece === 'separator') {
      flush()
      parts.push({ type: ComponentType.Separator })
    } else if (piece.button) {
      flush()
      parts.push({
        type: ComponentType.Section,
        components: [textDisplay(piece.markdown)],
        accessory: piece.button,
      })
    } else {
      lines.push(piece.markdown)
    }
  }
  flush()
  return parts
}

function textDisplay(content: string): { type: ComponentType.TextDisplay; content: string } {
  return { type: ComponentType.TextDisplay, content }
}

const styles = {
  primary: ButtonStyle.Primary,
  secondary: ButtonStyle.Secondary,
  danger: ButtonStyle.Danger,
} as const

/** A button, or nothing if Discord would not take it. */
function buttonOf(button: Button): APIButtonComponent | undefined {
  const label = shorten(oneLine(button.label), limits.buttonLabel - 1)
  if (!label) return undefined
  if ('url' in button) {
    const url = linkAddress(button.url)
    return url && url.length <= limits.link
      ? { type: ComponentType.Button, style: ButtonStyle.Link, label, url }
      : undefined
  }
  if (!button.id || button.id.length > limits.customId) return undefined
  return {
    type: ComponentType.Button,
    style: styles[button.style ?? 'secondary'],
    label,
    custom_id: button.id,
    ...(button.disabled && { disabled: true }),
  }
}

/** No two components of a message may have one `custom_id`. */
function isFree(button: APIButtonComponent, used: ReadonlySet<string>): boolean {
  return !('custom_id' in button && used.has(button.custom_id))
}

function claim(
  button: APIButtonComponent | undefined,
  used: Set<string>,
): APIButtonComponent | undefined {
  if (!button || !isFree(button, used)) return undefined
  if ('custom_id' in button) used.add(button.custom_id)
  return button
}

function selectOf(select: Select) {
  const choices = select.choices
    .filter(({ value }) => value.length > 0 && value.length <= limits.choice)
    .flatMap(({ label, value, description }) => {
      const name = shorten(oneLine(label), limits.choice - 1)
      const about = description && shorten(oneLine(description), limits.choice - 1)
      return name ? [{ label: name, value, ...(about && { description: about }) }] : []
    })
  const options = unique(choices, ({ value }) => value).slice(0, limits.choices)
  if (options.length === 0 || !select.id || select.id.length > limits.customId) return undefined
  return {
    type: ComponentType.StringSelect as const,
    custom_id: select.id,
    placeholder: shorten(oneLine(select.placeholder), limits.placeholder - 1),
    options,
  }
}

function inRows<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / limits.buttonsPerRow) }, (_, row) =>
    items.slice(row * limits.buttonsPerRow, (row + 1) * limits.buttonsPerRow),
  )
}

function unique<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  return [...new Map([...items].reverse().map((item) => [key(item), item])).values()].reverse()
}

function take(room: Room, text: string, components = 1): void {
  room.text -= text.length
  room.bytes -= bytesOf(text) + limits.bytesPerText
  room.components -= components
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text)
}

function fileName(name: string): string {
  return name.replace(/[^\w.-]+/g, '_').slice(-limits.fileName) || 'file.txt'
}
