import type { APIAttachment, APIMessage, APIUser } from 'discord-api-types/v10'
import type { Component, MessageBody } from './rules.ts'
import { snowflake } from './snowflake.ts'
import { anyUserObject, type Channel, serverOf, type World } from './world.ts'

/** A message as members see it. */
export type Shown = {
  /** As Discord's API gives it. */
  readonly message: APIMessage
  /** The one member who sees it; everyone in the channel, where absent. */
  readonly onlyFor?: string
  /** A deferred reply that has not come yet ("is thinking…"). */
  readonly thinking: boolean
  /** The interaction that it answers. */
  readonly interaction?: string
}

/** A file that was sent along. */
export type File = { readonly name: string; readonly type: string; readonly bytes: Uint8Array }

type AllowedMentions = {
  readonly parse?: readonly (string | null)[] | null
  readonly users?: readonly (string | null)[] | null
  readonly roles?: readonly (string | null)[] | null
  readonly replied_user?: boolean | null
}

export type Body = MessageBody & {
  readonly allowed_mentions?: AllowedMentions | null
  readonly tts?: boolean | null
}

export const flag = {
  suppressEmbeds: 1 << 2,
  ephemeral: 1 << 6,
  loading: 1 << 7,
  suppressNotifications: 1 << 12,
  componentsV2: 1 << 15,
} as const

export const hasFlag = (flags: number | null | undefined, bit: number) => ((flags ?? 0) & bit) !== 0

export type Messages = {
  get(id: string): Shown | undefined
  /** Oldest first; with `member`, as that member sees the channel. */
  list(channel: string, member?: string): readonly Shown[]
  put(shown: Shown): void
  remove(id: string): Shown | undefined
}

/** The latest messages of a channel that are kept. */
const keptInChannel = 2000

export function openMessages(): Messages {
  const all = new Map<string, Shown>()
  const channels = new Map<string, Set<string>>()
  return {
    get: (id) => all.get(id),
    list: (channel, member) =>
      [...(channels.get(channel) ?? [])]
        .flatMap((id) => all.get(id) ?? [])
        .filter((shown) => !member || !shown.onlyFor || shown.onlyFor === member),
    put(shown) {
      const { id, channel_id } = shown.message
      all.set(id, shown)
      const ids = channels.get(channel_id) ?? new Set()
      channels.set(channel_id, ids.add(id))
      const [oldest] = ids
      if (ids.size > keptInChannel && oldest) {
        ids.delete(oldest)
        all.delete(oldest)
      }
    },
    remove(id) {
      const shown = all.get(id)
      all.delete(id)
      if (shown) channels.get(shown.message.channel_id)?.delete(id)
      return shown
    },
  }
}

/** Files by their id, under addresses on this machine. */
export type Files = {
  keep(channel: string, file: File, description?: string): APIAttachment
  read(id: string): File | undefined
}

export function openFiles(base: () => string): Files {
  const all = new Map<string, File>()
  return {
    keep(channel, file, description) {
      const id = snowflake()
      all.set(id, file)
      const url = `${base()}/attachments/${channel}/${id}/${encodeURIComponent(file.name)}`
      return {
        id,
        filename: file.name,
        size: file.bytes.byteLength,
        url,
        proxy_url: url,
        content_type: file.type,
        ...(description && { description }),
      }
    },
    read: (id) => all.get(id),
  }
}

/** A new message, ready to be put: everything that the body leaves out is filled in. */
export function newMessage(given: {
  readonly world: World
  readonly channel: Channel
  readonly author: APIUser
  readonly body: Body
  readonly attachments: readonly APIAttachment[]
  readonly more?: Partial<APIMessage>
}): APIMessage {
  const { world, channel, author, body, attachments, more } = given
  const kept = flag.suppressEmbeds | flag.ephemeral | flag.suppressNotifications | flag.componentsV2
  return {
    id: snowflake(),
    type: 0,
    channel_id: channel.id,
    author,
    content: body.content ?? '',
    timestamp: new Date().toISOString(),
    edited_timestamp: null,
    tts: body.tts ?? false,
    pinned: false,
    attachments: [...attachments],
    embeds: (body.embeds ?? []).map((embed) => ({ type: 'rich', ...embed })),
    flags: (body.flags ?? 0) & kept,
    components: placed(body.components ?? [], attachments),
    ...pinged(world, channel, body, more?.referenced_message?.author.id),
    ...more,
  } as APIMessage
}

