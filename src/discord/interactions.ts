import { setImmediate, setTimeout as wait } from 'node:timers/promises'
import { DiscordAPIError, HTTPError, type RawFile, type REST } from 'discord.js'
import {
  type APIApplicationCommandAutocompleteInteraction,
  type APIInteraction,
  type APIInteractionResponse,
  InteractionResponseType,
  InteractionType,
  MessageFlags,
  Routes,
} from 'discord-api-types/v10'
import type { Choice } from '../commands/command.ts'
import type { Log } from '../log.ts'
import { type Allowance, type Asking, TooMuch } from '../operations/allowance.ts'
import type { Ending, Outcome } from '../operations/ending.ts'
import { MemberError } from '../problem.ts'
import type { Form, Reply } from '../reply/reply.ts'
import type { Deferred } from '../store/deferred.ts'
import { called, complete, prepare, type Sources } from './dispatch.ts'
import { modalOf } from './form.ts'
import { acknowledgeAfter } from './limits.ts'
import type { CommandIds } from './markdown.ts'
import { type Rendered, render } from './render.ts'

export type Answering = Sources & {
  readonly log: Log
  /** Tries nothing again by itself: what may be sent twice, and what not, is known here. */
  readonly rest: REST
  readonly commandIds: () => CommandIds
  /** Whether the log holds what members ask. */
  readonly logQuestions?: boolean
  readonly allowance?: Allowance
  /** Where interactions are kept while their answers take their time. */
  readonly deferred?: Deferred
  /** Told of every interaction when the work on it has ended. */
  readonly ended?: (ending: Ending) => void
  /** Whether the bot is about to log out. */
  readonly stopping?: () => boolean
  /** Whether it puts off what comes now. */
  readonly takesNothingNew?: () => boolean
}

/** https://discord.com/developers/docs/topics/opcodes-and-status-codes#json */
const unknownWebhook = 10015
const unknownInteraction = 10062
const invalidToken = 50027
const late: ReadonlySet<unknown> = new Set([unknownWebhook, unknownInteraction, invalidToken])
const alreadyAcknowledged = 40060
const unknownMessage = 10008

const restarting = 'I am being restarted. Please ask again in a minute.'

/** What a member is told of a failure; the log has the rest under the same id. */
export function apology(error: unknown, id: string): Reply {
  const text =
    error instanceof MemberError
      ? error.message
      : `Something went wrong here, and it has been noted (${id}). Please try again.`
  return { blocks: [{ kind: 'text', text }], private: true }
}

/** Logs a failure in one line and says what it was. A member's mistake is no error of ours. */
export function note(log: Log, error: unknown): Outcome {
  if (error instanceof Undelivered) {
    if (error.unsure) log.warn({ err: error.cause }, 'sent, but nobody knows whether it arrived')
    else log.error({ err: error.cause }, 'lost: the member was told nothing')
    return error.unsure ? 'unconfirmed' : 'lost'
  }
  if (error instanceof TooMuch) {
    log.info('not answered: too much')
    return 'limited'
  }
  if (error instanceof MemberError) {
    log.info({ said: error.message }, 'not answered')
    return 'mistake'
  }
  if (isLate(error)) {
    log.warn({ code: (error as { code?: unknown }).code }, 'answered too late')
    return 'late'
  }
  log.error({ err: error }, 'failed')
  return 'failed'
}

function isLate(error: unknown): boolean {
  return late.has((error as { code?: unknown } | null)?.code)
}

/** As Discord says it where an interaction cannot be responded to any more. */
export function tooLate(): Error {
  return Object.assign(new Error('nobody waits for the first response any more'), {
    code: unknownInteraction,
  })
}

/** Gives Discord the first response; rejects if it does not take it. */
export type Respond = (response: APIInteractionResponse) => Promise<void>

/**
 * Answers one interaction, whatever it is, and never rejects: what goes wrong ends in a short
 * private message and in the log. Every line there carries the interaction's id.
 * @param first takes the first response; without it, that goes over REST. `deferred` if Discord has
 * been told already that the answer takes its time, by a process that is gone
 */
export async function answerInteraction(
  interaction: APIInteraction,
  answering: Answering,
  first?: Respond | 'deferred',
): Promise<void> {
  if (interaction.type === InteractionType.Ping) return
  const started = performance.now()
  const log = answering.log.child({ id: interaction.id })
  const { kind, command, given } = called(answering.commands(), interaction)
  const channel = openChannel(interaction, answering, first)
  const outcome =
    interaction.type === InteractionType.ApplicationCommandAutocomplete
      ? await offer(interaction, channel, answering, log)
      : await exchange(interaction, channel, answering, log, first !== 'deferred')
  await channel.done()
  const seconds = (performance.now() - started) / 1000
  const acknowledgedAfter = channel.acknowledgedAfter()
  log.info(
    {
      kind,
      command,
      outcome,
      ms: Math.round(seconds * 1000),
      ...(answering.logQuestions && { given }),
    },
    'ended',
  )
  answering.ended?.({
    kind,
    command,
    outcome,
    seconds,
    ...(acknowledgedAfter !== undefined && { acknowledgedAfter }),
  })
}

