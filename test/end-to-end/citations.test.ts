import { expect, test } from 'vitest'
import { command, isVerbatim, mara, only, plain, quotesOf, readings, stage } from './stage.ts'

const real =
  'The Hanoi summit collapsed without an agreement, and not even a joint statement came out of it.'
const altered = real.replace('collapsed', 'succeeded')

test('a quotation is found exact, altered or absent', async () => {
  const on = await stage()
  const verdict = async (quote: string) => only(await command(on, 'verify-quote', { quote }))
  expect(plain(await verdict(real))).toContain('Exact.')
  const wrong = await verdict(altered)
  expect(plain(wrong)).toContain('Altered.')
  expect(quotesOf(wrong)).toEqual([real])
  const absent = await verdict('Bread is baked from flour, water and salt in a hot oven.')
  expect(plain(absent)).not.toContain('Exact.')
  expect(quotesOf(absent).every((quote) => isVerbatim(on, quote))).toBe(true)
})

test('without a quotation a form asks for it', async () => {
  const on = await stage()
  const { id, modal } = await command(on, 'verify-quote')
  expect(modal?.title).toBe('Check a quotation')
  const submitted = on.discord.act({
    kind: 'submit',
    member: mara,
    interaction: id,
    fields: { quote: altered },
  })
  expect(plain(only(await submitted.settled()))).toContain('Altered.')
})

test('the quotations in a message are checked, and sources for it are found, from its menu', async () => {
  const on = await stage()
  const { id: message } = on.discord.post({
    member: mara,
    channel: readings,
    content: `One says "${real}", another "${altered}"`,
  })
  const use = async (name: string) =>
    only(
      await on.discord
        .act({ kind: 'message-command', member: mara, command: name, message })
        .settled(),
    )
  const checked = await use('Check quotations')
  expect(checked.onlyFor).toBe(mara)
  expect(plain(checked)).toMatch(/Exact\.[\s\S]*Altered\./)
  const found = await use('Find sources')
  expect(quotesOf(found)).toContain(real)
})

test('a passage is shown by its id and cited in each style', async () => {
  const on = await stage()
  const passage = on.library().passages.get('after-hanoi:4')
  expect(quotesOf(only(await command(on, 'passage', { id: 'after-hanoi:4' })))).toEqual([
    passage?.text,
  ])
  const styles = on.discord
    .commandsFor()
    .find(({ name }) => name === 'cite')
    ?.options?.find(({ name }) => name === 'style')
  const choices = styles && 'choices' in styles ? (styles.choices ?? []) : []
  expect(choices.length).toBeGreaterThan(1)
  for (const { value } of choices) {
    const shown = only(await command(on, 'cite', { passage: 'after-hanoi:4', style: value }))
    expect(plain(shown), String(value)).toMatch(/After Hanoi/)
  }
})
