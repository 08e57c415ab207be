import { randomBytes } from 'node:crypto'
import {
  type APIApplicationCommand,
  type APIMessage,
  ApplicationCommandType,
  InteractionContextType,
  InteractionResponseType,
  InteractionType,
} from 'discord-api-types/v10'
import {
  type Acted,
  type Action,
  ImpossibleAction,
  type Interaction,
  type Modal,
  type Payload,
  type Upload,
} from './action.ts'
import type { Files, Shown } from './messages.ts'
import { type CommandOption, type Component, everyComponent } from './rules.ts'
import { snowflake } from './snowflake.ts'
import {
  anyUserObject,
  botPermissions,
  type Channel,
  channelObject,
  channelOf,
  type Member,
  mayEnter,
  memberObject,
  memberOf,
  permissionsOf,
  roleObject,
  serverOf,
  userObject,
  type World,
} from './world.ts'

/** The latest interactions that can still be answered and looked up; of those put off, all while their tokens live. */
const kept = 2000
/** Characters of an action that an error shows: an uploaded file is long. */
const shownOfAction = 500

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** An interaction with what the server itself must know of it. */
export type Open = {
  readonly record: Mutable<Interaction>
  readonly token: string
  readonly channel: Channel
  readonly member: Member
  /** `performance.now()` when it was sent. */
  readonly start: number
  /** The message that was pressed, or whose press opened the submitted modal. */
  readonly source?: string
  /** `interaction_metadata` of the messages that answer it. */
  readonly metadata: Readonly<Record<string, unknown>>
  /** The id of `@original`. */
  original?: string
  /** The placeholder of a deferred reply still stands. */
  placeholder: boolean
}

export type Interactions = {
  act(action: Action): Acted
  /** The interaction with this token, with or without its id. */
  byToken(token: string, id?: string): Open | undefined
  get(id: string): Interaction | undefined
  /** Tells those who wait that a record has changed. */
  changed(open: Open): void
}

type Surroundings = {
  readonly world: World
  readonly files: Files
  readonly acknowledgeWithin: number
  readonly tokenLifetime: number
  readonly message: (id: string) => Shown | undefined
  /** The commands of a server and the global ones. */
  readonly commands: (server?: string) => readonly APIApplicationCommand[]
  /** Sends it to the bot. */
  readonly deliver: (open: Open) => void
  readonly published: (interaction: Interaction) => void
}

export function openInteractions(around: Surroundings): Interactions {
  const { world } = around
  const byId = new Map<string, Open>()
  const byToken = new Map<string, Open>()
  const latest: Open[] = []
  const waiting = new Map<string, Set<() => void>>()

  function forget({ record, token }: Open): void {
    byId.delete(record.id)
    byToken.delete(token)
  }

  function changed(open: Open): void {
    around.published(open.record)
    for (const look of [...(waiting.get(open.record.id) ?? [])]) look()
  }

  function until(
    open: Open,
    holds: (interaction: Interaction) => boolean,
    milliseconds = 5000,
  ): Promise<Interaction> {
    const { record } = open
    if (holds(record)) return Promise.resolve(record)
    return new Promise((resolve, reject) => {
      const lookers = waiting.get(record.id) ?? new Set()
      waiting.set(record.id, lookers)
      const timer = setTimeout(() => {
        lookers.delete(look)
        const seen = record.payloads.map(
          ({ method, path, status, error }) =>
            `${method} ${path} → ${status}${error ? ` ${JSON.stringify(error)}` : ''}`,
        )
        reject(
          new Error(
            `${JSON.stringify(record.action).slice(0, shownOfAction)} is still ${record.state} after ${milliseconds} ms; the bot sent ${seen.join(', ') || 'nothing'}.`,
          ),
        )
      }, milliseconds)
      function look() {
        if (!holds(record)) return
        clearTimeout(timer)
        lookers.delete(look)
        if (lookers.size === 0) waiting.delete(record.id)
        resolve(record)
      }
      lookers.add(look)
    })
  }

  function act(action: Action): Acted {
    const prepared = prepare(around, action, (id) => byId.get(id))
    const { member, channel } = prepared
    const id = snowflake()
    const token = randomBytes(48).toString('base64url')
    const sent = {
      id,
      application_id: world.application.id,
      token,
      version: 1,
      entitlements: [],
      locale: action.locale ?? member.locale,
      app_permissions: botPermissions.toString(),
      attachment_size_limit: 10 * 1024 * 1024,
      ...placeOf(world, channel, member),
      ...prepared.body,
    }
    const open: Open = {
      record: {
        id,
        action,
        channel: channel.id,
        sentAt: Date.now(),
        sent,
        state: 'waiting',
        payloads: [],
        messages: [],
      },
      token,
      channel,
      member,
      start: performance.now(),
      ...(prepared.source && { source: prepared.source }),
      metadata: {
        id,
        type: prepared.body.type,
        user: userObject(member),
        authorizing_integration_owners: prepared.body.authorizing_integration_owners,
        ...prepared.metadata,
      },
      placeholder: false,
    }
    byId.set(id, open)
    byToken.set(token, open)
    latest.push(open)
    const oldest = latest.length > kept ? latest.shift() : undefined
    if (oldest && wasPutOff(oldest)) setTimeout(forget, around.tokenLifetime, oldest).unref()
    else if (oldest) forget(oldest)
    around.published(open.record)
    around.deliver(open)
    setTimeout(() => {
      if (open.record.state !== 'waiting') return
      open.record.state = 'failed'
      changed(open)
    }, around.acknowledgeWithin).unref()
    return {
      id,
      now: () => open.record,
      acknowledged: (milliseconds) =>
        until(open, (record) => record.state !== 'waiting', milliseconds),
      settled: (milliseconds) =>
        until(open, ({ state }) => state === 'done' || state === 'failed', milliseconds),
      until: (holds, milliseconds) => until(open, holds, milliseconds),
    }
  }

  return {
    act,
    byToken(token, id) {
      const open = byToken.get(token)
      return id === undefined || open?.record.id === id ? open : undefined
    },
    get: (id) => byId.get(id)?.record,
    changed,
  }
}