/** The message after an edit: what the body names is replaced, the rest stays. */
export function editedMessage(
  world: World,
  channel: Channel,
  before: APIMessage,
  body: Body,
  attachments: readonly APIAttachment[],
): APIMessage {
  const flags = (before.flags ?? 0) & ~flag.loading
  const components =
    body.components === undefined ? before.components : placed(body.components ?? [], attachments)
  const merged = {
    content: body.content === undefined ? before.content : (body.content ?? ''),
    components: components as readonly Component[],
    ...(body.allowed_mentions && { allowed_mentions: body.allowed_mentions }),
  }
  return {
    ...before,
    content: merged.content,
    embeds:
      body.embeds === undefined
        ? before.embeds
        : (body.embeds ?? []).map((embed) => ({ type: 'rich', ...embed })),
    components,
    attachments: [...attachments],
    edited_timestamp: new Date().toISOString(),
    flags: flags | ((body.flags ?? 0) & (flag.suppressEmbeds | flag.componentsV2)),
    ...pinged(world, channel, merged),
  } as APIMessage
}

/** Components as Discord gives them back: each with an id, defaults filled in, files found. */
function placed(
  components: readonly Component[],
  attachments: readonly APIAttachment[],
): Component[] {
  let last = 0
  const media = ({ url, ...rest }: { url: string }) => {
    const name = url.startsWith('attachment://') ? url.slice('attachment://'.length) : undefined
    const file = attachments.find((attachment) => attachment.filename === name)
    return { ...rest, url: file?.url ?? url, ...(file && { attachment_id: file.id }) }
  }
  const standard: Readonly<Record<number, object>> = {
    3: { min_values: 1, max_values: 1 },
    14: { divider: true, spacing: 1 },
    17: { accent_color: null, spoiler: false },
  }
  function place(component: Component & { readonly id?: number | null }): Component {
    last += 1
    const id = component.id || last
    const given = Object.fromEntries(
      Object.entries(component).filter(([, value]) => value !== null && value !== undefined),
    ) as Component
    return {
      ...standard[component.type],
      ...given,
      id,
      ...(component.components && { components: component.components.map(place) }),
      ...(component.accessory && { accessory: place(component.accessory) }),
      ...(component.file && {
        file: media(component.file),
        name: component.file.url.slice('attachment://'.length),
        size:
          attachments.find((file) => component.file?.url.endsWith(`//${file.filename}`))?.size ?? 0,
      }),
      ...(component.media && { media: media(component.media) }),
      ...(component.items && {
        items: component.items.map((item) => ({ ...item, media: media(item.media) })),
      }),
    } as Component
  }
  return components.map(place)
}

/** All text of a message that can hold mentions. */
export function textOf(body: {
  readonly content?: string | null
  readonly components?: readonly Component[] | null
}): string {
  const inside = (component: Component): string[] => [
    component.content ?? '',
    ...(component.components ?? []).flatMap(inside),
    ...(component.accessory ? inside(component.accessory) : []),
  ]
  return [body.content ?? '', ...(body.components ?? []).flatMap(inside)].join('\n')
}

/** Whom a message pings: https://discord.com/developers/docs/resources/message#allowed-mentions-object */
function pinged(
  world: World,
  channel: Channel,
  body: Body,
  repliedTo?: string,
): Pick<APIMessage, 'mentions' | 'mention_roles' | 'mention_everyone'> {
  const text = textOf(body)
  const allowed = body.allowed_mentions
  const ids = (pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')
  const may =
    (kind: string, listed: readonly (string | null)[] | null | undefined) => (id: string) =>
      !allowed || allowed.parse?.includes(kind) || listed?.includes(id) || false
  const users = ids(/<@!?(\d+)>/g).filter(may('users', allowed?.users))
  const server = channel.kind === 'text' ? serverOf(world, channel.server) : undefined
  const roles = ids(/<@&(\d+)>/g)
    .filter((id) => server?.roles.some((role) => role.id === id))
    .filter(may('roles', allowed?.roles))
  const pingsReply = repliedTo && (allowed ? allowed.replied_user === true : true)
  const all = new Set(pingsReply ? [...users, repliedTo] : users)
  return {
    mentions: [...all].flatMap((id) => anyUserObject(world, id) ?? []),
    mention_roles: [...new Set(roles)],
    mention_everyone:
      /@(?:everyone|here)/.test(text) && (!allowed || allowed.parse?.includes('everyone') === true),
  }
}
