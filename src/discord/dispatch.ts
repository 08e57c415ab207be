import {
  type APIApplicationCommandAutocompleteInteraction,
  type APIApplicationCommandInteraction,
  type APIInteraction,
  type APIMessageComponentInteraction,
  type APIModalSubmitInteraction,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  ComponentType,
  InteractionType,
  MessageFlags,
  PermissionFlagsBits,
} from 'discord-api-types/v10'
import { z } from 'zod'
import { parseActionId } from '../commands/action-id.ts'
import type {
  ChatCommand,
  Choice,
  Command,
  Context,
  MessageCommand,
  Outcome,
  Press,
  Topic,
} from '../commands/command.ts'
import type { Libraries } from '../libraries/libraries.ts'
import type { Kind } from '../operations/ending.ts'
import { MemberError } from '../problem.ts'
import type { Library } from '../search/library.ts'
import { limits } from './limits.ts'
import { titleIn } from './render.ts'

/** What answers are made of. */
export type Sources = {
  /** The library as it is now, for a server or for a member's own messages. */
  readonly library: (server?: string) => Library
  /** A library for each server and member; without it, everybody has `library`. */
  readonly libraries?: Libraries
  /** Every command, coded ones and topics, as they are now. */
  readonly commands: () => readonly Command[]
  readonly topics: () => readonly Topic[]
}

type Given = APIInteraction & { readonly locale?: string }
type Progress = (line: string) => void

/** What a command knows of who asks, and of what there is to know. */
async function contextOf(
  sources: Sources,
  interaction: Given,
  { progress, form = false }: { progress?: Progress | undefined; form?: boolean } = {},
): Promise<Context & { readonly missing?: string }> {
  const { guild_id: server, member } = interaction
  const manager = (BigInt(member?.permissions ?? 0) & PermissionFlagsBits.ManageGuild) !== 0n
  const id = member?.user.id ?? interaction.user?.id ?? ''
  const place = { ...(server && hasBot(interaction) && { server }), member: id }
  const { libraries } = sources
  const own = libraries?.libraryFor(place)
  // A form does not wait until the library is there.
  const library = own && !(form && own instanceof Promise) ? await own : sources.library(server)
  const missing = libraries?.missingAt(place)
  return {
    library,
    ...(missing && { missing }),
    commands: sources.commands(),
    topics: sources.topics(),
    member: { id, ...(server && { server }), manager },
    locale: interaction.locale ?? 'en-US',
    ...(libraries && { own: libraries.ownFor(place, manager) }),
    ...(progress && { progress }),
  }
}

/**
 * Whether the server has the bot, or only the member brought it along.
 * https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object-authorizing-integration-owners-object
 */
function hasBot({ authorizing_integration_owners: owners }: Given): boolean {
  return owners?.[ApplicationIntegrationType.GuildInstall] !== undefined
}

/**
 * The command or action that an interaction calls for, ready to be run.
 * @throws MemberError if there is none, or the options are not as the command wants them
 */
export function prepare(
  sources: Sources,
  interaction: Given,
): {
  readonly private: boolean
  /** True if it opens a form: that cannot be put off. */
  readonly form?: boolean
  run(progress?: Progress): Promise<Outcome>
} {
  const running = async (
    progress: Progress | undefined,
    act: (context: Context) => Outcome | Promise<Outcome>,
    form = false,
  ): Promise<Outcome> => {
    const { missing, ...context } = await contextOf(sources, interaction, { progress, form })
    const outcome = await act(context)
    if (missing === undefined || 'kind' in outcome) return outcome
    return { ...outcome, notes: [...(outcome.notes ?? []), missing] }
  }
  switch (interaction.type) {
    case InteractionType.ApplicationCommand: {
      const { command, options: given } = calledFor(sources.commands(), interaction.data)
      if (command.kind === 'message') {
        const message = messageOf(interaction)
        return {
          private: command.private ?? true,
          run: (progress) => running(progress, (context) => command.run({ ...context, message })),
        }
      }
      const options = parse(command, valuesOf(given))
      const form = command.form?.(options) ?? false
      return {
        private: command.private ?? options.private === true,
        form,
        run: (progress) =>
          running(progress, (context) => command.run({ ...context, options }), form),
      }
    }
    case InteractionType.MessageComponent:
    case InteractionType.ModalSubmit: {
      const { action, args } = actionOf(sources.commands(), interaction.data.custom_id)
      const press = pressOf(interaction, args)
      return {
        private: true,
        run: (progress) => running(progress, (context) => action({ ...context, ...press })),
      }
    }
    default:
      throw new MemberError('This is something that I do not know.')
  }
}

/**
 * What an interaction calls for, in names of which there is a bounded number, and the text that
 * the member gave with it.
 */
export function called(
  commands: readonly Command[],
  interaction: Exclude<APIInteraction, { type: InteractionType.Ping }>,
): {
  readonly kind: Kind
  readonly command: string
  readonly given: Readonly<Record<string, unknown>>
} {
  const { type, data } = interaction
  if (type === InteractionType.MessageComponent || type === InteractionType.ModalSubmit) {
    const kind = type === InteractionType.ModalSubmit ? 'form' : 'press'
    const name = parseActionId(data.custom_id)?.command
    const known = name !== undefined && commands.some((command) => command.name === name)
    return {
      kind,
      command: known ? name : 'unknown',
      given: { title: titleIn(interaction.message?.components) },
    }
  }
  const kind = type === InteractionType.ApplicationCommandAutocomplete ? 'autocomplete' : 'command'
  try {
    const { command, options } = calledFor(commands, data)
    const name = command.name === data.name ? data.name : `${data.name} ${command.name}`
    return { kind, command: name, given: valuesOf(options) }
  } catch {
    return { kind, command: 'unknown', given: {} }
  }
}

