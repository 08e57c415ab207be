import { setTimeout as wait } from 'node:timers/promises'
import {
  ButtonStyle,
  type ChatInputCommandInteraction,
  ComponentType,
  MessageFlags,
  TextInputStyle,
} from 'discord.js'
import { expect, test } from 'vitest'
import { ImpossibleAction, type Shown } from '../../src/rehearsal/loopback.ts'
import {
  ask,
  bot,
  discord,
  elsewhere,
  evening,
  ines,
  jonas,
  mara,
  marasDm,
  privateTalk,
  readings,
} from './stage.ts'

/** Lets `answer` handle every slash command. */
const onCommand =
  (answer: (interaction: ChatInputCommandInteraction) => unknown) => (interaction: unknown) => {
    const one = interaction as ChatInputCommandInteraction
    return one.isChatInputCommand() ? answer(one) : undefined
  }

const contents = (shown: readonly Shown[]) => shown.map(({ message }) => message.content)
const button = (label: string, customId: string) => ({
  type: ComponentType.ActionRow as const,
  components: [
    { type: ComponentType.Button as const, label, customId, style: ButtonStyle.Primary as const },
  ],
})

test('a reply is seen by everyone in the channel, a private one by its member alone', async () => {
  const loopback = await discord()
  await bot(
    loopback,
    onCommand((interaction) =>
      interaction.options.getString('question') === 'secret'
        ? interaction.reply({ content: 'Between us.', flags: MessageFlags.Ephemeral })
        : interaction.reply('For all.'),
    ),
  )
  await ask(loopback, 'open').settled()
  await ask(loopback, 'secret').settled()
  expect(contents(loopback.messages(readings, mara))).toEqual(['For all.', 'Between us.'])
  expect(contents(loopback.messages(readings, jonas))).toEqual(['For all.'])
})

test('a reply with its response returns the message that was made', async () => {
  const loopback = await discord()
  let made: { id: string; content: string } | undefined
  await bot(
    loopback,
    onCommand(async (interaction) => {
      const response = await interaction.reply({ content: 'Here.', withResponse: true })
      made = response.resource?.message ?? undefined
    }),
  )
  const { messages, acknowledgedAfter, response } = await ask(loopback).settled()
  await expect.poll(() => made?.content).toBe('Here.')
  expect(made?.id).toBe(messages[0]?.message.id)
  expect(acknowledgedAfter).toBeGreaterThan(0)
  expect(response).toBe(4)
})

test('after a deferred reply, an edit of @original takes the place of the placeholder', async () => {
  const loopback = await discord()
  const shown: boolean[] = []
  loopback.subscribe((event) => {
    if (event.kind === 'message') shown.push(event.shown.thinking)
  })
  await bot(
    loopback,
    onCommand(async (interaction) => {
      await interaction.deferReply({ flags: MessageFlags.Ephemeral })
      await interaction.editReply('Done.')
    }),
  )
  const { messages, response } = await ask(loopback).settled()
  expect(response).toBe(5)
  expect(shown).toEqual([true, false])
  expect(messages).toHaveLength(1)
  expect(messages[0]).toMatchObject({ onlyFor: mara, message: { content: 'Done.' } })
})

test('after a deferred reply, the first follow-up takes the place of the placeholder', async () => {
  const loopback = await discord()
  await bot(
    loopback,
    onCommand(async (interaction) => {
      await interaction.deferReply()
      await interaction.followUp('First.')
      await interaction.followUp({ content: 'Second.', flags: MessageFlags.Ephemeral })
    }),
  )
  const { messages } = await ask(loopback).until(({ messages }) => messages.length === 2)
  expect(contents(messages)).toEqual(['First.', 'Second.'])
  expect(messages.map((one) => one.onlyFor)).toEqual([undefined, mara])
})

test('replies and follow-ups are read, edited and deleted', async () => {
  const loopback = await discord()
  const read: string[] = []
  await bot(
    loopback,
    onCommand(async (interaction) => {
      await interaction.reply('One.')
      read.push((await interaction.fetchReply()).content)
      await interaction.editReply('One, mended.')
      const second = await interaction.followUp('Two.')
      await interaction.editReply({ message: second, content: 'Two, mended.' })
      read.push((await interaction.fetchReply(second.id)).content)
      await interaction.deleteReply(second)
      await interaction.deleteReply()
      await interaction.followUp('Three.')
    }),
  )
  await ask(loopback).until(({ messages }) => messages[0]?.message.content === 'Three.')
  expect(read).toEqual(['One.', 'Two, mended.'])
  expect(contents(loopback.messages(readings))).toEqual(['Three.'])
})

