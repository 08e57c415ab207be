import { REST, Routes } from 'discord.js'
import { expect, test } from 'vitest'
import {
  ask,
  bot,
  discord,
  elsewhere,
  jonas,
  login,
  mara,
  marasDm,
  privateTalk,
  readings,
} from './stage.ts'

const v2 = 1 << 15
const text = (content: string) => ({ type: 10, content })
const row = (...components: object[]) => ({ type: 1, components })
const press = (custom_id: string, more: object = {}) => ({
  type: 2,
  style: 1,
  label: 'Go',
  custom_id,
  ...more,
})
const select = (custom_id: string, values: string[], more: object = {}) => ({
  type: 3,
  custom_id,
  options: values.map((value) => ({ label: 'One', value })),
  ...more,
})

type Refused = { code: number; status: number; rawError: { message: string; errors?: object } }

/** What Discord answers to a message, sent as the first response to a command. */
async function refusal(data: object): Promise<Refused | undefined> {
  const loopback = await discord()
  const rest = new REST({ api: loopback.api, retries: 0 })
  let error: Refused | undefined
  await bot(loopback, (interaction) =>
    rest
      .post(Routes.interactionCallback(interaction.id, interaction.token), {
        body: { type: 4, data },
        auth: false,
      })
      .catch((thrown) => {
        error = thrown
      }),
  )
  const acted = ask(loopback)
  const { payloads, state } = await acted.until((now) => now.payloads.length > 0)
  if (state === 'done') return undefined
  await expect.poll(() => error).toBeDefined()
  expect(payloads[0]?.status).toBe(error?.status)
  expect(loopback.messages(readings)).toEqual([])
  return error
}

const at = (errors: object | undefined, path: string) =>
  path
    .split('.')
    .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], errors)

