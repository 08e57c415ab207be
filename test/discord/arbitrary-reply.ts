import fc from 'fast-check'
import type { Block, Button, Line, Reply, Select } from '../../src/reply/reply.ts'

const hostile = fc.constantFrom(
  '@everyone',
  '@here',
  '<@123456789012345678>',
  '<@&123456789012345678>',
  '<#123456789012345678>',
  '<:name:123456789012345678>',
  '<t:1234567890:R>',
  '<id:customize>',
  '</ask:123456789012345678>',
  ':smile:',
  'https://example.org/a_b(c)',
  '[label](https://example.org)',
  '||hidden||',
  '**bold** *slanted* __under__ ~~struck~~',
  '`code`',
  '```\nblock\n```',
  '# heading',
  '-# small',
  '- item',
  '1. first',
  '> quoted',
  '>>> all of it',
  '¯\\_(ツ)_/¯',
  '\u202Eturned around',
  '\u2067kept apart',
  '\n',
  '\\',
)

const script = fc.constantFrom(
  'привет ',
  '会談は失敗した。',
  'שלום ',
  'مرحبا ',
  '🧑‍🚀',
  'ก็',
  'é',
  'a',
)

/** Any text: ordinary, in any script, made of what Discord reads as Markdown, and very long. */
export const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc
    .array(fc.oneof(hostile, fc.string({ maxLength: 5 })), { maxLength: 12 })
    .map((s) => s.join(' ')),
  fc.tuple(script, fc.integer({ min: 0, max: 6_000 })).map(([part, times]) => part.repeat(times)),
  fc.tuple(hostile, fc.integer({ min: 0, max: 600 })).map(([part, times]) => part.repeat(times)),
)

export const range = (most: number) =>
  fc
    .tuple(fc.nat(most), fc.nat(most))
    .map(([one, other]) => ({ start: Math.min(one, other), end: Math.max(one, other) }))

const line: fc.Arbitrary<Line> = fc.oneof(
  text,
  fc.array(
    fc.oneof(
      text,
      fc.record({
        text,
        style: fc.constantFrom('bold', 'italic', 'strike', 'underline', 'code'),
      }),
      fc.record({ link: fc.oneof(fc.webUrl(), text), label: text }),
      fc.record({ command: fc.oneof(fc.constant('ask'), text) }),
    ),
    { maxLength: 4 },
  ),
)

const button: fc.Arbitrary<Button> = fc.oneof(
  fc.record(
    {
      label: text,
      id: fc.oneof(fc.string({ maxLength: 120 }), fc.constant('ask|more|1')),
      style: fc.constantFrom('primary', 'secondary', 'danger'),
      disabled: fc.boolean(),
    },
    { requiredKeys: ['label', 'id'] },
  ),
  fc.record({ label: text, url: fc.oneof(fc.webUrl({ withFragments: true }), text) }),
)

const select: fc.Arbitrary<Select> = fc.record({
  placeholder: text,
  id: fc.string({ maxLength: 120 }),
  choices: fc.array(
    fc.record(
      { label: text, value: text, description: text },
      { requiredKeys: ['label', 'value'] },
    ),
    { maxLength: 40 },
  ),
})

const citation = fc.record(
  { label: text, passageId: fc.string(), hash: fc.string(), url: fc.webUrl() },
  { requiredKeys: ['label', 'passageId', 'hash'] },
)

const block: fc.Arbitrary<Block> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('excerpt' as const),
      text,
      marks: fc.array(range(500), { maxLength: 6 }),
      sentences: fc.array(range(5_000), { maxLength: 6 }),
      citation,
      button,
      more: button,
    },
    { requiredKeys: ['kind', 'text', 'marks', 'citation'] },
  ),
  fc.record({ kind: fc.constant('heading' as const), text: line }),
  fc.record(
    { kind: fc.constant('text' as const), text: line, button, more: button },
    { requiredKeys: ['kind', 'text'] },
  ),
  fc.record({ kind: fc.constant('list' as const), items: fc.array(line, { maxLength: 30 }) }),
  fc.record(
    { kind: fc.constant('code' as const), text, language: fc.string() },
    { requiredKeys: ['kind', 'text'] },
  ),
  fc.record({ kind: fc.constant('separator' as const) }),
)

export const anyReply: fc.Arbitrary<Reply> = fc.record(
  {
    title: text,
    blocks: fc.array(block, { maxLength: 60 }),
    notes: fc.array(line, { maxLength: 5 }),
    buttons: fc.array(button, { maxLength: 30 }),
    selects: fc.array(select, { maxLength: 5 }),
    more: button,
    file: fc.record({ name: text, content: text }),
    private: fc.boolean(),
  },
  { requiredKeys: ['blocks'] },
)
