import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { articleFrom } from '../../../src/knowledge/passage.ts'
import { OperatorError } from '../../../src/problem.ts'
import { readQuestions } from '../../../src/search/evaluation/questions.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'questions-'))
})
afterEach(() => rm(folder, { recursive: true }))

const articles = [
  articleFrom({
    id: 'rye',
    title: 'Rye',
    sections: [{ paragraphs: ['Rye keeps.', 'It is dark.'] }],
  }),
]

async function read(content: string) {
  const file = join(folder, 'questions.yaml')
  await writeFile(file, content)
  return readQuestions(file, { articles })
}

describe('a file of questions', () => {
  it('lists questions with the paragraphs that answer them', async () => {
    const questions = await read(`
# a comment
- { question: does rye keep?, article: rye, paragraphs: [1] }
- question: 'is it cheap: yes or no?'
  article: rye
  paragraphs: []
`)
    expect(questions).toEqual([
      { question: 'does rye keep?', article: 'rye', paragraphs: [1] },
      { question: 'is it cheap: yes or no?', article: 'rye', paragraphs: [] },
    ])
  })

  it.each([
    ['- { question: a, article: rye, paragraphs: 1 }', ':1: paragraphs: '],
    ['- { question: a, article: rye, paragraphs: [1] }\n- { question: b, article: rye }', ':2: '],
    ['- { question: a, article: rye, paragraphs: [0] }', ':1: paragraphs.0: '],
    ['\n- { question: a, article: rye, paragraphs: [3] }', ':2: rye has 2 paragraphs'],
    ['- { question: a, article: oats, paragraphs: [1] }', ':1: there is no article oats'],
    ['- { question: a, article: rye, paragraphs: [1], note: x }', ':1: '],
    ['- { question: a', 'this is not YAML'],
    ['question: a', 'the file must be a list'],
    ['', 'the file must be a list'],
  ])('stops at %j with file, line and the mend', async (content, message) => {
    const failure = read(content)
    await expect(failure).rejects.toThrow(OperatorError)
    await expect(failure).rejects.toThrow(message)
    await expect(failure).rejects.toThrow(/questions\.yaml:\d+: /)
  })

  it('says that a file is missing', async () => {
    await expect(readQuestions(join(folder, 'none.yaml'), { articles })).rejects.toThrow(
      /none\.yaml: there is no such file/,
    )
  })
})