test('a second first response is refused with 40060, a late one with 10062', async () => {
  const loopback = await discord()
  const codes: unknown[] = []
  await bot(
    loopback,
    onCommand(async (interaction) => {
      const late = interaction.options.getString('question') === 'late'
      if (late) await wait(3_100)
      else await interaction.reply('One.')
      // discord.js itself keeps count: ask Discord all the same.
      Object.assign(interaction, { replied: false })
      await interaction.reply('Two.').catch((error) => codes.push(error.code))
    }),
  )
  expect((await ask(loopback, 'twice').settled()).state).toBe('done')
  await expect.poll(() => codes).toEqual([40060])
  expect((await ask(loopback, 'late').settled()).state).toBe('failed')
  await expect.poll(() => codes, { timeout: 5_000 }).toEqual([40060, 10062])
})

test('a follow-up without a first response, or after the token has ended, is refused', async () => {
  const loopback = await discord({ tokenLifetime: 100 })
  const codes: unknown[] = []
  await bot(
    loopback,
    onCommand(async (interaction) => {
      await interaction.webhook.send('Early.').catch((error) => codes.push(error.code))
      await interaction.reply('One.')
      await wait(150)
      await interaction.followUp('Late.').catch((error) => codes.push(error.code))
    }),
  )
  ask(loopback)
  await expect.poll(() => codes).toEqual([10015, 50027])
})

test('an unanswered interaction fails when its time has passed', async () => {
  const loopback = await discord({ acknowledgeWithin: 50 })
  await bot(loopback, () => {})
  const { state, payloads } = await ask(loopback).settled()
  expect(state).toBe('failed')
  expect(payloads).toEqual([])
})

test('first responses can be held up', async () => {
  const loopback = await discord()
  await bot(
    loopback,
    onCommand((interaction) => interaction.reply('Here.').catch(() => {})),
  )
  loopback.faults.slowCallbacks(100)
  expect((await ask(loopback).settled()).acknowledgedAfter).toBeGreaterThanOrEqual(95)
})

test('autocomplete offers choices while an option is typed', async () => {
  const loopback = await discord()
  await bot(loopback, (interaction) => {
    if (!interaction.isAutocomplete()) return
    const { name, value } = interaction.options.getFocused(true)
    return interaction.respond([{ name: `${name}: ${value}`, value: `${value}!` }])
  })
  const typed = loopback.act({
    kind: 'autocomplete',
    member: mara,
    channel: readings,
    command: 'ask',
    options: { question: 'wh' },
    focused: 'question',
  })
  expect((await typed.settled()).choices).toEqual([{ name: 'question: wh', value: 'wh!' }])
})

test('a button changes its message', async () => {
  const loopback = await discord()
  await bot(loopback, (interaction) => {
    if (interaction.isChatInputCommand()) {
      return interaction.reply({ content: 'Page 1', components: [button('Next', 'page|2')] })
    }
    if (interaction.isButton()) {
      return interaction.update({ content: `Pressed ${interaction.customId}`, components: [] })
    }
  })
  const { messages } = await ask(loopback).settled()
  const message = messages[0]?.message.id ?? ''
  const pressed = loopback.act({ kind: 'press', member: jonas, message, customId: 'page|2' })
  const after = await pressed.settled()
  expect(after.response).toBe(7)
  expect(after.messages.map((one) => one.message.id)).toEqual([message])
  expect(contents(loopback.messages(readings))).toEqual(['Pressed page|2'])
  expect(loopback.message(message)?.message.edited_timestamp).not.toBeNull()
})

test('a button can defer its update, edit the message later and answer privately beside it', async () => {
  const loopback = await discord()
  await bot(loopback, async (interaction) => {
    if (interaction.isChatInputCommand()) {
      await interaction.reply({ content: 'Page 1', components: [button('Next', 'next')] })
    }
    if (interaction.isButton()) {
      await interaction.deferUpdate()
      await interaction.editReply({ content: 'Page 2', components: [] })
      await interaction.followUp({ content: 'For you.', flags: MessageFlags.Ephemeral })
    }
  })
  const { messages } = await ask(loopback).settled()
  const message = messages[0]?.message.id ?? ''
  const pressed = loopback.act({ kind: 'press', member: jonas, message, customId: 'next' })
  await pressed.until((now) => now.messages.length === 2)
  expect(contents(loopback.messages(readings, jonas))).toEqual(['Page 2', 'For you.'])
  expect(contents(loopback.messages(readings, mara))).toEqual(['Page 2'])
})