/** Choices while somebody types; none, where anything is wrong. */
async function offer(
  interaction: APIApplicationCommandAutocompleteInteraction,
  channel: Channel,
  answering: Answering,
  log: Log,
): Promise<Outcome> {
  let outcome: Outcome = 'answered'
  let choices: readonly Choice[] = []
  try {
    await answering.allowance?.type(askingIn(interaction))
    choices = await inTurn(() => complete(answering, interaction))
  } catch (error) {
    outcome = note(log, error)
  }
  try {
    await channel.once({
      type: InteractionResponseType.ApplicationCommandAutocompleteResult,
      data: { choices: [...choices] },
    })
    return outcome
  } catch (error) {
    log.info({ err: error }, 'the choices did not arrive')
    if (error instanceof Undelivered && error.unsure) return 'unconfirmed'
    return isLate(error) ? 'late' : 'lost'
  }
}

async function exchange(
  interaction: Exchange,
  channel: Channel,
  answering: Answering,
  log: Log,
  isNew: boolean,
): Promise<Outcome> {
  try {
    if (isNew) {
      if (answering.takesNothingNew?.()) throw new MemberError(restarting)
      await answering.allowance?.ask(askingIn(interaction))
    }
    const { refused } = await answer(interaction, channel, answering)
    return refused ? 'refused' : 'answered'
  } catch (error) {
    const outcome = note(log, error)
    // An apology would go the way that the answer could not go, or stand beside it.
    if (outcome === 'late' || error instanceof Undelivered) return outcome
    try {
      const { id } = interaction
      await channel.send(render(apology(error, id), answering.commandIds()), { private: true })
      return outcome
    } catch (again) {
      if (again instanceof Undelivered) return note(log, again)
      log.error({ err: again }, 'lost: the member was told nothing')
      return isLate(again) ? 'late' : 'lost'
    }
  }
}

function askingIn({ member, user, channel, guild_id: server }: Exchange | Typing): Asking {
  return { member: (member?.user ?? user)?.id ?? '', channel: channel?.id, server }
}

type Typing = APIApplicationCommandAutocompleteInteraction
type Exchange = Exclude<
  APIInteraction,
  { type: InteractionType.Ping | InteractionType.ApplicationCommandAutocomplete }
>

async function answer(
  interaction: Exchange,
  channel: Channel,
  answering: Answering,
): Promise<{ readonly refused?: boolean }> {
  const prepared = prepare(answering, interaction)
  channel.resume(prepared.private)
  // A form cannot follow an acknowledgement: it has no other wait for it.
  const timer = prepared.form
    ? undefined
    : setTimeout(() => channel.defer(prepared.private), acknowledgeAfter)
  const run = prepared.form ? async <T>(task: () => Promise<T>) => task() : inTurn
  let outcome: Reply | Form
  try {
    outcome = await run(() =>
      prepared.run((line) =>
        channel.progress(
          render({ blocks: [{ kind: 'text', text: line }] }, answering.commandIds()),
        ),
      ),
    )
  } finally {
    clearTimeout(timer)
  }
  if ('kind' in outcome) {
    await channel.open(outcome)
    return {}
  }
  const replaces = outcome.replaces === true && mayReplace(interaction)
  const copy = outcome.replaces === true && !replaces ? { ...outcome, private: true } : outcome
  await channel.send(render(copy, answering.commandIds()), {
    private: copy.private ?? false,
    replaces,
  })
  return copy
}

/** A public message is changed only by who asked for it; anybody else gets a copy. */
function mayReplace(interaction: APIInteraction): boolean {
  const { message } = interaction
  if (!message) return false
  if (((message.flags ?? 0) & MessageFlags.Ephemeral) !== 0) return true
  const user = interaction.member?.user ?? interaction.user
  return user !== undefined && message.interaction_metadata?.user.id === user.id
}

/**
 * Runs the tasks one after another and lets timers and sockets have their turn in between, so that
 * a crowd of questions is acknowledged in time although each takes the processor for itself.
 */
async function inTurn<T>(task: () => T | Promise<T>): Promise<T> {
  const before = lastTurn
  let done = () => {}
  lastTurn = new Promise((resolve) => {
    done = resolve
  })
  await before
  if (deferring.size > 0) await Promise.race([Promise.all(deferring), wait(patience)])
  await setImmediate()
  try {
    const started = task()
    done()
    return await started
  } finally {
    done()
  }
}

