import {
  type APIAttachment,
  type APIMessage,
  InteractionResponseType,
  InteractionType,
  MessageType,
} from 'discord-api-types/v10'
import { LRUCache } from 'lru-cache'
import type { Modal } from './action.ts'
import { type DiscordError, discordErrors, type FieldError, invalidForm } from './discord-error.ts'
import type { Open } from './interactions.ts'
import {
  type Body,
  editedMessage,
  type File,
  type Files,
  flag,
  hasFlag,
  type Messages,
  newMessage,
  type Shown,
} from './messages.ts'
import {
  autocompleteErrors,
  isEmptyMessage,
  type MessageBody,
  messageErrors,
  modalErrors,
  textBytes,
  textBytesLimit,
} from './rules.ts'
import { callbackSchemaErrors, schemaErrors } from './schema.ts'
import { botMayEnter, botObject, type Channel, channelOf, type World } from './world.ts'

/** Thrown where Discord answers with an error. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly error: DiscordError
  constructor(error: DiscordError) {
    super(`${error.code} ${error.message}`)
    this.error = error
  }
}

const refuse = (error: DiscordError): never => {
  throw new Refusal(error)
}

/** Uploaded files by the number in `files[n]`. */
export type Uploads = ReadonlyMap<number, File>

const fileLimit = 10 * 1024 * 1024

type Surroundings = {
  readonly world: World
  readonly messages: Messages
  readonly files: Files
  readonly tokenLifetime: number
  readonly acknowledgeWithin: number
  /** A message has been written, changed or removed. */
  readonly shown: (change: 'create' | 'update' | 'delete', shown: Shown) => void
}

export type Responses = ReturnType<typeof openResponses>

/**
 * What the bot writes: first responses, replies through an interaction's webhook, and messages in
 * channels. Each function returns the message or answer for the bot, or throws a Refusal.
 * https://discord.com/developers/docs/interactions/receiving-and-responding
 */
