import { rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readKnowledge } from '../../src/knowledge/read.ts'
import { OperatorError } from '../../src/problem.ts'
import { folderOf } from './folder.ts'

/** What the operator is told of the folder, with the folder's path taken off. */
async function told(dir: string): Promise<string> {
  const error = await readKnowledge(dir).catch((reason: unknown) => reason)
  if (!(error instanceof OperatorError)) throw new Error(`not an operator's mistake: ${error}`)
  return error.message.replaceAll(join(dir, '/'), '').replaceAll(dir, 'FOLDER')
}

const withFields = (fields: string) => ({ 'a.md': `---\nid: a\ntitle: A\n${fields}\n---\nText.\n` })
const withBody = (body: string) => ({ 'a.md': `---\nid: a\ntitle: A\n---\n${body}` })

describe('the sentence names file, line, fault and mend for', () => {
  test.each<[string, Record<string, string | Buffer>, RegExp]>([
    [
      'no front matter',
      { 'a.md': 'Text.' },
      /^a\.md:1: the front matter is missing; begin the file/,
    ],
    ['an open front matter', { 'a.md': '---\nid: a\nText.' }, /^a\.md:1: .*no end; put a line ---/],
    [
      'no id',
      { 'a.md': '---\ntitle: A\n---\nText.' },
      /^a\.md:1: .*has no id; add a line such as id:/,
    ],
    ['no title', { 'a.md': '---\nid: a\n---\nText.' }, /^a\.md:1: .*has no title; add a line/],
    [
      'an empty title',
      { 'a.md': '---\nid: a\ntitle:\n---\nText.' },
      /^a\.md:3: title must be text; it is null/,
    ],
    [
      'an id with capitals',
      { 'a.md': '---\nid: Big\ntitle: A\n---\nT.' },
      /^a\.md:2: id must be .*a-z.*"Big"/,
    ],
    [
      'an id that is too long',
      { 'a.md': `---\nid: ${'a'.repeat(41)}\ntitle: A\n---\nT.` },
      /^a\.md:2: id must be 1 to 40/,
    ],
    [
      'a misspelt field',
      withFields('publised: 2019'),
      /^a\.md:4: the field publised .*; write published/,
    ],
    [
      'a misspelt CSL field',
      withFields('container_title: X'),
      /^a\.md:4: .*; write container-title/,
    ],
    [
      "another tool's field",
      withFields('date: 2019'),
      /^a\.md:4: the field date .*; write published/,
    ],
    [
      'a field like nothing known',
      withFields('mood: calm'),
      /^a\.md:4: the field mood .*take it out, or use one of id, title/,
    ],
    [
      'a field named like a method',
      withFields('constructor: x'),
      /^a\.md:4: the field constructor is not known/,
    ],
    [
      'a field given twice',
      withFields('title: B'),
      /^a\.md:4: this field stands here twice; take one/,
    ],
    [
      'a month that is not',
      withFields('published: 2019-13'),
      /^a\.md:4: published must be a real date .*"2019-13"/,
    ],
    [
      'a day that is not',
      withFields('published: 2019-02-29'),
      /^a\.md:4: published must be a real date/,
    ],
    [
      'a date in words',
      withFields('published: June 2019'),
      /^a\.md:4: published must be a real date such as 2019, 2019-06/,
    ],
    [
      'a day of access that is not',
      withFields('accessed: yesterday'),
      /^a\.md:4: accessed must be a real date/,
    ],
    [
      'an address of another kind',
      withFields('url: ftp://example.org'),
      /^a\.md:4: url must be .*https:\/\//,
    ],
    [
      'a script as address',
      withFields('url: javascript:alert(1)'),
      /^a\.md:4: url must be .*https:\/\//,
    ],
    [
      'a language that is not',
      withFields('language: English!'),
      /^a\.md:4: language must be a language tag such as en/,
    ],
    [
      'an author without a name',
      withFields('author:\n  - Ada\n  - famly: Holm'),
      /^a\.md:4: author must be .*\{family, given\}/,
    ],
    [
      'a colon in YAML',
      { 'a.md': '---\nid: a\ntitle: A: B\n---\nT.' },
      /^a\.md:3: this is not YAML .*quotation marks/,
    ],
    [
      'an open quotation mark in YAML',
      { 'a.md': '---\nid: a\ntitle: "A\n---\nT.' },
      /^a\.md:3: this is not YAML/,
    ],
    [
      'an alias in YAML',
      { 'a.md': '---\nid: a\ntitle: *A\n---\nT.' },
      /^a\.md:3: this is not YAML .*quotation marks/,
    ],
    [
      'a list as front matter',
      { 'a.md': '---\n- id\n---\nT.' },
      /^a\.md:2: .*must be fields, one a line/,
    ],
    [
      'a Markdown file without text',
      withBody('# A\n\n## B\n'),
      /^a\.md:1: the article has no text; write a paragraph/,
    ],
    ['a plain text without text', { 'a.txt': '\n \n' }, /^a\.txt:1: the article has no text/],
    [
      'a plain text of furniture alone',
      { 'a.txt': 'No comments:\nPost a Comment\n' },
      /^a\.txt:1: the article has no text/,
    ],
    [
      'an asks comment at the end',
      withBody('Text.\n\n<!-- asks: Why? -->\n'),
      /^a\.md:7: no paragraph follows/,
    ],
    [
      'an asks comment before a heading',
      withBody('<!-- asks: Why? -->\n## B\n\nText.'),
      /^a\.md:5: no paragraph follows/,
    ],
    [
      'an asks comment without a question',
      withBody('<!-- asks: | -->\nText.'),
      /^a\.md:5: .*no question; write <!-- asks:/,
    ],
    [
      'an asks comment inside a paragraph',
      withBody('One\ntwo <!-- asks: Why? --> three.'),
      /^a\.md:6: .*line of its own before/,
    ],
    [
      'text behind a comment',
      withBody('<!-- asks: Why? --> Text.'),
      /^a\.md:5: .*put it on the next line/,
    ],
    [
      'bytes that are not UTF-8',
      { 'a.txt': Buffer.from('One.\nTw\xf6.\n', 'latin1') },
      /^a\.txt:2: .*not UTF-8; save the file again as UTF-8/,
    ],
    [
      'UTF-16',
      { 'a.txt': Buffer.from('\ufeffOne.', 'utf16le') },
      /^a\.txt:1: .*UTF-16.*; save it again as UTF-8/,
    ],
    ['a NUL byte', { 'a.txt': 'One.\nTwo\0.\n' }, /^a\.txt:2: .*NUL byte/],
    [
      'a file of 50 MB',
      { 'a.txt': Buffer.alloc(50_000_000, 'word ') },
      /^a\.txt:1: the file has 50\.0 MB and the limit is 5 MB/,
    ],
    [
      'a file name without letters a-z',
      { '分析.txt': 'Text here.' },
      /^分析\.txt:1: no id can be made from the name/,
    ],
    [
      'quotations in quotations without end',
      withBody(`${'>'.repeat(60_000)} x`),
      /^a\.md:5: .*nested too deeply/,
    ],
    [
      'two articles with one id',
      { ...withBody('Text.'), 'b.md': '---\ntitle: B\nid: a\n---\nText.' },
      /^b\.md:3: the id a is taken by a\.md:2; give one/,
    ],
    [
      'a text named like an article',
      { ...withBody('Text.'), 'a.txt': 'Some text.' },
      /^a\.txt:1: the id a is taken by a\.md:2/,
    ],
    [
      'synonyms that are no list',
      { ...withBody('T.'), 'synonyms.yaml': 'a: b' },
      /^synonyms\.yaml:1: .*write a line such as - \[Seoul/,
    ],
    [
      'a synonym alone',
      { ...withBody('T.'), 'synonyms.yaml': '# x\n- [a, b]\n- [c]\n' },
      /^synonyms\.yaml:3: .*at least two words/,
    ],
    [
      'a synonym that is no word',
      { ...withBody('T.'), 'synonyms.yaml': '- [a, b]\n- [c, {d: e}]\n' },
      /^synonyms\.yaml:2: .*at least two words/,
    ],
    [
      'synonyms that are not YAML',
      { ...withBody('T.'), 'synonyms.yaml': '- [a, b]\n- [c, d\n' },
      /^synonyms\.yaml:\d: this is not YAML/,
    ],
    [
      'synonyms under another name',
      { ...withBody('T.'), 'synonyms.yml': '- [a, b]' },
      /^synonyms\.yml:1: .*name it synonyms\.yaml/,
    ],
    [
      'no article',
      { 'synonyms.yaml': '- [a, b]' },
      /^FOLDER: the folder holds no article; put a Markdown/,
    ],
  ])('%s', async (_, files, sentence) => {
    const message = await told(await folderOf(files))
    expect(message).toMatch(sentence)
    expect(message).toMatch(/\.$/)
    expect(message).not.toContain('\n')
  })

  test('a folder that is not there', async () => {
    const dir = await folderOf({})
    await rm(dir, { recursive: true })
    expect(await told(dir)).toMatch(/^FOLDER: there is no such folder .*KNOWLEDGE_DIR/)
  })

  test('a file in the place of the folder', async () => {
    const dir = await folderOf({ 'a.txt': 'Text.' })
    await expect(readKnowledge(join(dir, 'a.txt'))).rejects.toThrow(/no such folder/)
  })

  test('a link that leads out of the folder', async () => {
    const outside = await folderOf({ 'secret.txt': 'A secret.' })
    const dir = await folderOf({})
    await symlink(join(outside, 'secret.txt'), join(dir, 'a.txt'))
    expect(await told(dir)).toMatch(
      /^a\.txt:1: this is a link that leads out of FOLDER; put the file/,
    )
  })

  test('a link that leads nowhere', async () => {
    const dir = await folderOf({})
    await symlink('nowhere.txt', join(dir, 'a.txt'))
    expect(await told(dir)).toMatch(/^a\.txt:1: the file cannot be found; if it is a link/)
  })
})
