import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import ask from '../../commands/ask.ts'
import help from '../../commands/help.ts'
import readCommand from '../../commands/read.ts'
import search from '../../commands/search.ts'
import sources from '../../commands/sources.ts'
import type { ChatCommand, Outcome } from '../../src/commands/command.ts'
import { loadCommands } from '../../src/commands/load.ts'
import { suggest, suggestQuestions } from '../../src/commands/suggest.ts'
import { parse } from '../../src/discord/dispatch.ts'
import type { Reply } from '../../src/reply/reply.ts'
import { contextOf, corrected, library, pressOf, read, topic } from '../reply/reading.ts'

function replyOf(outcome: Outcome): Reply {
  if ('kind' in outcome) throw new Error('a form')
  return outcome
}

function quoted(reply: Reply): readonly string[] {
  return reply.blocks.flatMap((block) => (block.kind === 'excerpt' ? [block.text] : []))
}

function argsOf(id: string | undefined): readonly string[] {
  return (id ?? '').split('|').slice(2)
}

async function press(
  actions: typeof ask.actions,
  name: string,
  args: readonly string[],
  more: Parameters<typeof pressOf>[1] = {},
): Promise<Reply> {
  const action = actions?.[name]
  if (!action) throw new Error(`no action ${name}`)
  return replyOf(await action(pressOf(args, more)))
}

describe('loading', () => {
  test('finds the commands by themselves', async () => {
    const names = (await loadCommands()).map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['ask', 'help', 'read', 'search', 'sources']))
  })

  test.each([
    ['has no default export', 'export const x = 1\n'],
    ['exports something else', 'export default { name: "x" }\n'],
    ['does not run', 'throw new Error("oh")\n'],
  ])('stops at a file that %s, by its name', async (_what, text) => {
    const folder = await mkdtemp(join(tmpdir(), 'commands-'))
    await writeFile(join(folder, 'broken.ts'), text)
    await expect(loadCommands(folder)).rejects.toThrow(/broken\.ts: the file/)
    await rm(folder, { recursive: true })
  })
})

describe('/ask', () => {
  test('answers with sentences of the text', async () => {
    const question = 'What ruins green tea?'
    const reply = replyOf(await ask.run({ ...contextOf(), options: { question } }))
    expect(reply.title).toBe(question)
    expect(quoted(reply)[0]).toContain('ruined by boiling water')
  })

  test('quotes nothing on what the text does not say', async () => {
    const question = 'How do I bake sourdough bread?'
    const reply = replyOf(await ask.run({ ...contextOf(), options: { question } }))
    expect(quoted(reply)).toEqual([])
  })

  test('does not know an article that is not there', () => {
    const options = { question: 'What ruins tea?', article: 'coffee' }
    expect(() => ask.run({ ...contextOf(), options })).toThrow('There is no such article')
  })

  test('shows the context of an excerpt, but not of one that has changed since', async () => {
    const passage = library.passages.get('tea:3')
    const args = ['tea:3', passage?.hash ?? '', '0', '24']
    expect(quoted(await press(ask.actions, 'context', args))).toContain(passage?.text)
    await expect(press(ask.actions, 'context', args, { library: corrected })).rejects.toThrow(
      'The source has changed since this was quoted',
    )
  })

  test('shares a private answer as it was, but not one that has changed since', async () => {
    const title = 'Must the kettle boil?'
    const options = { question: title, private: true }
    const reply = replyOf(await ask.run({ ...contextOf(), options }))
    const button = reply.buttons?.[0]
    const args = argsOf(button && 'id' in button ? button.id : undefined)
    const shared = await press(ask.actions, 'share', args, { title })
    expect(shared.private).toBe(false)
    expect(quoted(shared)).toEqual(quoted(reply))
    await expect(press(ask.actions, 'share', args, { title, library: corrected })).rejects.toThrow(
      'The source has changed',
    )
  })
})

describe('/search', () => {
  test('shows each paragraph with the words, the words marked', async () => {
    const reply = replyOf(await search.run({ ...contextOf(), options: { words: 'farmers' } }))
    const [block] = reply.blocks
    if (block?.kind !== 'excerpt') throw new Error('no excerpt')
    expect(block.text).toBe('The farmers drink tea at noon.')
    expect(block.marks.map(({ start, end }) => block.text.slice(start, end))).toEqual(['farmers'])
  })

  test('says so where there is none', async () => {
    const reply = replyOf(await search.run({ ...contextOf(), options: { words: 'zeppelin' } }))
    expect(reply.blocks).toEqual([{ kind: 'text', text: 'No paragraph holds these words.' }])
  })

  test('goes through all of them page by page, and back', async () => {
    const paragraphs = Array.from({ length: 12 }, (_, index) => `Tea number ${index + 1} is green.`)
    const many = await read(
      `---\nid: tea\ntitle: Teas\nlanguage: en\n---\n## Teas\n\n${paragraphs.join('\n\n')}\n`,
    )
    const seen: string[] = []
    let reply = replyOf(
      await search.run({ ...contextOf({ library: many }), options: { words: 'green' } }),
    )
    for (let page = 0; page < 3; page++) {
      seen.push(...quoted(reply))
      const next = reply.more
      if (!next || !('id' in next)) break
      reply = await press(search.actions, 'page', argsOf(next.id), {
        library: many,
        title: 'green',
      })
      expect(reply.replaces).toBe(true)
    }
    expect(new Set(seen)).toEqual(new Set(paragraphs))
    expect(reply.buttons?.map(({ label }) => label)).toEqual(['Previous'])
  })
})

