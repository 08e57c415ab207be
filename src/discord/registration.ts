import { isDeepStrictEqual } from 'node:util'
import type { REST } from 'discord.js'
import {
  type APIApplicationCommand,
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandOption,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  type LocalizationMap,
  PermissionFlagsBits,
  type RESTPutAPIApplicationCommandsJSONBody,
  Routes,
} from 'discord-api-types/v10'
import { z } from 'zod'
import type { ChatCommand, Command, GroupCommand } from '../commands/command.ts'
import { OperatorError } from '../problem.ts'
import { commandLimits } from './limits.ts'
import type { CommandIds } from './markdown.ts'

export type Definition = RESTPutAPIApplicationCommandsJSONBody[number]

/**
 * The commands as Discord takes them.
 * @throws OperatorError naming the command that breaks one of Discord's limits
 */
export function definitionsOf(commands: readonly Command[]): readonly Definition[] {
  const definitions = commands.map((one) =>
    one.kind === 'message'
      ? messageDefinition(one.name)
      : one.kind === 'group'
        ? groupDefinition(one)
        : chatDefinition(one),
  )
  const count = (kind: 'chat' | 'message') =>
    commands.filter((one) => (one.kind === 'message') === (kind === 'message')).length
  for (const kind of ['chat', 'message'] as const) {
    if (count(kind) > commandLimits[kind]) {
      throw new OperatorError(
        `There are ${count(kind)} ${kind} commands, and Discord takes ${commandLimits[kind]}: take some away.`,
      )
    }
  }
  const seen = new Set<string>()
  for (const { type, name } of definitions) {
    if (seen.has(`${type} ${name}`)) throw broken(name, 'there are two commands with this name')
    seen.add(`${type} ${name}`)
  }
  return definitions
}

/** Where commands can be installed and used: in servers, in direct messages, in private channels. */
const everywhere = {
  integration_types: [
    ApplicationIntegrationType.GuildInstall,
    ApplicationIntegrationType.UserInstall,
  ],
  contexts: [
    InteractionContextType.Guild,
    InteractionContextType.BotDM,
    InteractionContextType.PrivateChannel,
  ],
}

function messageDefinition(name: string): Definition {
  if (name.trim() === '' || name.length > commandLimits.messageName) {
    throw broken(name, `its name must have 1 to ${commandLimits.messageName} characters`)
  }
  return { type: ApplicationCommandType.Message, name, ...everywhere }
}

function chatDefinition(command: ChatCommand): Definition {
  checkNames(command)
  return withinCharacters({
    type: ApplicationCommandType.ChatInput as const,
    ...named(command),
    options: optionsOf(command),
    ...everywhere,
  })
}

function groupDefinition(command: GroupCommand): Definition {
  const { name, manageServer, subcommands } = command
  checkNames(command)
  if (subcommands.length > commandLimits.options)
    throw broken(name, `it has more than ${commandLimits.options} subcommands`)
  return withinCharacters({
    type: ApplicationCommandType.ChatInput as const,
    ...named(command),
    options: subcommands.map((one) => {
      checkNames(one)
      return {
        type: ApplicationCommandOptionType.Subcommand as const,
        ...named(one),
        options: [...optionsOf(one)],
      }
    }),
    ...(manageServer && { default_member_permissions: String(PermissionFlagsBits.ManageGuild) }),
    ...everywhere,
  })
}

type Named = Pick<ChatCommand, 'name' | 'description' | 'names' | 'descriptions'>

function checkNames({ name, description, names, descriptions }: Named): void {
  checkName(name, name)
  for (const localised of Object.values(names ?? {})) checkName(name, localised)
  for (const text of [description, ...Object.values(descriptions ?? {})]) {
    checkDescription(name, text)
  }
}

function named({ name, description, names, descriptions }: Named) {
  return {
    name,
    description,
    ...(hasAny(names) && { name_localizations: names as LocalizationMap }),
    ...(hasAny(descriptions) && { description_localizations: descriptions as LocalizationMap }),
  }
}

function optionsOf(command: ChatCommand): APIApplicationCommandBasicOption[] {
  const options = Object.entries(command.options)
    .map(([option, schema]) => optionDefinition(command, option, schema))
    .sort((one, other) => Number(other.required ?? false) - Number(one.required ?? false))
  if (options.length > commandLimits.options) {
    throw broken(command.name, `it has more than ${commandLimits.options} options`)
  }
  return options
}