/** Where Discord's answer names the mistake, and with which code. */
const refused: [why: string, data: object, at: string, code: string][] = [
  ['2,001 characters', { content: 'x'.repeat(2001) }, 'data.content', 'BASE_TYPE_MAX_LENGTH'],
  [
    'a label of 81 characters',
    { content: 'x', components: [row(press('a', { label: 'x'.repeat(81) }))] },
    'data.components.0.components.0.label',
    'BASE_TYPE_MAX_LENGTH',
  ],
  [
    'a custom id of 101 characters, deep inside',
    {
      flags: v2,
      components: [
        {
          type: 17,
          components: [{ type: 9, components: [text('x')], accessory: press('x'.repeat(101)) }],
        },
      ],
    },
    'data.components.0.components.0.accessory.custom_id',
    'BASE_TYPE_MAX_LENGTH',
  ],
  [
    'a section without an accessory',
    { flags: v2, components: [{ type: 9, components: [text('x')] }] },
    'data.components.0.accessory',
    'BASE_TYPE_REQUIRED',
  ],
  [
    'four texts in a section',
    {
      flags: v2,
      components: [
        { type: 9, components: [1, 2, 3, 4].map(() => text('x')), accessory: press('a') },
      ],
    },
    'data.components.0.components',
    'BASE_TYPE_MAX_LENGTH',
  ],
  [
    'six buttons in a row',
    { content: 'x', components: [row(...[1, 2, 3, 4, 5, 6].map((n) => press(`b${n}`)))] },
    'data.components.0.components',
    'BASE_TYPE_MAX_LENGTH',
  ],
  [
    'six rows',
    { content: 'x', components: [1, 2, 3, 4, 5, 6].map((n) => row(press(`b${n}`))) },
    'data.components',
    'BASE_TYPE_BAD_LENGTH',
  ],
  [
    'a button and a select in one row',
    { content: 'x', components: [row(press('a'), select('b', ['1']))] },
    'data.components.0.components.1',
    'COMPONENT_LAYOUT_WIDTH_EXCEEDED',
  ],
  [
    'two components with one custom id',
    { content: 'x', components: [row(press('a'), press('a'))] },
    'data.components.0.components.1.custom_id',
    'COMPONENT_CUSTOM_ID_DUPLICATED',
  ],
  [
    'a button without a custom id',
    { content: 'x', components: [row({ type: 2, style: 1, label: 'Go' })] },
    'data.components.0.components.0.custom_id',
    'BASE_TYPE_REQUIRED',
  ],
  [
    'a link button without an address',
    { content: 'x', components: [row({ type: 2, style: 5, label: 'Go' })] },
    'data.components.0.components.0.url',
    'BASE_TYPE_REQUIRED',
  ],
  [
    'a button without a label',
    { content: 'x', components: [row({ type: 2, style: 1, custom_id: 'a' })] },
    'data.components.0.components.0.label',
    'BASE_TYPE_REQUIRED',
  ],
  [
    'a link that is no web address',
    {
      content: 'x',
      components: [row({ type: 2, style: 5, label: 'Go', url: 'javascript:alert(1)' })],
    },
    'data.components.0.components.0.url',
    'URL_TYPE_INVALID_SCHEME',
  ],
  [
    'a link of 513 characters',
    {
      content: 'x',
      components: [
        row({ type: 2, style: 5, label: 'Go', url: `https://example.org/${'x'.repeat(493)}` }),
      ],
    },
    'data.components.0.components.0.url',
    'BASE_TYPE_MAX_LENGTH',
  ],
  [
    '26 options',
    {
      content: 'x',
      components: [
        row(
          select(
            'a',
            Array.from({ length: 26 }, (_, index) => `${index}`),
          ),
        ),
      ],
    },
    'data.components.0.components.0.options',
    'BASE_TYPE_MAX_LENGTH',
  ],
  [
    'an option twice',
    { content: 'x', components: [row(select('a', ['1', '1']))] },
    'data.components.0.components.0.options.1.value',
    'SELECT_COMPONENT_OPTION_VALUE_DUPLICATED',
  ],
  [
    'more to choose than there are options',
    { content: 'x', components: [row(select('a', ['1'], { max_values: 2 }))] },
    'data.components.0.components.0.max_values',
    'NUMBER_TYPE_MAX',
  ],
  [
    'content beside the new components',
    { flags: v2, content: 'x', components: [text('x')] },
    'data.content',
    'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
  ],
  [
    'embeds beside the new components',
    { flags: v2, embeds: [{ title: 'x' }], components: [text('x')] },
    'data.embeds',
    'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
  ],
  [
    'new components without their flag',
    { components: [text('x')] },
    'data.components.0',
    'UNION_TYPE_CHOICES',
  ],
  [
    '41 components, nested ones counted',
    {
      flags: v2,
      components: [{ type: 17, components: Array.from({ length: 40 }, () => text('x')) }],
    },
    'data.components',
    'COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED',
  ],
  [
    '4,001 characters of text in all',
    { flags: v2, components: [text('x'.repeat(2000)), text('x'.repeat(2001))] },
    'data.components',
    'COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED',
  ],
  [
    'a text of white space',
    { flags: v2, components: [text('  ')] },
    'data.components.0.content',
    'BASE_TYPE_REQUIRED',
  ],
  [
    'a file that was not sent',
    { flags: v2, components: [{ type: 13, file: { url: 'attachment://gone.txt' } }] },
    'data.components.0.file.url',
    'UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND',
  ],
  [
    '6,001 characters in all embeds',
    { embeds: [{ description: 'x'.repeat(4000) }, { description: 'x'.repeat(2001) }] },
    'data.embeds',
    'MAX_EMBED_SIZE_EXCEEDED',
  ],
  ['an empty embed', { embeds: [{}] }, 'data.embeds.0.description', 'BASE_TYPE_REQUIRED'],
  [
    'an empty embed field',
    { embeds: [{ fields: [{ name: 'x', value: ' ' }] }] },
    'data.embeds.0.fields.0.value',
    'BASE_TYPE_REQUIRED',
  ],
]

test.each(refused)('%s: refused with 50035', async (_why, data, path, code) => {
  const error = await refusal(data)
  expect(error).toMatchObject({ status: 400, code: 50035 })
  expect(error?.rawError.message).toBe('Invalid Form Body')
  expect(at(error?.rawError.errors, path)).toMatchObject({ _errors: [{ code }] })
})

