import type { APIApplicationCommand } from 'discord-api-types/v10'
import type { CommandBody, CommandOption } from './rules.ts'
import { snowflake } from './snowflake.ts'

/**
 * The commands that the bot has registered, for one server or for everywhere, in the form in which
 * Discord gives them back.
 */
export type Registered = {
  /** @param server a server's id; global commands without it */
  list(server?: string): readonly APIApplicationCommand[]
  find(id: string, server?: string): APIApplicationCommand | undefined
  /** Replaces the whole list; a command with the same name and type keeps its id. */
  replace(bodies: readonly CommandBody[], server?: string): readonly APIApplicationCommand[]
  /** Adds a command or replaces the one with the same name and type. */
  add(body: CommandBody, server?: string): { command: APIApplicationCommand; isNew: boolean }
  change(id: string, body: Partial<CommandBody>, server?: string): APIApplicationCommand | undefined
  remove(id: string, server?: string): boolean
}

const everywhere = ''

/** @param changed called with the server's id, or nothing for global commands */
export function openRegistered(
  applicationId: string,
  changed: (server: string | undefined) => void,
): Registered {
  const lists = new Map<string, readonly APIApplicationCommand[]>()
  const listOf = (server?: string) => lists.get(server ?? everywhere) ?? []

  function keep(list: readonly APIApplicationCommand[], server?: string): void {
    lists.set(server ?? everywhere, list)
    changed(server)
  }

  function made(body: CommandBody, server: string | undefined): APIApplicationCommand {
    const before = listOf(server).find(
      (command) => command.name === body.name && command.type === (body.type ?? 1),
    )
    const now = asReturned(body, { id: before?.id ?? snowflake(), applicationId, server })
    const version = before && sameCommand(before, now) ? before.version : snowflake()
    return { ...now, version }
  }

  return {
    list: listOf,
    find: (id, server) => listOf(server).find((command) => command.id === id),
    replace(bodies, server) {
      const list = bodies.map((body) => made(body, server))
      keep(list, server)
      return list
    },
    add(body, server) {
      const command = made(body, server)
      const others = listOf(server).filter((other) => other.id !== command.id)
      const isNew = others.length === listOf(server).length
      keep([...others, command], server)
      return { command, isNew }
    },
    change(id, body, server) {
      const before = listOf(server).find((command) => command.id === id)
      if (!before) return undefined
      const merged = { ...before, ...body } as unknown as CommandBody
      const command = {
        ...asReturned(merged, { id, applicationId, server }),
        version: snowflake(),
      }
      keep(
        listOf(server).map((other) => (other.id === id ? command : other)),
        server,
      )
      return command
    },
    remove(id, server) {
      const rest = listOf(server).filter((command) => command.id !== id)
      if (rest.length === listOf(server).length) return false
      keep(rest, server)
      return true
    },
  }
}

function sameCommand(one: APIApplicationCommand, other: APIApplicationCommand): boolean {
  const plain = (command: APIApplicationCommand) => JSON.stringify({ ...command, version: '' })
  return plain(one) === plain(other)
}

/** A command as Discord returns it: defaults filled in, empty options left out. */
function asReturned(
  given: CommandBody,
  place: { id: string; applicationId: string; server: string | undefined },
): APIApplicationCommand {
  const body = given as CommandBody & {
    default_member_permissions?: string | number | null
    dm_permission?: boolean | null
    contexts?: readonly number[] | null
    integration_types?: readonly number[] | null
    nsfw?: boolean | null
  }
  const chat = (body.type ?? 1) === 1
  return {
    id: place.id,
    application_id: place.applicationId,
    version: '',
    default_member_permissions:
      body.default_member_permissions == null ? null : String(body.default_member_permissions),
    type: body.type ?? 1,
    name: body.name,
    name_localizations: body.name_localizations ?? null,
    description: body.description ?? '',
    description_localizations: body.description_localizations ?? null,
    ...(place.server ? { guild_id: place.server } : { dm_permission: body.dm_permission ?? true }),
    contexts: body.contexts ? [...body.contexts].sort() : null,
    integration_types: body.integration_types ? [...body.integration_types].sort() : [0],
    ...(chat && body.options?.length && { options: body.options.map(optionAsReturned) }),
    nsfw: body.nsfw ?? false,
  } as APIApplicationCommand
}

function optionAsReturned(option: CommandOption): CommandOption {
  const rest = Object.fromEntries(
    Object.entries(option).filter(([, value]) => value !== null && value !== false),
  ) as CommandOption
  return {
    ...rest,
    name_localizations: option.name_localizations ?? null,
    description_localizations: option.description_localizations ?? null,
    ...(option.choices?.length && {
      choices: option.choices.map((choice) => ({
        ...choice,
        name_localizations: choice.name_localizations ?? null,
      })),
    }),
    ...(option.options?.length && { options: option.options.map(optionAsReturned) }),
  }
}

/**
 * The same without its dictionaries of names, as a listing gives it unless `with_localizations` is
 * asked for.
 */
export function withoutLocalizations<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutLocalizations) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'name_localizations' && key !== 'description_localizations')
      .map(([key, inner]) => [key, withoutLocalizations(inner)]),
  ) as T
}
