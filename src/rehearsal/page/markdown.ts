import { rulesExtended, SimpleMarkdown } from 'discord-markdown-parser'
import { html, type nothing, type TemplateResult } from 'lit'
import type { World } from '../world.ts'

/**
 * Discord's Markdown as elements: https://support.discord.com/hc/en-us/articles/210298617
 * Whatever stands in the text stays text; only lit's own templates make elements.
 */
export type Surroundings = {
  readonly world: World
  /** Called with the name of a command whose mention is pressed. */
  readonly prepare: (command: string) => void
}

type Node = {
  readonly type: string
  readonly content?: unknown
  readonly target?: string
  readonly level?: number
  readonly lang?: string
  readonly id?: string
  readonly name?: string
  readonly fullName?: string
  readonly timestamp?: string
  readonly format?: string
  readonly ordered?: boolean
  readonly start?: number
  readonly items?: readonly unknown[]
}

type Drawn = TemplateResult | string | typeof nothing

const bullet = /^( *)([-*]|\d{1,10}\.) +/

/** Lists, which the library leaves out: lines that begin with a bullet or a number, nested by indent. */
const list = {
  order: rulesExtended.heading?.order ?? 0,
  match(source: string, state: State) {
    if (!atLineStart(state)) return null
    return /^(?: *(?:[-*]|\d{1,10}\.) +[^\n]*(?:\n|$))+/.exec(source)
  },
  parse(
    capture: readonly string[],
    parse: (text: string, state: object) => unknown,
    state: object,
  ) {
    const lines = (capture[0] ?? '').replace(/\n$/, '').split('\n')
    return {
      type: 'lists',
      content: listsOf(lines, (text) => parse(text, { ...state, inline: true })),
    }
  },
}

/** Lists one after the other: a number after a bullet begins another one. */
function listsOf(lines: readonly string[], parse: (text: string) => unknown): Node[] {
  const indent = (bullet.exec(lines[0] ?? '')?.[1] ?? '').length
  const lists: { mark: string; items: { text: string; below: string[] }[] }[] = []
  for (const line of lines) {
    const [, before = '', mark = ''] = bullet.exec(line) ?? []
    const list = lists.at(-1)
    if (list && before.length > indent) list.items.at(-1)?.below.push(line)
    else {
      const item = { text: line.replace(bullet, ''), below: [] }
      if (list && isNumber(list.mark) === isNumber(mark)) list.items.push(item)
      else lists.push({ mark, items: [item] })
    }
  }
  return lists.map(({ mark, items }) => ({
    type: 'list',
    ordered: isNumber(mark),
    start: Number.parseInt(mark, 10) || 1,
    items: items.map(({ text, below }) => [parse(text), ...listsOf(below, parse)]),
  }))
}

const isNumber = (mark: string) => /^\d/.test(mark)

type State = { readonly prevCapture?: readonly string[] | null }

const atLineStart = (state: State) => state.prevCapture?.[0]?.endsWith('\n') ?? true

/** A line of its own, also where it follows a quotation, which the library does not see. */
function wholeLine(name: 'heading' | 'subtext', pattern: RegExp) {
  return {
    ...rulesExtended[name],
    match: (source: string, state: State) => (atLineStart(state) ? pattern.exec(source) : null),
  }
}

