import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Command } from '../../src/commands/command.ts'
import { projectRoot, readConfig } from '../../src/config.ts'
import { type Bot, startBot } from '../../src/discord/bot.ts'
import { unescaped } from '../../src/discord/markdown.ts'
import type { Shards } from '../../src/discord/sharding.ts'
import type { Network } from '../../src/documents/address.ts'
import { type Libraries, openLibraries } from '../../src/libraries/libraries.ts'
import { createLog } from '../../src/log.ts'
import { openReadings, type Readings } from '../../src/readings.ts'
import {
  type Interaction,
  type Loopback,
  type LoopbackOptions,
  type Shown,
  startLoopback,
} from '../../src/rehearsal/loopback.ts'
import { textOf } from '../../src/rehearsal/messages.ts'
import { type Component, everyComponent } from '../../src/rehearsal/rules.ts'
import type { Library } from '../../src/search/library.ts'
import { ines, mara, readings } from '../rehearsal/stage.ts'

export {
  elsewhere,
  evening,
  general,
  group,
  ines,
  jonas,
  jonasDm,
  mara,
  marasDm,
  privateTalk,
  readings,
} from '../rehearsal/stage.ts'

export type LogLine = { readonly level: string; readonly msg: string; readonly id?: string }

export type Stage = {
  readonly discord: Loopback
  /** What the bot has logged so far. */
  readonly log: readonly LogLine[]
  /** The texts as the bot has them now. */
  readonly library: () => Library
  /** Folders of the bot's own where the test gave files; otherwise the bundled ones. */
  readonly knowledgeDir: string
  readonly topicsDir: string
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
}

type Given = {
  /** Files of the knowledge folder by name; the bundled ones unless given. */
  readonly knowledge?: Readonly<Record<string, string>>
  /** Files of the topics folder by name; with `knowledge` none, else the bundled ones. */
  readonly topics?: Readonly<Record<string, string>>
  /** Commands beside those in `commands/`. */
  readonly commands?: readonly Command[]
  readonly env?: Readonly<Record<string, string>>
  /** How interactions arrive; over the gateway unless told. */
  readonly transport?: 'gateway' | 'http'
  readonly discord?: LoopbackOptions
  /** Those of this process, where others have more. */
  readonly shards?: Shards
  /** Where links lead; the Internet unless given. */
  readonly network?: Network
}

/** The whole bot, logged in to a Discord of its own; both end with the test. */
export async function stage(given: Given = {}): Promise<Stage> {
  const discord = await startLoopback(given.discord)
  const folder = await mkdtemp(join(tmpdir(), 'footnote-'))
  const ends: (() => Promise<unknown>)[] = [
    () => discord.close(),
    () => rm(folder, { recursive: true, force: true }),
  ]
  onTestFinished(async () => {
    for (const end of ends) await end()
  })
  const knowledgeDir = await filled(folder, 'knowledge', given.knowledge)
  const commandsDir = join(folder, 'commands')
  await filled(commandsDir, 'topics', given.topics ?? (given.knowledge && {}))
  const log: LogLine[] = []
  const logger = createLog({
    level: 'trace',
    secrets: [discord.token],
    to: { write: (line: string) => log.push(JSON.parse(line)) },
  })
  const config = readConfig({
    DISCORD_TOKEN: discord.token,
    DISCORD_API: discord.api,
    KNOWLEDGE_DIR: knowledgeDir,
    COMMANDS_DIR: commandsDir,
    DATA_DIR: join(folder, 'data'),
    ...given.env,
  })
  let opened: Readings | undefined
  let bot: Bot | undefined
  let libraries: Libraries | undefined
  let stopWatching: (() => Promise<void>) | undefined

  async function start(): Promise<void> {
    opened = await openReadings(config, logger)
    const { commands } = opened
    libraries = await openLibraries(config, logger, opened, given.network)
    bot = startBot({
      config: {
        ...config,
        ...(given.transport === 'http' && {
          http: { host: '127.0.0.1', port: 0, publicKey: discord.publicKey },
        }),
      },
      shards: given.shards,
      log: logger,
      ...opened,
      libraries,
      commands: () => [...commands(), ...(given.commands ?? [])],
    })
    await bot.ready
    const endpoint = bot.endpoint()
    if (endpoint) await discord.useEndpoint(endpoint)
    stopWatching = await opened.watch(() => bot?.register())
  }

  async function stop(): Promise<void> {
    await stopWatching?.()
    await bot?.close()
    await libraries?.close()
    libraries = undefined
    stopWatching = undefined
    bot = undefined
  }

  function library(): Library {
    if (!opened) throw new Error('The bot has not been started.')
    return opened.library()
  }

  ends.unshift(stop)
  await start()
  return {
    discord,
    log,
    library,
    knowledgeDir,
    topicsDir: join(commandsDir, 'topics'),
    start,
    stop,
  }
}

/** What the bot has logged as a failure, of its own or of the operator. */
export function failuresIn({ log }: Stage): readonly LogLine[] {
  return log.filter(({ level }) => level === 'error' || level === 'fatal')
}

