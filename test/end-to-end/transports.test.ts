import type { APIMessage } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import type { Interaction } from '../../src/rehearsal/loopback.ts'
import {
  buttonsOf,
  command,
  failuresIn,
  ines,
  isRead,
  mara,
  only,
  press,
  quotesOf,
  readings,
  type Stage,
  stage,
} from './stage.ts'

const question = 'Why did the Hanoi summit fail?'

/** What a member sees of an answer, without the ids that differ each time. */
function seen({ messages, choices, modal, state, response }: Interaction) {
  const shown = messages.map(({ message, onlyFor }) => ({
    components: (message as APIMessage).components,
    flags: message.flags,
    files: message.attachments.map(({ filename, size }) => [filename, size]),
    onlyFor,
  }))
  const text = JSON.stringify({ shown, choices, modal, state, response })
  return JSON.parse(text.replace(/<(\/[^:>]+):\d+>/g, '<$1>'))
}

/** A reading with a form into which a file is put. */
async function addKettles(on: Stage) {
  const text =
    '# Kettles of the north\n\nThe lighthouse keeper Aldous Finch hid seven copper kettles under the north stairs.\n'
  const form = await command(on, 'library add', {}, { member: ines })
  const file = {
    name: 'kettles.md',
    type: 'text/plain',
    base64: Buffer.from(text).toString('base64'),
  }
  const added = await on.discord
    .act({ kind: 'submit', member: ines, interaction: form.id, fields: { files: [file] } })
    .until(isRead, 60_000)
  return { form, added }
}

/** What members can do with the bot, each thing once. */
async function everyKind(on: Stage) {
  const results: Record<string, unknown> = {}
  const answer = await command(on, 'ask', { question })
  results.command = seen(answer)
  results.topic = seen(await command(on, 'why-hanoi-failed'))
  results.refusal = seen(await command(on, 'ask', { question: 'Who won the chess match?' }))
  results.mistake = seen(await command(on, 'ask', { question, article: 'no such article' }))
  results.private = seen(await command(on, 'ask', { question, private: true }))
  results.press = seen(await press(on, answer, 'Context'))
  results.autocomplete = seen(
    await on.discord
      .act({
        kind: 'autocomplete',
        member: mara,
        channel: readings,
        command: 'ask',
        options: { question: 'why did' },
        focused: 'question',
      })
      .settled(),
  )
  const { id: message } = on.discord.place(readings, { content: question })
  results['message command'] = seen(
    await on.discord
      .act({ kind: 'message-command', member: mara, command: 'Find sources', message })
      .settled(),
  )
  const { form, added } = await addKettles(on)
  results.form = seen(form)
  // Whether reading is put off first depends on how busy the machine is.
  results.submit = { ...seen(added), response: undefined }
  const kettles = await command(on, 'ask', {
    question: 'Where did Aldous Finch hide the copper kettles?',
  })
  results['own reading'] = quotesOf(only(kettles))
  results.buttons = buttonsOf(only(kettles)).map(({ label }) => label)
  return results
}

test('whatever members do, they see the same over the gateway and over HTTP', async () => {
  const gateway = await stage()
  const http = await stage({ transport: 'http' })
  const [overGateway, overHttp] = [await everyKind(gateway), await everyKind(http)]
  expect(overHttp).toEqual(overGateway)
  expect(JSON.stringify(overHttp['own reading'])).toContain('seven copper kettles')
  expect(failuresIn(http)).toEqual([])
  expect(http.discord.requests().filter(({ path }) => path.endsWith('/callback'))).toEqual([])
})

test('a library is exported over HTTP as over the gateway', async () => {
  const on = await stage({ transport: 'http' })
  await addKettles(on)
  const exported = only(await command(on, 'library export', {}, { member: ines }))
  expect(exported.message.attachments.map(({ filename }) => filename)).toEqual(['library.zip'])
})
