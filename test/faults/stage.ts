import { setTimeout as wait } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { type Command, command } from '../../src/commands/command.ts'
import { type Bot, type BotOptions, startBot } from '../../src/discord/bot.ts'
import { createLog } from '../../src/log.ts'
import type { Ending } from '../../src/operations/ending.ts'
import {
  type Acted,
  type Interaction,
  type Loopback,
  type LoopbackOptions,
  startLoopback,
} from '../../src/rehearsal/loopback.ts'
import { jonas, mara, readings } from '../rehearsal/stage.ts'
import { library } from '../reply/reading.ts'

export { jonas, mara, readings }

type Line = { level: string; msg: string; id?: string; outcome?: string; err?: unknown }

export type Stage = {
  readonly discord: Loopback
  readonly bot: Bot
  readonly lines: readonly Line[]
  readonly endings: readonly Ending[]
  /** Somebody says something, and the bot says it again: at once, or after so many milliseconds. */
  say(words: string, options?: { after?: number; member?: string; channel?: string }): Acted
}

/** Says again what it is told: at once, late, or not before the test wants it. */
const echo = command({
  name: 'echo',
  description: 'Says it again',
  options: {
    words: z.string().describe('What'),
    after: z.int().min(0).max(10_000).optional().describe('Milliseconds'),
  },
  autocomplete: { words: (typed) => [{ name: typed, value: typed }] },
  async run({ options }) {
    if (options.after) await wait(options.after)
    const button = { label: 'Again', id: 'echo|again' }
    return { blocks: [{ kind: 'text', text: options.words }], buttons: [button] }
  },
  actions: { again: () => ({ blocks: [{ kind: 'text', text: 'again' }] }) },
})

/** A bot with one command, logged in to a Discord of its own; both end with the test. */
export async function stage(
  given: LoopbackOptions & {
    readonly prepare?: (discord: Loopback) => void
    readonly bot?: Partial<BotOptions>
    readonly commands?: readonly Command[]
  } = {},
): Promise<Stage> {
  const { prepare, bot: options, commands = [], ...loopback } = given
  const discord = await startLoopback(loopback)
  onTestFinished(() => discord.close())
  prepare?.(discord)
  const lines: Line[] = []
  const endings: Ending[] = []
  const bot = startBot({
    config: { token: discord.token, discordApi: discord.api, mentions: true },
    log: createLog({
      level: 'info',
      secrets: [discord.token],
      to: { write: (line: string) => lines.push(JSON.parse(line)) },
    }),
    library: () => library,
    commands: () => [echo, ...commands],
    topics: () => [],
    metrics: { ended: (ending) => endings.push(ending), rateLimited: () => {} },
    ...options,
  })
  onTestFinished(() => bot.close())
  await bot.ready
  return {
    discord,
    bot,
    lines,
    endings,
    say: (words, { after, member = mara, channel = readings } = {}) =>
      discord.act({
        kind: 'command',
        member,
        channel,
        command: 'echo',
        options: { words, ...(after && { after }) },
      }),
  }
}

/** The requests of the bot that showed something to a member and were taken. */
export function shownBy({ payloads }: Interaction): readonly string[] {
  const deferral = (body: unknown) => [5, 6].includes((body as { type?: number }).type ?? 0)
  return payloads
    .filter(({ status, method }) => status < 300 && method !== 'GET' && method !== 'DELETE')
    .filter(({ path, body }) => !path.endsWith('/callback') || !deferral(body))
    .map(({ method, path }) => `${method} ${path.split('/').at(-1)}`)
}

/** Everything that the messages of an interaction say, as one string of JSON. */
export const said = ({ messages }: Interaction) =>
  JSON.stringify(messages.map(({ message }) => message.components))
