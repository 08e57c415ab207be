import {
  type APIApplicationCommandAutocompleteInteraction,
  type APIApplicationCommandInteraction,
  type APIInteraction,
  type APIMessageComponentInteraction,
  type APIModalSubmitInteraction,
  ApplicationCommandOptionType,
  ApplicationCommandType,
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
} from '../commands/command.ts'
import { MemberError } from '../problem.ts'
import type { BotOptions } from './bot.ts'
import { limits } from './limits.ts'
import { titleIn } from './render.ts'

export type Sources = Pick<BotOptions, 'library' | 'commands' | 'topics'>

type Given = APIInteraction & { readonly locale?: string }

/** What a command knows of who asks, and of what there is to know. */
function contextOf(sources: Sources, interaction: Given): Context {
  const { guild_id: server, member } = interaction
  const permissions = BigInt(member?.permissions ?? 0)
  return {
    library: sources.library(server),
    commands: sources.commands(),
    topics: sources.topics(),
    member: {
      id: member?.user.id ?? interaction.user?.id ?? '',
      ...(server && { server }),
      manager: (permissions & PermissionFlagsBits.ManageGuild) !== 0n,
    },
    locale: interaction.locale ?? 'en-US',
  }
}

/**
 * The command or action that an interaction calls for, ready to be run.
 * @throws MemberError if there is none, or the options are not as the command wants them
 */
export function prepare(
  sources: Sources,
  interaction: Given,
): { readonly private: boolean; run(): Outcome | Promise<Outcome> } {
  const context = () => contextOf(sources, interaction)
  switch (interaction.type) {
    case InteractionType.ApplicationCommand: {
      const command = commandOf(sources.commands(), interaction.data)
      if (command.kind === 'message') {
        const message = messageOf(interaction)
        return {
          private: command.private ?? true,
          run: () => command.run({ ...context(), message }),
        }
      }
      const options = parse(command, valuesOf(optionsIn(interaction.data)))
      return {
        private: command.private ?? options.private === true,
        run: () => command.run({ ...context(), options }),
      }
    }
    case InteractionType.MessageComponent:
    case InteractionType.ModalSubmit: {
      const { action, args } = actionOf(sources.commands(), interaction.data.custom_id)
      const press = pressOf(interaction, args)
      return { private: true, run: () => action({ ...context(), ...press }) }
    }
    default:
      throw new MemberError('This is something that I do not know.')
  }
}

function commandOf(
  commands: readonly Command[],
  data: { readonly type: ApplicationCommandType; readonly name: string },
): ChatCommand | MessageCommand {
  const kind = data.type === ApplicationCommandType.Message ? 'message' : 'chat'
  const found = commands.find((command) => command.kind === kind && command.name === data.name)
  if (!found) throw new MemberError('This command is no longer here. Type / to see what there is.')
  return found
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
export function complete(
  sources: Sources,
  interaction: APIApplicationCommandAutocompleteInteraction,
): readonly Choice[] {
  const command = commandOf(sources.commands(), interaction.data)
  if (command.kind !== 'chat') return []
  const given = optionsIn(interaction.data)
  const typed = given.find(({ focused }) => focused)
  if (!typed || typed.type !== ApplicationCommandOptionType.String) return []
  const choices = command.autocomplete?.[typed.name]?.(String(typed.value ?? ''), {
    ...contextOf(sources, interaction),
    options: valuesOf(given.filter((option) => option !== typed)),
  })
  return (choices ?? [])
    .map(({ name, value }) => ({ name: name.trim().slice(0, limits.choice), value }))
    .filter(({ name, value }) => name && value && value.length <= limits.choice)
    .slice(0, limits.choices)
}
