import { ApplicationCommandOptionType, ApplicationCommandType, REST, Routes } from 'discord.js'
import { expect, test } from 'vitest'
import { discord, elsewhere, evening, group, login, mara, readings } from './stage.ts'

const ask = {
  name: 'ask',
  description: 'Ask a question',
  descriptionLocalizations: { de: 'Stell eine Frage' },
  options: [
    {
      type: ApplicationCommandOptionType.String as const,
      name: 'question',
      description: 'What is asked',
      required: true,
      maxLength: 300,
    },
  ],
}

test('global commands are kept with id, version and defaults', async () => {
  const loopback = await discord()
  const client = await login(loopback)
  await client.application.commands.set([ask])
  const [read] = [
    ...(await client.application.commands.fetch({ withLocalizations: true })).values(),
  ]
  expect(read?.equals({ ...ask, integrationTypes: [0] } as never)).toBe(true)
  expect(loopback.commandsFor()).toMatchObject([
    {
      application_id: loopback.applicationId,
      type: 1,
      name: 'ask',
      default_member_permissions: null,
      contexts: null,
      integration_types: [0],
      nsfw: false,
      description_localizations: { de: 'Stell eine Frage' },
      name_localizations: null,
      options: [{ type: 3, name: 'question', required: true, max_length: 300 }],
    },
  ])
  expect(loopback.commandsFor()[0]?.id).toMatch(/^\d{17,20}$/)
})

test('a listing leaves the dictionaries out unless they are asked for', async () => {
  const loopback = await discord()
  const client = await login(loopback)
  await client.application.commands.set([ask])
  const rest = new REST({ api: loopback.api }).setToken(loopback.token)
  const route = Routes.applicationCommands(loopback.applicationId)
  const [plain] = (await rest.get(route)) as { description_localizations?: unknown }[]
  expect(plain).not.toHaveProperty('description_localizations')
  const query = new URLSearchParams({ with_localizations: 'true' })
  const [full] = (await rest.get(route, { query })) as { description_localizations?: unknown }[]
  expect(full?.description_localizations).toEqual({ de: 'Stell eine Frage' })
})

test('writing the same list again keeps ids and versions; a change makes a new version', async () => {
  const loopback = await discord()
  const client = await login(loopback)
  await client.application.commands.set([ask])
  const before = loopback.commandsFor()[0]
  await client.application.commands.set([ask])
  expect(loopback.commandsFor()[0]).toEqual(before)
  await client.application.commands.set([{ ...ask, description: 'Ask' }])
  const after = loopback.commandsFor()[0]
  expect(after?.id).toBe(before?.id)
  expect(after?.version).not.toBe(before?.version)
})

test('commands are created, changed and deleted one by one', async () => {
  const loopback = await discord()
  const client = await login(loopback)
  const made = await client.application.commands.create(ask)
  await client.application.commands.edit(made.id, { description: 'Ask away' })
  expect(loopback.commandsFor()).toMatchObject([{ id: made.id, description: 'Ask away' }])
  await client.application.commands.delete(made.id)
  expect(loopback.commandsFor()).toEqual([])
  await expect(client.application.commands.delete(made.id)).rejects.toMatchObject({ code: 10063 })
})

test('the commands of a server are offered there alone', async () => {
  const loopback = await discord()
  const client = await login(loopback)
  await client.application.commands.set([ask], group)
  expect(loopback.commandsFor(group)).toMatchObject([{ name: 'ask', guild_id: group }])
  expect(loopback.commandsFor(evening)).toEqual([])
  expect(loopback.offered(readings, mara).map((command) => command.name)).toEqual(['ask'])
  expect(loopback.offered(elsewhere, mara)).toEqual([])
})

test('a server without the bot refuses its commands', async () => {
  const loopback = await discord()
  const client = await login(loopback)
  const other = loopback.world.servers.find((server) => !server.hasBot)?.id ?? ''
  await expect(client.application.commands.set([ask], other)).rejects.toMatchObject({ code: 50001 })
})

test('permissions are taken as the string that discord.js sends', async () => {
  const loopback = await discord()
  const client = await login(loopback)
  await client.application.commands.set([{ ...ask, defaultMemberPermissions: 'ManageGuild' }])
  expect(loopback.commandsFor()[0]?.default_member_permissions).toBe('32')
  const ines = loopback.world.members[2]?.id ?? ''
  expect(loopback.offered(readings, ines)).toHaveLength(1)
  expect(loopback.offered(readings, mara)).toHaveLength(0)
})

