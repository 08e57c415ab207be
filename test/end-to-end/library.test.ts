import { setTimeout as wait } from 'node:timers/promises'
import { unzipSync } from 'fflate'
import { expect, test } from 'vitest'
import { command as toCommand } from '../../src/commands/command.ts'
import { type Action, ImpossibleAction, type Interaction } from '../../src/rehearsal/loopback.ts'
import { pdf } from '../documents/samples.ts'
import {
  ask,
  buttonsOf,
  command,
  elsewhere,
  failuresIn,
  general,
  ines,
  isRead,
  jonas,
  jonasDm,
  mara,
  marasDm,
  markdownOf,
  only,
  plain,
  press,
  quotesOf,
  readings,
  type Stage,
  selectsOf,
  stage,
} from './stage.ts'

const secret = 'The lighthouse keeper Aldous Finch hid seven copper kettles under the north stairs.'
const essay = `# Kettles of the north\n\n## The hiding place\n\n${secret}\n\nNobody looked for them before the spring tide.\n`
const question = 'Where did Aldous Finch hide the copper kettles?'

type At = { readonly member?: string; readonly channel?: string }
type File = { readonly name: string; readonly text: string | Uint8Array }

/** Opens a form with a command and sends it filled in. */
async function fill(
  on: Stage,
  name: string,
  fields: Record<string, string | readonly File[]>,
  { member = ines, channel = readings }: At = {},
): Promise<Interaction> {
  const form = await command(on, name, {}, { member, channel })
  if (!form.modal) throw new Error(`no form: ${plain(only(form))}`)
  return on.discord
    .act({
      kind: 'submit',
      member,
      interaction: form.id,
      fields: Object.fromEntries(
        Object.entries(fields).map(([field, value]) => [
          field,
          typeof value === 'string'
            ? value
            : value.map((file) => ({
                name: file.name,
                type: 'text/plain',
                base64: Buffer.from(file.text).toString('base64'),
              })),
        ]),
      ),
    })
    .until(isRead, 60_000)
}

const upload = (on: Stage, files: readonly File[], fields = {}, at: At = {}) =>
  fill(on, 'library add', { files, ...fields }, at)

const kettles: File = { name: 'kettles.md', text: essay }

const asManager = (
  on: Stage,
  name: string,
  options: Record<string, string | boolean> = {},
  channel = readings,
) => command(on, name, options, { member: ines, channel })

const says = async (answer: Promise<Interaction>) => plain(only(await answer))

test('a server adds a reading, is told what was understood, and gets answers from it', async () => {
  const on = await stage()
  const added = only(
    await upload(on, [kettles], {
      author: 'Finch, Ada; Bo Lund',
      date: '2019-06',
      title: 'Kettles',
    }),
  )
  expect(added.onlyFor).toBe(ines)
  const text = plain(added)
  expect(text).toContain('One reading added')
  expect(text).toContain('Kettles')
  expect(text).toContain('2 paragraphs')
  expect(text).toContain('It begins: The lighthouse keeper Aldous Finch')
  expect(text).toContain('1 of at most 100 readings; only this server sees them.')

  const answer = only(await ask(on, question))
  expect(quotesOf(answer)).toContain(secret)
  expect(plain(answer)).toContain('Finch')
  expect(await says(command(on, 'sources'))).toContain('Kettles')
  expect(failuresIn(on)).toEqual([])
})

test('what was added is still there after the bot has started anew', async () => {
  const on = await stage()
  await upload(on, [kettles])
  await on.stop()
  await on.start()
  expect(quotesOf(only(await ask(on, question)))).toContain(secret)
})