function wasPutOff({ record: { response } }: Open): boolean {
  return (
    response === InteractionResponseType.DeferredChannelMessageWithSource ||
    response === InteractionResponseType.DeferredMessageUpdate
  )
}

/** Writes a request of the bot into the interaction's record. */
export function notePayload(
  open: Open,
  payload: Omit<Payload, 'after' | 'path'> & { path: string },
): void {
  open.record.payloads = [
    ...open.record.payloads,
    {
      ...payload,
      path: payload.path.replace(open.token, '…'),
      after: performance.now() - open.start,
    },
  ]
}

type Prepared = {
  readonly member: Member
  readonly channel: Channel
  /** `type`, `data`, `message`, `authorizing_integration_owners`. */
  readonly body: Readonly<Record<string, unknown>>
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly source?: string
}

function prepare(
  around: Surroundings,
  action: Action,
  opened: (id: string) => Open | undefined,
): Prepared {
  const { world } = around
  const member = memberOf(world, action.member)
  if (!member) throw new ImpossibleAction(`There is no member ${action.member}.`)
  if (action.kind === 'command' || action.kind === 'autocomplete') {
    const channel = enter(world, action.channel, member)
    return { member, channel, body: commandBody(around, action, member, channel) }
  }
  if (action.kind === 'submit') {
    const opener = opened(action.interaction)
    const modal = opener?.record.modal
    if (!opener || !modal || opener.member.id !== member.id) {
      throw new ImpossibleAction(`No modal of interaction ${action.interaction} is open.`)
    }
    const source = opener.source ? around.message(opener.source) : undefined
    return {
      member,
      channel: opener.channel,
      body: {
        type: InteractionType.ModalSubmit,
        data: modalData(around, opener.channel, modal, action.fields),
        authorizing_integration_owners: opener.metadata.authorizing_integration_owners,
        ...(source && { message: source.message }),
      },
      metadata: { triggering_interaction_metadata: opener.metadata },
      ...(source && { source: source.message.id }),
    }
  }
  const shown = around.message(action.message)
  if (!shown || (shown.onlyFor && shown.onlyFor !== member.id)) {
    throw new ImpossibleAction(`${member.displayName} sees no message ${action.message}.`)
  }
  const channel = enter(world, shown.message.channel_id, member)
  if (action.kind === 'message-command') {
    const command = findCommand(around, action.command, ApplicationCommandType.Message, channel)
    return {
      member,
      channel,
      body: {
        type: InteractionType.ApplicationCommand,
        data: {
          id: command.id,
          name: command.name,
          type: ApplicationCommandType.Message,
          target_id: shown.message.id,
          resolved: { messages: { [shown.message.id]: shown.message } },
          ...(command.guild_id && { guild_id: command.guild_id }),
        },
        authorizing_integration_owners: owners(world, command, channel, member),
      },
      metadata: { target_message_id: shown.message.id },
    }
  }
  return {
    member,
    channel,
    body: {
      type: InteractionType.MessageComponent,
      data: componentData(world, shown.message, action, channel),
      message: shown.message,
      authorizing_integration_owners:
        shown.message.interaction_metadata?.authorizing_integration_owners ??
        (channel.kind === 'text' ? { 0: channel.server } : { 0: '0' }),
    },
    metadata: { interacted_message_id: shown.message.id },
    source: shown.message.id,
  }
}

