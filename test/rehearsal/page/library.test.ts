import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { chromiumMissing } from '../../../src/rehearsal/chromium.ts'
import { pdf } from '../../documents/samples.ts'
import { forAllTests, ines, open, readings, shownBy } from './stage.ts'

const fact = 'The lighthouse keeper Aldous Finch hid seven copper kettles under the north stairs.'

/** Types a command, fills its options in and sends it; the text of what comes. */
async function send(page: Page, command: string, options: Record<string, string> = {}) {
  const replies = page.locator('discord-message[data-message]')
  const before = await replies.count()
  const box = page.getByRole('combobox', { name: /^Message / })
  await box.fill(`/${command}`)
  await box.press('Enter')
  await page.getByRole('group', { name: `/${command}` }).waitFor()
  for (const [name, value] of Object.entries(options)) {
    const add = page.getByRole('button', { name: `+ ${name}` })
    if ((await add.count()) > 0) await add.click()
    await page.locator(`[data-option="${name}"]`).fill(value)
  }
  await page.getByRole('button', { name: `Send /${command}` }).click()
  return { text: () => shownBy(replies.nth(before)), reply: replies.nth(before) }
}

describe.skipIf(chromiumMissing)('a library on the rehearsal page', () => {
  const stage = forAllTests()

  test('files are added, asked, listed, renamed, taken along and forgotten', async () => {
    const page = await open(stage.browser, stage.rehearsal.address, { at: `${ines}/${readings}` })
    const box = page.getByRole('combobox', { name: /^Message / })
    await box.fill('/library add')
    await box.press('Enter')
    await page.getByRole('button', { name: 'Send /library add', exact: true }).click()
    const form = page.getByRole('dialog', { name: 'Add readings' })
    await form.locator('input[type=file]').setInputFiles([
      {
        name: 'kettles.pdf',
        mimeType: 'application/pdf',
        buffer: Buffer.from(await pdf([[{ text: fact, x: 70, y: 100 }]])),
      },
      {
        name: 'photo.pdf',
        mimeType: 'application/pdf',
        buffer: Buffer.from('89504e470d0a1a0a', 'hex'),
      },
    ])
    await form.getByRole('button', { name: 'Submit' }).click()
    const added = page.locator('discord-message[data-message]').last()
    await added.getByText('One reading added').waitFor({ timeout: 20_000 })
    expect(await shownBy(added)).toMatch(/photo\.pdf\s+Not added\./)

    const asked = await send(page, 'ask', { question: 'Where are the seven copper kettles?' })
    await expect.poll(asked.text).toContain('Aldous Finch')
    await expect.poll((await send(page, 'library list')).text).toContain('kettles')
    const renamed = await send(page, 'library rename', { article: 'kettles', title: 'Seven pots' })
    await expect.poll(renamed.text).toContain('It is called "Seven pots" now.')
    await expect
      .poll((await send(page, 'library default', { article: 'Seven pots' })).text)
      .toContain('Questions are put to "Seven pots" first')
    await expect.poll((await send(page, 'library settings')).text).toContain('not kept')
    await expect.poll((await send(page, 'library gaps')).text).toContain('are not kept here')

    const exported = await send(page, 'library export')
    const link = exported.reply.getByRole('link', { name: 'library.zip' })
    const href = await link.getAttribute('href')
    const file = await page.request.get(new URL(href ?? '', page.url()).href)
    expect((await file.body()).subarray(0, 2).toString()).toBe('PK')

    const forget = await send(page, 'library forget')
    await forget.reply.getByRole('button', { name: 'Delete it all' }).click()
    await expect.poll(forget.text).toContain('Deleted: 1 reading and all else.')
    await expect.poll((await send(page, 'library list')).text).toContain('There are none yet.')
  }, 60_000)
})