test('a choice in a select menu reaches the bot', async () => {
  const loopback = await discord()
  await bot(loopback, (interaction) => {
    if (interaction.isChatInputCommand()) {
      return interaction.reply({
        components: [
          {
            type: ComponentType.ActionRow,
            components: [
              {
                type: ComponentType.StringSelect,
                customId: 'pick',
                options: ['a', 'b', 'c'].map((value) => ({ label: value, value })),
                maxValues: 2,
              },
            ],
          },
        ],
        content: 'Choose.',
      })
    }
    if (interaction.isStringSelectMenu()) return interaction.reply(interaction.values.join('+'))
  })
  const { messages } = await ask(loopback).settled()
  const message = messages[0]?.message.id ?? ''
  const choose = (values: string[]) =>
    loopback.act({ kind: 'choose', member: mara, message, customId: 'pick', values })
  expect(contents((await choose(['a', 'c']).settled()).messages)).toEqual(['a+c'])
  expect(() => choose(['a', 'b', 'c'])).toThrow(ImpossibleAction)
  expect(() => choose(['d'])).toThrow('no value "d"')
})

test('a modal is opened, filled in with text and files, and answered', async () => {
  const loopback = await discord()
  await bot(loopback, async (interaction) => {
    if (interaction.isChatInputCommand()) {
      await interaction.showModal({
        customId: 'add',
        title: 'Add a text',
        components: [
          {
            type: ComponentType.Label,
            label: 'Title',
            component: {
              type: ComponentType.TextInput,
              customId: 'title',
              style: TextInputStyle.Short,
              maxLength: 20,
            } as never,
          },
          {
            type: ComponentType.Label,
            label: 'File',
            component: {
              type: ComponentType.FileUpload,
              customId: 'file',
              required: false,
            } as never,
          },
        ],
      })
    }
    if (interaction.isModalSubmit()) {
      const file = interaction.fields.getUploadedFiles('file')?.first()
      const text = file ? await (await fetch(file.url)).text() : 'no file'
      await interaction.reply(`${interaction.fields.getTextInputValue('title')}: ${text}`)
    }
  })
  const { id, modal, response } = await ask(loopback).settled()
  expect(response).toBe(9)
  expect(modal?.title).toBe('Add a text')
  const base64 = Buffer.from('Once upon a time').toString('base64')
  const submit = (
    fields: Record<string, string | { name: string; type: string; base64: string }[]>,
  ) => loopback.act({ kind: 'submit', member: mara, interaction: id, fields })
  const file = [{ name: 'tale.txt', type: 'text/plain', base64 }]
  const submitted = await submit({ title: 'A tale', file }).settled()
  expect(contents(submitted.messages)).toEqual(['A tale: Once upon a time'])
  expect(contents((await submit({ title: 'Bare' }).settled()).messages)).toEqual(['Bare: no file'])
  expect(() => submit({})).toThrow('"title" must be filled in')
  expect(() => submit({ title: 'x'.repeat(21) })).toThrow('takes 20 characters')
})

test('a command of the message menu is given the message', async () => {
  const loopback = await discord()
  await bot(loopback, (interaction) => {
    if (interaction.isMessageContextMenuCommand()) {
      return interaction.reply(`You chose: ${interaction.targetMessage.content}`)
    }
  })
  const { id } = loopback.post({ member: jonas, channel: readings, content: 'Hear, hear' })
  const used = loopback.act({
    kind: 'message-command',
    member: mara,
    command: 'Find sources',
    message: id,
  })
  const { messages } = await used.settled()
  expect(contents(messages)).toEqual(['You chose: Hear, hear'])
  expect(messages[0]?.message.type).toBe(23)
})

test('files are sent in parts and can be fetched where the message says', async () => {
  const loopback = await discord()
  await bot(
    loopback,
    onCommand(async (interaction) => {
      await interaction.reply({
        flags: MessageFlags.IsComponentsV2,
        components: [{ type: ComponentType.File, file: { url: 'attachment://notes.md' } }],
        files: [{ attachment: Buffer.from('# Notes'), name: 'notes.md' }],
      })
    }),
  )
  const { messages, payloads } = await ask(loopback).settled()
  const attachment = messages[0]?.message.attachments[0]
  expect(attachment).toMatchObject({ filename: 'notes.md', size: 7 })
  expect(payloads[0]?.files).toMatchObject([{ name: 'notes.md', size: 7 }])
  expect(messages[0]?.message.components).toMatchObject([
    { type: 13, file: { url: attachment?.url }, name: 'notes.md', size: 7 },
  ])
  expect(await (await fetch(attachment?.url ?? '')).text()).toBe('# Notes')
})

