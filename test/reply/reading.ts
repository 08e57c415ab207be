import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context, Press, Topic } from '../../src/commands/command.ts'
import { readKnowledge } from '../../src/knowledge/read.ts'
import { openLibrary } from '../../src/search/library.ts'

const tea = `---
id: tea
title: A short book of tea
published: 1901
language: en
---
Tea came to the valley with the traders.

## How it is made

<!-- asks: how do you make tea? -->
The leaves are picked early in the morning. They are dried on bamboo mats for two days. Only then are they rolled.

The kettle must not boil. A pot of green tea is ruined by boiling water.

## Who drinks it

The farmers drink tea at noon. Their guests drink it whenever they like.

A traveller once asked for coffee. He was given tea.
`

/** A small library, read as any other. */
export async function read(markdown = tea) {
  const folder = await mkdtemp(join(tmpdir(), 'reading-'))
  try {
    await writeFile(join(folder, 'tea.md'), markdown)
    return openLibrary(await readKnowledge(folder))
  } finally {
    await rm(folder, { recursive: true })
  }
}

export const library = await read()

/** The same book after somebody has corrected its third paragraph. */
export const corrected = await read(tea.replace('must not boil', 'may boil'))

export function contextOf(more: Partial<Context> = {}): Context {
  return {
    library,
    commands: [],
    topics: [],
    member: { id: '1', manager: false },
    locale: 'en-US',
    ...more,
  }
}

export function pressOf(args: readonly string[], more: Partial<Press> = {}): Press {
  return {
    ...contextOf(),
    args,
    values: [],
    fields: {},
    title: '',
    private: false,
    ...more,
  }
}

export function topic(more: Partial<Topic> = {}): Topic {
  return {
    name: 'tea',
    description: 'About tea',
    question: 'How is tea made?',
    passages: [],
    names: {},
    descriptions: {},
    ...more,
  }
}