const parser = SimpleMarkdown.parserFor({
  ...rulesExtended,
  heading: wholeLine('heading', /^(#{1,3}) +([^\n]+?)(?:\n|$)/) as never,
  subtext: wholeLine('subtext', /^-# +([^\n]+?)(?:\n|$)/) as never,
  list: list as never,
})

export function markdown(text: string, around: Surroundings): Drawn[] {
  return draw(parser(text, { inline: true }), around)
}

function draw(node: unknown, around: Surroundings): Drawn[] {
  if (typeof node === 'string') return [node]
  if (Array.isArray(node)) return node.flatMap((one) => draw(one, around))
  return [drawNode(node as Node, around)]
}

function drawNode(node: Node, around: Surroundings): Drawn {
  const inside = () => draw(node.content ?? '', around)
  switch (node.type) {
    case 'text':
      return String(node.content)
    case 'br':
    case 'newline':
      return html`<br />`
    case 'strong':
      return html`<strong>${inside()}</strong>`
    case 'em':
      return html`<em>${inside()}</em>`
    case 'underline':
      return html`<u>${inside()}</u>`
    case 'strikethrough':
      return html`<s>${inside()}</s>`
    case 'inlineCode':
      return html`<code>${String(node.content)}</code>`
    case 'codeBlock':
      return html`<pre tabindex="0"><code>${String(node.content)}</code></pre>`
    case 'blockQuote':
      return html`<blockquote>${inside()}</blockquote>`
    case 'subtext':
      return html`<small class="subtext">${inside()}</small>`
    case 'spoiler':
      return html`<details class="spoiler"><summary>Spoiler</summary>${inside()}</details>`
    case 'heading':
      return heading(node.level ?? 3, inside())
    case 'lists':
      return html`${inside()}`
    case 'list':
      return listed(node, around)
    case 'link':
    case 'url':
    case 'autolink':
      return link(node.target ?? '', inside())
    case 'user':
      return html`<discord-mention type="user">${nameOf(node.id, around.world)}</discord-mention>`
    case 'channel':
      return html`<discord-mention type="channel"
        >${around.world.channels.find(({ id }) => id === node.id)?.name ?? 'unknown'}</discord-mention
      >`
    case 'slashCommand': {
      const command = node.fullName ?? ''
      return html`<button
        type="button"
        class="mention"
        @click=${() => around.prepare(command)}
      >/${command}</button>`
    }
    case 'timestamp':
      return time(Number(node.timestamp), node.format)
    case 'twemoji':
    case 'emoji':
      return node.name ?? ''
    case 'everyone':
    case 'here':
      return `@${node.type}`
    default:
      return typeof node.content === 'string' ? node.content : html`${inside()}`
  }
}

/** Headings of a message stand below the page's own two. */
function heading(level: number, inside: readonly Drawn[]): TemplateResult {
  if (level === 1) return html`<h3 class="heading-1">${inside}</h3>`
  if (level === 2) return html`<h4 class="heading-2">${inside}</h4>`
  return html`<h5 class="heading-3">${inside}</h5>`
}

function listed(node: Node, around: Surroundings): TemplateResult {
  const items = (node.items ?? []).map((item) => html`<li>${draw(item, around)}</li>`)
  return node.ordered ? html`<ol start=${node.start ?? 1}>${items}</ol>` : html`<ul>${items}</ul>`
}

function link(target: string, inside: readonly Drawn[]): Drawn {
  if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) return html`${inside}`
  return html`<a href=${target} title=${target} target="_blank" rel="noopener noreferrer">${inside}</a>`
}

function nameOf(id: string | undefined, world: World): string {
  if (id === world.bot.id) return world.bot.username
  return world.members.find((member) => member.id === id)?.displayName ?? 'unknown'
}

const formats: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  t: { timeStyle: 'short' },
  T: { timeStyle: 'medium' },
  d: { dateStyle: 'short' },
  D: { dateStyle: 'long' },
  f: { dateStyle: 'long', timeStyle: 'short' },
  F: { dateStyle: 'full', timeStyle: 'short' },
}

const units = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

function time(seconds: number, format = 'f'): Drawn {
  const date = new Date(seconds * 1000)
  if (Number.isNaN(date.getTime())) return String(seconds)
  const full = new Intl.DateTimeFormat(undefined, formats.F).format(date)
  return html`<time datetime=${date.toISOString()} title=${full}
    >${format === 'R' ? relative(seconds - Date.now() / 1000) : new Intl.DateTimeFormat(undefined, formats[format] ?? formats.f).format(date)}</time
  >`
}

function relative(seconds: number): string {
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1]
  return new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' }).format(
    Math.round(seconds / size),
    unit,
  )
}
