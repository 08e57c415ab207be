import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type AsyncZippable, strToU8, zip } from 'fflate'
import { z } from 'zod'
import { actionId } from '../src/commands/action-id.ts'
import { type Context, command, groupCommand, type Typing } from '../src/commands/command.ts'
import { cut, suggest } from '../src/commands/suggest.ts'
import { checkDetails, type Details, longestTitle } from '../src/libraries/details.ts'
import type { Added, OwnLibrary, Source } from '../src/libraries/own-library.ts'
import { MemberError } from '../src/problem.ts'
import type { Block, Button, Form, Reply } from '../src/reply/reply.ts'

const perPage = 8
const gapsShown = 20
/** Discord takes 10 MiB where a server has no boosts. */
const largestFile = 10_000_000

const article = z.string().max(100).describe('The reading')
const ofOwn = { article: (typed: string, context: Typing) => suggestOwn(typed, context) }

const sub = (definition: Parameters<typeof command>[0]) => command({ ...definition, private: true })

export default groupCommand({
  name: 'library',
  description: 'Add to, list and change the readings of this server (in direct messages: your own)',
  manageServer: true,
  subcommands: [
    sub({
      name: 'add',
      description: 'Add readings from files: PDF, Word, EPUB, HTML, Markdown or plain text',
      options: {},
      form: () => true,
      run: ({ own }) => fileForm(ownOf(own)),
    }),
    sub({
      name: 'add-text',
      description: 'Add a reading by pasting its text',
      options: {},
      form: () => true,
      run: ({ own }) => textForm(ownOf(own)),
    }),
    command({
      name: 'add-link',
      description: 'Add a reading from a link',
      private: true,
      options: { url: z.string().max(2000).describe('An address that begins with https://') },
      async run({ own: given, options, progress }) {
        const own = ownOf(given)
        await own.mustChange()
        const added = await attempt(own, { kind: 'link', url: options.url }, {}, progress)
        return shown(own, [added], progress)
      },
    }),
    sub({
      name: 'list',
      description: 'What this library holds',
      options: {},
      run: ({ own }) => list(ownOf(own), 0),
    }),
    command({
      name: 'remove',
      description: 'Remove a reading from this library',
      private: true,
      options: { article },
      autocomplete: ofOwn,
      async run({ own: given, options }) {
        const own = ownOf(given)
        await own.mustChange()
        const { title } = await own.remove(options.article)
        return said(`"${title}" has been removed, its original too.`)
      },
    }),
    command({
      name: 'rename',
      description: 'Give a reading another title',
      private: true,
      options: {
        article,
        title: z.string().min(1).max(longestTitle).describe('The new title'),
      },
      autocomplete: ofOwn,
      async run({ own: given, options }) {
        const own = ownOf(given)
        await own.mustChange()
        const { title } = checkDetails(options)
        if (!title) throw new MemberError('The title is empty: write one.')
        await own.rename(options.article, title)
        return said(`It is called "${title}" now.`)
      },
    }),
    command({
      name: 'default',
      description: 'Put questions to one reading first (to all alike without it)',
      private: true,
      options: { article: article.optional() },
      autocomplete: {
        article: (typed, { library }) =>
          suggest(
            typed,
            [...library.articles.values()].map(({ id, title }) => ({
              name: cut(title),
              value: id,
            })),
          ),
      },
      async run({ own: given, options, library }) {
        const own = ownOf(given)
        await own.mustChange()
        const id = await own.setDefault(options.article)
        if (!id) return said('Questions are put to all readings alike.')
        const title = library.articles.get(id)?.title ?? id
        return said(
          `Questions are put to "${title}" first, and to the others where it has no answer.`,
        )
      },
    }),
    command({
      name: 'settings',
      description: 'Show or change the settings of this library',
      private: true,
      options: {
        changes: z
          .enum(['managers', 'everyone'])
          .optional()
          .describe('Who may change the library, of those who can use this command'),
        unanswered: z
          .boolean()
          .optional()
          .describe('Keep questions that had no answer, without names, for 30 days'),
      },
      async run({ own: given, options }) {
        const own = ownOf(given)
        await own.mustChange()
        const { changes, unanswered } = options
        if (changes || unanswered !== undefined) {
          await own.changeSettings({
            ...(changes && { changes }),
            ...(unanswered !== undefined && { unanswered }),
          })
        }
        return settings(own)
      },
    }),
    command({
      name: 'export',
      description: 'Get all that this library holds as a file',
      private: true,
      options: { article: article.optional() },
      autocomplete: ofOwn,
      async run({ own: given, options }) {
        const own = ownOf(given)
        await own.mustChange()
        return exported(own, options.article)
      },
    }),
    sub({
      name: 'forget',
      description: 'Delete all that is kept of this library',
      options: {},
      async run({ own: given }) {
        const own = ownOf(given)
        await own.mustChange()
        const held = await own.list()
        return {
          title: 'Delete this library?',
          blocks: [
            {
              kind: 'text',
              text: `${counted(held.length, 'reading')}, the originals, the settings and the unanswered questions will be deleted. This cannot be undone; get a copy first if you want to keep one.`,
            },
          ],
          buttons: [
            { label: 'Delete it all', id: actionId('library', 'forget'), style: 'danger' },
            { label: 'Keep it', id: actionId('library', 'keep') },
          ],
          private: true,
        }
      },
    }),
    sub({
      name: 'gaps',
      description: 'What was asked in the last 30 days that the readings do not answer',
      options: {},
      async run({ own }) {
        await ownOf(own).mustChange()
        return gaps(ownOf(own))
      },
    }),
  ],
  actions: {
    async files({ own: given, fields, files, progress }) {
      const own = ownOf(given)
      await own.mustChange()
      const details = checkDetails(fields)
      if (!files?.length) throw new MemberError('No file was sent: choose at least one.')
      const { title: _title, ...ofSeveral } = details
      const outcomes: Attempted[] = []
      for (const [index, { name, size, url }] of files.entries()) {
        const before = files.length > 1 ? `File ${index + 1} of ${files.length}: ` : ''
        outcomes.push(
          await attempt(
            own,
            { kind: 'file', name, size, url },
            files.length > 1 ? ofSeveral : details,
            (line) => progress?.(`${before}${line}`),
          ),
        )
      }
      const unused = files.length > 1 && details.title !== undefined
      return shown(
        own,
        outcomes,
        progress,
        unused ? ['The title was not used: it can be given for one file at a time.'] : [],
      )
    },
    async text({ own: given, fields, progress }) {
      const own = ownOf(given)
      await own.mustChange()
      const details = checkDetails(fields)
      const source = { kind: 'text' as const, text: fields.text ?? '' }
      return shown(own, [await attempt(own, source, details, progress)], progress)
    },
    page: async ({ own, args }) => ({
      ...(await list(ownOf(own), Number(args[0]) || 0)),
      replaces: true,
    }),
    async forget({ own: given }) {
      const own = ownOf(given)
      await own.mustChange()
      const count = await own.forget()
      return { ...said(`Deleted: ${counted(count, 'reading')} and all else.`), replaces: true }
    },
    keep: () => ({ ...said('Nothing was deleted.'), replaces: true }),
  },
})