test('in a direct message and a private conversation there is a user and no member', async () => {
  const loopback = await discord()
  await bot(
    loopback,
    onCommand((interaction) =>
      interaction.reply(
        `${interaction.context} ${interaction.member === null} ${interaction.user.username}`,
      ),
    ),
  )
  expect(contents((await ask(loopback, 'q', marasDm).settled()).messages)).toEqual(['1 true mara'])
  expect(contents((await ask(loopback, 'q', privateTalk).settled()).messages)).toEqual([
    '2 true mara',
  ])
})

test('through the user installation, the bot answers in a server that it was not added to', async () => {
  const loopback = await discord()
  await bot(
    loopback,
    onCommand((interaction) =>
      interaction.reply(`${interaction.guildId} ${interaction.inCachedGuild()}`),
    ),
  )
  const { messages, sent } = await ask(loopback, 'q', elsewhere).settled()
  expect(contents(messages)).toEqual(['1100000000000000023 false'])
  expect(sent.authorizing_integration_owners).toEqual({ 1: mara })
})

test("a member's language and permissions are told", async () => {
  const loopback = await discord()
  await bot(
    loopback,
    onCommand((interaction) =>
      interaction.reply(
        `${interaction.locale} ${interaction.guildLocale} ${interaction.memberPermissions?.has('ManageGuild')}`,
      ),
    ),
  )
  const as = (member: string, locale?: string) =>
    loopback.act({
      kind: 'command',
      member,
      channel: evening,
      command: 'ask',
      options: { question: 'q' },
      ...(locale && { locale }),
    })
  const { channels } = loopback.world
  const channel = channels.find((one) => one.kind === 'text' && one.server === evening)?.id ?? ''
  const asIn = (member: string, locale?: string) =>
    loopback.act({
      kind: 'command',
      member,
      channel,
      command: 'ask',
      options: { question: 'q' },
      ...(locale && { locale }),
    })
  expect(contents((await asIn(jonas).settled()).messages)).toEqual(['de en-GB false'])
  expect(contents((await asIn(ines, 'fr').settled()).messages)).toEqual(['fr en-GB true'])
  expect(() => as(mara)).toThrow('sees no channel')
})

test("what Discord's own apps do not let a member do is impossible", async () => {
  const loopback = await discord()
  await bot(
    loopback,
    onCommand((interaction) =>
      interaction.reply({
        content: 'For you.',
        components: [button('Go', 'go')],
        flags: MessageFlags.Ephemeral,
      }),
    ),
  )
  const { messages } = await ask(loopback).settled()
  const message = messages[0]?.message.id ?? ''
  const command = (name: string, options: Record<string, string | number> = {}) =>
    loopback.act({ kind: 'command', member: mara, channel: readings, command: name, options })
  expect(() => command('nothing')).toThrow('"nothing" is not registered here')
  expect(() => command('ask')).toThrow('needs the option "question"')
  expect(() => command('ask', { question: 1 })).toThrow('must be a string')
  expect(() => command('ask', { question: 'q', more: 'm' })).toThrow('has no option "more"')
  expect(() => loopback.act({ kind: 'press', member: jonas, message, customId: 'go' })).toThrow(
    'Jonas sees no message',
  )
  expect(() => loopback.act({ kind: 'press', member: mara, message, customId: 'stop' })).toThrow(
    'no component "stop"',
  )
  expect(() => ask(loopback, 'q', '1100000000000000036')).toThrow('Mara sees no channel')
})

test('rate limits and failures of a route are lived through', async () => {
  const loopback = await discord()
  await bot(
    loopback,
    onCommand(async (interaction) => {
      await interaction.deferReply()
      await interaction.editReply('Done.')
    }),
  )
  loopback.faults.rest({ path: /@original|%40original/, status: 429, retryAfter: 0.05 })
  expect(contents((await ask(loopback).settled()).messages)).toEqual(['Done.'])
  loopback.faults.rest({ method: 'PATCH', path: /webhooks/, status: 502 })
  expect(contents((await ask(loopback).settled()).messages)).toEqual(['Done.'])
  const statuses = () =>
    loopback
      .requests()
      .filter((request) => request.method === 'PATCH')
      .map((request) => request.status)
  await expect.poll(statuses).toEqual([429, 200, 502, 200])
})
