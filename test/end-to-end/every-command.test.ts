import { ApplicationCommandOptionType, ApplicationCommandType } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import type { Action, Interaction, Upload } from '../../src/rehearsal/loopback.ts'
import { type Component, everyComponent } from '../../src/rehearsal/rules.ts'
import {
  buttonsOf,
  failuresIn,
  ines,
  isVerbatim,
  mara,
  markdownOf,
  quotesOf,
  readings,
  type Stage,
  selectsOf,
  stage,
} from './stage.ts'

const sentence = 'The Hanoi summit collapsed without an agreement'

/** Something sensible for an option, by its name; a question for what is not known here. */
const samples: Readonly<Record<string, string>> = {
  article: 'after-hanoi',
  passage: 'after-hanoi:4',
  id: 'after-hanoi:4',
  section: 'The stalemate',
  words: 'Kim Jong Un',
  date: '2019-06',
  address: 'https://example.org/essay',
  url: 'https://example.org/essay',
  quote: sentence,
  quotation: sentence,
  text: `The author writes: "${sentence}, and not even a joint statement came out of it."`,
}
const question = 'Why did the Hanoi summit fail?'

/** All that a member can do next with what an interaction left behind. */
function next({ messages, modal, id, action: { member } }: Interaction): Action[] {
  const file: Upload = {
    name: 'essay.txt',
    type: 'text/plain',
    base64: Buffer.from(samples.text ?? '').toString('base64'),
  }
  const form: Action[] = modal
    ? [
        {
          kind: 'submit',
          member,
          interaction: id,
          fields: Object.fromEntries(
            everyComponent(modal.components as readonly Component[], []).flatMap(
              ({ component: { type, custom_id } }) => {
                if (!custom_id) return []
                return [
                  [custom_id, type === 19 ? [file] : (samples[custom_id] ?? samples.text ?? '')],
                ]
              },
            ),
          ),
        },
      ]
    : []
  const pressable = messages.flatMap((shown): Action[] => [
    ...buttonsOf(shown).map(
      (button): Action => ({
        kind: 'press',
        member,
        message: shown.message.id,
        customId: button.id,
      }),
    ),
    ...selectsOf(shown).map(
      (select): Action => ({
        kind: 'choose',
        member,
        message: shown.message.id,
        customId: select.id,
        values: select.values.slice(0, 1),
      }),
    ),
  ])
  return [...form, ...pressable]
}

/** Holds for whatever the bot answers. */
function expectSound(on: Stage, { action, state, payloads, messages, modal }: Interaction): void {
  const what = JSON.stringify(action)
  expect(state, what).toBe('done')
  for (const { status, error } of payloads)
    expect({ status, error }, what).toEqual({ status: expect.any(Number), error: undefined })
  expect(messages.length + (modal ? 1 : 0), what).toBeGreaterThan(0)
  for (const shown of messages) {
    expect(markdownOf(shown), what).not.toBe('')
    expect(shown.message.mentions, what).toEqual([])
    expect(shown.message.mention_everyone, what).toBe(false)
    for (const quote of quotesOf(shown))
      expect(isVerbatim(on, quote), `${what}: ${quote}`).toBe(true)
  }
}

type Option = {
  readonly type: ApplicationCommandOptionType
  readonly name: string
  readonly required?: boolean
  readonly choices?: readonly { readonly value: string | number }[]
  /** Of a subcommand. */
  readonly options?: readonly Option[]
}

function valueFor({ type, name, choices }: Option): string | number | boolean {
  if (type === ApplicationCommandOptionType.Integer) return 1
  if (type === ApplicationCommandOptionType.Boolean) return true
  return choices?.[0]?.value ?? samples[name] ?? question
}

test('every command answers, and so does everything that can be pressed in its answers', async () => {
  const on = await stage()
  const { id: message } = on.discord.post({
    member: mara,
    channel: readings,
    content: `Somebody wrote: "${sentence}, and not even a joint statement came out of it."`,
  })
  const commands = on.discord.commandsFor()
  const names = commands.map((command) => command.name)
  for (const name of ['ask', 'search', 'read', 'sources', 'help']) expect(names).toContain(name)

  const divided = (name: string, options: readonly Option[]) =>
    options.some(({ type }) => type === ApplicationCommandOptionType.Subcommand)
      ? options.map((sub) => ({ name: `${name} ${sub.name}`, options: sub.options ?? [] }))
      : [{ name, options }]
  const begun = commands.flatMap(({ type, name, options }): Action[] => {
    if (type === ApplicationCommandType.Message) {
      return [{ kind: 'message-command', member: mara, command: name, message }]
    }
    return divided(name, (options ?? []) as readonly Option[]).flatMap(({ name, options: all }) => {
      const required = all.filter((option) => option.required)
      return [required, all].map((given) => ({
        kind: 'command' as const,
        // Some commands are only for those who manage the server.
        member: name.startsWith('library ') ? ines : mara,
        channel: readings,
        command: name,
        options: Object.fromEntries(given.map((option) => [option.name, valueFor(option)])),
      }))
    })
  })
  // What is the same but for its message leads to the same: it is pressed once.
  const seen = new Set<string>()
  let actions = begun
  for (let depth = 0; depth < 4; depth++) {
    const further: Action[] = []
    for (const action of actions) {
      const key = JSON.stringify({ ...action, message: '', interaction: '' })
      // A page that was turned has other buttons by now: those are pressed in their turn.
      if (seen.has(key) || !stillThere(on, action)) continue
      seen.add(key)
      const answer = await on.discord.act(action).settled()
      expectSound(on, answer)
      further.push(...next(answer))
    }
    actions = further
  }
  expect(failuresIn(on)).toEqual([])
}, 60_000)

function stillThere({ discord }: Stage, action: Action): boolean {
  if (action.kind !== 'press' && action.kind !== 'choose') return true
  const shown = discord.message(action.message)
  if (!shown) return false
  const ids = [...buttonsOf(shown), ...selectsOf(shown)].map((one) => one.id)
  return ids.includes(action.customId)
}