export function openResponses(around: Surroundings) {
  const { world, messages } = around

  /** Messages by the nonces that their senders wanted to be used once; the latest. */
  const nonces = new LRUCache<string, string>({ max: 1_000 })

  function channelWith(id: string): Channel {
    return channelOf(world, id) ?? refuse(discordErrors.unknownChannel)
  }

  /** A place where the bot is and may post. */
  function postable(id: string): Channel {
    const channel = channelWith(id)
    return botMayEnter(world, channel) ? channel : refuse(discordErrors.missingAccess)
  }

  function put(shown: Shown, open?: Open): Shown {
    const change = messages.get(shown.message.id) ? 'update' : 'create'
    messages.put(shown)
    if (open) {
      const { record } = open
      const others = record.messages.filter((one) => one.message.id !== shown.message.id)
      const index = record.messages.findIndex((one) => one.message.id === shown.message.id)
      record.messages = index < 0 ? [...others, shown] : record.messages.with(index, shown)
    }
    around.shown(change, shown)
    return shown
  }

  function remove(shown: Shown): void {
    messages.remove(shown.message.id)
    around.shown('delete', shown)
  }

  /** The attachments of a message: those kept of `before`, and the uploads. */
  function attach(
    channel: Channel,
    body: Body,
    uploads: Uploads,
    before: readonly APIAttachment[],
  ): APIAttachment[] {
    const listed = body.attachments ?? undefined
    const kept = listed
      ? before.filter((attachment) => listed.some(({ id }) => id === attachment.id))
      : before
    const added = [...uploads].map(([number, file]) => {
      const entry = listed?.find(({ id }) => id === String(number))
      const described = (entry as { description?: string | null } | undefined)?.description
      return around.files.keep(
        channel.id,
        { ...file, name: entry?.filename ?? file.name },
        described ?? undefined,
      )
    })
    return [...kept, ...added]
  }

  function fileNames(body: Body, uploads: Uploads, before: readonly APIAttachment[]): string[] {
    const listed = body.attachments ?? undefined
    return [
      ...before
        .filter(({ id }) => !listed || listed.some((entry) => entry.id === id))
        .map(({ filename }) => filename),
      ...[...uploads].map(
        ([number, file]) => listed?.find(({ id }) => id === String(number))?.filename ?? file.name,
      ),
    ]
  }

  /** @throws Refusal if the rules are against the message, which the schema has passed */
  function checkMessage(
    body: Body,
    uploads: Uploads,
    given: { before?: APIMessage; prefix?: readonly string[] } = {},
  ): void {
    for (const file of uploads.values()) {
      if (file.bytes.byteLength > fileLimit) refuse(discordErrors.tooLarge)
    }
    const { before, prefix = [] } = given
    const v2 = hasFlag(body.flags, flag.componentsV2) || hasFlag(before?.flags, flag.componentsV2)
    const files = fileNames(body, uploads, before?.attachments ?? [])
    const errors = messageErrors({ body, v2, files })
    if (before && v2 && !hasFlag(before.flags, flag.componentsV2)) {
      // A message that becomes one of components must clear what it was before.
      if (before.content && body.content === undefined) errors.push(legacy('content'))
      if (before.embeds.length > 0 && body.embeds === undefined) errors.push(legacy('embeds'))
    }
    if (errors.length > 0) {
      refuse(invalidForm(errors.map((one) => ({ ...one, path: [...prefix, ...one.path] }))))
    }
    const after: MessageBody = before
      ? {
          content: body.content === undefined ? before.content : body.content,
          embeds:
            body.embeds === undefined ? (before.embeds as MessageBody['embeds'] & {}) : body.embeds,
          components:
            body.components === undefined
              ? (before.components as MessageBody['components'] & {})
              : body.components,
        }
      : body
    if (isEmptyMessage({ body: after, v2, files })) refuse(discordErrors.emptyMessage)
    if (textBytes(body) > textBytesLimit) {
      refuse({ status: 500, code: 0, message: '500: Internal Server Error' })
    }
  }

  function checkSchema(errors: readonly FieldError[]): void {
    if (errors.length > 0) refuse(invalidForm(errors))
  }

  /** The message that answers an interaction, with what Discord notes on it. */
  function answer(
    open: Open,
    body: Body,
    uploads: Uploads,
    more: Partial<APIMessage> = {},
  ): APIMessage {
    return newMessage({
      world,
      channel: open.channel,
      author: botObject(world),
      body,
      attachments: attach(open.channel, body, uploads, []),
      more: {
        application_id: world.application.id,
        webhook_id: world.application.id,
        interaction_metadata: open.metadata as unknown as NonNullable<
          APIMessage['interaction_metadata']
        >,
        ...more,
      },
    })
  }

  function firstType(open: Open): MessageType {
    if (open.record.action.kind === 'command') return MessageType.ChatInputCommand
    if (open.record.action.kind === 'message-command') return MessageType.ContextMenuCommand
    return open.source ? MessageType.Reply : MessageType.Default
  }

  const onlyFor = (open: Open, isPrivate: boolean) => (isPrivate ? { onlyFor: open.member.id } : {})

  function isLate(open: Open): boolean {
    return performance.now() - open.start > around.acknowledgeWithin
  }

  /** The first response. Returns what `with_response=true` gives. */
  function callback(open: Open | undefined, given: unknown, uploads: Uploads) {
    if (!open) return refuse(discordErrors.unknownInteraction)
    const { record } = open
    if (record.response !== undefined) return refuse(discordErrors.alreadyAcknowledged)
    if (isLate(open)) return refuse(discordErrors.unknownInteraction)
    checkSchema([...callbackSchemaErrors(given), ...typeErrors(open, given)])
    const { type, data } = given as { type: InteractionResponseType; data?: unknown }
    const body = (data ?? {}) as Body
    let message: APIMessage | undefined

    if (type === InteractionResponseType.ApplicationCommandAutocompleteResult) {
      const { choices } = (data ?? {}) as { choices?: { name: string; value: string }[] | null }
      checkSchema(autocompleteErrors(choices ?? []).map(inData))
      record.choices = choices ?? []
    } else if (type === InteractionResponseType.Modal) {
      const modal = data as Modal & { components: never[] }
      checkSchema(modalErrors(modal).map(inData))
      record.modal = modal
    } else if (
      type === InteractionResponseType.ChannelMessageWithSource ||
      type === InteractionResponseType.DeferredChannelMessageWithSource
    ) {
      const deferred = type === InteractionResponseType.DeferredChannelMessageWithSource
      if (!deferred) checkMessage(body, uploads, { prefix: ['data'] })
      const flags = (body.flags ?? 0) & (deferred ? flag.ephemeral : ~0)
      const isPrivate = hasFlag(flags, flag.ephemeral)
      const source = open.source ? messages.get(open.source)?.message : undefined
      const made = answer(open, deferred ? {} : body, uploads, {
        type: firstType(open),
        ...(source && { message_reference: referenceTo(source) }),
      })
      message = deferred ? { ...made, flags: flags | flag.loading } : made
      open.original = message.id
      open.placeholder = deferred
      put(
        { message, thinking: deferred, interaction: record.id, ...onlyFor(open, isPrivate) },
        open,
      )
    } else if (type === InteractionResponseType.UpdateMessage) {
      const source = messages.get(open.source ?? '') ?? refuse(discordErrors.unknownMessage)
      open.original = source.message.id
      message = edit(open.channel, source, body, uploads, { open, prefix: ['data'] }).message
    } else if (type === InteractionResponseType.DeferredMessageUpdate && open.source) {
      open.original = open.source
    }
    record.response = type
    record.acknowledgedAfter = performance.now() - open.start
    record.state =
      type === InteractionResponseType.DeferredChannelMessageWithSource ||
      type === InteractionResponseType.DeferredMessageUpdate
        ? 'thinking'
        : 'done'
    return {
      interaction: {
        id: record.id,
        type: record.sent.type,
        channel_id: open.channel.id,
        ...(open.channel.kind === 'text' && { guild_id: open.channel.server }),
        ...(message && {
          response_message_id: message.id,
          response_message_loading: hasFlag(message.flags, flag.loading),
          response_message_ephemeral: hasFlag(message.flags, flag.ephemeral),
        }),
      },
      resource: { type, ...(message && { message }) },
    }
  }

  /** The interaction whose webhook this is, open for replies. */
  function replyable(open: Open | undefined): Open {
    if (!open || open.record.response === undefined) return refuse(discordErrors.unknownWebhook)
    if (performance.now() - open.start > around.tokenLifetime) {
      return refuse(discordErrors.invalidToken)
    }
    return open
  }

  function replyOf(open: Open, id: string): Shown {
    const shown = messages.get(id === '@original' ? (open.original ?? '') : id)
    const own = shown?.message.webhook_id === world.application.id
    const known =
      shown && (shown.message.id === open.original || shown.interaction === open.record.id)
    return known && own ? shown : refuse(discordErrors.unknownMessage)
  }

  function followUp(given: Open | undefined, body: Body, uploads: Uploads): APIMessage {
    const open = replyable(given)
    checkSchema(schemaErrors('follow-up', body))
    const placeholder = open.placeholder ? messages.get(open.original ?? '') : undefined
    if (placeholder) {
      return editReply(open, '@original', body, uploads)
    }
    checkMessage(body, uploads)
    const original = messages.get(open.original ?? '')?.message
    const message = answer(open, body, uploads, {
      type: original ? MessageType.Reply : MessageType.Default,
      ...(original && { message_reference: referenceTo(original) }),
    })
    const isPrivate = hasFlag(body.flags, flag.ephemeral)
    put(
      { message, thinking: false, interaction: open.record.id, ...onlyFor(open, isPrivate) },
      open,
    )
    open.record.state = 'done'
    return message
  }

  function edit(
    channel: Channel,
    shown: Shown,
    body: Body,
    uploads: Uploads,
    given: { open?: Open; prefix?: readonly string[] } = {},
  ): Shown {
    const { message: before } = shown
    checkMessage(body, uploads, { before, ...(given.prefix && { prefix: given.prefix }) })
    const attachments = attach(channel, body, uploads, before.attachments)
    const message = editedMessage(world, channel, before, body, attachments)
    return put({ ...shown, message, thinking: false }, given.open)
  }

  function editReply(
    given: Open | undefined,
    id: string,
    body: Body,
    uploads: Uploads,
  ): APIMessage {
    const open = replyable(given)
    checkSchema(schemaErrors('follow-up-edit', body))
    const shown = replyOf(open, id)
    const { message } = edit(open.channel, shown, body, uploads, { open })
    if (message.id === open.original) open.placeholder = false
    open.record.state = 'done'
    return message
  }

  function deleteReply(given: Open | undefined, id: string): void {
    const open = replyable(given)
    const shown = replyOf(open, id)
    remove(shown)
    if (shown.message.id === open.original) open.placeholder = false
    open.record.messages = open.record.messages.filter((one) => one.message.id !== shown.message.id)
    open.record.state = 'done'
  }

  return {
    callback,
    followUp,
    editReply,
    deleteReply,

    fetchReply(given: Open | undefined, id: string): APIMessage {
      return replyOf(replyable(given), id).message
    },

    /** A message of the bot in a channel. */
    post(channelId: string, given: unknown, uploads: Uploads): APIMessage {
      const channel = postable(channelId)
      checkSchema(schemaErrors('message', given))
      const body = given as Body & {
        message_reference?: { message_id?: string; fail_if_not_exists?: boolean } | null
        nonce?: string | number | null
        enforce_nonce?: boolean
      }
      const nonce = body.enforce_nonce && body.nonce ? String(body.nonce) : undefined
      const earlier = nonce && messages.get(nonces.get(nonce) ?? '')
      if (earlier) return earlier.message
      checkSchema(contentErrors(body))
      checkMessage(body, uploads)
      const target = body.message_reference?.message_id
      const referenced = target ? messages.get(target) : undefined
      const visible = referenced && !referenced.onlyFor ? referenced.message : undefined
      if (target && !visible && body.message_reference?.fail_if_not_exists !== false) {
        return refuse(
          invalidForm([
            {
              path: ['message_reference'],
              code: 'REPLIES_UNKNOWN_MESSAGE',
              message: 'Unknown message',
            },
          ]),
        )
      }
      const message = newMessage({
        world,
        channel,
        author: botObject(world),
        body,
        attachments: attach(channel, body, uploads, []),
        ...(visible && {
          more: {
            type: MessageType.Reply,
            message_reference: referenceTo(visible),
            referenced_message: visible,
          },
        }),
      })
      if (nonce) nonces.set(nonce, message.id)
      return put({ message, thinking: false }).message
    },

    read(channelId: string, id: string): APIMessage {
      postable(channelId)
      const shown = messages.get(id)
      return shown && !shown.onlyFor && shown.message.channel_id === channelId
        ? shown.message
        : refuse(discordErrors.unknownMessage)
    },

    list(channelId: string, limit: number): APIMessage[] {
      postable(channelId)
      return messages
        .list(channelId)
        .filter((shown) => !shown.onlyFor)
        .map((shown) => shown.message)
        .slice(-limit)
        .reverse()
    },

    change(channelId: string, id: string, given: unknown, uploads: Uploads): APIMessage {
      const channel = postable(channelId)
      checkSchema(schemaErrors('message-edit', given))
      const shown = messages.get(id)
      if (!shown || shown.onlyFor || shown.message.channel_id !== channelId) {
        return refuse(discordErrors.unknownMessage)
      }
      if (shown.message.author.id !== world.bot.id) return refuse(discordErrors.notTheAuthor)
      return edit(channel, shown, given as Body, uploads).message
    },

    remove(channelId: string, id: string) {
      postable(channelId)
      const shown = messages.get(id)
      if (!shown || shown.onlyFor || shown.message.channel_id !== channelId) {
        return refuse(discordErrors.unknownMessage)
      }
      if (shown.message.author.id !== world.bot.id) return refuse(discordErrors.missingAccess)
      remove(shown)
    },
  }
}

