import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { MessageFlags } from 'discord.js'
import type { Locator, Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { chromiumMissing } from '../../../src/rehearsal/chromium.ts'
import {
  forAllTests,
  general,
  ines,
  jonas,
  mara,
  marasDm,
  open,
  readings,
  rehearse,
  shownBy,
  withBot,
} from './stage.ts'

if (chromiumMissing) console.warn(`The tests of the rehearsal page are skipped: ${chromiumMissing}`)

const replies = (page: Page): Locator => page.locator('discord-message[data-message]')
const lastReply = (page: Page): Locator => replies(page).last()
const box = (page: Page): Locator => page.getByRole('combobox', { name: /^Message / })

/** What is offered to choose from, in the box or in an open menu. */
const choices = (page: Page): Locator => page.locator('.choices').getByRole('option')
/** The field of an option in the box. */
const option = (page: Page, name: string): Locator => page.locator(`[data-option="${name}"]`)

/** Chooses a command in the box as a member types it. */
async function choose(page: Page, command: string): Promise<void> {
  await box(page).fill(`/${command}`)
  await box(page).press('Enter')
  await page.getByRole('group', { name: `/${command}` }).waitFor()
}

async function ask(page: Page, question: string): Promise<Locator> {
  const before = await replies(page).count()
  await choose(page, 'ask')
  await option(page, 'question').fill(question)
  await option(page, 'question').press('Enter')
  return replies(page).nth(before)
}

describe.skipIf(chromiumMissing)('the rehearsal page', () => {
  const stage = forAllTests()

  test('a few requests after opening the page, its first question is answered with citations', async () => {
    const page = await open(stage.browser, stage.rehearsal.address)
    const questions = page.locator('.welcome button')
    await questions.first().waitFor()
    expect(await questions.count()).toBe(3)
    const question = (await shownBy(questions.first())).trim()
    await questions.first().click()
    await lastReply(page).locator('blockquote').first().waitFor()
    // The page's own clock begins when its address is opened.
    const took = await page.evaluate<number>('performance.now()')
    const requests = await page.evaluate<number>("performance.getEntriesByType('resource').length")
    console.info(
      `Opening the page to the first answer: ${requests} requests, ${took.toFixed(0)} ms`,
    )
    expect(requests).toBeLessThan(15)
    expect(await shownBy(lastReply(page).getByRole('heading').first())).toBe(question)
    expect(await shownBy(lastReply(page).locator('.subtext').first())).toContain('¶')
    expect(await shownBy(lastReply(page).locator('.inspect summary'))).toMatch(
      /Acknowledged in [\d.]+ ms of 3,000 ms · keeps Discord’s rules/,
    )
  })

  test('the first load is small', async () => {
    const page = await open(stage.browser, stage.rehearsal.address)
    await page.locator('.welcome button').first().waitFor()
    const { bytes, milliseconds } = await page.evaluate<{
      bytes: number
      milliseconds: number
    }>(`(() => {
      const [document] = performance.getEntriesByType('navigation')
      const loaded = [document, ...performance.getEntriesByType('resource')]
      return {
        bytes: loaded.reduce((sum, one) => sum + one.transferSize, 0),
        milliseconds: document.loadEventEnd,
      }
    })()`)
    console.info(`First load: ${bytes} bytes, ${milliseconds.toFixed(0)} ms`)
    expect(bytes).toBeGreaterThan(50_000)
    expect(bytes).toBeLessThan(1_000_000)
  })

  test('a question without an answer is refused without a quotation', async () => {
    const page = await open(stage.browser, stage.rehearsal.address)
    const reply = await ask(page, 'Who won the football world cup in Brazil?')
    await reply.getByText('The readings do not answer this').waitFor()
    expect(await reply.locator('blockquote').count()).toBe(0)
  })

  test('typing / lists the commands, and what is typed after it narrows them down', async () => {
    const page = await open(stage.browser, stage.rehearsal.address)
    await box(page).fill('/')
    const options = choices(page)
    await options.first().waitFor()
    const all = await options.count()
    expect(all).toBeGreaterThan(10)
    await box(page).fill('/why')
    await expect.poll(() => options.count()).toBeLessThan(all)
    expect(await shownBy(options.first())).toContain('/why-')
  })

  test('the bot completes an option while it is typed; arrows choose', async () => {
    const page = await open(stage.browser, stage.rehearsal.address)
    await choose(page, 'ask')
    await option(page, 'question').pressSequentially('hanoi')
    await choices(page).first().waitFor()
    await option(page, 'question').press('ArrowDown')
    const first = await shownBy(choices(page).first())
    await option(page, 'question').press('Enter')
    expect(await option(page, 'question').inputValue()).toBe(first.trim())
  })

  test('a needed option that is left out is asked for', async () => {
    const page = await open(stage.browser, stage.rehearsal.address)
    await choose(page, 'ask')
    await page.getByRole('button', { name: 'Send /ask' }).click()
    expect(await shownBy(page.getByRole('alert'))).toContain('question')
  })

  test('arrow up brings back what was sent last', async () => {
    const page = await open(stage.browser, stage.rehearsal.address)
    const reply = await ask(page, 'Why did the Hanoi summit fail?')
    await reply.waitFor()
    await box(page).press('ArrowUp')
    expect(await option(page, 'question').inputValue()).toBe('Why did the Hanoi summit fail?')
    await option(page, 'question').press('Enter')
    await expect.poll(() => option(page, 'question').count()).toBe(0)
  })

  test('a mention of the bot in plain text is answered, and so is a direct message', async () => {
    const page = await open(stage.browser, stage.rehearsal.address)
    await box(page).fill('@Footnote why did the Hanoi summit fail?')
    await box(page).press('Enter')
    await lastReply(page).locator('blockquote').first().waitFor()

    const direct = await open(stage.browser, stage.rehearsal.address, { at: `${mara}/${marasDm}` })
    await box(direct).fill('Why did the Hanoi summit fail?')
    await box(direct).press('Enter')
    await lastReply(direct).locator('blockquote').first().waitFor()
  })

  test('a private answer is seen by its member alone, until it is shared or dismissed', async () => {
    const page = await open(stage.browser, stage.rehearsal.address, { at: `${mara}/${readings}` })
    const other = await open(stage.browser, stage.rehearsal.address, { at: `${jonas}/${readings}` })
    await other.locator('.welcome').waitFor()
    await choose(page, 'ask')
    await option(page, 'question').fill('Why is Trump isolated?')
    await page.getByRole('button', { name: '+ private' }).click()
    await option(page, 'private').fill('True')
    const seen = await replies(other).count()
    await option(page, 'private').press('Enter')
    await option(page, 'private').press('Enter')
    await lastReply(page).getByText('Only you can see this').waitFor()
    expect(await replies(other).count()).toBe(seen)

    await lastReply(page).getByRole('button', { name: 'Share with the channel' }).click()
    await expect.poll(() => replies(other).count()).toBe(seen + 1)
    expect(await shownBy(lastReply(other))).toContain('Why is Trump isolated?')

    const shown = await replies(page).count()
    await page.getByRole('button', { name: 'Dismiss message' }).last().click()
    expect(await replies(page).count()).toBe(shown - 1)
  })

  test('every command, button and select menu works and keeps the rules of Discord', async () => {
    const page = await open(stage.browser, stage.rehearsal.address, { at: `${ines}/${readings}` })
    await box(page).fill('/')
    const names = (await choices(page).locator('.choice-label').allInnerTexts()).map((name) =>
      name.trim().slice(1),
    )
    expect(names.length).toBeGreaterThan(10)
    const pressed = new Set<string>()
    for (const name of names) {
      const before = await replies(page).count()
      await choose(page, name)
      await fillAndSend(page, name)
      const form = page.locator('dialog.form')
      await expect
        .poll(async () => (await replies(page).count()) > before || (await form.count()) > 0, {
          message: `/${name} is answered`,
        })
        .toBe(true)
      if ((await form.count()) > 0) {
        await fillForm(form)
        await expect.poll(() => form.count(), { message: `/${name} takes its form` }).toBe(0)
      }
      await pressEverything(page, replies(page).nth(before), pressed)
    }
    expect(await page.locator('.failure, .refusal').count()).toBe(0)
    expect(await page.getByText('Something went wrong').count()).toBe(0)
  }, 120_000)

  test('a message has a menu with the commands for messages', async () => {
    const page = await open(stage.browser, stage.rehearsal.address)
    await box(page).fill('“The Hanoi summit collapsed without an agreement”, she wrote.')
    await box(page).press('Enter')
    const message = lastReply(page)
    await message.getByText('she wrote').waitFor()
    const before = await replies(page).count()
    await message.getByRole('button', { name: 'Apps for this message' }).press('Enter')
    await page.getByRole('menuitem').first().waitFor()
    expect(await page.getByRole('menuitem').allInnerTexts()).toContain('Check quotations')
    await page.getByRole('menuitem', { name: 'Check quotations' }).press('Enter')
    await expect.poll(() => replies(page).count()).toBe(before + 1)
    expect(await page.locator('.failure').count()).toBe(0)
  })

  test('a press by keyboard alone: from the first Tab to the answer', async () => {
    const page = await open(stage.browser, stage.rehearsal.address, { at: `${mara}/${marasDm}` })
    await page.locator('.welcome button').first().waitFor()
    const before = await replies(page).count()
    for (let tabs = 0; tabs < 40; tabs += 1) {
      await page.keyboard.press('Shift+Tab')
      if ((await page.locator('.welcome :focus').count()) > 0) break
    }
    await page.keyboard.press('Enter')
    await expect.poll(() => replies(page).count()).toBe(before + 1)
    await page.keyboard.type('/help')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await lastReply(page).getByRole('heading', { name: 'What can be asked here' }).waitFor()
  })

  test('a mention of a command puts it into the box', async () => {
    const page = await open(stage.browser, stage.rehearsal.address)
    await choose(page, 'help')
    await page.getByRole('button', { name: 'Send /help' }).click()
    await lastReply(page).locator('.mention', { hasText: '/ask' }).first().click()
    await page.getByRole('group', { name: '/ask' }).waitFor()
  })

  test('the fold-out shows the interaction and the payload', async () => {
    const page = await open(stage.browser, stage.rehearsal.address)
    const reply = await ask(page, 'Why did the Hanoi summit fail?')
    await reply.locator('.inspect summary').click()
    const [sent, payload] = await reply.locator('.json').allInnerTexts()
    expect(JSON.parse(sent ?? '')).toMatchObject({ type: 2, data: { name: 'ask' } })
    expect(JSON.parse(payload ?? '')).toMatchObject({ type: 4 })
  })

  test('what changes on disk shows without a restart', async () => {
    const own = await rehearse({
      knowledge: { 'bees.md': article('bees', 'Bees', 'A bee colony keeps one queen.') },
    })
    try {
      const page = await open(stage.browser, own.address)
      await page.getByText('About bees').waitFor()
      await writeFile(
        join(own.knowledgeDir, 'ants.md'),
        article('ants', 'Ants', 'The ant hill in the garden was built in forty days.'),
      )
      await page.getByText('About ants').waitFor()
      const reply = await ask(page, 'How many days was the ant hill built in?')
      await reply.locator('blockquote').getByText('forty').first().waitFor()
      await writeFile(
        join(own.topicsDir, 'ant-hill.yaml'),
        'name: ant-hill\ndescription: The ant hill\nquestion: How was the ant hill built?\n',
      )
      await expect
        .poll(async () => {
          await box(page).fill('/ant')
          return choices(page).count()
        })
        .toBeGreaterThan(0)
    } finally {
      await own.close()
    }
  })

  test('a mistake in a file is shown with its mend until it is mended', async () => {
    const own = await rehearse({
      knowledge: { 'bees.md': article('bees', 'Bees', 'A bee colony keeps one queen.') },
    })
    try {
      const page = await open(stage.browser, own.address)
      await page.getByText('About bees').waitFor()
      const file = join(own.knowledgeDir, 'ants.md')
      await writeFile(file, '---\ntitle: Ants without an id\n---\n\nAnts are many.\n')
      const notice = page.getByRole('status').locator('.mistake')
      await notice.getByText(/ants\.md.*id/).waitFor()
      expect(await shownBy(notice)).toContain('I answer from what was read before')
      await writeFile(file, article('ants', 'Ants', 'Ants are many.'))
      await page.getByText('About ants').waitFor()
      expect(await notice.count()).toBe(0)
    } finally {
      await own.close()
    }
  })

  test('text of sources and members never becomes HTML', async () => {
    const hostile =
      'The zebra says <img src=x onerror="window.hacked=1"> and <script>window.hacked=2</script>, **not bold**, [a link](https://example.org), <@1100000000000000012>, `code` & &lt;b&gt;.'
    const own = await rehearse({ knowledge: { 'zebra.md': article('zebra', 'Zebras', 'Text.') } })
    try {
      await writeFile(
        join(own.knowledgeDir, 'words.txt'),
        `What the zebra says\n\n${hostile}\n\nZebras live in Africa and are striped black and white.\n`,
      )
      const page = await open(stage.browser, own.address)
      await expect
        .poll(async () => {
          const reply = await ask(page, 'What does the zebra say?')
          await reply.waitFor()
          return shownBy(reply)
        })
        .toContain('<img src=x onerror="window.hacked=1">')
      const reply = lastReply(page)
      expect(await shownBy(reply)).toContain('**not bold**')
      expect(await shownBy(reply)).toContain('[a link](https://example.org)')
      expect(await reply.locator('blockquote img, blockquote a, blockquote code').count()).toBe(0)

      const asked = await ask(page, '<img src=x onerror="window.hacked=3"> # **zebra**')
      await asked.getByText('<img src=x onerror="window.hacked=3"> # **zebra**').waitFor()
      await box(page).fill('<img src=x onerror="window.hacked=4"><b>member</b>')
      await box(page).press('Enter')
      await lastReply(page).getByText('<b>member</b>').waitFor()
      expect(await page.evaluate('"hacked" in window')).toBe(false)
    } finally {
      await own.close()
    }
  })

  test.each([1180, 390])(
    'axe finds nothing serious, and nothing is cut off: %i pixels, dark and light',
    async (width) => {
      const page = await open(stage.browser, stage.rehearsal.address, {
        colorScheme: 'dark',
        viewport: { width, height: 844 },
        bypassCSP: true,
        // Where no other test has left its messages.
        at: `${ines}/${general}`,
      })
      const reply = await ask(page, 'Why did the Hanoi summit fail?')
      await reply.locator('blockquote').first().waitFor()
      await reply.locator('.inspect summary').click()
      await choose(page, 'ask')
      await option(page, 'question').pressSequentially('why')
      await choices(page).first().waitFor()
      for (const part of ['html', '.scroll']) {
        const cut = await page.locator(part).evaluate((one) => one.scrollWidth - one.clientWidth)
        expect(cut).toBeLessThanOrEqual(0)
      }
      await page.evaluate(axe)
      expect(await violations(page)).toEqual([])
      await page.emulateMedia({ colorScheme: 'light' })
      await page.locator('html[data-theme="light"]').waitFor()
      expect(await violations(page)).toEqual([])
    },
  )

  test('the switches turn light into dark and the desktop into a phone', async () => {
    const page = await open(stage.browser, stage.rehearsal.address, { colorScheme: 'dark' })
    await page.getByLabel('Colours').selectOption('light')
    expect(await page.locator('html').getAttribute('data-theme')).toBe('light')
    await page.getByLabel('Width').selectOption('phone')
    const size = await page.locator('.page').boundingBox()
    expect(size?.width).toBeLessThanOrEqual(390)
    await page.getByRole('button', { name: 'Channels and people' }).click()
    await page.getByRole('button', { name: 'seminar' }).click()
    await page.getByRole('heading', { name: 'seminar' }).waitFor()
  })

  test('a deferred answer is announced, and replaced when it comes', async () => {
    let answer: () => void = () => {}
    const { address } = await withBot(async (interaction) => {
      if (!interaction.isChatInputCommand()) return
      await interaction.deferReply()
      await new Promise<void>((resolve) => {
        answer = resolve
      })
      await interaction.editReply('Here it is.')
    })
    const page = await open(stage.browser, address)
    await choose(page, 'try')
    await page.getByRole('button', { name: 'Send /try' }).click()
    await page.getByText('Footnote is thinking…').waitFor()
    answer()
    await lastReply(page).getByText('Here it is.').waitFor()
    expect(await page.getByText('Footnote is thinking…').count()).toBe(0)
  })

  test('what Discord would refuse is shown as its error, and silence as silence', async () => {
    const { address } = await withBot((interaction) => {
      if (!interaction.isChatInputCommand()) return
      return interaction.reply({ content: 'x'.repeat(2001) })
    })
    const page = await open(stage.browser, address)
    await choose(page, 'try')
    await page.getByRole('button', { name: 'Send /try' }).click()
    await page.getByText('50035 Invalid Form Body').waitFor()
    expect(await shownBy(page.locator('.refusal .json'))).toContain('BASE_TYPE_MAX_LENGTH')
    await page.getByText('The application did not respond.').waitFor()
  })

  test('a form takes text and files, and a select menu several values', async () => {
    const { address } = await withBot(async (interaction) => {
      if (interaction.isChatInputCommand()) {
        await interaction.showModal({
          custom_id: 'form',
          title: 'Add a text',
          components: [
            {
              type: 18,
              label: 'Title',
              component: { type: 4, custom_id: 'title', style: 1, required: true },
            },
            {
              type: 18,
              label: 'File',
              component: { type: 19, custom_id: 'file', min_values: 1, max_values: 2 },
            },
          ],
        } as never)
      } else if (interaction.isModalSubmit()) {
        const file = interaction.fields.getUploadedFiles('file', true).first()
        await interaction.reply({
          content: `${interaction.fields.getTextInputValue('title')}: ${file?.name}, ${file?.size} bytes`,
          components: [
            {
              type: 1,
              components: [
                {
                  type: 3,
                  custom_id: 'letters',
                  placeholder: 'Letters',
                  min_values: 2,
                  max_values: 3,
                  options: ['a', 'b', 'c'].map((value) => ({ label: `Letter ${value}`, value })),
                },
              ],
            },
          ],
        })
      } else if (interaction.isStringSelectMenu()) {
        await interaction.reply({
          content: interaction.values.join('+'),
          flags: MessageFlags.Ephemeral,
        })
      }
    })
    const page = await open(stage.browser, address)
    await choose(page, 'try')
    await page.getByRole('button', { name: 'Send /try' }).click()
    const form = page.getByRole('dialog', { name: 'Add a text' })
    await form.getByLabel('Title').fill('Bees')
    await form.getByLabel('File').setInputFiles({
      name: 'bees.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('buzz'),
    })
    await form.getByRole('button', { name: 'Submit' }).click()
    await lastReply(page).getByText('Bees: bees.txt, 4 bytes').waitFor()
    expect(await form.count()).toBe(0)

    await page.getByRole('button', { name: 'Letters' }).click()
    await choices(page).filter({ hasText: 'Letter a' }).click()
    await choices(page).filter({ hasText: 'Letter c' }).press('Enter')
    await page.getByRole('button', { name: 'Choose 2' }).click()
    await lastReply(page).getByText('a+c').waitFor()
  })

  test('the parts of Discord’s Markdown are drawn as what they are', async () => {
    const { address, loopback } = await withBot(() => {})
    const page = await open(stage.browser, address)
    await page.locator('.welcome').waitFor()
    loopback.place(readings, {
      flags: 32768,
      components: [
        {
          type: 10,
          content: [
            '# One',
            '> quoted **bold**',
            '-# small [a place](<https://example.org/a>)',
            '- first',
            '  - inner',
            '- second',
            '1. counted',
            '```\ncode **here**\n```',
            '<t:1561852800:D> and </try:1100000000000000099> and \\*stars\\*',
          ].join('\n'),
        },
      ],
    } as never)
    const text = lastReply(page).locator('.text')
    await text.waitFor()
    expect(await shownBy(text.locator('.heading-1'))).toBe('One')
    expect(await shownBy(text.locator('blockquote strong'))).toBe('bold')
    expect(await text.locator('.subtext a').getAttribute('href')).toBe('https://example.org/a')
    expect(await shownBy(text.locator('ul ul li'))).toBe('inner')
    expect(await shownBy(text.locator('ol li'))).toBe('counted')
    expect(await shownBy(text.locator('pre'))).toContain('code **here**')
    expect(await text.locator('time').getAttribute('datetime')).toContain('2019-06-30')
    expect(await shownBy(text.locator('button.mention'))).toBe('/try')
    expect(await shownBy(text)).toContain('*stars*')
  })
})

function article(id: string, heading: string, text: string): string {
  return `---\nid: ${id}\ntitle: About ${id}\nlanguage: en\n---\n\n## ${heading}\n\n${text}\n`
}

/** Fills the options that a command needs as a newcomer might, and sends it. */
async function fillAndSend(page: Page, command: string): Promise<void> {
  const group = page.getByRole('group', { name: `/${command}` })
  for (const field of await group.locator('input[data-option]').all()) {
    await field.focus()
    const name = await field.getAttribute('data-option')
    await expect.poll(() => page.getByText('Looking for suggestions…').count()).toBe(0)
    const suggestion = choices(page).first()
    if ((await suggestion.count()) > 0) await suggestion.click()
    else await field.fill(name === 'id' ? 'after-hanoi:4' : 'the summit in Hanoi failed')
  }
  await page.getByRole('button', { name: `Send /${command}` }).press('Enter')
}

async function fillForm(form: Locator): Promise<void> {
  for (const field of await form.locator('[data-field]').all()) {
    if ((await field.getAttribute('type')) === 'file') {
      await field.setInputFiles({
        name: 'bees.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('Bees\n\nA bee colony keeps one queen and thousands of workers.\n'),
      })
    } else await field.fill('Bees and their queens')
  }
  await form.getByRole('button', { name: 'Submit' }).press('Enter')
}

/** Presses what can be pressed on a message, each action of a command once. */
async function pressEverything(page: Page, reply: Locator, pressed: Set<string>): Promise<void> {
  const id = await reply.getAttribute('data-message')
  const message = page.locator(`discord-message[data-message="${id}"]`)
  const ids = await message
    .locator('[data-custom-id]')
    .evaluateAll((all) =>
      all.map((one) => [one.localName, one.getAttribute('data-custom-id') ?? ''] as const),
    )
  for (const [kind, customId] of ids) {
    // Command and action; what follows says for which passage.
    const action = customId.split('|', 2).join('|')
    if (pressed.has(action)) continue
    pressed.add(action)
    const control = message.locator(`[data-custom-id="${customId}"]`)
    // One look for both: an earlier press may just be taking the control away.
    const [disabled] = await control.evaluateAll((all) =>
      all.map((one) => one.matches(':disabled')),
    )
    if (disabled === undefined) continue
    if (kind === 'list-button') {
      await control.getByRole('button').press('Enter')
      await choices(page).first().press('Enter')
    } else {
      if (disabled) continue
      await control.press('Enter')
    }
    const form = page.locator('dialog.form')
    await expect.poll(() => page.locator('[aria-busy="true"], .thinking').count()).toBe(0)
    if ((await form.count()) > 0) await form.getByRole('button', { name: 'Cancel' }).press('Enter')
  }
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

function violations(page: Page): Promise<readonly string[]> {
  return page.evaluate(`axe.run().then(({ violations }) =>
    violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => id + ': ' + nodes[0].html + ' ' + nodes[0].failureSummary))`)
}
