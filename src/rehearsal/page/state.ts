import type { Action, Modal } from '../action.ts'
import type { Interaction, LoopbackEvent, Shown } from '../loopback.ts'
import type { Place } from '../wire.ts'
import type { Channel, Member } from '../world.ts'

/** All that the page draws from. */
export type State = {
  /** Nothing until the server has told it. */
  place: Omit<Place, 'messages' | 'interactions'> | undefined
  connected: boolean
  messages: Map<string, Shown>
  interactions: Map<string, Interaction>
  /** Private messages that were dismissed. */
  dismissed: Set<string>
  /** The form that is open, with the interaction that opened it. */
  form: { readonly interaction: string; readonly modal: Modal } | undefined
  theme: 'system' | 'dark' | 'light'
  width: 'desktop' | 'phone'
  /** Whether the list of channels is open where there is no room to show it all the time. */
  navigation: boolean
}

export function newState(): State {
  return {
    place: undefined,
    connected: false,
    messages: new Map(),
    interactions: new Map(),
    dismissed: new Set(),
    form: undefined,
    theme: 'system',
    width: 'desktop',
    navigation: false,
  }
}

/** What people do on the page. */
export type Doing = {
  enter(member: string, channel: string): void
  /** Resolves with the interaction's id, or with why it cannot be done. */
  act(action: Action): Promise<{ readonly interaction?: string; readonly impossible?: string }>
  post(content: string): Promise<{ readonly impossible?: string }>
  /** The interaction when its first response is there or its time has passed. */
  acknowledged(interaction: string): Promise<Interaction>
  /** Puts a command into the command box. */
  prepare(command: string): void
  dismiss(message: string): void
  closeForm(): void
  /** Changes how the page looks. */
  look(changed: Partial<Pick<State, 'theme' | 'width' | 'navigation'>>): void
}

export function takePlace(state: State, { messages, interactions, ...place }: Place): void {
  state.place = place
  state.messages = new Map(messages.map((shown) => [shown.message.id, shown]))
  state.interactions = new Map(interactions.map((one) => [one.id, one]))
  state.form = undefined
}

export function takeEvent(state: State, event: LoopbackEvent): void {
  if (!state.place) return
  if (event.kind === 'bot') state.place = { ...state.place, online: event.online }
  if (event.kind === 'message') state.messages.set(event.shown.message.id, event.shown)
  if (event.kind === 'message-deleted') state.messages.delete(event.id)
  if (event.kind === 'interaction') {
    const { interaction } = event
    const before = state.interactions.get(interaction.id)
    state.interactions.set(interaction.id, interaction)
    const own = interaction.action.member === state.place.member
    if (own && interaction.modal && !before?.modal) {
      state.form = { interaction: interaction.id, modal: interaction.modal }
    }
  }
}

/** Ids rise with time; a longer one is a later one. */
const byId = (one: string, other: string) =>
  one.length - other.length || (one < other ? -1 : one > other ? 1 : 0)

/** What stands in a channel: a message, or an interaction that no message answers. */
export type Entry =
  | { readonly id: string; readonly shown: Shown }
  | { readonly id: string; readonly interaction: Interaction }

export function entriesOf(state: State): readonly Entry[] {
  const shown = [...state.messages.values()]
    .filter(({ message }) => !state.dismissed.has(message.id))
    .map((one) => ({ id: one.message.id, shown: one }))
  const unanswered = [...state.interactions.values()]
    .filter((one) => one.action.member === state.place?.member && isUnanswered(one))
    .map((interaction) => ({ id: interaction.id, interaction }))
  return [...shown, ...unanswered].sort((one, other) => byId(one.id, other.id))
}

function isUnanswered(interaction: Interaction): boolean {
  const { action, state, payloads, messages } = interaction
  if (action.kind === 'autocomplete' || messages.length > 0) return false
  const refused = payloads.some(({ error }) => error)
  if (action.kind === 'press' || action.kind === 'choose') return refused
  return state === 'waiting' || state === 'failed' || refused
}

/** The interactions that made a message what it is, oldest first. */
export function historyOf(state: State, message: string): readonly Interaction[] {
  const made = [...state.interactions.values()].filter((one) =>
    one.messages.some((shown) => shown.message.id === message),
  )
  const openers = made.flatMap(({ action }) =>
    action.kind === 'submit' ? (state.interactions.get(action.interaction) ?? []) : [],
  )
  return [...new Set([...openers, ...made])].sort((one, other) => byId(one.id, other.id))
}

/** What was pressed on a message and is still on its way, or has failed. */
export function pressesOf(state: State, message: string): readonly Interaction[] {
  return [...state.interactions.values()].filter(
    ({ action }) =>
      (action.kind === 'press' || action.kind === 'choose') && action.message === message,
  )
}

export function memberNow(place: NonNullable<State['place']>): Member | undefined {
  return place.world.members.find(({ id }) => id === place.member)
}

export function channelNow(place: NonNullable<State['place']>): Channel | undefined {
  return place.world.channels.find(({ id }) => id === place.channel)
}
