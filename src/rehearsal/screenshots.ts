import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { projectRoot, readConfig } from '../config.ts'
import { startBot } from '../discord/bot.ts'
import { openLibraries } from '../libraries/libraries.ts'
import { createLog } from '../log.ts'
import { OperatorError, runProgram } from '../problem.ts'
import { openReadings } from '../readings.ts'
import { chromiumMissing, openChromium } from './chromium.ts'
import { startRehearsal } from './rehearse.ts'

/** Takes pictures of the rehearsal page into `screenshots/`, and those of the README into `docs/images/`. */
async function main() {
  if (chromiumMissing) throw new OperatorError(chromiumMissing)
  const folder = join(projectRoot, 'screenshots')
  const images = join(projectRoot, 'docs/images')
  for (const one of [folder, images]) await mkdir(one, { recursive: true })
  const data = await mkdtemp(join(tmpdir(), 'footnote-'))
  const log = createLog({ level: 'warn' })
  const config = readConfig({ DATA_DIR: data })
  const readings = await openReadings(config, log)
  const rehearsal = await startRehearsal({ port: 0, ...readings })
  const libraries = await openLibraries({ ...config, ...rehearsal.bot }, log, readings)
  const bot = startBot({ config: rehearsal.bot, log, ...readings, libraries })
  await bot.ready
  const browser = await openChromium()
  try {
    for (const [name, picture] of Object.entries(pictures)) {
      const { colours, width, height, show } = picture
      const context = await browser.newContext({
        colorScheme: colours,
        viewport: { width, height },
        deviceScaleFactor: 2,
        locale: 'en-GB',
      })
      const page = await context.newPage()
      await page.goto(`${rehearsal.address}/#${picture.at}`)
      await page.locator('.welcome').waitFor()
      await show(page)
      await page.mouse.move(width - 2, 2)
      await page.evaluate('document.fonts.ready')
      await page.waitForTimeout(settleMs)
      await page.screenshot({ path: join(folder, `${name}.png`) })
      await context.close()
      console.log(`screenshots/${name}.png`)
    }
    for (const name of inReadme) {
      await copyFile(join(folder, `${name}.png`), join(images, `${name}.png`))
    }
  } finally {
    await browser.close()
    await bot.close()
    await libraries.close()
    await rehearsal.close()
    await rm(data, { recursive: true, force: true })
  }
}

const inReadme = ['answer', 'phone'] as const
/** Until scrolling and what fades in have come to rest. */
const settleMs = 500

const mara = '1100000000000000011'
const readings = `${mara}/1100000000000000031`
const seminar = `${mara}/1100000000000000032`
const direct = `${mara}/1100000000000000035`
const evening = '1100000000000000013/1100000000000000033'
const desktop = { width: 1120, height: 880 } as const
const phone = { width: 390, height: 844 } as const

type Picture = {
  readonly at: string
  readonly colours: 'dark' | 'light'
  readonly width: number
  readonly height: number
  readonly show: (page: Page) => Promise<void>
}

const pictures: Readonly<Record<string, Picture>> = {
  welcome: { at: readings, colours: 'dark', ...desktop, show: async () => {} },
  answer: {
    at: readings,
    colours: 'dark',
    ...desktop,
    show: (page) => ask(page, 'Why did the Hanoi summit fail?'),
  },
  'answer-light': {
    at: seminar,
    colours: 'light',
    ...desktop,
    show: (page) => ask(page, 'Why did the Hanoi summit fail?'),
  },
  phone: {
    at: direct,
    colours: 'light',
    ...phone,
    show: (page) => ask(page, 'What are the two recommendations?'),
  },
  refusal: {
    at: seminar,
    colours: 'dark',
    ...desktop,
    show: (page) => ask(page, 'Who won the football world cup in Brazil?'),
  },
  commands: {
    at: direct,
    colours: 'dark',
    ...desktop,
    async show(page) {
      await page.getByRole('combobox', { name: /^Message/ }).fill('/')
      await page.locator('.choices').waitFor()
    },
  },
  completion: {
    at: evening,
    colours: 'light',
    ...phone,
    async show(page) {
      await prepare(page, 'ask')
      await page.locator('[data-option="question"]').pressSequentially('what did Kim')
      await page.locator('.choice').first().waitFor()
    },
  },
  payload: {
    at: evening,
    colours: 'dark',
    ...phone,
    async show(page) {
      await ask(page, 'Who is Stephen Biegun?')
      await page.locator('.inspect summary').last().click()
      await page.locator('.json').last().scrollIntoViewIfNeeded()
    },
  },
  help: {
    at: evening,
    colours: 'light',
    ...desktop,
    // The whole reply, down to its buttons.
    height: 1270,
    async show(page) {
      await prepare(page, 'help')
      await page.getByRole('button', { name: 'Send /help' }).click()
      await page.getByText('Only you can see this').waitFor()
    },
  },
}

async function prepare(page: Page, command: string): Promise<void> {
  const box = page.getByRole('combobox', { name: /^Message/ })
  await box.fill(`/${command}`)
  await box.press('Enter')
}

async function ask(page: Page, question: string): Promise<void> {
  const before = await page.locator('discord-message[data-message]').count()
  await prepare(page, 'ask')
  await page.locator('[data-option="question"]').fill(question)
  await page.locator('[data-option="question"]').press('Enter')
  await page.locator('discord-message[data-message]').nth(before).locator('.heading-3').waitFor()
}

await runProgram(main)