let lastTurn: Promise<void> = Promise.resolve()

/** Acknowledgements under way: they go before any new task, but nobody waits long for them. */
const deferring = new Set<Promise<void>>()
const patience = 200

/** Milliseconds between two signs of progress: an edit counts against Discord's rate limits. */
const betweenProgress = 1_500

/** Milliseconds in which a first response is tried again: Discord takes it for three seconds. */
const firstResponseWithin = 2_500
/** And in which what follows it is. */
const laterWithin = 15_000
const longestPause = 400

/** What was sent did not arrive or, if `unsure`, nobody knows whether it did; `cause` says why. */
class Undelivered extends Error {
  override readonly name = 'Undelivered'
  readonly unsure: boolean
  constructor(cause: unknown, unsure: boolean) {
    super('not delivered', { cause })
    this.unsure = unsure
  }
}

/** Where no connection came about, nothing was sent. */
const unconnected: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** Whether a request that failed like this may have done its work all the same. */
function mayHaveArrived(error: unknown): boolean {
  if (error instanceof HTTPError) return false
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } }
  return !unconnected.has(code) && !unconnected.has(cause?.code)
}

/**
 * Does the task again while Discord, or the way to it, fails for a moment. What Discord refuses
 * stays refused.
 * @param until on the clock of `performance.now()`
 * @param repeatable whether it does no harm if it is done twice
 * @throws DiscordAPIError as Discord refused it, Undelivered if it did not come to that
 */
export async function persist(
  task: () => Promise<unknown>,
  until: number,
  repeatable: 'repeatable' | 'once only' = 'repeatable',
): Promise<void> {
  let unsure = false
  for (let pause = 100; ; pause = Math.min(pause * 2, longestPause)) {
    try {
      await task()
      return
    } catch (error) {
      if (error instanceof DiscordAPIError) throw error
      unsure ||= mayHaveArrived(error)
      const over = performance.now() + pause > until
      if (over || (unsure && repeatable === 'once only')) throw new Undelivered(error, unsure)
      await wait(pause)
    }
  }
}

/** Discord is told in time even if the database is slow, or away. */
async function keptWithin(keeping: Promise<void>, log: Log): Promise<void> {
  const kept = keeping.catch((error) => log.warn({ err: error }, 'could not be kept for others'))
  await Promise.race([kept, wait(keepingPatience)])
}

const keepingPatience = 500

function isAcknowledged(error: unknown): boolean {
  return error instanceof DiscordAPIError && error.code === alreadyAcknowledged
}

function isGone(error: unknown): boolean {
  return error instanceof DiscordAPIError && error.code === unknownMessage
}

type Channel = {
  /** Seconds until Discord took the first response; nothing before that. */
  acknowledgedAfter(): number | undefined
  /** The first response where there is only one; taken is also what an earlier try brought. */
  once(response: APIInteractionResponse): Promise<void>
  /** Tells Discord that the answer takes its time. */
  defer(hidden: boolean): void
  /** Shows how far a deferred answer has come; every few seconds at most, and only where it is awaited. */
  progress(rendered: Rendered): void
  /** Sends a message, as whatever Discord still takes for this interaction. */
  send(rendered: Rendered, as: { private: boolean; replaces?: boolean }): Promise<void>
  /** Opens a form. */
  open(form: Parameters<typeof modalOf>[0]): Promise<void>
  /** Where another process has deferred it: whether that was privately. */
  resume(hidden: boolean): void
  /** All is done; nobody has to take it over. */
  done(): Promise<void>
}

/**
 * The way back to one interaction. A press is put off without a sign (its message stays as it is),
 * a command with "is thinking", which already says whether the answer will be private.
 * https://discord.com/developers/docs/interactions/receiving-and-responding
 */