const string = (name: string, more: object = {}) => ({
  type: 3,
  name,
  description: 'An option',
  ...more,
})
const many = (count: number, type = ApplicationCommandType.ChatInput) =>
  Array.from({ length: count }, (_, index) => ({
    type,
    name: `c${index}`,
    ...(type === 1 && { description: 'x' }),
  }))

/** What is sent, and the code in Discord's answer with the path that it stands at. */
const refused: [why: string, commands: object[], at: string, code: string][] = [
  ['a name in capitals', [{ ...ask, name: 'Ask' }], '0.name', 'APPLICATION_COMMAND_INVALID_NAME'],
  ['a name with a space', [{ ...ask, name: 'a b' }], '0.name', 'APPLICATION_COMMAND_INVALID_NAME'],
  ['no description', [{ name: 'ask' }], '0.description', 'BASE_TYPE_REQUIRED'],
  [
    'a description of 101 characters',
    [{ name: 'ask', description: 'x'.repeat(101) }],
    '0.description',
    'BASE_TYPE_MAX_LENGTH',
  ],
  [
    'a context-menu command with a description',
    [{ type: 3, name: 'Find', description: 'x' }],
    '0.description',
    'APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_CANNOT_BE_SET',
  ],
  [
    'a required option after an optional one',
    [{ name: 'ask', description: 'x', options: [string('a'), string('b', { required: true })] }],
    '0.options.1',
    'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
  ],
  [
    'two options of one name',
    [{ name: 'ask', description: 'x', options: [string('a'), string('a')] }],
    '0.options.1',
    'APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS',
  ],
  [
    'an option without a description',
    [{ name: 'ask', description: 'x', options: [{ type: 3, name: 'a' }] }],
    '0.options.0.description',
    'BASE_TYPE_REQUIRED',
  ],
  [
    'choices beside autocomplete',
    [
      {
        name: 'ask',
        description: 'x',
        options: [string('a', { autocomplete: true, choices: [{ name: 'x', value: 'x' }] })],
      },
    ],
    '0.options.0.choices',
    'APPLICATION_COMMAND_OPTIONS_CHOICES_WITH_AUTOCOMPLETE',
  ],
  [
    'a choice of 101 characters',
    [
      {
        name: 'ask',
        description: 'x',
        options: [string('a', { choices: [{ name: 'x', value: 'x'.repeat(101) }] })],
      },
    ],
    '0.options.0.choices.0.value',
    'BASE_TYPE_BAD_LENGTH',
  ],
  [
    'a locale that Discord does not have',
    [{ ...ask, name_localizations: { tlh: 'ask' } }],
    '0.name_localizations.tlh',
    'ENUM_TYPE_COERCE',
  ],
  ['two commands of one name', [ask, ask], '1', 'APPLICATION_COMMANDS_DUPLICATE_NAME'],
  [
    'a command of more than 8,000 characters',
    [
      {
        name: 'ask',
        description: 'x',
        options: Array.from({ length: 4 }, (_, option) =>
          string(`o${option}`, {
            choices: Array.from({ length: 25 }, (_, index) => ({
              name: `${index}`.padEnd(50, 'x'),
              value: `${index}`.padEnd(50, 'x'),
            })),
          }),
        ),
      },
    ],
    '0',
    'APPLICATION_COMMAND_TOO_LARGE',
  ],
]

test.each(refused)('%s is refused', async (_why, commands, at, code) => {
  const loopback = await discord()
  const rest = new REST({ api: loopback.api }).setToken(loopback.token)
  const error = await rest
    .put(Routes.applicationCommands(loopback.applicationId), { body: commands })
    .then(
      () => undefined,
      (thrown: { code: number; rawError: { errors: object } }) => thrown,
    )
  expect(error?.code).toBe(50035)
  const place = at
    .split('.')
    .reduce<unknown>(
      (node, key) => (node as Record<string, unknown>)?.[key],
      error?.rawError.errors,
    )
  expect(place).toMatchObject({ _errors: [{ code }] })
  expect(loopback.commandsFor()).toEqual([])
})

test('there is room for 100 slash commands and 15 of the message menu, not for one more', async () => {
  const loopback = await discord()
  const rest = new REST({ api: loopback.api }).setToken(loopback.token)
  const put = (body: object[]) =>
    rest.put(Routes.applicationCommands(loopback.applicationId), { body })
  await put([...many(100), ...many(15, ApplicationCommandType.Message)])
  await expect(put(many(101))).rejects.toMatchObject({ code: 30032 })
  await expect(put(many(16, ApplicationCommandType.Message))).rejects.toMatchObject({ code: 30032 })
})