test.each<[string, object]>([
  ['nothing at all', {}],
  ['white space', { content: ' \n' }],
  ['buttons alone', { components: [row(press('a'))] }],
  ['the flag for components and none', { flags: v2, components: [] }],
])('%s: refused as empty with 50006', async (_why, data) => {
  expect(await refusal(data)).toMatchObject({ status: 400, code: 50006 })
})

test.each<[string, object]>([
  [
    '40 components and 4,000 characters',
    {
      flags: v2,
      components: [
        {
          type: 17,
          components: Array.from({ length: 39 }, (_, n) => text(n ? 'x' : 'x'.repeat(3962))),
        },
      ],
    },
  ],
  ['2,000 characters', { content: 'x'.repeat(2000) }],
  [
    'five rows of five buttons',
    {
      content: 'x',
      components: [1, 2, 3, 4, 5].map((at) =>
        row(...[1, 2, 3, 4, 5].map((n) => press(`${at}${n}`))),
      ),
    },
  ],
])('%s: accepted', async (_why, data) => {
  expect(await refusal(data)).toBeUndefined()
})

test('too many bytes of text are a server error', async () => {
  const data = { flags: v2, components: [text('漢'.repeat(3400))] }
  expect(await refusal(data)).toMatchObject({ status: 500 })
})