function withinCharacters(definition: Definition): Definition {
  const characters = charactersOf(definition)
  if (characters > commandLimits.characters) {
    throw broken(
      definition.name,
      `it has ${characters} characters and may have ${commandLimits.characters}`,
    )
  }
  return definition
}

/** The longest of all languages counts, for names, descriptions and the values of choices. */
function charactersOf(definition: Definition | APIApplicationCommandOption): number {
  const one = (text: string, localised?: object | null) =>
    Math.max(text.length, ...Object.values(localised ?? {}).map((other) => String(other).length))
  const sum = (all: readonly number[]) => all.reduce((total, each) => total + each, 0)
  const { name, name_localizations } = definition
  const description =
    'description' in definition
      ? one(definition.description ?? '', definition.description_localizations)
      : 0
  const options = 'options' in definition ? (definition.options ?? []) : []
  const choices = 'choices' in definition ? (definition.choices ?? []) : []
  return (
    one(name, name_localizations) +
    description +
    sum(options.map(charactersOf)) +
    sum(choices.map((choice) => choice.name.length + String(choice.value).length))
  )
}

function optionDefinition(
  command: ChatCommand,
  name: string,
  given: z.ZodType,
): APIApplicationCommandBasicOption {
  checkName(command.name, name)
  const { schema, required, description } = unwrapped(given)
  checkDescription(command.name, description, name)
  const common = { name, description, required }
  const autocomplete = command.autocomplete?.[name] ? { autocomplete: true as const } : {}
  if (schema instanceof z.ZodEnum) {
    const choices = schema.options.map((value) => ({ name: String(value), value: String(value) }))
    if (choices.length > commandLimits.choices || 'autocomplete' in autocomplete) {
      throw broken(
        command.name,
        `${name} has too many choices, or choices and autocomplete together`,
      )
    }
    return { ...common, type: ApplicationCommandOptionType.String, choices }
  }
  if (schema instanceof z.ZodString) {
    const { minLength, maxLength } = schema
    return {
      ...common,
      type: ApplicationCommandOptionType.String,
      ...(minLength !== null && { min_length: minLength }),
      ...(maxLength !== null && { max_length: maxLength }),
      ...autocomplete,
    }
  }
  if (schema instanceof z.ZodNumber) {
    const { minValue, maxValue } = schema
    const bounded = (value: number | null) =>
      value !== null && Math.abs(value) < Number.MAX_SAFE_INTEGER
    const bounds = {
      ...(bounded(minValue) && { min_value: minValue as number }),
      ...(bounded(maxValue) && { max_value: maxValue as number }),
    }
    return schema.isInt
      ? { ...common, type: ApplicationCommandOptionType.Integer, ...bounds, ...autocomplete }
      : { ...common, type: ApplicationCommandOptionType.Number, ...bounds, ...autocomplete }
  }
  if (schema instanceof z.ZodBoolean) {
    return { ...common, type: ApplicationCommandOptionType.Boolean }
  }
  throw broken(command.name, `${name} must be a string, a number, a boolean or an enumeration`)
}

/** What stands inside `.optional()`, `.default()`, `.transform()` and the like. */
function unwrapped(given: z.ZodType): {
  schema: z.ZodType
  required: boolean
  description: string
} {
  let schema = given
  let required = true
  let description = given.description
  for (;;) {
    if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
      required = false
      schema = schema.unwrap() as z.ZodType
    } else if (schema instanceof z.ZodPipe) {
      schema = schema.in as z.ZodType
    } else {
      return { schema, required, description: description ?? '' }
    }
    description ??= schema.description
  }
}

function checkName(command: string, name: string): void {
  if (!commandLimits.name.test(name) || name !== name.toLowerCase()) {
    throw broken(
      command,
      `the name ${name} must be 1 to 32 small letters, digits, hyphens or underscores`,
    )
  }
}

function checkDescription(command: string, description: string, option?: string): void {
  if (description.length < 1 || description.length > commandLimits.description) {
    const whose = option ? `${option} needs a description` : 'it needs a description'
    throw broken(command, `${whose} of 1 to ${commandLimits.description} characters`)
  }
}