test('several files at once: a bad one is named, the others are added', async () => {
  const on = await stage()
  const text = await says(
    upload(
      on,
      [
        kettles,
        { name: 'photo.pdf', text: Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex') },
        { name: 'tide.txt', text: 'The spring tide came on a Tuesday and took the lower fields.' },
        { name: 'again.md', text: essay },
      ],
      { title: 'One title' },
    ),
  )
  expect(text).toContain('2 readings added')
  expect(text).toMatch(/photo\.pdf\nNot added\. ./)
  expect(text).toContain('This text is here already, as "Kettles of the north".')
  expect(text).toContain('The title was not used')
  expect(quotesOf(only(await ask(on, 'When did the spring tide come?'))).join()).toContain(
    'Tuesday',
  )
})

test('pasted text becomes a reading, its Markdown and mentions stay plain text', async () => {
  const on = await stage()
  const pasted = `The **mayor** told @everyone and <@${jonas}> that the bakery closes on Thursday.`
  const title = `About @everyone and <@${jonas}>`
  const added = only(await fill(on, 'library add-text', { text: pasted, title }))
  expect(added.message.mentions).toEqual([])
  expect(added.message.mention_everyone).toBe(false)
  expect(markdownOf(added)).not.toContain(`<@${jonas}>`)
  const answer = only(await ask(on, 'When does the bakery close?'))
  expect(quotesOf(answer)).toContain(pasted)
  expect(answer.message.mentions).toEqual([])
  expect(markdownOf(answer)).not.toContain(`<@${jonas}>`)
})

test('a form that is not filled in rightly says which field, and nothing is added', async () => {
  const on = await stage()
  expect(await says(upload(on, [kettles], { date: 'last June' }))).toContain('write 2019, 2019-06')
  expect(await says(upload(on, [kettles], { address: 'finch' }))).toContain('https://')
  expect(await says(asManager(on, 'library list'))).toContain('There are none yet.')
})

test('list, rename, remove', async () => {
  const on = await stage()
  await upload(on, [kettles])
  expect(await says(asManager(on, 'library list'))).toContain(
    'Kettles of the north (kettles-of-the-north)',
  )
  const id = 'kettles-of-the-north'
  expect(await says(asManager(on, 'library rename', { article: id, title: 'Pots' }))).toContain(
    '"Pots"',
  )
  expect(await says(command(on, 'sources'))).toContain('Pots')
  expect(await says(asManager(on, 'library remove', { article: id }))).toContain(
    '"Pots" has been removed',
  )
  await upload(on, [kettles])
  expect(
    await says(asManager(on, 'library remove', { article: 'kettles of the North' })),
  ).toContain('has been removed')
  expect(quotesOf(only(await ask(on, question))).join()).not.toContain('kettles')
  expect(await says(asManager(on, 'library remove', { article: id }))).toContain('no such reading')
  expect(await says(asManager(on, 'library remove', { article: 'after-hanoi' }))).toContain(
    'no such reading',
  )
})

test('a reading with the title of a bundled article takes nothing from it', async () => {
  const on = await stage()
  const before = [...on.library().articles.values()][0]
  if (!before) throw new Error('no bundled article')
  const added = await says(upload(on, [kettles], { title: before.id.replaceAll('-', ' ') }))
  expect(added).toContain('One reading added')
  expect(await says(asManager(on, 'library list'))).toContain(`(${before.id}-2)`)
  const passage = before.sections[0]?.passages[0]
  const read = only(await command(on, 'passage', { id: passage?.id ?? '' }))
  expect(markdownOf(read)).not.toContain('Aldous')
})

test('the default reading is asked first, the others where it has no answer', async () => {
  const on = await stage({
    knowledge: {
      'a.txt': 'The village fair is held in May, says the old calendar of the village fair.\n',
    },
  })
  await upload(on, [
    { name: 'b.txt', text: 'The village fair moved to September after the flood.' },
    kettles,
  ])
  const listed = await says(asManager(on, 'library list'))
  const id = /\((b[a-z0-9-]*)\)/.exec(listed)?.[1] ?? ''
  await asManager(on, 'library default', { article: id })
  const fair = quotesOf(only(await ask(on, 'When is the village fair?')))
  expect(fair).toEqual(['The village fair moved to September after the flood.'])
  expect(quotesOf(only(await ask(on, question)))).toContain(secret)
  expect(await says(asManager(on, 'library settings'))).toContain(`first to: ${id}`)
  await asManager(on, 'library remove', { article: id })
  expect(await says(asManager(on, 'library settings'))).toContain('first to: all readings alike')
})

test('unanswered questions are kept only where it was turned on, and without names', async () => {
  const on = await stage()
  const unanswerable = 'Which shoes do penguins wear at weddings?'
  await ask(on, unanswerable)
  expect(await says(asManager(on, 'library gaps'))).toContain('are not kept here')
  await asManager(on, 'library settings', { unanswered: true })
  await ask(on, unanswerable)
  await ask(on, unanswerable, { channel: general })
  await ask(on, 'Why did the Hanoi summit fail?')
  const shown = await says(asManager(on, 'library gaps'))
  expect(shown).toContain(`${unanswerable} (1 ×`)
  expect(shown).not.toContain('Hanoi')
  expect(shown).not.toContain(mara)
  expect(await says(asManager(on, 'library gaps', {}, general))).toContain('are not kept here')
  expect(await says(command(on, 'privacy'))).toContain(
    'In this server, questions without an answer',
  )
})

test('a server takes its data along and deletes all of it', async () => {
  const on = await stage()
  await upload(on, [kettles])
  const { message } = only(await asManager(on, 'library export'))
  const file = await fetch(message.attachments[0]?.url ?? '')
  const files = unzipSync(new Uint8Array(await file.arrayBuffer()))
  const text = (name: string) => Buffer.from(files[name] ?? []).toString()
  expect(text('originals/kettles-of-the-north-kettles.md')).toBe(essay)
  expect(JSON.parse(text('library.json')).articles[0]).toMatchObject({
    title: 'Kettles of the north',
    uploader: ines,
  })
  const { sections } = JSON.parse(text('texts/kettles-of-the-north.json'))
  expect(sections[0].paragraphs[0].text).toBe(secret)

  const asked = await asManager(on, 'library forget')
  expect(plain(only(await press(on, asked, 'Keep it', ines)))).toContain('Nothing was deleted.')
  expect(await says(asManager(on, 'library list'))).toContain('Kettles')
  const again = await asManager(on, 'library forget')
  expect(plain(only(await press(on, again, 'Delete it all', ines)))).toContain('Deleted: 1 reading')
  expect(await says(asManager(on, 'library list'))).toContain('There are none yet.')
  expect(quotesOf(only(await ask(on, question))).join()).not.toContain('kettles')
})

test('limits: readings, size of a file, sizes together, uploads an hour', async () => {
  const long = { name: 'long.txt', text: 'A plain sentence about bread. '.repeat(40_000) }
  const small = (number: number) => ({
    name: `${number}.txt`,
    text: `Text number ${number} is here.`,
  })
  const few = await stage({ env: { LIBRARY_ARTICLES: '1' } })
  expect(await says(upload(few, [small(1), small(2)]))).toContain(
    'it holds 1 of at most 1 readings',
  )
  const light = await stage({ env: { DOCUMENT_MEGABYTES: '1' } })
  expect(await says(upload(light, [long]))).toMatch(/more than 1(\.0)? MB/)
  const slow = await stage({ env: { UPLOADS_PER_HOUR: '2' } })
  expect(await says(upload(slow, [small(1), small(2), small(3)]))).toContain('2 readings added')
  expect(await says(upload(slow, [small(4)]))).toContain('2 texts within an hour')
})

test('links are followed only where the operator allows it, and never to private addresses', async () => {
  const url = 'https://127.0.0.1/essay.html'
  const off = await stage()
  expect(await says(asManager(off, 'library add-link', { url }))).toContain(
    'Links are not followed',
  )
  const on = await stage({ env: { LINKS: 'on' } })
  expect(await says(asManager(on, 'library add-link', { url }))).toContain('private address')
  expect(
    await says(asManager(on, 'library add-link', { url: on.discord.api.replace(/\/api$/, '/x') })),
  ).toContain('https://')
})

test('who does not manage the server cannot change its readings, also not with a forged form or button', async () => {
  const on = await stage()
  await upload(on, [kettles])
  expect(() =>
    on.discord.act({ kind: 'command', member: mara, channel: readings, command: 'library list' }),
  ).toThrow(ImpossibleAction)
  const forged = on.discord.place(readings, {
    components: [
      {
        type: 1,
        components: ['library|forget', 'library|files', 'library|text'].map((custom_id) => ({
          type: 2,
          style: 4,
          label: custom_id,
          custom_id,
        })),
      },
    ],
    content: 'old',
  } as never)
  for (const customId of ['library|forget', 'library|files', 'library|text']) {
    const answer = await on.discord
      .act({ kind: 'press', member: mara, message: forged.id, customId })
      .settled()
    expect(answer.messages.map(plain).join()).toContain('Only members who may manage the server')
  }
  expect(quotesOf(only(await ask(on, question)))).toContain(secret)
})

test('a member has readings of their own in direct messages, which nobody else sees', async () => {
  const on = await stage()
  const added = await says(upload(on, [kettles], {}, { member: mara, channel: marasDm }))
  expect(added).toContain('only you see them')
  expect(quotesOf(only(await ask(on, question, { channel: marasDm })))).toContain(secret)
  for (const at of [
    { member: jonas, channel: jonasDm },
    { member: mara, channel: readings },
    { member: jonas, channel: readings },
  ]) {
    const answer = only(await ask(on, question, at))
    expect(plain(answer)).not.toContain(secret)
    expect(plain(answer)).not.toContain('Kettles of the north')
  }
  // In a server without the bot, the member has it along.
  expect(quotesOf(only(await ask(on, question, { channel: elsewhere })))).toContain(secret)
})

/** Every id in the messages of an interaction that a press or a choice would send. */
function idsIn({ messages }: Interaction) {
  return messages.flatMap((shown) => [
    ...buttonsOf(shown).map(({ id }) => ({ id, values: undefined })),
    ...selectsOf(shown),
  ])
}

test('nothing of a library reaches another server: not by forged ids, values, hashes or choices', async () => {
  const on = await stage()
  await upload(on, [kettles])
  const id = 'kettles-of-the-north'
  const hash = /\b[0-9a-f]{8}\b/
  const inside = [
    await ask(on, question),
    await command(on, 'read', { article: id }),
    await command(on, 'passage', { id: `${id}:1` }),
    await command(on, 'search', { words: 'kettles' }),
    await command(on, 'cite', { passage: `${id}:1` }),
    await command(on, 'sources'),
  ]
  expect(inside.map(({ messages }) => messages.map(plain).join()).join()).toContain(secret)
  const found = hash.exec(inside.flatMap((one) => idsIn(one).map((each) => each.id)).join(' '))?.[0]
  expect(found).toBeDefined()

  const leaks: string[] = []
  const watch = (answer: Interaction) => {
    const said = [...answer.messages.map(markdownOf), JSON.stringify(answer.choices ?? [])].join(
      '\n',
    )
    if (/Aldous|lighthouse|Kettles of the north|spring tide/.test(said))
      leaks.push(`${JSON.stringify(answer.action)}: ${said}`)
    expect(answer.state).toBe('done')
  }

  // Ids of buttons and menus, on messages in the other server.
  const ids = new Map(inside.flatMap(idsIn).map((one) => [one.id, one]))
  for (const { id: customId, values } of ids.values()) {
    const component = values
      ? { type: 3, custom_id: customId, options: values.map((value) => ({ label: value, value })) }
      : { type: 2, style: 2, label: 'Forged', custom_id: customId }
    const message = on.discord.place(general, {
      content: 'old',
      components: [{ type: 1, components: [component] }],
    } as never).id
    const action: Action = values
      ? { kind: 'choose', member: mara, message, customId, values: values.slice(0, 1) }
      : { kind: 'press', member: mara, message, customId }
    watch(await on.discord.act(action).settled())
  }

  // Values of options, chosen by hand and not from what was offered.
  const forgeries = [id, `${id}:1`, `${id}:1 ${found}`, found ?? '', 'Kettles of the north']
  for (const { name, type, options = [] } of on.discord.commandsFor()) {
    if (type !== 1 || name === 'library') continue
    for (const forged of forgeries) {
      const given: Record<string, string> = {}
      for (const option of options)
        if (option.type === 3 && !('choices' in option && option.choices))
          given[option.name] = forged
      const tried = on.discord.act({
        kind: 'command',
        member: mara,
        channel: general,
        command: name,
        options: given,
      })
      watch(await tried.settled())
      for (const option of options)
        if ('autocomplete' in option && option.autocomplete)
          watch(
            await on.discord
              .act({
                kind: 'autocomplete',
                member: mara,
                channel: general,
                command: name,
                options: { [option.name]: forged },
                focused: option.name,
              })
              .settled(),
          )
    }
  }

  // The other server's own manager.
  for (const name of ['remove', 'rename', 'default', 'export']) {
    const typed: Action = {
      kind: 'autocomplete',
      member: ines,
      channel: general,
      command: `library ${name}`,
      options: { article: 'kettles' },
      focused: 'article',
    }
    const offered = await on.discord.act(typed).settled()
    expect(JSON.stringify(offered.choices)).not.toContain(id)
    const options = { article: id, ...(name === 'rename' && { title: 'Mine' }) }
    expect(await says(asManager(on, `library ${name}`, options, general))).toContain(
      'no such reading',
    )
  }
  expect(leaks.filter((leak) => !forgeries.some((one) => echoes(leak, one)))).toEqual([])
  expect(await says(asManager(on, 'library list'))).toContain('Kettles of the north')
})

/** What the member typed may be said back. */
function echoes(leak: string, forged: string): boolean {
  const said = leak.slice(leak.indexOf('}: '))
  return !/Aldous|lighthouse|spring tide/.test(said) && said.includes(forged)
}

test('a reply that takes its time says how far it has come, then gives way to the answer', async () => {
  const slow = toCommand({
    name: 'slow',
    description: 'Takes its time',
    private: true,
    options: {},
    async run({ progress }) {
      await wait(1_200)
      progress?.('reading page 40 of 212')
      await wait(300)
      return { blocks: [{ kind: 'text', text: 'All read.' }], private: true }
    },
  })
  const on = await stage({ commands: [slow] })
  const answer = await on.discord
    .act({ kind: 'command', member: mara, channel: readings, command: 'slow' })
    .until(({ messages }) => messages.some((shown) => plain(shown) === 'All read.'))
  expect(JSON.stringify(answer.payloads.map(({ body }) => body))).toContain(
    'reading page 40 of 212',
  )
  expect(plain(only(answer))).toBe('All read.')
  expect(only(answer).onlyFor).toBe(mara)
})

test('a long PDF: how far the reading has come, then what was understood, pages cited, scanned ones named', async () => {
  const on = await stage()
  const sentences = Array.from(
    { length: 40 },
    (_, line) => `The harbour master wrote line ${line} of his report about mud and tides.`,
  )
  const pages = Array.from({ length: 400 }, (_, number) =>
    number === 4
      ? []
      : sentences.map((text, line) => ({
          text: number === 6 && line === 3 ? secret : text.replace('line', `page ${number} line`),
          x: 70,
          y: 70 + line * 17,
        })),
  )
  const file = { name: 'harbour report.pdf', text: await pdf(pages) }
  const added = await upload(on, [file])
  const text = plain(only(added))
  expect(text).toContain('One reading added')
  expect(text).toMatch(/\d+ paragraphs, 400 pages/)
  expect(text).toContain('It begins: The harbour master')
  expect(text).toContain('No text on page 5: scanned or pictures.')
  const shown = JSON.stringify(added.payloads.map(({ body }) => body))
  expect(shown).toMatch(/reading page \d+ of 400/)
  const answer = only(await ask(on, question))
  expect(quotesOf(answer).join()).toContain(secret)
  expect(plain(answer)).toContain('p. 7')
}, 60_000)

test('a PDF of pictures alone is said to be one', async () => {
  const on = await stage()
  const text = await says(upload(on, [{ name: 'scan.pdf', text: await pdf([[], []]) }]))
  expect(text).toContain('holds pictures of pages and no text')
})

test('forged ids, values and hashes show nothing of a library in direct messages, nor of a member’s own in a server', async () => {
  const on = await stage()
  await upload(on, [kettles])
  await upload(
    on,
    [{ name: 'own.md', text: essay.replaceAll('kettles', 'lanterns') }],
    {},
    {
      member: mara,
      channel: marasDm,
    },
  )
  const id = 'kettles-of-the-north'
  const own = 'lanterns-of-the-north'
  const inside = [await ask(on, question), await command(on, 'passage', { id: `${id}:1` })]
  const mine = [
    await ask(on, question, { channel: marasDm }),
    await command(on, 'passage', { id: `${id}:1` }, { channel: marasDm }),
  ]
  const places = [
    // The server's, in messages of one who is in it and of one who has a library of her own.
    { from: inside, channel: jonasDm, member: jonas, hidden: /Aldous|lighthouse|spring tide/ },
    { from: inside, channel: marasDm, member: mara, hidden: /copper kettles/ },
    // A member's own, in another's messages and in servers.
    { from: mine, channel: jonasDm, member: jonas, hidden: /Aldous|lighthouse|spring tide/ },
    { from: mine, channel: general, member: mara, hidden: /Aldous|lighthouse|spring tide/ },
    { from: mine, channel: readings, member: ines, hidden: /copper lanterns/ },
  ]
  for (const { from, channel, member, hidden } of places) {
    for (const { id: customId, values } of from.flatMap(idsIn)) {
      const component = values
        ? {
            type: 3,
            custom_id: customId,
            options: values.map((value) => ({ label: value, value })),
          }
        : { type: 2, style: 2, label: 'Forged', custom_id: customId }
      const message = on.discord.place(channel, {
        content: 'old',
        components: [{ type: 1, components: [component] }],
      } as never).id
      const action: Action = values
        ? { kind: 'choose', member, message, customId, values: values.slice(0, 1) }
        : { kind: 'press', member, message, customId }
      const answer = await on.discord.act(action).settled()
      expect(answer.state).toBe('done')
      expect(answer.messages.map(markdownOf).join()).not.toMatch(hidden)
    }
    for (const name of ['read', 'passage', 'cite', 'search', 'ask'] as const)
      for (const forged of [id, `${id}:1`, own, `${own}:1`]) {
        const options = {
          read: { article: forged },
          passage: { id: forged },
          cite: { passage: forged },
          search: { words: 'harbour', article: forged },
          ask: { question: 'Where are they hidden?', article: forged },
        }[name]
        const answer = await command(on, name, options, { member, channel })
        expect(answer.messages.map(markdownOf).join()).not.toMatch(hidden)
      }
  }
}, 60_000)
