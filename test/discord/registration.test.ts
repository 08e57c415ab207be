import { REST } from 'discord.js'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type ChatCommand, command, messageCommand } from '../../src/commands/command.ts'
import { loadCommands } from '../../src/commands/load.ts'
import { definitionsOf, register } from '../../src/discord/registration.ts'
import { discord, group } from '../rehearsal/stage.ts'

const reply = { blocks: [] }

function chat(more: Partial<ChatCommand> = {}): ChatCommand {
  return {
    ...command({ name: 'one', description: 'A command', options: {}, run: () => reply }),
    ...more,
  }
}

describe('the definition of a command', () => {
  test('follows from the schema of its options', () => {
    const one = chat({
      options: {
        later: z.boolean().optional().describe('Not needed'),
        question: z.string().min(3).max(300).describe('What is asked'),
        style: z.enum(['apa', 'mla']).describe('The style'),
        page: z.int().min(1).max(9).optional().describe('The page'),
        weight: z.number().default(1).describe('The weight'),
      },
      autocomplete: { question: () => [] },
    })
    expect(definitionsOf([one])).toEqual([
      {
        type: 1,
        name: 'one',
        description: 'A command',
        integration_types: [0, 1],
        contexts: [0, 1, 2],
        options: [
          {
            type: 3,
            name: 'question',
            description: 'What is asked',
            required: true,
            min_length: 3,
            max_length: 300,
            autocomplete: true,
          },
          {
            type: 3,
            name: 'style',
            description: 'The style',
            required: true,
            choices: [
              { name: 'apa', value: 'apa' },
              { name: 'mla', value: 'mla' },
            ],
          },
          { type: 5, name: 'later', description: 'Not needed', required: false },
          {
            type: 4,
            name: 'page',
            description: 'The page',
            required: false,
            min_value: 1,
            max_value: 9,
          },
          { type: 10, name: 'weight', description: 'The weight', required: false },
        ],
      },
    ])
  })

  test('of the message menu has no description', () => {
    const [definition] = definitionsOf([messageCommand({ name: 'Find sources', run: () => reply })])
    expect(definition).toEqual({
      type: 3,
      name: 'Find sources',
      integration_types: [0, 1],
      contexts: [0, 1, 2],
    })
  })

  test.each([
    ['a name in capitals', chat({ name: 'Ask' })],
    ['a name with a space', chat({ name: 'ask me' })],
    ['a long description', chat({ description: 'x'.repeat(101) })],
    ['an option without a description', chat({ options: { a: z.string() } })],
    ['an option of another kind', chat({ options: { a: z.date().describe('A day') } })],
    [
      'too many choices',
      chat({ options: { a: z.enum(Array.from({ length: 26 }, (_, i) => `c${i}`)).describe('A') } }),
    ],
  ])('with %s is refused by name', (_what, one) => {
    expect(() => definitionsOf([one])).toThrow(`The command ${one.name} cannot be registered`)
  })

  test('may not be there twice', () => {
    expect(() => definitionsOf([chat(), chat()])).toThrow('two commands with this name')
  })
})

describe('registering', () => {
  async function rest() {
    const loopback = await discord()
    const client = new REST({ api: loopback.api }).setToken(loopback.token)
    const writes = () => loopback.requests().filter(({ method }) => method !== 'GET').length
    return { loopback, client, writes }
  }

  test('writes once, and after a restart with nothing new not at all', async () => {
    const { loopback, client, writes } = await rest()
    const commands = await loadCommands()
    const first = await register(client, loopback.applicationId, commands)
    expect(first.changed).toHaveLength(commands.length)
    const second = await register(client, loopback.applicationId, await loadCommands())
    expect(second.changed).toEqual([])
    expect(second.ids).toEqual(first.ids)
    expect(writes()).toBe(1)
  })

  test('names what is new, changed and gone', async () => {
    const { loopback, client } = await rest()
    const two = chat({ name: 'two' })
    await register(client, loopback.applicationId, [chat(), two, chat({ name: 'three' })])
    const { changed } = await register(client, loopback.applicationId, [
      chat(),
      chat({ name: 'two', descriptions: { de: 'Ein Befehl' } }),
      chat({ name: 'four' }),
    ])
    expect([...changed].sort()).toEqual(['four', 'three', 'two'])
  })

  test('writes nothing on a dry run', async () => {
    const { loopback, client, writes } = await rest()
    const { changed } = await register(client, loopback.applicationId, [chat()], { dryRun: true })
    expect(changed).toEqual(['one'])
    expect(writes()).toBe(0)
  })

  test('in one server leaves the others alone', async () => {
    const { loopback, client, writes } = await rest()
    const options = { guildId: group }
    await register(client, loopback.applicationId, [chat()], options)
    expect(loopback.commandsFor(group).map(({ name }) => name)).toEqual(['one'])
    expect(loopback.commandsFor()).toEqual([])
    await register(client, loopback.applicationId, [chat()], options)
    expect(writes()).toBe(1)
  })
})