function enter(world: World, id: string, member: Member): Channel {
  const channel = channelOf(world, id)
  if (!channel || !mayEnter(world, channel, member.id)) {
    throw new ImpossibleAction(`${member.displayName} sees no channel ${id}.`)
  }
  return channel
}

/** Where the interaction happens, and to whom. */
function placeOf(world: World, channel: Channel, member: Member): Record<string, unknown> {
  const user = userObject(member)
  const permissions = permissionsOf(world, channel, member.id).toString()
  const place = {
    channel_id: channel.id,
    channel: { ...channelObject(world, channel), permissions },
    context: contextOf(channel),
  }
  const server = channel.kind === 'text' ? serverOf(world, channel.server) : undefined
  if (!server) return { ...place, user }
  return {
    ...place,
    guild_id: server.id,
    guild: { id: server.id, locale: server.locale, features: [] },
    guild_locale: server.locale,
    member: { ...memberObject(server, user), permissions },
  }
}

function contextOf(channel: Channel): InteractionContextType {
  if (channel.kind === 'text') return InteractionContextType.Guild
  return channel.kind === 'bot-dm'
    ? InteractionContextType.BotDM
    : InteractionContextType.PrivateChannel
}

/** By which installation a command reaches a channel; empty if by none. */
function owners(
  world: World,
  command: APIApplicationCommand,
  channel: Channel,
  member: Member,
): Record<number, string> {
  const types: readonly number[] = command.integration_types ?? [0]
  const server = channel.kind === 'text' ? serverOf(world, channel.server) : undefined
  const throughServer = server?.hasBot ? server.id : channel.kind === 'bot-dm' ? '0' : undefined
  return {
    ...(types.includes(0) && throughServer && { 0: throughServer }),
    ...(types.includes(1) && { 1: member.id }),
  }
}

/** Whether Discord offers a command to a member in a channel. */
export function isOffered(
  world: World,
  command: APIApplicationCommand,
  channel: Channel,
  member: Member,
): boolean {
  const context = contextOf(channel)
  const contexts: readonly number[] =
    command.contexts ?? (command.integration_types?.includes(1) ? [0, 1, 2] : [0, 1])
  const needed = command.default_member_permissions
  const held = permissionsOf(world, channel, member.id)
  const permitted =
    needed == null ||
    channel.kind !== 'text' ||
    (held & 8n) !== 0n ||
    (needed !== '0' && (held & BigInt(needed)) === BigInt(needed))
  return (
    contexts.includes(context) &&
    permitted &&
    Object.keys(owners(world, command, channel, member)).length > 0
  )
}

function findCommand(
  around: Surroundings,
  name: string,
  type: ApplicationCommandType,
  channel: Channel,
  member?: Member,
): APIApplicationCommand {
  const command = around
    .commands(channel.kind === 'text' ? channel.server : undefined)
    .find((one) => one.name === name && one.type === type)
  if (!command) throw new ImpossibleAction(`The command "${name}" is not registered here.`)
  if (member && !isOffered(around.world, command, channel, member)) {
    throw new ImpossibleAction(`The command "${name}" is not offered to this member here.`)
  }
  return command
}

type Resolved = Record<string, Record<string, unknown>>