function openChannel(
  interaction: APIInteraction,
  { rest, log, deferred: keeper, stopping }: Answering,
  given: Respond | 'deferred' | undefined,
): Channel {
  const respond = given === 'deferred' ? undefined : given
  const { id, token, application_id: application } = interaction
  const started = performance.now()
  const pressed =
    interaction.type === InteractionType.MessageComponent ||
    (interaction.type === InteractionType.ModalSubmit && interaction.message !== undefined)
  const original = Routes.webhookMessage(application, token, '@original')
  let first = given === 'deferred' ? Promise.resolve() : undefined
  let deferred = given === 'deferred' ? { hidden: true } : undefined
  let keeping = given === 'deferred' ? Promise.resolve() : undefined
  let progressing: Promise<void> = Promise.resolve()
  let shownAt = Number.NEGATIVE_INFINITY
  let acknowledgedAfter: number | undefined

  const callback = (
    response: APIInteractionResponse,
    files: readonly RawFile[] = [],
  ): Promise<void> => {
    const post = () =>
      rest.post(Routes.interactionCallback(id, token), {
        body: response,
        files: [...files],
        auth: false,
      })
    const sending = async () => {
      await keeping
      // After a deferral of which nobody knows, this tells whether it arrived.
      const until = Math.max(started + firstResponseWithin, performance.now() + longestPause)
      await (respond?.(response) ?? persist(post, until))
    }
    first = sending().then(() => {
      acknowledgedAfter = (performance.now() - started) / 1000
    })
    return first
  }
  const acknowledged = async () => first?.then(() => true, isAcknowledged)
  const later = () => performance.now() + laterWithin
  // Not tried again where nobody knows whether it arrived: that could show it twice.
  const followUp = (body: unknown, files: RawFile[]) =>
    persist(
      () => rest.post(Routes.webhook(application, token), { body, files, auth: false }),
      later(),
      'once only',
    )
  const edit = (body: unknown, files: RawFile[]) =>
    persist(() => rest.patch(original, { body, files, auth: false }), later())
  const remove = () =>
    persist(() => rest.delete(original, { auth: false }), later()).catch((error) => {
      if (!isGone(error)) throw error
    })
  const once: Channel['once'] = (response) =>
    callback(response).catch((error) => {
      if (!isAcknowledged(error)) throw error
    })

  const channel: Channel = {
    acknowledgedAfter: () => acknowledgedAfter,
    once,
    defer(hidden) {
      deferred = { hidden }
      keeping = keeper && keptWithin(keeper.keep(id, interaction), log)
      const acknowledging = callback(
        pressed
          ? { type: InteractionResponseType.DeferredMessageUpdate }
          : {
              type: InteractionResponseType.DeferredChannelMessageWithSource,
              data: hidden ? { flags: MessageFlags.Ephemeral } : {},
            },
      )
        .catch(() => {})
        .finally(() => deferring.delete(acknowledging))
      deferring.add(acknowledging)
    },
    progress({ message }) {
      const now = performance.now()
      if (pressed || !deferred || stopping?.() || now - shownAt < betweenProgress) return
      shownAt = now
      progressing = progressing
        .then(acknowledged)
        .then(() => edit({ ...message, flags: MessageFlags.IsComponentsV2 }, []))
        .then(
          () => {},
          () => {},
        )
    },
    async send({ message, files: named }, { private: hidden, replaces = false }) {
      const files = named.map(({ name, data }) => ({ name, data: Buffer.from(data) }))
      const edited = { ...message, flags: MessageFlags.IsComponentsV2 }
      // As the answer to a request, Discord does not take files with every kind of interaction:
      // https://github.com/discord/discord-api-docs/issues/5933
      if (respond && !first && files.length > 0) channel.defer(hidden)
      await progressing
      if (!(await acknowledged())) {
        const type = replaces
          ? InteractionResponseType.UpdateMessage
          : InteractionResponseType.ChannelMessageWithSource
        const data = replaces ? edited : message
        try {
          return await callback({ type, data } as APIInteractionResponse, files)
        } catch (error) {
          if (!isAcknowledged(error)) throw error
          // An earlier try got through although nobody heard of it: this very one, or the deferral.
          if (!deferred) return
        }
      }
      if (!deferred || (pressed && !replaces)) await followUp(message, files)
      else if (pressed || deferred.hidden === hidden) await edit(edited, files)
      else {
        await remove()
        await followUp(message, files)
      }
      deferred = undefined
    },
    async open(form) {
      if (first) throw new MemberError('That took too long to open. Please try once more.')
      await once({ type: InteractionResponseType.Modal, data: modalOf(form) })
    },
    resume(hidden) {
      if (given === 'deferred') deferred = { hidden }
    },
    async done() {
      if (!keeping) return
      await keeping
      await keeper?.done(id).catch((error) => log.warn({ id, err: error }, 'may be answered again'))
    },
  }
  return channel
}

/** Tells a member that an interaction which was deferred cannot be answered. Never rejects. */
export async function giveUp(interaction: APIInteraction, answering: Answering): Promise<void> {
  const { id } = interaction
  answering.log.error({ id }, 'given up: every process that began on it has ended')
  await apologize(interaction, answering, undefined)
}

/** Tells a member that the bot ends before it could answer what was deferred. Never rejects. */
export async function turnAway(interaction: APIInteraction, answering: Answering): Promise<void> {
  await apologize(interaction, answering, new MemberError(restarting))
}

async function apologize(
  interaction: APIInteraction,
  answering: Answering,
  error: unknown,
): Promise<void> {
  const { id } = interaction
  const log = answering.log.child({ id })
  const channel = openChannel(interaction, answering, 'deferred')
  await channel
    .send(render(apology(error, id), answering.commandIds()), { private: true })
    .catch((error) => log.error({ err: error }, 'lost: the member was told nothing'))
  await channel.done()
}
