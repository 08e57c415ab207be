import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkTopics, readTopic, readTopics, topicCommand } from '../../src/commands/topics.ts'
import { OperatorError } from '../../src/problem.ts'
import { contextOf, library } from '../reply/reading.ts'

const sound = 'name: tea\ndescription: About tea\nquestion: How is tea made?\n'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'topics-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('a topic file', () => {
  test('needs a name, a description and a question, and nothing else', () => {
    expect(readTopic('tea.yaml', sound).topic).toEqual({
      name: 'tea',
      description: 'About tea',
      question: 'How is tea made?',
      passages: [],
      names: {},
      descriptions: {},
    })
  })

  test.each([
    ['without a question', 'name: tea\ndescription: About tea\n', 1, 'question is missing'],
    ['with a name in capitals', sound.replace('tea', 'Tea'), 1, 'small letters'],
    ['with a long description', sound.replace('About tea', 'x'.repeat(101)), 2, '100 characters'],
    ['with a field misspelt', `${sound}pasages: []\n`, 4, 'pasages is no field of a topic'],
    ['with a language unknown to Discord', `${sound}names:\n  tlh: dargh\n`, 5, 'no language'],
    ['that is not YAML', `${sound}note: "open\n`, 5, 'not YAML'],
    ['that is a list', '- tea\n', 1, 'must have the fields'],
  ])('%s is refused with file and line', (_what, text, line, message) => {
    expect(() => readTopic('tea.yaml', text)).toThrow(OperatorError)
    expect(() => readTopic('tea.yaml', text)).toThrow(`tea.yaml:${line}: `)
    expect(() => readTopic('tea.yaml', text)).toThrow(message)
  })

  test('with a pin that points nowhere is refused with file and line', () => {
    const file = readTopic('tea.yaml', `${sound}passages:\n  - tea:1\n  - tea:99\n`)
    expect(() => checkTopics([file], new Set(), library)).toThrow(
      'tea.yaml:6: there is no passage tea:99',
    )
  })

  test('may not take a name that is taken', () => {
    const file = readTopic('tea.yaml', sound)
    expect(() => checkTopics([file], new Set(['tea']), library)).toThrow('built-in command')
    const other = readTopic('other.yaml', sound)
    expect(() => checkTopics([file, other], new Set(), library)).toThrow(
      'other.yaml:1: the name tea is taken by tea.yaml',
    )
  })

  test('is found in its folder; other files are not topics', async () => {
    await writeFile(join(folder, 'tea.yaml'), sound)
    await writeFile(join(folder, 'notes.txt'), 'nothing')
    expect((await readTopics(folder)).map(({ topic }) => topic.name)).toEqual(['tea'])
    expect(await readTopics(join(folder, 'topics'))).toEqual([])
  })

  test('in a folder whose own folder is missing point to COMMANDS_DIR', async () => {
    await expect(readTopics(join(folder, 'absent/topics'))).rejects.toThrow(
      /absent: there is no such folder; .*COMMANDS_DIR/,
    )
  })

  test('with the other ending is not passed over in silence', async () => {
    await writeFile(join(folder, 'tea.yml'), sound)
    await expect(readTopics(folder)).rejects.toThrow('name it .yaml')
  })
})

describe('a topic command', () => {
  const pinned = topicCommand(
    readTopic('tea.yaml', `${sound}passages: [tea:3, tea:1]\nnote: From an old book.\n`).topic,
  )

  test('shows its pinned paragraphs, in their order, under its question', async () => {
    const reply = await pinned.run({ ...contextOf(), options: {} })
    expect(reply).toMatchObject({ title: 'How is tea made?', notes: ['From an old book.'] })
    expect('blocks' in reply && reply.blocks.map((block) => 'text' in block && block.text)).toEqual(
      [library.passages.get('tea:3')?.text, library.passages.get('tea:1')?.text],
    )
  })

  test('answers its question where nothing is pinned', async () => {
    const reply = await topicCommand(readTopic('tea.yaml', sound).topic).run({
      ...contextOf(),
      options: {},
    })
    expect('blocks' in reply && reply.blocks[0]?.kind).toBe('excerpt')
  })

  test('answers privately if asked to, and can then be shared', async () => {
    const reply = await pinned.run({ ...contextOf(), options: { private: true } })
    expect(reply).toMatchObject({ private: true })
    expect('buttons' in reply && reply.buttons?.map(({ label }) => label)).toEqual([
      'Share with the channel',
    ])
  })
})