function broken(command: string, what: string): OperatorError {
  return new OperatorError(`The command ${command} cannot be registered: ${what}.`)
}

function hasAny(map: object | undefined): boolean {
  return map !== undefined && Object.keys(map).length > 0
}

export type Registration = {
  /** Names that are new, changed or gone; none if nothing was written. */
  readonly changed: readonly string[]
  readonly ids: CommandIds
}

/**
 * Makes the commands that Discord has those given, everywhere or in one server. Nothing is written
 * if they are already the same, or on a dry run.
 */
export async function register(
  rest: REST,
  applicationId: string,
  commands: readonly Command[],
  options: { readonly guildId?: string | undefined; readonly dryRun?: boolean } = {},
): Promise<Registration> {
  const { guildId, dryRun = false } = options
  const wanted = definitionsOf(commands).map((definition) =>
    guildId ? withoutPlaces(definition) : definition,
  )
  const route = guildId
    ? Routes.applicationGuildCommands(applicationId, guildId)
    : Routes.applicationCommands(applicationId)
  const present = (await rest.get(route, {
    query: new URLSearchParams({ with_localizations: 'true' }),
  })) as readonly APIApplicationCommand[]
  const changed = differences(present, wanted, guildId !== undefined)
  if (changed.length === 0 || dryRun) return { changed, ids: idsOf(present) }
  const written = (await rest.put(route, { body: wanted })) as readonly APIApplicationCommand[]
  return { changed, ids: idsOf(written) }
}

/** In one server, places of use have no meaning. */
function withoutPlaces(definition: Definition): Definition {
  const { integration_types: _types, contexts: _contexts, ...rest } = definition
  return rest as Definition
}

function idsOf(commands: readonly APIApplicationCommand[]): CommandIds {
  return new Map(
    commands
      .filter(({ type }) => type === ApplicationCommandType.ChatInput)
      .map(({ name, id }) => [name, id]),
  )
}

function differences(
  present: readonly APIApplicationCommand[],
  wanted: readonly Definition[],
  inServer: boolean,
): readonly string[] {
  const keyed = (all: readonly (APIApplicationCommand | Definition)[]) =>
    new Map(all.map((one) => [`${one.type ?? 1} ${one.name}`, normal(one, inServer)]))
  const [before, after] = [keyed(present), keyed(wanted)]
  const names = new Set([...before.keys(), ...after.keys()])
  return [...names]
    .filter((name) => !isDeepStrictEqual(before.get(name), after.get(name)))
    .map((name) => name.slice(2))
}

/** A definition with what Discord leaves out or fills in made equal on both sides. */
function normal(command: APIApplicationCommand | Definition, inServer: boolean): unknown {
  const given = command as unknown as Record<string, unknown>
  return {
    type: given.type ?? ApplicationCommandType.ChatInput,
    name: given.name,
    description: given.description ?? '',
    names: sorted(given.name_localizations),
    descriptions: sorted(given.description_localizations),
    options: ((given.options ?? []) as readonly Record<string, unknown>[]).map(normalOption),
    ...(!inServer && {
      places: [
        [...((given.integration_types ?? [0]) as number[])].sort(),
        [...((given.contexts ?? []) as number[])].sort(),
      ],
    }),
    permissions: given.default_member_permissions ?? null,
    adult: given.nsfw ?? false,
  }
}

function normalOption(option: Record<string, unknown>): unknown {
  return {
    type: option.type,
    name: option.name,
    description: option.description,
    required: option.required ?? false,
    autocomplete: option.autocomplete ?? false,
    choices: ((option.choices ?? []) as readonly Record<string, unknown>[]).map(
      ({ name, value }) => ({ name, value }),
    ),
    options: ((option.options ?? []) as readonly Record<string, unknown>[]).map(normalOption),
    bounds: [option.min_length, option.max_length, option.min_value, option.max_value].map(
      (bound) => bound ?? null,
    ),
  }
}

function sorted(map: unknown): unknown {
  return Object.entries((map ?? {}) as Record<string, string | null>)
    .filter(([, value]) => value !== null)
    .sort(([one], [other]) => (one < other ? -1 : 1))
}
