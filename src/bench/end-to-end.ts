import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { builtFile } from '../built-file.ts'
import { projectRoot } from '../config.ts'
import { passagesOf } from '../knowledge/article.ts'
import { readKnowledge } from '../knowledge/read.ts'
import {
  type Interaction,
  type Loopback,
  startLoopback,
  type World,
} from '../rehearsal/loopback.ts'
import { textOf } from '../rehearsal/messages.ts'
import { readingGroup } from '../rehearsal/world.ts'
import { quantile } from '../search/evaluation/metrics.ts'
import type { LoadFigures } from './figures.ts'
import { longPdf } from './long-pdf.ts'

const loads = [1, 16, 64, 256] as const
/** A load ends after so many interactions or so many milliseconds, whichever comes first. */
const interactions = 2_000
const milliseconds = 10_000
/** How long a load goes on after the PDF has been added: its library is loaded anew meanwhile. */
const afterwards = 5_000
const patience = 120_000

/**
 * Measures the whole program in a process of its own: its real Discord client, logged in to a
 * Discord on this machine, whose members ask the questions that the bundled texts answer. Each
 * asks the next one when the last is answered.
 * @param show is told what is being measured
 */
export async function measureEndToEnd(
  show: (what: string) => void,
): Promise<readonly LoadFigures[]> {
  const { articles } = await readKnowledge(join(projectRoot, 'knowledge'))
  const passages = articles.flatMap(passagesOf)
  const questions = passages.flatMap(({ hints }) => hints)
  const sentences = passages.flatMap(({ text, sentences }) =>
    sentences.map(({ start, end }) => text.slice(start, end)),
  )
  show('starting the bot')
  const discord = await startLoopback({ world: crowd() })
  const bot = await startProgram(discord)
  try {
    const ask = asker(discord, questions)
    await run(ask, 16, () => ask.asked() >= 2 * servers)
    const figures: LoadFigures[] = []
    for (const inFlight of loads) {
      show(`${inFlight} in flight`)
      const start = performance.now()
      const before = ask.asked()
      const over = () =>
        ask.asked() - before >= interactions || performance.now() - start > milliseconds
      figures.push(summary('questions', inFlight, start, await run(ask, inFlight, over)))
    }
    const inFlight = 256
    show(`${inFlight} in flight while a PDF of 500 pages is added`)
    const pdf = await longPdf(sentences)
    const form = await openForm(discord)
    const start = performance.now()
    let over = false
    const asking = run(ask, inFlight, () => over)
    const added = send(discord, form, pdf)
      .then(() => wait(afterwards))
      .finally(() => {
        over = true
      })
    const [answered] = await Promise.all([asking, added])
    figures.push(summary('questions while a PDF of 500 pages is added', inFlight, start, answered))
    return figures
  } finally {
    await bot.stop()
    await discord.close()
  }
}

const servers = 64
const members = 256

/** Sixty-four servers with a channel each, and 256 members who are in all of them. */
function crowd(): World {
  const { application, bot } = readingGroup()
  const id = (kind: number, nth: number) =>
    String(1_100_000_000_000_000_000n + BigInt(kind * 1000 + nth))
  const all = Array.from({ length: members }, (_, nth) => ({
    id: id(1, nth),
    username: `reader${nth}`,
    displayName: `Reader ${nth}`,
    locale: 'en-GB',
  }))
  const ids = all.map((member) => member.id)
  return {
    application,
    bot,
    members: all,
    servers: Array.from({ length: servers }, (_, nth) => ({
      id: id(2, nth),
      name: `Group ${nth}`,
      locale: 'en-GB',
      hasBot: true,
      members: ids,
      managers: ids.slice(0, 1),
      roles: [],
    })),
    channels: Array.from({ length: servers }, (_, nth) => ({
      id: id(3, nth),
      name: 'readings',
      kind: 'text',
      server: id(2, nth),
    })),
  }
}

/** The built program as an operator starts it; only nobody is told to slow down. */
async function startProgram(discord: Loopback): Promise<{ stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'footnote-'))
  const registered = discord.next((event) => event.kind === 'commands', 30_000)
  const child = fork(builtFile('main.js'), {
    cwd: folder,
    env: {
      DISCORD_TOKEN: discord.token,
      DISCORD_API: discord.api,
      DATA_DIR: folder,
      LOG_LEVEL: 'error',
      MEMBER_PER_MINUTE: '100000',
      CHANNEL_PER_MINUTE: '1000000',
      SERVER_PER_MINUTE: '10000000',
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit')
  const early = ended.then(([code]) => {
    throw new Error(`The bot ended with ${code} before it was ready.`)
  })
  await Promise.race([registered, early])
  early.catch(() => {})
  return {
    async stop() {
      child.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

type Asker = { ask(): Promise<Interaction | undefined>; asked(): number }

/** Every member, server and question in turn. */
function asker(discord: Loopback, questions: readonly string[]): Asker {
  const { members, channels } = discord.world
  let count = 0
  return {
    ask() {
      const nth = count++
      const acted = discord.act({
        kind: 'command',
        member: members[nth % members.length]?.id ?? '',
        channel: channels[nth % channels.length]?.id ?? '',
        command: 'ask',
        options: { question: questions[nth % questions.length] ?? '' },
      })
      return acted.settled(patience).catch(() => undefined)
    },
    asked: () => count,
  }
}

/** Asks until it is over, with so many questions in flight all the time. */
async function run(
  { ask }: Asker,
  inFlight: number,
  over: () => boolean,
): Promise<readonly (Interaction | undefined)[]> {
  const settled: (Interaction | undefined)[] = []
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (!over()) settled.push(await ask())
    }),
  )
  return settled
}

/** A member of the first server opens the form that adds readings to its library. */
function openForm(discord: Loopback): Promise<Interaction> {
  const member = discord.world.members[0]?.id ?? ''
  const channel = discord.world.channels[0]?.id ?? ''
  return discord.act({ kind: 'command', member, channel, command: 'library add' }).settled(patience)
}

/** Sends the form with the PDF; resolves when the bot says that it was added. */
async function send(discord: Loopback, form: Interaction, pdf: Uint8Array): Promise<void> {
  const said = ({ messages }: Interaction) =>
    messages.map(({ message }) => textOf(message as Parameters<typeof textOf>[0])).join('\n')
  const acted = discord.act({
    kind: 'submit',
    member: form.action.member,
    interaction: form.id,
    fields: {
      files: [
        {
          name: 'Long.pdf',
          type: 'application/pdf',
          base64: Buffer.from(pdf).toString('base64'),
        },
      ],
    },
  })
  // Before that it says again and again how far it has come.
  await acted
    .until((now) => /500 pages/.test(said(now)), patience)
    .catch(() => Promise.reject(new Error(`The PDF was not added: ${said(acted.now())}`)))
}

function summary(
  load: string,
  inFlight: number,
  start: number,
  settled: readonly (Interaction | undefined)[],
): LoadFigures {
  const seconds = (performance.now() - start) / 1000
  const done = settled.filter((one) => one?.state === 'done')
  return {
    load,
    inFlight,
    interactions: settled.length,
    perSecond: done.length / seconds,
    acknowledged: spread(settled.flatMap((one) => one?.acknowledgedAfter ?? [])),
    answered: spread(done.flatMap((one) => one?.payloads.at(-1)?.after ?? [])),
    failed: settled.length - done.length,
  }
}

function spread(times: readonly number[]): LoadFigures['answered'] {
  if (times.length === 0) return { median: 0, p99: 0, worst: 0 }
  return { median: quantile(times, 0.5), p99: quantile(times, 0.99), worst: quantile(times, 1) }
}