/** The folder with these files, or with the project's own. */
async function filled(
  above: string,
  name: string,
  files: Readonly<Record<string, string>> | undefined,
): Promise<string> {
  const dir = join(above, name)
  if (files) {
    await mkdir(dir, { recursive: true })
    for (const [file, text] of Object.entries(files)) await writeFile(join(dir, file), text)
  } else {
    const own = name === 'topics' ? 'commands/topics' : name
    await cp(join(projectRoot, own), dir, { recursive: true })
  }
  return dir
}

/** A member uses a slash command; resolves when the answer is there. */
export function command(
  { discord }: Stage,
  name: string,
  options: Record<string, string | number | boolean> = {},
  at: { member?: string; channel?: string } = {},
): Promise<Interaction> {
  const { member = mara, channel = readings } = at
  return discord.act({ kind: 'command', member, channel, command: name, options }).settled()
}

export const ask = (on: Stage, question: string, at: { member?: string; channel?: string } = {}) =>
  command(on, 'ask', { question }, at)

/** Presses the button with this label on the last message of an answer. */
export function press(
  { discord }: Stage,
  answer: Interaction,
  label: string | RegExp,
  member = mara,
): Promise<Interaction> {
  const message = only(answer)
  const button = buttonsOf(message).find(({ label: own }) =>
    typeof label === 'string' ? own === label : label.test(own),
  )
  if (!button) {
    const labels = buttonsOf(message).map((one) => one.label)
    throw new Error(`No button "${label}" among ${labels.join(', ') || 'none'}.`)
  }
  return discord
    .act({ kind: 'press', member, message: message.message.id, customId: button.id })
    .settled()
}

/** The one message that came of an interaction. */
export function only({ action, messages, state, payloads }: Interaction): Shown {
  const last = messages.at(-1)
  if (last && messages.length === 1) return last
  throw new Error(
    `${messages.length} messages (${state}) after ${JSON.stringify(action)}: ${JSON.stringify(payloads)}`,
  )
}

const components = ({ message }: Shown) =>
  everyComponent((message.components ?? []) as readonly Component[], []).map(
    (placed) => placed.component,
  )

export type Pressable = { readonly label: string; readonly id: string }

/** The buttons that do something, with their labels. */
export function buttonsOf(shown: Shown): readonly Pressable[] {
  return components(shown).flatMap(({ type, label, custom_id }) =>
    type === 2 && custom_id ? [{ label: label ?? '', id: custom_id }] : [],
  )
}

export function selectsOf(shown: Shown): readonly { id: string; values: readonly string[] }[] {
  return components(shown).flatMap(({ type, custom_id, options }) =>
    type === 3 && custom_id
      ? [{ id: custom_id, values: (options ?? []).map((one) => one.value) }]
      : [],
  )
}

/** All Markdown of a message. */
export function markdownOf(shown: Shown): string {
  return textOf({
    content: shown.message.content,
    components: (shown.message.components ?? []) as readonly Component[],
  }).trim()
}

/** What a message says, without Discord's Markdown. */
export function plain(shown: Shown): string {
  return unescaped(markdownOf(shown).replaceAll('**', ''))
}

/** What stands in quotation in a message, as plain text. */
export function quotesOf(shown: Shown): readonly string[] {
  const lines = markdownOf(shown).split('\n')
  return lines.flatMap((line, index) => {
    if (!line.startsWith('> ') || lines[index - 1]?.startsWith('> ')) return []
    const end = lines.findIndex((other, at) => at > index && !other.startsWith('> '))
    const quoted = lines.slice(index, end < 0 ? undefined : end)
    return [
      unescaped(
        quoted
          .map((one) => one.slice(2))
          .join('\n')
          .replaceAll('**', ''),
      ),
    ]
  })
}

/** Whether a quotation is a piece of one of the bot's texts, character for character. */
export function isVerbatim({ library }: Stage, quote: string): boolean {
  return [...library().passages.values()].some(({ text }) => text.includes(quote))
}

/** A knowledge file. */
export function article(id: string, ...sections: readonly [heading: string, text: string][]) {
  const body = sections.map(([heading, text]) => `## ${heading}\n\n${text}\n`).join('\n')
  return `---\nid: ${id}\ntitle: ${JSON.stringify(`About ${id}`)}\nlanguage: en\n---\n\n${body}`
}

/** A command as who manages the server uses it. */
export const whenManaged = (
  on: Stage,
  name: string,
  options: Record<string, string | boolean> = {},
  channel = readings,
) => command(on, name, options, { member: ines, channel })

/** Adds a reading by `/library add-text`, with its title. */
export async function pasted(
  on: Stage,
  text: string,
  title = 'Kettles',
  channel = readings,
): Promise<Interaction> {
  const form = await whenManaged(on, 'library add-text', {}, channel)
  return on.discord
    .act({ kind: 'submit', member: ines, interaction: form.id, fields: { text, title } })
    .until(isRead, 60_000)
}

/** Whether the reply to somebody who adds readings is the last one: no progress, but what became of it. */
export const isRead = ({ state, messages }: Interaction): boolean =>
  (state === 'done' || state === 'failed') &&
  !messages.some((shown) =>
    /^(File \d+ of \d+: )?(reading|waiting|making it ready)/.test(plain(shown)),
  )