/** The command and its options; of a divided one, its subcommand. */
function calledFor(
  commands: readonly Command[],
  data: { readonly type: ApplicationCommandType; readonly name: string },
): { command: ChatCommand | MessageCommand; options: readonly OptionGiven[] } {
  const isMessage = data.type === ApplicationCommandType.Message
  const found = commands.find(
    ({ kind, name }) => (kind === 'message') === isMessage && name === data.name,
  )
  const options = optionsIn(data)
  if (found && found.kind !== 'group') return { command: found, options }
  const [called] = options
  const command = found?.subcommands.find(({ name }) => name === called?.name)
  if (called && command) return { command, options: optionsIn(called) }
  throw new MemberError('This command is no longer here. Type / to see what there is.')
}

function actionOf(commands: readonly Command[], id: string) {
  const parsed = parseActionId(id)
  const command = commands.find(({ name }) => name === parsed?.command)
  const actions = command?.actions ?? {}
  const action =
    parsed && Object.hasOwn(actions, parsed.action) ? actions[parsed.action] : undefined
  if (!parsed || !action) {
    throw new MemberError('This button is out of date. Ask again to get a new one.')
  }
  return { action, args: parsed.args }
}

type OptionGiven = {
  readonly name: string
  readonly type: number
  readonly value?: unknown
  readonly focused?: boolean
}

function optionsIn(data: object): readonly OptionGiven[] {
  return 'options' in data && Array.isArray(data.options) ? data.options : []
}

function valuesOf(options: readonly OptionGiven[]) {
  return Object.fromEntries(options.map(({ name, value }) => [name, value]))
}

/**
 * The options of a command, checked by its own schema.
 * @throws MemberError naming the first option that is not right
 */
export function parse(
  command: ChatCommand,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const parsed = z.object(command.options).safeParse(given)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const option = String(issue?.path[0] ?? '')
  throw new MemberError(`Please check "${option}": ${sentence(issue)}`)
}

function sentence(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'too_small') return `it needs at least ${issue.minimum}${unit(issue.origin)}.`
  if (issue?.code === 'too_big') return `it can have at most ${issue.maximum}${unit(issue.origin)}.`
  return 'it is missing or not as expected.'
}

function unit(origin: string): string {
  return origin === 'string' ? ' characters' : ''
}

function messageOf(interaction: APIApplicationCommandInteraction): string {
  const { data } = interaction
  if (data.type !== ApplicationCommandType.Message) return ''
  return data.resolved.messages[data.target_id]?.content ?? ''
}

type PressOnly = Omit<Press, keyof Context>

function pressOf(
  interaction: APIMessageComponentInteraction | APIModalSubmitInteraction,
  args: readonly string[],
): PressOnly {
  const { message } = interaction
  const form = interaction.type === InteractionType.ModalSubmit ? fieldsOf(interaction) : undefined
  return {
    args,
    values:
      interaction.type === InteractionType.MessageComponent && 'values' in interaction.data
        ? interaction.data.values
        : [],
    fields: form?.fields ?? {},
    files: form?.files ?? [],
    title: titleIn(message?.components),
    private: ((message?.flags ?? 0) & MessageFlags.Ephemeral) !== 0,
  }
}

function fieldsOf(interaction: APIModalSubmitInteraction): Pick<PressOnly, 'fields' | 'files'> {
  const fields: Record<string, string> = {}
  const files: { name: string; size: number; url: string; field: string }[] = []
  for (const label of interaction.data.components) {
    if (label.type !== ComponentType.Label) continue
    const { component } = label
    if (component.type === ComponentType.TextInput) fields[component.custom_id] = component.value
    if (component.type !== ComponentType.FileUpload) continue
    for (const id of component.values) {
      const file = interaction.data.resolved?.attachments?.[id]
      if (!file) continue
      const { filename: name, size, url } = file
      files.push({ name, size, url, field: component.custom_id })
    }
  }
  return { fields, files }
}

/** The choices for what is being typed, within Discord's limits. */
export async function complete(
  sources: Sources,
  interaction: APIApplicationCommandAutocompleteInteraction,
): Promise<readonly Choice[]> {
  const { command, options: given } = calledFor(sources.commands(), interaction.data)
  if (command.kind !== 'chat') return []
  const typed = given.find(({ focused }) => focused)
  if (!typed || typed.type !== ApplicationCommandOptionType.String) return []
  const choices = await command.autocomplete?.[typed.name]?.(String(typed.value ?? ''), {
    ...(await contextOf(sources, interaction)),
    options: valuesOf(given.filter((option) => option !== typed)),
  })
  return (choices ?? [])
    .map(({ name, value }) => ({ name: name.trim().slice(0, limits.choice), value }))
    .filter(({ name, value }) => name && value && value.length <= limits.choice)
    .slice(0, limits.choices)
}
