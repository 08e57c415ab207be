import type { APIApplicationCommand } from 'discord-api-types/v10'
import type { CommandOption } from '../rules.ts'
import type { Channel, World } from '../world.ts'

/** A slash command that can be sent: a whole one or a subcommand. */
export type Sendable = {
  /** For example `ask` or `library add`. */
  readonly path: string
  readonly description: string
  /** Required ones first. */
  readonly options: readonly CommandOption[]
}

export type Choice = { readonly name: string; readonly value: string | number | boolean }

const subcommands = 2

export function sendables(commands: readonly APIApplicationCommand[]): readonly Sendable[] {
  const leaves = (
    path: string,
    description: string,
    options: readonly CommandOption[],
  ): Sendable[] =>
    options.some(({ type }) => type <= subcommands)
      ? options.flatMap((one) => leaves(`${path} ${one.name}`, one.description, one.options ?? []))
      : [{ path, description, options: [...options].sort(requiredFirst) }]
  return commands
    .filter(({ type }) => type === 1)
    .flatMap(({ name, description, options }) =>
      leaves(name, description, (options ?? []) as unknown as readonly CommandOption[]),
    )
    .sort((one, other) => (one.path < other.path ? -1 : 1))
}

const requiredFirst = (one: CommandOption, other: CommandOption) =>
  Number(other.required ?? false) - Number(one.required ?? false)

/** Those that fit what was typed after the slash: by name first, then by description. */
export function fitting(all: readonly Sendable[], typed: string): readonly Sendable[] {
  const words = typed.toLowerCase().trim()
  const rank = ({ path, description }: Sendable) => {
    if (path.startsWith(words)) return 0
    if (path.includes(words)) return 1
    return description.toLowerCase().includes(words) ? 2 : 3
  }
  return all
    .map((one) => ({ one, rank: rank(one) }))
    .filter((ranked) => ranked.rank < 3)
    .sort((one, other) => one.rank - other.rank)
    .map(({ one }) => one)
}

/** What an option can be chosen from; nothing if it is typed freely. */
export function choicesOf(
  option: CommandOption,
  world: World,
  channel: Channel | undefined,
): readonly Choice[] | undefined {
  if (option.choices?.length) return option.choices as readonly Choice[]
  const server =
    channel?.kind === 'text' ? world.servers.find(({ id }) => id === channel.server) : undefined
  const people = world.members
    .filter(({ id }) => !server || server.members.includes(id))
    .map(({ id, displayName }) => ({ name: displayName, value: id }))
  const roles = (server?.roles ?? []).map(({ id, name }) => ({ name, value: id }))
  switch (option.type) {
    case 5:
      return [
        { name: 'True', value: true },
        { name: 'False', value: false },
      ]
    case 6:
      return people
    case 7:
      return world.channels
        .filter((one) => one.kind === 'text' && one.server === server?.id)
        .map(({ id, name }) => ({ name: `#${name}`, value: id }))
    case 8:
      return roles
    case 9:
      return [...people, ...roles]
    default:
      return undefined
  }
}

/** Why Discord's own box would not send this value; nothing if it would. */
export function wrongWith(option: CommandOption, value: Choice['value'] | undefined) {
  if (value === undefined || value === '') return option.required ? 'This option is needed.' : ''
  if (typeof value === 'string' && option.type === 3) {
    if (value.length < (option.min_length ?? 0)) {
      return `At least ${option.min_length} characters, please.`
    }
    if (value.length > (option.max_length ?? 6000)) {
      return `At most ${option.max_length} characters, please.`
    }
  }
  if (option.type === 4 || option.type === 10) {
    if (typeof value !== 'number' || Number.isNaN(value)) return 'A number, please.'
    if (option.type === 4 && !Number.isInteger(value)) return 'A whole number, please.'
    if (value < (option.min_value ?? value)) return `At least ${option.min_value}, please.`
    if (value > (option.max_value ?? value)) return `At most ${option.max_value}, please.`
  }
  return ''
}
