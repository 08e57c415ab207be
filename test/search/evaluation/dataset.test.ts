import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OperatorError } from '../../../src/problem.ts'
import { type Dataset, half, halfOf, readDataset } from '../../../src/search/evaluation/dataset.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'beir-'))
  await mkdir(join(folder, 'qrels'))
})
afterEach(() => rm(folder, { recursive: true }))

const passages = [
  { _id: 'p1', title: 'Ships', text: 'A ship sails.', metadata: { doc: 'ships' } },
  { _id: 'p2', title: 'Ships', text: 'Line\u2028separated.', metadata: { doc: 'ships' } },
  { _id: 'p3', text: 'Alone.' },
]
const queries = [
  { _id: 'q1', text: 'what sails?', metadata: { answers: ['A ship'], answerable: true } },
  { _id: 'q2', text: 'who flies?', metadata: { answerable: false } },
  { _id: 'q3', text: 'never judged' },
  { _id: 'q4', text: 'judged as of no use' },
]
const qrels = 'query-id\tcorpus-id\tscore\nq1\tp1\t2\nq1\tp3\t0\nq4\tp1\t0\n'

const jsonl = (lines: readonly unknown[]) =>
  `${lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')}\n`

async function read({
  corpus = passages as readonly unknown[],
  asked = queries as readonly unknown[],
  judged = qrels,
} = {}): Promise<Dataset> {
  await writeFile(join(folder, 'corpus.jsonl'), jsonl(corpus))
  await writeFile(join(folder, 'queries.jsonl'), jsonl(asked))
  await writeFile(join(folder, 'qrels', 'test.tsv'), judged)
  return readDataset(folder)
}

describe('a folder in the BEIR layout', () => {
  it('gives passages and judged questions; what nobody judged is left out', async () => {
    const dataset = await read()
    expect(dataset.passages).toEqual([
      { id: 'p1', doc: 'ships', title: 'Ships', text: 'A ship sails.' },
      { id: 'p2', doc: 'ships', title: 'Ships', text: 'Line\u2028separated.' },
      { id: 'p3', doc: 'p3', title: '', text: 'Alone.' },
    ])
    expect(dataset.questions).toEqual([
      {
        id: 'q1',
        text: 'what sails?',
        answers: ['A ship'],
        judgements: new Map([['p1', 2]]),
        doc: 'ships',
      },
      { id: 'q2', text: 'who flies?', answers: [], judgements: new Map() },
    ])
    expect(dataset.warnings).toEqual([])
  })

  it('reads judgements without a header line and with Windows line ends', async () => {
    const dataset = await read({ judged: 'q1\tp1\t1\r\n' })
    expect(dataset.questions.map(({ id }) => id)).toEqual(['q1', 'q2'])
  })

  it('keeps a judged passage that the corpus lacks, and says so', async () => {
    const dataset = await read({ judged: `${qrels}q1\tgone\t1\nnobody\tp1\t1\n` })
    expect(dataset.questions[0]?.judgements.get('gone')).toBe(1)
    expect(dataset.warnings).toEqual([
      expect.stringContaining('1 judged passages are not in corpus.jsonl'),
      expect.stringContaining('1 judged questions are not in queries.jsonl'),
    ])
  })

  it.each([
    [{ corpus: [passages[0], '{"_id": "p2"'] }, 'corpus.jsonl:2: the line is not JSON'],
    [{ corpus: [{ _id: 'p1' }] }, 'corpus.jsonl:1: text: '],
    [{ corpus: [passages[0], passages[0]] }, 'corpus.jsonl:2: the id p1 stands there twice'],
    [{ asked: [queries[0], { _id: 7, text: 'x' }] }, 'queries.jsonl:2: _id: '],
    [
      { asked: [{ _id: 'q', text: 'x', metadata: { answers: 'one' } }] },
      'queries.jsonl:1: metadata.answers: ',
    ],
    [{ judged: `${qrels}q1 p1 1\n` }, 'test.tsv:5: a line must be query-id, corpus-id'],
    [{ judged: 'q1\tp1\tvery\n' }, 'test.tsv:1: a line must be'],
  ])('stops at a bad line and names file and line: %j', async (files, message) => {
    const failure = read(files)
    await expect(failure).rejects.toThrow(OperatorError)
    await expect(failure).rejects.toThrow(message)
  })

  it('says which file is missing', async () => {
    await expect(readDataset(folder)).rejects.toThrow(/corpus\.jsonl is missing/)
  })
})

describe('halves', () => {
  it('part the articles and their questions for good', async () => {
    const docs = Array.from({ length: 200 }, (_, index) => `article ${index}`)
    const dataset: Dataset = {
      name: 'set',
      passages: docs.map((doc) => ({ id: `${doc}#0`, doc, title: doc, text: doc })),
      questions: docs.map((doc) => ({
        id: `about ${doc}`,
        text: doc,
        answers: [],
        judgements: new Map([[`${doc}#0`, 1]]),
        doc,
      })),
      warnings: [],
    }
    const [a, b] = [half(dataset, 'a'), half(dataset, 'b')]
    expect(a.passages.length + b.passages.length).toBe(200)
    expect(a.passages.length).toBeGreaterThan(70)
    expect(b.passages.length).toBeGreaterThan(70)
    expect(a.questions.map(({ doc }) => doc)).toEqual(a.passages.map(({ doc }) => doc))
    expect(b.questions.map(({ doc }) => doc)).toEqual(b.passages.map(({ doc }) => doc))
    // The SHA-256 of "abc" begins with ba, that of "hello" with 2c.
    expect([halfOf('abc'), halfOf('hello')]).toEqual(['b', 'a'])
  })
})
