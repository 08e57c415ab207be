import { z } from 'zod'
import type { DiscordError } from './discord-error.ts'
import type { Shown } from './messages.ts'

const id = z.string().regex(/^\d{1,20}$/)
const upload = z.object({
  name: z.string().min(1).max(260),
  type: z.string().max(255),
  /** The content. */
  base64: z.base64(),
})
const values = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), upload]))
const who = { member: id, locale: z.string().optional() }

/** What a member does with the bot, as plain data. */
export const actionSchema = z.discriminatedUnion('kind', [
  z.object({
    ...who,
    kind: z.literal('command'),
    channel: id,
    /** The name, with subcommands behind it: `library add`. */
    command: z.string(),
    /** By name; users, roles and channels by their ids. */
    options: values.optional(),
  }),
  z.object({
    ...who,
    kind: z.literal('autocomplete'),
    channel: id,
    command: z.string(),
    options: values.optional(),
    /** The name of the option that is being typed. */
    focused: z.string(),
  }),
  z.object({
    ...who,
    kind: z.literal('message-command'),
    command: z.string(),
    message: id,
  }),
  z.object({ ...who, kind: z.literal('press'), message: id, customId: z.string() }),
  z.object({
    ...who,
    kind: z.literal('choose'),
    message: id,
    customId: z.string(),
    values: z.array(z.string()).max(25),
  }),
  z.object({
    ...who,
    kind: z.literal('submit'),
    /** The interaction that was answered with the modal. */
    interaction: id,
    /** By `custom_id`: text, the values of a select, or files. */
    fields: z.record(z.string(), z.union([z.string(), z.array(z.string()), z.array(upload)])),
  }),
])

export type Action = z.infer<typeof actionSchema>
export type Upload = z.infer<typeof upload>

/**
 * One request of the bot that belongs to an interaction; or, as method `HTTP`, what an endpoint has
 * answered where the interaction was delivered to it.
 */
export type Payload = {
  /** Milliseconds since the interaction was sent. */
  readonly after: number
  readonly method: string
  /** The path, the interaction's token left out. */
  readonly path: string
  readonly body: unknown
  readonly files: readonly { readonly name: string; readonly type: string; readonly size: number }[]
  /** How Discord answers it: the status, and the error where the payload is refused. */
  readonly status: number
  readonly error?: Omit<DiscordError, 'status'>
}

/** A form that the bot has opened, as it sent it. */
export type Modal = {
  readonly custom_id: string
  readonly title: string
  readonly components: readonly unknown[]
}

/** What came of an action, as plain data that grows while the bot answers. */
export type Interaction = {
  readonly id: string
  readonly action: Action
  readonly channel: string
  /** Milliseconds since 1970. */
  readonly sentAt: number
  /** INTERACTION_CREATE as the bot received it. */
  readonly sent: Readonly<Record<string, unknown>>
  /**
   * `waiting` for the first response; `thinking` after a deferred one; then `done`. `failed` if
   * the time for the first response has passed ("The application did not respond").
   */
  readonly state: 'waiting' | 'thinking' | 'done' | 'failed'
  /** Milliseconds from sending to the accepted first response. */
  readonly acknowledgedAfter?: number
  /** The type of the accepted first response. */
  readonly response?: number
  readonly payloads: readonly Payload[]
  /** What it has written or changed, as it stands now. */
  readonly messages: readonly Shown[]
  readonly choices?: readonly { readonly name: string; readonly value: string | number }[]
  readonly modal?: Modal
}

/** A member's action under way. */
export type Acted = {
  readonly id: string
  /** As it stands now. */
  readonly now: () => Interaction
  /** When the first response has been accepted, or its time has passed. */
  acknowledged(milliseconds?: number): Promise<Interaction>
  /** When the final answer is there: `done` or `failed`. */
  settled(milliseconds?: number): Promise<Interaction>
  /**
   * When something holds; 5 seconds is the longest wait unless told.
   * @throws if it does not come to hold in time, saying what was seen
   */
  until(holds: (interaction: Interaction) => boolean, milliseconds?: number): Promise<Interaction>
}

/** Something that a member cannot do: a button that is not there, a required option left out. */
export class ImpossibleAction extends Error {
  override readonly name = 'ImpossibleAction'
}