function ownOf(own: OwnLibrary | undefined): OwnLibrary {
  if (!own) throw new MemberError('No readings can be added here.')
  return own
}

function said(text: string): Reply {
  return { blocks: [{ kind: 'text', text }], private: true }
}

async function suggestOwn(typed: string, { own }: Context) {
  const held = (await own?.list().catch(() => [])) ?? []
  return suggest(
    typed,
    held.map(({ id, title }) => ({ name: cut(title), value: id })),
  )
}

const detailFields = [
  ['title', 'Title', 'Without it: as the text itself says.', longestTitle],
  ['author', 'Author', 'Family name, given name; several by semicolons.', 500],
  ['date', 'Date', '2019, 2019-06 or 2019-06-14', 10],
  ['address', 'Address', 'Where the text stands on the web; citations will link to it.', 2000],
] as const

function details(titleRequired: boolean): Form['fields'] {
  return detailFields.map(([name, label, description, maxLength]) => ({
    name,
    label,
    description,
    required: titleRequired && name === 'title',
    input: { kind: 'line', maxLength },
  }))
}

async function fileForm(own: OwnLibrary): Promise<Form> {
  await own.mustChange()
  return {
    kind: 'form',
    id: actionId('library', 'files'),
    title: 'Add readings',
    fields: [
      {
        name: 'files',
        label: 'Files',
        description: `Up to 10, each up to ${megabytes(own.limits.documentBytes)}.`,
        required: true,
        input: { kind: 'files', max: 10 },
      },
      ...details(false),
    ],
  }
}