describe('/read', () => {
  test('begins with the outline', async () => {
    const reply = replyOf(await readCommand.run({ ...contextOf(), options: { article: 'tea' } }))
    expect(reply.blocks).toEqual([
      {
        kind: 'list',
        items: ['Beginning (¶1)', 'How it is made (¶2)', 'Who drinks it (¶4)'],
      },
    ])
    expect(reply.selects?.[0]?.choices.map(({ label }) => label)).toEqual([
      'Beginning',
      'How it is made',
      'Who drinks it',
    ])
  })

  test('opens a section by a part of its heading', async () => {
    const options = { article: 'tea', section: 'drinks' }
    const reply = replyOf(await readCommand.run({ ...contextOf(), options }))
    expect(reply.blocks[0]).toEqual({ kind: 'heading', text: 'Who drinks it' })
    expect(reply.blocks[1]).toEqual({ kind: 'text', text: library.passages.get('tea:4')?.text })
  })

  test('shows every character of an article, page by page', async () => {
    const long = Array.from({ length: 9 }, (_, index) => `Sentence ${index}. `.repeat(120).trim())
    const article = await read(
      `---\nid: tea\ntitle: Long\nlanguage: en\n---\n## All\n\n${long.join('\n\n')}\n`,
    )
    let reply = await press(readCommand.actions, 'page', ['tea:1', '0'], { library: article })
    let text = ''
    for (let page = 0; page < 50; page++) {
      text += reply.blocks.map((one) => (one.kind === 'text' ? one.text : '')).join('')
      const next = reply.buttons?.find(({ label }) => label === 'Next page')
      if (!next || !('id' in next)) break
      reply = await press(readCommand.actions, 'page', argsOf(next.id), { library: article })
    }
    expect(text.replace(/\s/g, '')).toBe(long.join('').replace(/\s/g, ''))
  })

  test('does not open a section that has changed since it was offered', async () => {
    const values = [`tea:3 ${library.passages.get('tea:3')?.hash}`]
    const opened = await press(readCommand.actions, 'section', ['0'], { values })
    expect(opened.blocks).toContainEqual({
      kind: 'text',
      text: library.passages.get('tea:3')?.text,
    })
    await expect(
      press(readCommand.actions, 'section', ['0'], { values, library: corrected }),
    ).rejects.toThrow('The source has changed')
  })
})

describe('/sources', () => {
  test('names each article with what is known of it, and its size', async () => {
    const reply = replyOf(await sources.run({ ...contextOf(), options: {} }))
    const shown = JSON.stringify(reply.blocks)
    expect(shown).toContain('A short book of tea')
    expect(shown).toContain('1901')
    expect(shown).toContain('3 sections · 5 paragraphs · 68 words')
  })
})

describe('/help', () => {
  test('lists topics and commands as something to press', async () => {
    const context = contextOf({ commands: [ask, search], topics: [topic()] })
    const reply = replyOf(await help.run({ ...context, options: {} }))
    const lists = reply.blocks.flatMap((block) => (block.kind === 'list' ? [block.items] : []))
    expect(lists).toEqual([
      [[{ command: 'tea' }, ' About tea']],
      [
        [{ command: 'ask' }, ` ${ask.description}`],
        [{ command: 'search' }, ` ${search.description}`],
      ],
    ])
  })
})

describe('what is offered while somebody types', () => {
  const typing = { ...contextOf({ topics: [topic()] }), options: {} }

  test('are the questions that the readings answer', () => {
    expect(suggestQuestions('', typing).map(({ name }) => name)).toEqual([
      'How is tea made?',
      'How do you make tea?',
    ])
    expect(suggestQuestions('how do', typing)[0]?.name).toBe('How do you make tea?')
    expect(suggestQuestions('zeppelin', typing)).toEqual([])
  })

  test.each([
    ['the beginning of the text first', 'why did', ['Why did it fail?', 'It failed, why?']],
    ['whatever the case and the accents', 'CAFE', ['Le café est ouvert']],
    ['by beginnings of words', 'ouv', ['Le café est ouvert']],
    ['nothing for nothing like it', 'zzz', []],
  ])('%s', (_what, typed, expected) => {
    const names = ['It failed, why?', 'Le café est ouvert', 'Why did it fail?']
    const offered = suggest(
      typed,
      names.map((name) => ({ name, value: name })),
    )
    expect(offered.map(({ name }) => name)).toEqual(expected)
  })

  test('never is more than Discord takes', () => {
    const names = Array.from({ length: 60 }, (_, index) => `tea ${index}`)
    const choices = [...names, 'tea '.repeat(40)].map((name) => ({ name, value: name }))
    const offered = suggest('tea', choices)
    expect(offered).toHaveLength(25)
    expect(offered.every(({ name }) => name.length <= 100)).toBe(true)
  })
})

test('a question of spaces alone is too short', () => {
  expect(() => parse(ask as unknown as ChatCommand, { question: '     ' })).toThrow(
    'Please check "question": it needs at least 3 characters.',
  )
})