function commandBody(
  around: Surroundings,
  action: Extract<Action, { kind: 'command' | 'autocomplete' }>,
  member: Member,
  channel: Channel,
): Record<string, unknown> {
  const [name = '', ...path] = action.command.split(' ')
  const command = findCommand(around, name, ApplicationCommandType.ChatInput, channel, member)
  const resolved: Resolved = {}
  const leaf = path.reduce<CommandOption | undefined>((above, part) => {
    const inside = (above ?? command).options as readonly CommandOption[] | undefined
    const next = inside?.find((option) => option.name === part && option.type <= 2)
    if (!next) throw new ImpossibleAction(`/${name} has no subcommand "${part}".`)
    return next
  }, undefined)
  const defined = ((leaf ?? command).options ?? []) as readonly CommandOption[]
  if (defined.some((option) => option.type <= 2)) {
    throw new ImpossibleAction(`/${action.command} needs a subcommand.`)
  }
  const given = Object.entries(action.options ?? {})
  for (const [key] of given) {
    if (!defined.some((option) => option.name === key)) {
      throw new ImpossibleAction(`/${action.command} has no option "${key}".`)
    }
  }
  const focused = action.kind === 'autocomplete' ? action.focused : undefined
  if (focused && !defined.some((option) => option.name === focused && option.autocomplete)) {
    throw new ImpossibleAction(`/${action.command} has no autocomplete for "${focused}".`)
  }
  const values = defined.flatMap((option) => {
    const value = action.options?.[option.name]
    if (value === undefined && option.name !== focused) {
      if (option.required && !focused) {
        throw new ImpossibleAction(`/${action.command} needs the option "${option.name}".`)
      }
      return []
    }
    const sent =
      typeof value === 'object' ? keepUpload(around, channel, value, resolved) : (value ?? '')
    if (!focused) checkValue(action.command, option, sent)
    resolve(around.world, channel, option, sent, resolved)
    return [
      {
        name: option.name,
        type: option.type,
        value: sent,
        ...(option.name === focused && { focused: true }),
      },
    ]
  })
  const options = path.reduceRight<unknown[]>((inside, part, index) => {
    const above = path.slice(0, index + 1)
    const type = above.length < path.length ? 2 : 1
    return [{ name: part, type, options: inside }]
  }, values)
  return {
    type:
      action.kind === 'command'
        ? InteractionType.ApplicationCommand
        : InteractionType.ApplicationCommandAutocomplete,
    data: {
      id: command.id,
      name: command.name,
      type: ApplicationCommandType.ChatInput,
      ...(options.length > 0 && { options }),
      ...(Object.keys(resolved).length > 0 && { resolved }),
      ...(command.guild_id && { guild_id: command.guild_id }),
    },
    authorizing_integration_owners: owners(around.world, command, channel, member),
  }
}

function keepUpload(
  around: Surroundings,
  channel: Channel,
  upload: Upload,
  resolved: Resolved,
): string {
  const bytes = Buffer.from(upload.base64, 'base64')
  const kept = around.files.keep(channel.id, { name: upload.name, type: upload.type, bytes })
  const attachment = { ...kept, ephemeral: true }
  resolved.attachments = { ...resolved.attachments, [attachment.id]: attachment }
  return attachment.id
}

/** What Discord's own apps check before they send a command. */
function checkValue(command: string, option: CommandOption, value: unknown): void {
  const wrong = (why: string) => {
    throw new ImpossibleAction(`/${command}: the option "${option.name}" ${why}.`)
  }
  const types: Readonly<Record<number, string>> = { 4: 'number', 5: 'boolean', 10: 'number' }
  const type = types[option.type] ?? 'string'
  if (typeof value !== type) wrong(`must be a ${type}`)
  if (option.type === 4 && !Number.isInteger(value)) wrong('must be a whole number')
  if (option.choices?.length && !option.choices.some((choice) => choice.value === value)) {
    wrong(`must be one of ${option.choices.map((choice) => choice.value).join(', ')}`)
  }
  if (typeof value === 'string' && option.type === 3) {
    if (value.length < (option.min_length ?? 0)) wrong(`is shorter than ${option.min_length}`)
    if (value.length > (option.max_length ?? 6000)) {
      wrong(`is longer than ${option.max_length ?? 6000}`)
    }
  }
  if (typeof value === 'number') {
    if (value < (option.min_value ?? value)) wrong(`is below ${option.min_value}`)
    if (value > (option.max_value ?? value)) wrong(`is above ${option.max_value}`)
  }
}

const optionType = { user: 6, channel: 7, role: 8, mentionable: 9 } as const

function resolve(
  world: World,
  channel: Channel,
  option: CommandOption,
  value: unknown,
  resolved: Resolved,
): void {
  const id = String(value)
  const server = channel.kind === 'text' ? serverOf(world, channel.server) : undefined
  const { type } = option
  const user = anyUserObject(world, id)
  if (user && (type === optionType.user || type === optionType.mentionable)) {
    resolved.users = { ...resolved.users, [id]: user }
    if (server && (server.members.includes(id) || id === world.bot.id)) {
      const { user: _user, deaf: _deaf, mute: _mute, ...member } = memberObject(server, user)
      resolved.members = {
        ...resolved.members,
        [id]: { ...member, permissions: permissionsOf(world, channel, id).toString() },
      }
    }
    return
  }
  const role = server?.roles.find((one) => one.id === id)
  if (role && (type === optionType.role || type === optionType.mentionable)) {
    resolved.roles = { ...resolved.roles, [id]: roleObject(role.id, role.name) }
    return
  }
  const other = channelOf(world, id)
  if (other && type === optionType.channel) {
    resolved.channels = {
      ...resolved.channels,
      [id]: { ...channelObject(world, other), permissions: botPermissions.toString() },
    }
    return
  }
  if (type >= optionType.user && type <= optionType.mentionable) {
    throw new ImpossibleAction(`The option "${option.name}" names nobody and nothing: ${id}.`)
  }
}