async function textForm(own: OwnLibrary): Promise<Form> {
  await own.mustChange()
  return {
    kind: 'form',
    id: actionId('library', 'text'),
    title: 'Add a reading',
    fields: [
      {
        name: 'text',
        label: 'Text',
        description: 'Up to 4,000 characters; send a longer text as a file.',
        required: true,
        input: { kind: 'paragraph', maxLength: 4000 },
      },
      ...details(true),
    ],
  }
}

type Attempted = Added | { readonly name: string; readonly failed: string }

/** One text; that it cannot be read does not keep the others from being added. */
async function attempt(
  own: OwnLibrary,
  source: Source,
  given: Details,
  progress: Context['progress'],
): Promise<Attempted> {
  try {
    return await own.add(source, given, (line) => progress?.(line))
  } catch (error) {
    if (!(error instanceof MemberError) || source.kind !== 'file') throw error
    return { name: source.name, failed: error.message }
  }
}

/** What was understood of each text. */
async function shown(
  own: OwnLibrary,
  outcomes: readonly Attempted[],
  progress: Context['progress'],
  notes: readonly string[] = [],
): Promise<Reply> {
  const added = outcomes.flatMap((one) => ('failed' in one ? [] : [one.holding]))
  if (outcomes.length === 1 && outcomes[0] && 'failed' in outcomes[0])
    throw new MemberError(outcomes[0].failed)
  progress?.('making it ready for questions')
  await own.whole()
  const held = await own.list()
  return {
    title: added.length === 1 ? 'One reading added' : `${added.length} readings added`,
    blocks: outcomes.flatMap((one, index): Block[] => [
      ...(index > 0 ? [{ kind: 'separator' as const }] : []),
      ...('failed' in one ? failure(one) : understood(one, outcomes.length === 1)),
    ]),
    notes: [
      ...notes,
      `${held.length} of at most ${own.limits.articles} readings; ${own.whose === 'server' ? 'only this server sees them' : 'only you see them'}.`,
    ],
    private: true,
  }
}

function failure({ name, failed }: { name: string; failed: string }): Block[] {
  return [
    {
      kind: 'text',
      text: [{ text: cut(name), style: 'bold' }, `\nNot added. ${failed}`],
    },
  ]
}

function understood(added: Added, alone: boolean): Block[] {
  const { holding, sections, paragraphs, pages, firstLines, warnings } = added
  const size = [
    ...(sections > 0 ? [counted(sections, 'section')] : []),
    counted(paragraphs, 'paragraph'),
    ...(pages ? [counted(pages, 'page')] : []),
  ].join(', ')
  return [
    {
      kind: 'text',
      text: [
        { text: holding.title, style: 'bold' },
        `\n${size}`,
        ...(alone ? [`\nIt begins: ${firstLines}`] : []),
        ...warnings.map((warning) => `\n⚠ ${warning}`),
      ],
    },
  ]
}

async function list(own: OwnLibrary, offset: number): Promise<Reply> {
  const held = await own.list()
  const from = Math.max(0, Math.min(Math.floor(offset), held.length - 1))
  const page = held.slice(from, from + perPage)
  const { defaultArticle } = await own.settings()
  const turn = (label: string, to: number): Button => ({
    label,
    id: actionId('library', 'page', String(to)),
  })
  const bytes = held.reduce((sum, { size }) => sum + size, 0)
  return {
    title: own.whose === 'server' ? 'The readings of this server' : 'Your own readings',
    blocks:
      held.length === 0
        ? [
            {
              kind: 'text',
              text: ['There are none yet. ', { command: 'library add' }, ' adds some.'],
            },
          ]
        : [
            {
              kind: 'list',
              items: page.map(({ id, title, size, addedAt }) => [
                { text: title, style: 'bold' as const },
                ` (${id}), ${megabytes(size)}, added ${addedAt.toISOString().slice(0, 10)}${id === defaultArticle ? ', asked first' : ''}`,
              ]),
            },
          ],
    notes: [
      `${held.length} of at most ${own.limits.articles} readings, ${megabytes(bytes)} of at most ${megabytes(own.limits.bytes)}`,
    ],
    buttons: [
      ...(from > 0 ? [turn('Previous', Math.max(0, from - perPage))] : []),
      ...(from + perPage < held.length ? [turn('Next', from + perPage)] : []),
    ],
    private: true,
  }
}

