import type { APIApplicationCommand } from 'discord-api-types/v10'
import { z } from 'zod'
import { actionSchema } from './action.ts'
import type { Interaction, LoopbackEvent, Shown, World } from './loopback.ts'

const id = z.string().regex(/^\d{1,20}$/)
/** Counted by the page, so that it can tell the answers to its requests apart. */
const request = z.int().min(0)

/** What an empty channel greets with. */
export type Welcome = {
  /** The titles of the readings. */
  readonly readings: readonly string[]
  /** Questions that the readings answer; at most three. */
  readonly questions: readonly string[]
  /** What is wrong with the operator's files as they are now, in sentences. */
  readonly mistakes: readonly string[]
}

/** What a page asks of the server behind it. */
export const pageRequest = z.discriminatedUnion('kind', [
  /** Be this member in this channel from now on. */
  z.object({ kind: z.literal('enter'), member: id, channel: id }),
  z.object({ kind: z.literal('act'), request, action: actionSchema }),
  z.object({
    kind: z.literal('post'),
    request,
    member: id,
    channel: id,
    content: z.string().max(4000),
    replyTo: id.optional(),
  }),
])

export type PageRequest = z.infer<typeof pageRequest>

/** A channel as the member sees it, and what goes with it. */
export type Place = {
  readonly world: World
  readonly member: string
  readonly channel: string
  readonly online: boolean
  readonly messages: readonly Shown[]
  readonly interactions: readonly Interaction[]
  readonly commands: readonly APIApplicationCommand[]
  readonly welcome: Welcome
}

/** What the server tells a page. */
export type PageNews =
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'event'; readonly event: LoopbackEvent }
  | { readonly kind: 'commands'; readonly commands: readonly APIApplicationCommand[] }
  | { readonly kind: 'welcome'; readonly welcome: Welcome }
  /** What came of a request: the interaction's id, or why it cannot be done. */
  | {
      readonly kind: 'answer'
      readonly request: number
      readonly interaction?: string
      readonly impossible?: string
    }