function componentData(
  world: World,
  message: APIMessage,
  action: Extract<Action, { kind: 'press' | 'choose' }>,
  channel: Channel,
): Record<string, unknown> {
  const found = everyComponent((message.components ?? []) as readonly Component[], []).find(
    ({ component }) => component.custom_id === action.customId,
  )?.component as (Component & { id?: number; disabled?: boolean }) | undefined
  if (!found) throw new ImpossibleAction(`The message has no component "${action.customId}".`)
  if (found.disabled) throw new ImpossibleAction(`"${action.customId}" is disabled.`)
  const base = { id: found.id, component_type: found.type, custom_id: action.customId }
  if (action.kind === 'press') {
    if (found.type !== 2) throw new ImpossibleAction(`"${action.customId}" is not a button.`)
    return base
  }
  if (found.type === 2) throw new ImpossibleAction(`"${action.customId}" is not a select menu.`)
  const { values } = action
  if (values.length < (found.min_values ?? 1) || values.length > (found.max_values ?? 1)) {
    throw new ImpossibleAction(
      `"${action.customId}" takes ${found.min_values ?? 1} to ${found.max_values ?? 1} values.`,
    )
  }
  if (found.type === 3) {
    const absent = values.find((value) => !found.options?.some((option) => option.value === value))
    if (absent !== undefined) {
      throw new ImpossibleAction(`"${action.customId}" has no value "${absent}".`)
    }
    return { ...base, values }
  }
  const resolved: Resolved = {}
  const selects: Readonly<Record<number, number>> = {
    5: optionType.user,
    6: optionType.role,
    7: optionType.mentionable,
    8: optionType.channel,
  }
  for (const value of values) {
    const option = { type: selects[found.type] ?? 0, name: action.customId, description: '' }
    resolve(world, channel, option, value, resolved)
  }
  return { ...base, values, resolved }
}

type Field = Component & {
  readonly id?: number
  readonly min_length?: number
  readonly max_length?: number
}

function modalData(
  around: Surroundings,
  channel: Channel,
  modal: Modal,
  fields: Extract<Action, { kind: 'submit' }>['fields'],
): Record<string, unknown> {
  const resolved: Resolved = {}
  const known = everyComponent(modal.components as readonly Component[], [])
  const unknown = Object.keys(fields).find(
    (id) => !known.some(({ component }) => component.custom_id === id),
  )
  if (unknown) throw new ImpossibleAction(`The modal has no field "${unknown}".`)
  let last = 0

  function filled(field: Field): Record<string, unknown> {
    last += 1
    const customId = field.custom_id ?? ''
    const given = fields[customId]
    const id = field.id ?? last
    const none = given === undefined || given.length === 0
    if (none && field.required !== false) {
      throw new ImpossibleAction(`The field "${customId}" must be filled in.`)
    }
    if (field.type === 4) {
      const value = given ?? ''
      if (typeof value !== 'string') throw new ImpossibleAction(`"${customId}" takes text.`)
      if (value.length > (field.max_length ?? 4000)) {
        throw new ImpossibleAction(`"${customId}" takes ${field.max_length ?? 4000} characters.`)
      }
      if (!none && value.length < (field.min_length ?? 0)) {
        throw new ImpossibleAction(`"${customId}" needs ${field.min_length} characters.`)
      }
      return { type: field.type, id, custom_id: customId, value }
    }
    const list = typeof given === 'string' ? [given] : (given ?? [])
    if (list.length > (field.max_values ?? 1)) {
      throw new ImpossibleAction(`"${customId}" takes at most ${field.max_values ?? 1}.`)
    }
    const values = list.map((one) =>
      typeof one === 'string' ? one : keepUpload(around, channel, one, resolved),
    )
    return { type: field.type, id, custom_id: customId, values }
  }

  const components = (modal.components as readonly Field[]).map((component) => {
    last += 1
    const id = component.id ?? last
    if (component.component) {
      return { type: component.type, id, component: filled(component.component) }
    }
    if (component.components) {
      return { type: component.type, id, components: component.components.map(filled) }
    }
    return { type: component.type, id }
  })
  return {
    custom_id: modal.custom_id,
    components,
    ...(Object.keys(resolved).length > 0 && { resolved }),
  }
}