async function settings(own: OwnLibrary): Promise<Reply> {
  const { defaultArticle, unanswered, changes } = await own.settings()
  return {
    title: 'Settings of this library',
    blocks: [
      {
        kind: 'list',
        items: [
          `Questions are put first to: ${defaultArticle ?? 'all readings alike'}`,
          `Unanswered questions: ${unanswered ? 'kept without names for 30 days' : 'not kept'}`,
          ...(own.whose === 'server'
            ? [
                `Who may change the library: ${changes === 'everyone' ? 'everyone who can use /library' : 'members who may manage the server'}`,
              ]
            : []),
        ],
      },
    ],
    private: true,
  }
}

async function gaps(own: OwnLibrary): Promise<Reply> {
  const { unanswered } = await own.settings()
  if (!unanswered)
    return said(
      'Unanswered questions are not kept here. /library settings can turn that on: they are kept without names, for 30 days.',
    )
  const found = await own.unanswered()
  return {
    title: 'What the readings did not answer',
    blocks: [
      found.length === 0
        ? { kind: 'text', text: 'Every question of the last 30 days had an answer.' }
        : {
            kind: 'list',
            items: found
              .slice(0, gapsShown)
              .map(({ question, times, last }) => `${question} (${times} ×, last on ${last})`),
          },
    ],
    notes:
      found.length > gapsShown ? [`${gapsShown} of ${found.length}, the most frequent first`] : [],
    private: true,
  }
}

/**
 * A ZIP file: the list, a JSON file for each text, and the originals beside them as far as Discord
 * takes them. It is packed in threads of its own.
 */
async function exported(own: OwnLibrary, only: string | undefined): Promise<Reply> {
  const chosen = (id: string) => only === undefined || id === only
  const held = (await own.list()).filter(({ id }) => chosen(id))
  if (held.length === 0)
    throw new MemberError(
      only === undefined
        ? 'There is nothing to export: no reading has been added.'
        : 'There is no such reading here. /library list shows them.',
    )
  const json = (value: unknown) => strToU8(`${JSON.stringify(value, null, 2)}\n`)
  const files: Record<string, Uint8Array> = {
    'library.json': json({
      articles: held,
      settings: await own.settings(),
      unanswered: await own.unanswered(),
    }),
  }
  for (const { id, title, text } of await own.texts()) {
    if (!chosen(id)) continue
    await setImmediate()
    files[`texts/${id}.json`] = json({ id, title, ...text })
  }
  let size = (await packed(files)).length
  if (size > largestFile)
    throw new MemberError(
      only === undefined
        ? 'All readings together are too large for a file on Discord: export them one by one, with the option article.'
        : 'This reading is too large for a file on Discord: ask who runs this bot for a backup.',
    )
  const missing: string[] = []
  for await (const { article: id, name, bytes } of own.originals()) {
    if (!chosen(id)) continue
    const path = `originals/${id}-${name.replace(/[^\p{L}\p{N}.-]+/gu, '_').slice(-80)}`
    const more = (await packed({ [path]: bytes })).length
    if (size + more > largestFile) {
      missing.push(id)
      continue
    }
    files[path] = bytes
    size += more
  }
  return {
    blocks: [{ kind: 'text', text: `${counted(held.length, 'reading')}, as a ZIP file.` }],
    notes:
      missing.length > 0
        ? [
            `Without the originals of ${missing.join(', ')}, which do not fit: export each by itself.`.slice(
              0,
              500,
            ),
          ]
        : [],
    file: { name: 'library.zip', content: await packed(files) },
    private: true,
  }
}

const packed = promisify<AsyncZippable, Uint8Array>((files, done) => {
  zip(files, done)
})

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function megabytes(bytes: number): string {
  return bytes < 100_000
    ? `${Math.ceil(bytes / 1000)} kB`
    : `${(bytes / 1e6).toFixed(1).replace(/\.0$/, '')} MB`
}