const inData = (error: FieldError): FieldError => ({ ...error, path: ['data', ...error.path] })

const legacy = (field: string): FieldError => ({
  path: [field],
  code: 'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
  message: `The '${field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2`,
})

/** The published schema allows 4,000 characters, which is what members with Nitro have. */
function contentErrors(body: Body): FieldError[] {
  return (body.content ?? '').length > 2000
    ? [
        {
          path: ['content'],
          code: 'BASE_TYPE_MAX_LENGTH',
          message: 'Must be 2000 or fewer in length.',
        },
      ]
    : []
}

/** Which first responses fit which interaction. */
function typeErrors(open: Open, given: unknown): FieldError[] {
  const type = (given as { type?: number } | null)?.type ?? 0
  const kind = open.record.sent.type
  const fitting =
    kind === InteractionType.ApplicationCommandAutocomplete
      ? [8]
      : [4, 5, ...(kind === InteractionType.ModalSubmit ? [] : [9]), ...(open.source ? [6, 7] : [])]
  return fitting.includes(type)
    ? []
    : [
        {
          path: ['type'],
          code: 'BASE_TYPE_CHOICES',
          message: `Value must be one of {${fitting.join(', ')}}.`,
        },
      ]
}

function referenceTo(message: APIMessage): NonNullable<APIMessage['message_reference']> {
  return { type: 0, channel_id: message.channel_id, message_id: message.id }
}