test('a modal of six fields, autocomplete of 26 choices or of a long value are refused', async () => {
  const loopback = await discord()
  const rest = new REST({ api: loopback.api, retries: 0 })
  const codes: unknown[] = []
  let body: object = {}
  await bot(loopback, (interaction) =>
    rest
      .post(Routes.interactionCallback(interaction.id, interaction.token), { body, auth: false })
      .catch((error) => codes.push(error.rawError.errors.data)),
  )
  const field = (custom_id: string) => ({
    type: 18,
    label: 'One',
    component: { type: 4, style: 1, custom_id },
  })
  const modal = (components: object[]) => ({
    type: 9,
    data: { custom_id: 'm', title: 'Form', components },
  })
  const type = () =>
    loopback.act({
      kind: 'autocomplete',
      member: mara,
      channel: readings,
      command: 'ask',
      focused: 'question',
    })
  const refusedNow = (acted: { until: ReturnType<typeof ask>['until'] }) =>
    acted.until((now) => now.payloads[0]?.status === 400)

  body = modal(['a', 'b', 'c', 'd', 'e', 'f'].map(field))
  await refusedNow(ask(loopback))
  body = modal([field('a'), field('a')])
  await refusedNow(ask(loopback))
  body = {
    type: 8,
    data: { choices: Array.from({ length: 26 }, () => ({ name: 'x', value: 'x' })) },
  }
  await refusedNow(type())
  body = { type: 8, data: { choices: [{ name: 'x', value: 'x'.repeat(101) }] } }
  await refusedNow(type())
  await expect
    .poll(() => codes)
    .toMatchObject([
      { components: { _errors: [{ code: 'BASE_TYPE_BAD_LENGTH' }] } },
      { components: { 1: { component: { custom_id: {} } } } },
      { choices: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH' }] } },
      { choices: { 0: { value: { _errors: [{ code: 'BASE_TYPE_BAD_LENGTH' }] } } } },
    ])
})

test('a first response of a kind that does not fit the interaction is refused', async () => {
  const loopback = await discord()
  const rest = new REST({ api: loopback.api, retries: 0 })
  await bot(loopback, (interaction) =>
    rest
      .post(Routes.interactionCallback(interaction.id, interaction.token), {
        body: { type: 7, data: { content: 'x' } },
        auth: false,
      })
      .catch(() => {}),
  )
  const { payloads } = await ask(loopback).until((now) => now.payloads.length > 0)
  expect(payloads[0]).toMatchObject({ status: 400, error: { code: 50035, errors: { type: {} } } })
})

test('who is pinged is what the text names and allowed_mentions lets through', async () => {
  const loopback = await discord()
  const client = await login(loopback)
  const channel = await client.channels.fetch(readings)
  if (!channel?.isSendable()) throw new Error('not sendable')
  const content = `@everyone <@${jonas}> <@&1100000000000000041>`
  const loud = await channel.send(content)
  expect(loopback.message(loud.id)?.message).toMatchObject({
    mention_everyone: true,
    mentions: [{ id: jonas }],
    mention_roles: ['1100000000000000041'],
  })
  const quiet = await channel.send({ content, allowedMentions: { parse: [] } })
  expect(loopback.message(quiet.id)?.message).toMatchObject({
    mention_everyone: false,
    mentions: [],
    mention_roles: [],
  })
  const inText = await channel.send({
    flags: v2,
    components: [{ type: 17, components: [text(`<@${jonas}>`)] }],
  })
  expect(loopback.message(inText.id)?.message.mentions).toMatchObject([{ id: jonas }])
})

test('a reply in a channel pings its author unless that is turned off', async () => {
  const loopback = await discord()
  const client = await login(loopback)
  const { id } = loopback.post({ member: jonas, channel: readings, content: 'Why?' })
  const channel = await client.channels.fetch(readings)
  if (!channel?.isSendable()) throw new Error('not sendable')
  const reply = { messageReference: id, failIfNotExists: true }
  const loud = await channel.send({ content: 'So.', reply })
  expect(loud.mentions.users.has(jonas)).toBe(true)
  expect(loud.reference?.messageId).toBe(id)
  const quiet = await channel.send({ content: 'So.', reply, allowedMentions: { parse: [] } })
  expect(quiet.mentions.users.size).toBe(0)
  const gone = { messageReference: '1', failIfNotExists: true }
  await expect(channel.send({ content: 'So.', reply: gone })).rejects.toMatchObject({ code: 50035 })
})

test("the bot edits and deletes its own messages and nobody else's", async () => {
  const loopback = await discord()
  const client = await login(loopback)
  const channel = await client.channels.fetch(readings)
  if (!channel?.isSendable()) throw new Error('not sendable')
  const own = await channel.send('One')
  await own.edit('Two')
  expect(loopback.message(own.id)?.message.content).toBe('Two')
  await own.delete()
  expect(loopback.message(own.id)).toBeUndefined()
  const other = loopback.post({ member: jonas, channel: readings, content: 'Mine' })
  const rest = new REST({ api: loopback.api }).setToken(loopback.token)
  const route = Routes.channelMessage(readings, other.id)
  await expect(rest.patch(route, { body: { content: 'x' } })).rejects.toMatchObject({ code: 50005 })
  await expect(
    rest.patch(Routes.channelMessage(readings, '1'), { body: {} }),
  ).rejects.toMatchObject({
    code: 10008,
  })
})

test('the bot cannot post where it is not', async () => {
  const loopback = await discord()
  const rest = new REST({ api: loopback.api }).setToken(loopback.token)
  const post = (channel: string) =>
    rest.post(Routes.channelMessages(channel), { body: { content: 'x' } })
  await expect(post(elsewhere)).rejects.toMatchObject({ code: 50001 })
  await expect(post(privateTalk)).rejects.toMatchObject({ code: 50001 })
  await expect(post('1')).rejects.toMatchObject({ code: 10003 })
  await post(marasDm)
  expect(loopback.messages(marasDm)).toHaveLength(1)
})

test('a message cannot go back to plain content once it is made of new components', async () => {
  const loopback = await discord()
  const rest = new REST({ api: loopback.api }).setToken(loopback.token)
  const { id } = loopback.place(readings, { flags: v2, components: [text('x')] })
  const route = Routes.channelMessage(readings, id)
  await expect(rest.patch(route, { body: { content: 'x' } })).rejects.toMatchObject({ code: 50035 })
  await rest.patch(route, { body: { components: [text('y')] } })
  expect(loopback.message(id)?.message).toMatchObject({ components: [{ id: 1, content: 'y' }] })
})
