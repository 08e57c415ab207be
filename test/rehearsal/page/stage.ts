import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Events, type Interaction } from 'discord.js'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { projectRoot, readConfig } from '../../../src/config.ts'
import { startBot } from '../../../src/discord/bot.ts'
import { openLibraries } from '../../../src/libraries/libraries.ts'
import { createLog } from '../../../src/log.ts'
import { openReadings } from '../../../src/readings.ts'
import { openChromium } from '../../../src/rehearsal/chromium.ts'
import { type Loopback, startLoopback } from '../../../src/rehearsal/loopback.ts'
import { startRehearsal } from '../../../src/rehearsal/rehearse.ts'
import { servePage } from '../../../src/rehearsal/server.ts'

export { general, ines, jonas, mara, marasDm, readings } from '../stage.ts'

/** Opens the page; ends with the test, which fails if the page met an error or reached elsewhere. */
export async function open(
  browser: Browser,
  address: string,
  options: BrowserContextOptions & { readonly at?: string } = {},
): Promise<Page> {
  const { at, ...context } = options
  const opened = await browser.newContext({ viewport: { width: 1180, height: 820 }, ...context })
  opened.setDefaultTimeout(5000)
  const page = await opened.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  page.on('request', (request) => {
    if (!/^(?:data:|http:\/\/(?:localhost|127\.0\.0\.1):)/.test(request.url())) {
      faults.push(`left the machine: ${request.url()}`)
    }
  })
  onTestFinished(async () => {
    await opened.close()
    if (faults.length > 0) throw new Error(`The page met ${faults.join('\n')}`)
  })
  await page.goto(at ? `${address}/#${at}` : address)
  return page
}

/** The text that is seen: what is hidden, or only for screen readers, is not part of it. */
// biome-ignore lint/performance/useDomNodeTextContent: textContent has the hidden text too
export const shownBy = (part: Locator): Promise<string> => part.innerText()

export type Given = { readonly knowledge?: Readonly<Record<string, string>> }

export type Rehearsed = {
  readonly address: string
  readonly knowledgeDir: string
  readonly topicsDir: string
  close(): Promise<void>
}

/** The rehearsal as `npm start` starts it, with copies of the bundled files or with files of its own. */
export async function rehearse(given: Given = {}): Promise<Rehearsed> {
  const folder = await mkdtemp(join(tmpdir(), 'footnote-page-'))
  const knowledgeDir = join(folder, 'knowledge')
  const topicsDir = join(folder, 'commands/topics')
  await mkdir(topicsDir, { recursive: true })
  if (given.knowledge) {
    await mkdir(knowledgeDir)
    for (const [name, text] of Object.entries(given.knowledge)) {
      await writeFile(join(knowledgeDir, name), text)
    }
  } else {
    await cp(join(projectRoot, 'knowledge'), knowledgeDir, { recursive: true })
    await cp(join(projectRoot, 'commands/topics'), topicsDir, { recursive: true })
  }
  const config = readConfig({
    KNOWLEDGE_DIR: knowledgeDir,
    COMMANDS_DIR: join(folder, 'commands'),
    DATA_DIR: join(folder, 'data'),
  })
  const log = createLog({ level: 'silent' })
  const readings = await openReadings(config, log)
  const rehearsal = await startRehearsal({ port: 0, ...readings })
  const libraries = await openLibraries({ ...config, ...rehearsal.bot }, log, readings)
  const bot = startBot({ config: rehearsal.bot, log, ...readings, libraries })
  await bot.ready
  const stopWatching = await readings.watch(() => bot.register(), rehearsal.refresh)
  return {
    address: rehearsal.address,
    knowledgeDir,
    topicsDir,
    async close() {
      await stopWatching()
      await bot.close()
      await libraries.close()
      await rehearsal.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A browser and a rehearsal for all tests of a group, there once its first test begins. */
export function forAllTests(): { readonly browser: Browser; readonly rehearsal: Rehearsed } {
  const stage = {} as { browser: Browser; rehearsal: Rehearsed }
  beforeAll(async () => {
    const [browser, rehearsal] = await Promise.all([openChromium(), rehearse()])
    Object.assign(stage, { browser, rehearsal })
  })
  afterAll(async () => {
    await stage.browser?.close()
    await stage.rehearsal?.close()
  })
  return stage
}

/** The page with a bot of the test's own, for what the real one does not do. */
export async function withBot(
  answer: (interaction: Interaction) => unknown,
): Promise<{ readonly address: string; readonly loopback: Loopback }> {
  const loopback = await startLoopback()
  const page = await servePage({
    loopback,
    port: 0,
    welcome: () => ({ readings: ['A text'], questions: [], mistakes: [] }),
  })
  const client = new Client({ intents: [], rest: { api: loopback.api } })
  onTestFinished(async () => {
    await client.destroy()
    await page.close()
    await loopback.close()
  })
  client.on(Events.Error, () => {})
  client.on(Events.InteractionCreate, async (interaction) => {
    await Promise.resolve(answer(interaction)).catch(() => {})
  })
  const ready = new Promise((resolve) => client.once(Events.ClientReady, resolve))
  await client.login(loopback.token)
  await ready
  await client.application?.commands.set([{ name: 'try', description: 'Try something' }])
  return { address: page.address, loopback }
}
