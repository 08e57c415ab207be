import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { strToU8, zipSync } from 'fflate'
import { PDFDocument, StandardFonts } from 'pdf-lib'
import { projectRoot } from '../config.ts'
import { readKnowledge } from '../knowledge/read.ts'
import type { Interaction } from '../rehearsal/loopback.ts'
import { startLoopback } from '../rehearsal/loopback.ts'
import { textOf } from '../rehearsal/messages.ts'
import type { Component } from '../rehearsal/rules.ts'

/**
 * Measures how long the bot's event loop stands still while a member adds heavy files, and how long
 * the others wait: `npm run bench:uploads`. The bot runs in a process of its own, as built, logged
 * in to a Discord in this one.
 */

const manager = '1100000000000000013'
const member = '1100000000000000011'
const [ours, theirs] = ['1100000000000000031', '1100000000000000033']
const question = 'Why did the Hanoi summit fail?'
const inFlight = 256

const words = (await readKnowledge(join(projectRoot, 'knowledge'))).articles
  .flatMap(({ sections }) => sections)
  .flatMap(({ passages }) => passages)
  .flatMap(({ text }) => text.match(/[\p{L}]+/gu) ?? [])
let seed = 1
/** The numbers are the same at each run (a linear congruential generator, Park and Miller 1988). */
function random(below: number): number {
  seed = (seed * 48_271) % 2_147_483_647
  return seed % below
}
const sentence = () => {
  const text = Array.from({ length: 8 + random(12) }, () => words[random(words.length)]).join(' ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
const paragraph = () => Array.from({ length: 3 + random(4) }, sentence).join(' ')

async function longPdf(pages: number): Promise<Uint8Array> {
  const document = await PDFDocument.create()
  const font = await document.embedFont(StandardFonts.TimesRoman)
  for (let number = 1; number <= pages; number++) {
    const page = document.addPage([595, 842])
    let y = 780
    while (y > 80) {
      const lines = paragraph().match(/.{1,85}(?: |$)/g) ?? []
      for (const [index, line] of lines.entries()) {
        if (y <= 80) break
        page.drawText(line.trim(), { x: index === 0 ? 84 : 70, y, size: 11, font })
        y -= 13
      }
    }
  }
  return document.save()
}

const markdown = (bytes: number) => {
  let text = '# A long text\n\n'
  while (text.length < bytes) text += `${paragraph()}\n\n`
  return Buffer.from(text)
}

const bomb = () =>
  zipSync({
    '[Content_Types].xml': strToU8('<Types/>'),
    'word/document.xml': new Uint8Array(400_000_000),
  })

const files: readonly { readonly name: string; readonly make: () => Promise<Uint8Array> }[] = [
  { name: '500 pages.pdf', make: () => longPdf(500) },
  { name: '1 MB without a blank.txt', make: async () => Buffer.alloc(1_000_000, 'x') },
  { name: '1 MB without an end.txt', make: async () => Buffer.from('word '.repeat(200_000)) },
  { name: '2 MB.md', make: async () => markdown(2_000_000) },
  { name: 'bomb.docx', make: async () => bomb() },
  { name: 'noise.pdf', make: async () => Buffer.concat([Buffer.from('%PDF-1.7\n'), noise()]) },
]
const noise = () => Buffer.from(Array.from({ length: 5_000_000 }, () => random(256)))

const loopback = await startLoopback()
const dataDir = await mkdtemp(join(tmpdir(), 'footnote-uploads-'))
const bot = fork(join(import.meta.dirname, '../main.js'), {
  execArgv: ['--import', join(import.meta.dirname, 'loop-delay.js')],
  env: {
    PATH: process.env.PATH,
    DISCORD_TOKEN: loopback.token,
    DISCORD_API: loopback.api,
    DATA_DIR: dataDir,
    UPLOADS_PER_HOUR: '10000',
    SERVER_UPLOADS_PER_HOUR: '10000',
    MEMBER_PER_MINUTE: '100000',
    CHANNEL_PER_MINUTE: '1000000',
    SERVER_PER_MINUTE: '10000000',
    LOG_LEVEL: 'silent',
  },
})
try {
  await loopback.whenOnline(30_000)
  await wait(1_000)
  await ask(ours)
  console.log(
    'file                      acknowledged  added after  first answer after  worst delay',
  )
  await delayOf(bot)
  await wait(5_000)
  row(['(nothing)'.padEnd(70), `${(await delayOf(bot)).worst.toFixed(0)} ms`.padStart(11)])
  for (const { name, make } of files) {
    const bytes = await make()
    await delayOf(bot)
    const start = performance.now()
    const done = await add(name, bytes)
    const added = performance.now() - start
    const answered = await ask(ours)
    const { worst } = await delayOf(bot)
    row([
      name.padEnd(25),
      `${done.acknowledgedAfter?.toFixed(0)} ms`.padStart(12),
      `${(added / 1000).toFixed(1)} s`.padStart(11),
      `${answered.payloads.at(-1)?.after.toFixed(0)} ms`.padStart(18),
      `${worst.toFixed(0)} ms`.padStart(11),
      `  ${said(done)}`,
    ])
  }

  for (const heavy of [undefined, await longPdf(500)]) {
    const waits: number[] = []
    let going = true
    await delayOf(bot)
    const crowd = Array.from({ length: inFlight }, async (_, index) => {
      while (going) waits.push((await ask(index % 2 ? ours : theirs)).acknowledgedAfter ?? 9_999)
    })
    if (heavy) await add('500 more pages.pdf', heavy)
    else await wait(5_000)
    await wait(3_000)
    going = false
    await Promise.all(crowd)
    waits.sort((one, other) => one - other)
    const { worst } = await delayOf(bot)
    const at = (share: number) => waits[Math.floor(share * (waits.length - 1))]?.toFixed(0)
    console.log(
      `${inFlight} questions in flight${heavy ? ' while 500 pages are added' : ''}: ${waits.length} answered, acknowledged after ${at(0.5)} ms (median), ${at(0.99)} ms (99 %), ${at(1)} ms (worst); worst delay ${worst.toFixed(0)} ms`,
    )
  }
} finally {
  bot.kill('SIGTERM')
  await once(bot, 'exit')
  await loopback.close()
  await rm(dataDir, { recursive: true, force: true })
}

function ask(channel: string): Promise<Interaction> {
  return loopback
    .act({ kind: 'command', member, channel, command: 'ask', options: { question } })
    .settled(300_000)
}

async function add(name: string, bytes: Uint8Array): Promise<Interaction> {
  const form = await loopback
    .act({ kind: 'command', member: manager, channel: ours, command: 'library add' })
    .settled()
  const base64 = Buffer.from(bytes).toString('base64')
  return loopback
    .act({
      kind: 'submit',
      member: manager,
      interaction: form.id,
      fields: { files: [{ name, type: 'application/octet-stream', base64 }] },
    })
    .until(
      ({ state, messages }) => state !== 'waiting' && /added|\.$/.test(last(messages)),
      300_000,
    )
}

function last(messages: Interaction['messages']): string {
  const message = messages.at(-1)?.message
  return textOf({
    content: message?.content ?? null,
    components: (message?.components ?? []) as readonly Component[],
  })
}

function said({ messages }: Interaction): string {
  return last(messages).replace(/\s+/g, ' ').slice(0, 90)
}

function row(cells: readonly string[]): void {
  console.log(cells.join('  '))
}

async function delayOf(process: ChildProcess): Promise<{ worst: number; usual: number }> {
  process.send('delay')
  const [answer] = await once(process, 'message')
  return answer as { worst: number; usual: number }
}
